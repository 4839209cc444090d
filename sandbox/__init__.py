"""The outside world on loopback, with its rules and its faults. It knows nothing of the program."""
