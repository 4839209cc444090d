"""The services, a module each."""
