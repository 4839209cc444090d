"""The rules engine: words in, verdicts out."""
