"""GitHub as a place to publish: issues and pull requests over a real bare repository."""
