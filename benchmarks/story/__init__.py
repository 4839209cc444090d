"""A long story that is told again and again: its faults, and what is right on each of its days."""
