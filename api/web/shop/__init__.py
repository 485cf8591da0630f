"""Pages for customers and visitors."""
