"""What people get: entries, the list file, digests, tables."""
