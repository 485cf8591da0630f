"""The process that keeps exchange rates fresh."""
