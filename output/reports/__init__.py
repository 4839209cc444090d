"""What the commands print that check, explain and measure: lines of text, and data for --json."""
