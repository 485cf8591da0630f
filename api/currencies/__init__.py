"""What somebody sees prices in."""
