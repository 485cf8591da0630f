"""Commissions: custom pieces, from a wish to their end, as one contract that both sides read."""
