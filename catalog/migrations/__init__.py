"""One step per change of the tables, in order; never edited after it was released."""
