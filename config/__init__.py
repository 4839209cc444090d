"""What people edit (YAML), and the code that reads it strictly."""
