"""One file for each service that the sandbox plays."""
