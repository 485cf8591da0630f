"""The process that starts the payouts that are due."""
