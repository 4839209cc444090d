"""The stage that finds new works."""
