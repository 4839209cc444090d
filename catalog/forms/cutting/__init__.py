"""How an entry is cut into the fields that are known of its paper and what is between them."""
