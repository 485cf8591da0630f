"""Signing in with a passkey: without a name, as the second step, or to prove again who one is.

Owns what ties a challenge to a browser, and what a passkey's proof is worth. `passkeys` checks the answer itself.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from api.auth import passkeys
from api.auth.cookies import name_of, over_https
from api.auth.counters import PER_NETWORK
from api.auth.passkeys import Passkeys
from api.auth.proof import Proof
from api.auth.service import AuthService, Caller, SignedIn
from api.auth.visitor import Visitor
from core import clock
from models.errors import DomainError, SignInRequired
from models.repositories import refusals
from models.repositories.rate_limits import Limit

COOKIE = "artisan_passkey"


@dataclass(frozen=True)
class PasskeySignIn:
    auth: AuthService
    passkeys: Passkeys

    async def begin(self, caller: Caller, browser: str, *, token: str = "", again: bool = False) -> dict[str, Any]:
        """Options for the browser. `token` is what `SecondFactorNeeded` handed out: only passkeys of that person are
        asked for. Raises `SignInTooOld`, `SignInRequired`, `TooManyAttempts`."""
        await self.auth.counters.check(_limits(caller))
        if token:
            person_id, _ = await self.auth.recall(token)
            return await self.passkeys.ask("second_step", bound_to(browser), person_id)
        if again:
            if caller.visitor.known is None:
                raise SignInRequired("Sign in to go on.")
            return await self.passkeys.ask("again", session_binding(caller.visitor), caller.visitor.known.id)
        return await self.passkeys.ask("sign_in", bound_to(browser))

    async def enter(self, credential: str, caller: Caller, browser: str, token: str = "") -> SignedIn:
        """Raises `ChallengeGone`, `PasskeyRefused`, `PasskeyCopied`, `SignInTooOld`, `PasswordFirst`,
        `TooManyAttempts`."""
        await self.auth.counters.check(_limits(caller))
        bindings = [bound_to(browser)] if browser else []
        if caller.visitor.session_id is not None:
            bindings.append(session_binding(caller.visitor))
        try:
            answered = await self.passkeys.check(credential, bindings)
            person_id, first = answered.person_id, tuple[str, ...](("passkey",))
            if answered.purpose == "second_step":
                person_id, before = await self.auth.recall(token)
                first = (*before.methods, "passkey")
            known = caller.visitor.known
            if person_id != answered.person_id or (
                answered.purpose == "again" and (known is None or known.id != person_id)
            ):
                raise passkeys.PasskeyRefused("This passkey belongs to another account. Choose the right one.")
        except DomainError as refusal:
            await self._note(refusal, caller)
            raise
        if answered.purpose == "sign_in":
            await self.auth.may_begin_without_password(person_id)
        return await self.auth.enter(person_id, Proof(first, second_factor=True), caller)

    async def _note(self, refusal: DomainError, caller: Caller) -> None:
        """Kept although the request is refused, so it is committed here, and nothing that it wrote before."""
        session = self.auth.session
        await session.rollback()
        await self.auth.counters.failed(_limits(caller))
        await refusals.note(session, "", refusal.code, caller.address, clock.now())
        await session.commit()


def browser_of(request: Request) -> str:
    """The secret in its cookie; empty where it has none."""
    return request.cookies.get(name_of(COOKIE, request), "")[:200]


def give_cookie(response: Response, request: Request) -> str:
    """A fresh secret that ties a challenge to this browser for as long as the challenge lives."""
    browser = secrets.token_urlsafe(32)
    response.set_cookie(
        name_of(COOKIE, request),
        browser,
        max_age=int(passkeys.WITHIN.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=over_https(request),
    )
    return browser


def bound_to(browser: str) -> str:
    return hashlib.sha256(f"browser {browser}".encode()).hexdigest()


def session_binding(visitor: Visitor) -> str:
    """The session's id stays when its token is rotated."""
    return hashlib.sha256(f"session {visitor.session_id}".encode()).hexdigest()


def _limits(caller: Caller) -> dict[str, Limit]:
    return {f"network {caller.address}": PER_NETWORK}
