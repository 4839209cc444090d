"""The weekly digest: what it holds, how it reads, what was ticked."""
