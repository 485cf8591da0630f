"""The process that offers places for commissions to those who wait, one after the other."""
