"""
The outside world on loopback: arXiv and Semantic Scholar with their rules and their faults.

It stands outside the program and imports none of it. Start it with ``python -P -m sandbox``,
or from Python with ``sandbox.process.running()``.
"""
