"""Ticks of a digest become entries of the list, and back."""
