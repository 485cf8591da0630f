"""Stripe's HTTP as far as a marketplace with separate authorisation and capture needs it, and its hosted page."""
