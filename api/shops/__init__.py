"""Shops that ask to be opened: applications, and an administrator's decisions about them."""
