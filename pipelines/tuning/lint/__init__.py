"""Checks of the words alone: words that do nothing, words of other tools, forgotten commas."""
