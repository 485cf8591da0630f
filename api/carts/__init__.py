"""The cart: what somebody means to buy, before a checkout owns it."""
