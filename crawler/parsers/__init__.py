"""Readers of what services answer: bytes in, facts out."""
