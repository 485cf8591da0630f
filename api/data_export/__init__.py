"""Asking for a copy of everything we keep about oneself, and fetching it."""
