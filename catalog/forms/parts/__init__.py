"""The parts of entries that are no known field: found, named, and written as a template."""
