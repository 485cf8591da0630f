"""Fixtures for every test: the real servers of `tests/support`."""

pytest_plugins = ["tests.support.stack"]
