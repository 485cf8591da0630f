"""One router for the pages that customer and artisan share: the same handler under both addresses, each with its own
declaration of who may use it."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Depends

from api.access import Audience, Sensitivity, access
from api.web import forms
from api.web.page import Page

router = APIRouter(include_in_schema=False, dependencies=[Depends(forms.closing_uploads)])
PREFIXES: dict[Audience, str] = {"customer": "/commissions", "artisan": "/studio/commissions"}

F = TypeVar("F", bound=Callable[..., Any])


class BothSides:
    """`@both_sides.get("/{commission_id}")` is a page of the customer's and of the artisan's."""

    def get(
        self,
        path: str,
        *,
        sensitivity: Sensitivity = "medium",
        only: Audience | None = None,
        again: bool = False,
    ) -> Callable[[F], F]:
        return self._route("GET", path, sensitivity, only, again=again)

    def post(self, path: str, *, sensitivity: Sensitivity = "medium", only: Audience | None = None) -> Callable[[F], F]:
        return self._route("POST", path, sensitivity, only)

    @staticmethod
    def _route(
        method: Literal["GET", "POST"],
        path: str,
        sensitivity: Sensitivity,
        only: Audience | None,
        *,
        again: bool = False,
    ) -> Callable[[F], F]:
        def register(handler: F) -> F:
            for audience, prefix in PREFIXES.items():
                if only in {None, audience}:
                    declared = access(audience, sensitivity, owns="commission", again=again)
                    router.add_api_route(prefix + path, handler, methods=[method], dependencies=[declared])
            return handler

        return register


both_sides = BothSides()


def before_of(page: Page) -> str | None:
    """Where an earlier page of a list ended; what nobody was given finds nothing."""
    return page.request.query_params.get("before", "")[:40] or None
