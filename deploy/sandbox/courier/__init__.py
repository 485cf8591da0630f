"""Delivery services: quotes, labels, dispatch, scans and signed callbacks."""
