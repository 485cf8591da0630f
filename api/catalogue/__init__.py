"""What visitors look at: categories, listings, shops, pictures."""
