"""Every route says who may use it."""

import inspect
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from api.access import Access, OpenAccess
from api.auth.cross_site import SAFE


def every_route(app: FastAPI) -> Iterator[tuple[str, set[str], Dependant]]:
    """Path, methods and dependencies, with what routers add. Fails on kinds of routes it does not know."""
    for route in app.routes:
        yield from _routes_of(route)


def _routes_of(route: Any) -> Iterator[tuple[str, set[str], Dependant]]:
    if isinstance(route, Mount | Route) and not isinstance(route, APIRoute):
        return  # files and the OpenAPI document: open to everybody, and read only
    if hasattr(route, "effective_candidates"):
        for candidate in route.effective_candidates():
            yield from _routes_of(candidate)
        return
    yield route.path, set(route.methods), route.dependant


def _declared(dependant: Dependant) -> list[Access | OpenAccess]:
    return [
        dependency.call for dependency in dependant.dependencies if isinstance(dependency.call, Access | OpenAccess)
    ]


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from _calls(dependency)


async def test_every_route_declares_role_and_sensitivity_once(app: FastAPI) -> None:
    found = {(path, *sorted(methods)): _declared(dependant) for path, methods, dependant in every_route(app)}
    assert len(found) > 20
    assert {route: declared for route, declared in found.items() if len(declared) != 1} == {}


async def test_what_is_public_changes_nothing(app: FastAPI) -> None:
    unsafe = [
        (path, methods)
        for path, methods, dependant in every_route(app)
        for declared in _declared(dependant)
        if declared.role == "public" and methods - SAFE
    ]
    assert unsafe == []


async def test_nothing_runs_in_a_thread_of_its_own(app: FastAPI) -> None:
    """The framework runs plain functions in a thread each, which costs more than most of them do."""
    plain = {
        f"{call.__module__}.{call.__qualname__}"
        for _, _, dependant in every_route(app)
        for call in _calls(dependant)
        if inspect.isfunction(call) and not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call))
    }
    assert plain == set()


async def test_only_files_and_the_description_are_mounted(app: FastAPI) -> None:
    plain = {route.path for route in app.routes if isinstance(route, Mount | Route) and not isinstance(route, APIRoute)}
    assert plain <= {"/api/v1/openapi.json", "/static"}
