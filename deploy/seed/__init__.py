"""Fills an empty marketplace with shops one wants to buy from."""

from deploy.seed.accounts import DEMO_ACCOUNTS

__all__ = ["DEMO_ACCOUNTS"]
