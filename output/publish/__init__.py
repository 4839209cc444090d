"""Publishes the week where its maintainers are, and brings back what they decided."""
