"""Placing a cart, coming back from the payment page, and the administrator's held checkouts."""
