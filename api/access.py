"""Who may use a route, whose object it may be, and how sensitive it is. Every route declares all three in one line;
the application does not start with one that does not, and `api/PERMISSIONS.md` shows them all.

    @router.get("/orders/{order_id}", dependencies=[access("customer", "medium", owns="order")])

`public` is read by anybody and the same for all: no session is looked for. `visitor` is open to anybody, too, but the
route cares who it is, or changes something. `customer` means anybody who is signed in (an artisan buys too). `partner`
means a machine: a signed message, which the route checks itself, or a client's token with `scope`.

Sensitivity is the scenario's: `high` always asks for a proof of who somebody is that is no older than
`Settings.step_up_seconds`; `again` asks that of what is less sensitive, too. An administrator's route needs a session
with two factors, as does `second_factor`.

An app's token is good for JSON routes within its scope. What is most sensitive, how its person signs in and where they
are signed in is never an app's, nor is an administrator's work: see `_check_app`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, NoReturn

from fastapi import Depends, Request

from api.auth import parking
from api.auth.proof import InsufficientScope, ReauthenticationRequired, SecondFactorRequired
from api.auth.visitor import Person, Visitor
from api.dependencies import CurrentVisitor, get_parts
from api.oauth.partner import partner_of
from core import clock
from models.errors import Forbidden, SignInRequired
from models.repositories.oauth_clients import Binding
from models.rules.proof import is_fresh
from models.types import Role

Audience = Literal["public", "visitor", "customer", "artisan", "administrator", "partner"]
Sensitivity = Literal["low", "medium", "high"]
Owned = Literal[
    "nothing",  # names no object, or one that is everybody's to see
    "self",  # the caller's own account, cart or list: no id in the address
    "order",  # bought by the caller
    "shop_order",  # sold by the caller's shop
    "checkout",  # placed by the caller
    "gift_card",  # bought by the caller, or being bought
    "commission",  # asked for by the caller, or from the caller's shop
    "place",  # waited for by the caller
    "listing",  # of the caller's shop
    "address",  # saved by the caller
    "session",  # one of the caller's own
    "form",  # parked by the caller
    "passkey",  # of the caller
    "app",  # allowed by the caller
    "identity",  # an outside account that the caller has linked
    "export",  # the caller's own copy of their data
    "payout",  # of the caller's shop
    "hold",  # on money of the caller's shop
    "any",  # anybody's: administrators, and partners within what their client is bound to
]
"""Whose object the address may name. Somebody else's answers exactly like a missing one."""
SCOPES = {"visitor": "shop", "customer": "shop", "artisan": "desk"}
"""What an app must have been allowed, by the route's audience."""
NO_APPS = {"session", "form", "passkey", "identity", "export"}
"""Objects that are the account itself: whoever could change them would keep it."""
NO_APP_PATHS = {
    "/api/v1/sessions",
    "/api/v1/me/consents",
    "/api/v1/me/erasure",
    "/api/v1/me/erasure/checks",
}
"""The account itself, too, where the address names no object."""
NO_APP_ENDINGS = ("/story/consent",)
"""What stands in public about somebody: nobody agrees to that for them."""


@dataclass(frozen=True)
class Access:
    """Refuses whoever may not. Hashable, so that the framework runs it once a request."""

    role: Audience
    sensitivity: Sensitivity
    owns: Owned
    again: bool
    second_factor: bool

    async def __call__(self, request: Request, visitor: CurrentVisitor) -> None:
        request.state.secret = self.sensitivity == "high"  # then no browser keeps the answer: see `api.headers`
        if self.role == "visitor":
            self._check_app(request, visitor)
            return
        if visitor.person is None:
            if visitor.lapsed is not None:
                await _ask_again(request, visitor.lapsed, "You have been away for a while.")
            raise SignInRequired("Sign in to go on.")
        person = visitor.person
        if self.role != "customer" and person.role != Role(self.role):
            raise Forbidden("Your account may not do this. Sign in with another one.")
        self._check_app(request, visitor)
        if (self.second_factor or self.role == "administrator") and not visitor.second_factor:
            raise SecondFactorRequired(
                "This needs a second factor: a one-time code or a passkey. Set one up, or sign in again with it."
            )
        if self.asks_again and not _is_fresh(request, visitor):
            await _ask_again(request, person, "This is sensitive, so we ask once more who you are.")

    @property
    def asks_again(self) -> bool:
        """Whether the last proof has to be fresh."""
        return self.role != "visitor" and (self.again or self.sensitivity == "high")

    def _check_app(self, request: Request, visitor: Visitor) -> None:
        if visitor.client_id is None:
            return
        path = request.url.path
        if (
            self.role == "administrator"
            or self.sensitivity == "high"
            or self.owns in NO_APPS
            or path in NO_APP_PATHS
            or path.endswith(NO_APP_ENDINGS)
            or not path.startswith("/api/")
        ):
            raise Forbidden("No app may do this for you. Use our own pages.")
        if SCOPES[self.role] not in visitor.scopes:
            raise InsufficientScope("You have not allowed this app to do that.", scope=SCOPES[self.role])


@dataclass(frozen=True)
class OpenAccess:
    """Declares a `public` or `partner` route, where no session is looked for. With a scope, it is for clients' tokens
    only, and `CurrentPartner` says whose it was."""

    role: Audience
    sensitivity: Sensitivity
    owns: Owned
    scope: str = ""
    again: bool = False
    second_factor: bool = False

    async def __call__(self, request: Request) -> None:
        if self.scope:
            request.state.partner = await partner_of(request, get_parts(request), self.scope)

    @property
    def asks_again(self) -> bool:
        return False


def access(
    role: Audience,
    sensitivity: Sensitivity,
    *,
    owns: Owned = "nothing",
    again: bool = False,
    second_factor: bool = False,
    scope: str = "",
) -> Any:
    """A dependency for a route's or a router's `dependencies`. `scope` is for partners."""
    if role in {"public", "partner"}:
        return Depends(OpenAccess(role, sensitivity, owns, scope))
    return Depends(Access(role, sensitivity, owns, again, second_factor))


async def _current_partner(request: Request) -> Binding:
    binding = request.state.partner
    assert isinstance(binding, Binding)  # noqa: S101 - set by the route's `access`
    return binding


CurrentPartner = Annotated[Binding, Depends(_current_partner)]
"""For routes whose `access` names a scope."""


def _is_fresh(request: Request, visitor: Visitor) -> bool:
    within = timedelta(seconds=get_parts(request).settings.step_up_seconds)
    return visitor.authenticated_at is not None and is_fresh(clock.now(), visitor.authenticated_at, within)


async def _ask_again(request: Request, person: Person, why: str) -> NoReturn:
    """What a browser's form held waits until they have; a program still has what it sent."""
    parts = get_parts(request)
    parked = "" if request.url.path.startswith("/api/") else await parking.park(request, parts.database, person.id)
    raise ReauthenticationRequired(
        f"{why} Confirm that it is you; then it goes on where you were.",
        max_age=parts.settings.step_up_seconds,
        **({"parked": parked} if parked else {}),
    )
