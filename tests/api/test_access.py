"""Every route says who may use it."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from api.auth.cross_site import SAFE
from api.permissions import Undeclared, permissions
from deploy import permissions as permissions_page


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from _calls(dependency)


async def test_a_route_that_declares_nothing_stops_the_start(app: FastAPI) -> None:
    assert len(permissions(app)) > 20
    app.add_api_route("/silent", _silent)
    with pytest.raises(Undeclared, match="GET /silent"):
        permissions(app)


async def _silent() -> None:
    """A route whose author forgot."""


async def test_what_is_public_changes_nothing(app: FastAPI) -> None:
    assert [one for one in permissions(app) if one.access.role == "public" and one.method not in SAFE] == []


async def test_nothing_runs_in_a_thread_of_its_own(app: FastAPI) -> None:
    """The framework runs plain functions in a thread each, which costs more than most of them do."""
    plain = {
        f"{call.__module__}.{call.__qualname__}"
        for one in permissions(app)
        for call in _calls(one.dependant)
        if inspect.isfunction(call) and not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call))
    }
    assert plain == set()


async def test_only_files_and_the_description_are_mounted(app: FastAPI) -> None:
    plain = {route.path for route in app.routes if isinstance(route, Mount | Route) and not isinstance(route, APIRoute)}
    assert plain <= {"/api/v1/openapi.json", "/static"}


def test_the_documented_table_is_the_code() -> None:
    """Run `artisan permissions` and read the difference: it is what the change allows."""
    assert permissions_page.TABLE.read_text() == permissions_page.table()
