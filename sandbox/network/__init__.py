"""The wire under the services: connections that break, TLS certificates, and DNS answers."""
