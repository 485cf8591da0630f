"""What every route asks for, read off the routes themselves. The application refuses to start with a route that does
not say it, and `api/PERMISSIONS.md` is made of this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from api.access import Access, OpenAccess


class Undeclared(RuntimeError):
    """Routes that do not say, exactly once, who may use them."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One route and what it asks for."""

    method: str
    path: str
    access: Access | OpenAccess
    dependant: Dependant

    @property
    def freshness(self) -> str:
        """How the sign-in has to be, in words."""
        if self.access.role in {"public", "visitor"}:
            return "none"
        if self.access.role == "partner":
            return "signature or token"
        words = "a proof within 10 minutes" if self.access.asks_again else "a session that has not lapsed"
        both = self.access.second_factor or self.access.role == "administrator"
        return f"{words}, two factors" if both else words


def permissions(app: FastAPI) -> list[Permission]:
    """Every route's. Raises `Undeclared` naming those that declare nothing, or twice."""
    found: list[Permission] = []
    wrong: list[str] = []
    for path, methods, dependant in _every_route(app.routes):
        declared = [one.call for one in dependant.dependencies if isinstance(one.call, Access | OpenAccess)]
        if len(declared) != 1:
            wrong.append(f"{'/'.join(sorted(methods))} {path}")
            continue
        found.extend(Permission(method, path, declared[0], dependant) for method in sorted(methods))
    if wrong:
        raise Undeclared(f"these routes don't declare who may use them (api/access.py): {', '.join(sorted(wrong))}")
    return sorted(found, key=lambda one: (one.path, one.method))


def _every_route(routes: Sequence[Any]) -> Iterator[tuple[str, set[str], Dependant]]:
    for route in routes:
        if isinstance(route, Mount | Route) and not isinstance(route, APIRoute):
            continue  # files and the OpenAPI document: open to everybody, and read only
        if hasattr(route, "effective_candidates"):
            yield from _every_route(list(route.effective_candidates()))
        else:
            yield route.path, set(route.methods), route.dependant


def as_markdown(found: Sequence[Permission]) -> str:
    """The table of the documentation."""
    lines = [
        "# Who may do what",
        "",
        "Made from the routes themselves by `artisan permissions`; a test keeps it equal to the code, and another one",
        "walks every row with every role and age of sign-in. What the words mean stands in `api/access.py`.",
        "",
        "| route | role | whose object | sensitivity | freshness |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.method} {one.path}` | {one.access.role} | {one.access.owns} | {one.access.sensitivity} "
            f"| {one.freshness} |"
            for one in found
        ),
    ]
    return "\n".join(lines) + "\n"
