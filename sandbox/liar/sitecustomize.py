"""Python imports this at its start where the folder is on PYTHONPATH: see ``sandbox/dns.py``."""

from sandbox.dns import install

install()
