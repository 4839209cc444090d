"""What the store keeps, as types of its own; nothing here needs SQLAlchemy."""
