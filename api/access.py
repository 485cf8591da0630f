"""Who may use a route and how sensitive it is. Every route declares both, and a test refuses one that does not.

    @router.get("/orders", dependencies=[access("customer", "medium")])

`public` is read by anybody and the same for all: no session is looked for. `visitor` is open to anybody, too, but the
route cares who it is, or changes something. `customer` means anybody who is signed in (an artisan buys too). `partner`
means a machine whose signature the route checks itself. Sensitivity says how fresh a sign-in has to be; step-up
sign-in reads it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends

from api.dependencies import CurrentVisitor
from models.errors import Forbidden, SignInRequired
from models.types import Role

Audience = Literal["public", "visitor", "customer", "artisan", "administrator", "partner"]
Sensitivity = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Access:
    """Refuses whoever is not of the audience. Hashable, so that the framework runs it once a request."""

    role: Audience
    sensitivity: Sensitivity

    async def __call__(self, visitor: CurrentVisitor) -> None:
        if self.role == "visitor":
            return
        if visitor.person is None:
            raise SignInRequired("Sign in to go on.")
        if self.role != "customer" and visitor.person.role != Role(self.role):
            raise Forbidden("Your account may not do this. Sign in with another one.")


@dataclass(frozen=True)
class OpenAccess:
    """Declares a `public` or `partner` route, where no session is looked for."""

    role: Audience
    sensitivity: Sensitivity

    async def __call__(self) -> None:
        return


def access(role: Audience, sensitivity: Sensitivity) -> Any:
    """A dependency for a route's or a router's `dependencies`."""
    return Depends((OpenAccess if role in {"public", "partner"} else Access)(role, sensitivity))
