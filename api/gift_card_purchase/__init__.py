"""Gift cards that people buy."""
