"""Many papers at once: a file is cut into parts, and each part is judged by itself."""
