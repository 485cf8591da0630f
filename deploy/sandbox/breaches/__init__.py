"""Breached passwords: the range protocol, over an invented handful of them."""
