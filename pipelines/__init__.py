"""What happens to what was found: clean, identify, classify, enrich, rank."""
