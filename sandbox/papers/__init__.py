"""What exists in the sandbox: papers, their categories, and the days of their announcement."""
