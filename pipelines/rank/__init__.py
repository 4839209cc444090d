"""The order of a digest: the rules' strength, and a model that learned from the list itself."""
