"""Knows the browser in which somebody registered, so that the letter's link opens the account there by itself.

A link alone says whose the mailbox is, not who chose the password: a stranger may have registered the address. In other
browsers the link asks for more; see `registration`. Owns the cookie and its hash.
"""

import hashlib
import hmac
import secrets

from fastapi import Request, Response

from api.auth.cookies import name_of, over_https
from models.rules.letters import LINK_LIVES, LetterKind

COOKIE = "artisan_registration"
"""Holds a secret; several registrations in one browser share it."""


def browser_of(request: Request) -> str:
    """The secret in its cookie; empty where it has none of ours."""
    given = request.cookies.get(name_of(COOKIE, request), "")
    return given if 40 <= len(given) <= 50 and given.isascii() else ""


def secret_for(request: Request) -> str:
    """The browser's own, or a fresh one for `give_cookie`."""
    return browser_of(request) or secrets.token_urlsafe(32)


def give_cookie(response: Response, request: Request, browser: str) -> None:
    """Whoever registers gets it, whether or not the address is known."""
    response.set_cookie(
        name_of(COOKIE, request),
        browser,
        max_age=int(LINK_LIVES[LetterKind.VERIFY_EMAIL].total_seconds()),
        httponly=True,
        samesite="lax",  # the way back begins in a mail
        secure=over_https(request),
    )


def hash_of(browser: str) -> str | None:
    """What the letter's row keeps; None of a program, which has no cookie."""
    return hashlib.sha256(f"registered in {browser}".encode()).hexdigest() if browser else None


def is_same(browser: str, kept: str | None) -> bool:
    return bool(browser) and hmac.compare_digest(hash_of(browser) or "", kept or "")
