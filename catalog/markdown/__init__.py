"""The list format: bytes in, the same bytes out."""
