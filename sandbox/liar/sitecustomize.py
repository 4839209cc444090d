"""Python imports this at its start where the folder is on PYTHONPATH: see ``sandbox/names.py``."""

from sandbox.names import install

install()
