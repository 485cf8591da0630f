"""Asking to be forgotten, watching it, and changing one's mind."""
