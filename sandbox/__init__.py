"""
A local server that plays arXiv, Semantic Scholar and the other services, with their faults.

It is separate from the program and imports none of it. Start it with ``python -P -m sandbox``,
or from Python with ``sandbox.process.running()``.
"""
