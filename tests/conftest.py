"""Fixtures for every test, and a loud word about browser tests that could not run."""

import pytest
import structlog

from deploy import chromium

# Tracebacks without every local variable: drawing the whole application takes a minute, and nobody reads it.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

pytest_plugins = ["tests.support.stack", "tests.support.whole_stack"]

_without_browser: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not any(item.get_closest_marker("browser") for item in items) or chromium.find() is not None:
        return
    skip = pytest.mark.skip(reason="there is no Chromium on this machine: install one, or set CHROMIUM=/path/to/it")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)
            _without_browser.append(item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _without_browser:
        terminalreporter.write_sep("!", f"{len(_without_browser)} BROWSER TESTS DID NOT RUN: no Chromium", red=True)
