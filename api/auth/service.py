"""Signing in, registering and signing out. Proves who somebody is; what they may do is `api.access`."""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import passwords, sessions
from api.auth.throttle import PER_ACCOUNT, PER_ADDRESS, SLOWED_DOWN, Throttle
from api.auth.visitor import Person, Visitor
from api.carts.service import CartService
from models.errors import Conflict, InvalidInput
from models.repositories import people


class WrongCredentials(InvalidInput):
    code, status = "wrong_credentials", 401


class EmailTaken(Conflict):
    code = "email_taken"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The token goes to the browser's cookie (`sessions.set_cookie`) or to the API client, and nowhere else."""

    token: str
    person: Person


@dataclass(frozen=True)
class AuthService:
    session: AsyncSession
    throttle: Throttle

    async def sign_in(self, email: str, password: str, visitor: Visitor, address: str) -> SignedIn:
        """`visitor` is who they were until now: the cart they filled comes along, their old session ends.

        Raises `WrongCredentials` without telling which of the two was wrong, `TooManyAttempts`.
        """
        email = email.strip()
        account = f"account {email.lower()}"
        here = f"{account} from {address}"
        limits = {here: PER_ACCOUNT, f"address {address}": PER_ADDRESS}
        self.throttle.check(limits, time.monotonic())
        if self.throttle.failures(account, time.monotonic()) >= PER_ACCOUNT:
            # Somebody guesses from many places. Refusing would lock the owner out, so everybody only waits.
            await asyncio.sleep(SLOWED_DOWN)
        found = await people.credentials(self.session, email) if _storable(email) else None
        valid, renewed = await passwords.matches(password, found[1] if found else None)
        if found is None or not valid:
            self.throttle.failed([*limits, account], time.monotonic())
            raise WrongCredentials("This e-mail address and password don't belong together. Check both and try again.")
        self.throttle.succeeded(here)
        if renewed is not None:
            await people.replace_password_hash(self.session, found[0], renewed)
        return await self._enter(found[0], visitor)

    async def register(self, name: str, email: str, password: str, visitor: Visitor) -> SignedIn:
        """Opens a customer's account and signs them in. Raises `EmailTaken`."""
        person_id = await people.add_customer(self.session, name, email.strip(), await passwords.hashed(password))
        if person_id is None:
            raise EmailTaken("There is an account with this e-mail address already. Sign in instead.", field="email")
        return await self._enter(person_id, visitor)

    async def sign_out(self, visitor: Visitor) -> None:
        """Also of somebody who was not signed in."""
        if visitor.session_hash is not None:
            await people.close_session(self.session, visitor.session_hash)

    async def _enter(self, person_id: str, visitor: Visitor) -> SignedIn:
        token, entered = await sessions.open_for(self.session, person_id, visitor.session_hash)
        if entered.person is None or entered.session_hash is None:
            raise LookupError(f"no session for {person_id}")
        if visitor.session_hash is not None and visitor.person is None:
            await CartService(self.session).take_over(person_id, visitor.session_hash, entered.session_hash)
        return SignedIn(token, entered.person)


def _storable(email: str) -> bool:
    return "\x00" not in email and len(email) <= 254
