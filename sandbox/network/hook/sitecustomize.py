"""Python imports this at start-up with the folder on PYTHONPATH: see ``sandbox/network/dns.py``."""

from sandbox.network.dns import install

install()
