"""Refund requests as buyers, artisans and finance see and move them."""
