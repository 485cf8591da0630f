"""Measurements of a running stack. Figures, with date and core count, are kept in RESULTS.md."""
