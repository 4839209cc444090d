"""The form of a list's entries: learned from them, proved on them, and written in."""
