"""Which currency whoever sends a request has chosen: their account's, else their browser's, else none.

Without a choice every price stays in its shop's own currency. Owns the cookie; what it is used for is its readers'.
"""

from starlette.requests import Request
from starlette.responses import Response

from api.auth.cookies import name_of, over_https
from api.auth.visitor import Visitor
from models.errors import InvalidInput
from models.types import CURRENCY_DECIMALS

COOKIE = "artisan_currency"
A_YEAR = 365 * 24 * 3600


def chosen(request: Request, visitor: Visitor) -> str | None:
    if visitor.person is not None and visitor.person.currency is not None:
        return visitor.person.currency
    found = request.cookies.get(name_of(COOKIE, request), "")
    return found if found in CURRENCY_DECIMALS else None


def remember(response: Response, request: Request, currency: str | None) -> None:
    """In the browser; None forgets the choice."""
    response.set_cookie(
        name_of(COOKIE, request),
        currency or "",
        max_age=A_YEAR if currency else 0,
        httponly=True,
        samesite="lax",
        secure=over_https(request),
    )


def checked(currency: str) -> str:
    """Raises `InvalidInput` for a currency that we do not deal in."""
    if currency not in CURRENCY_DECIMALS:
        known = ", ".join(sorted(CURRENCY_DECIMALS))
        raise InvalidInput(f"We don't show prices in this currency. Choose one of {known}.", field="currency")
    return currency
