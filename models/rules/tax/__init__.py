"""Taxes as tables with dates, and the decision which of them a sale falls under. One module a jurisdiction."""
