"""Loaded by a process of a test: it cuts large files into parts of a few papers."""

from pipelines.bulk import files

files.PART_BYTES = 40_000
