"""The process that sells one gift card."""
