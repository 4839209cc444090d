"""One file for each source: what to ask, and what an answer means."""
