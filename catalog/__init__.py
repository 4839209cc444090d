"""The facts: what papers, verdicts, citations and decisions are, and the store that keeps them."""
