"""Signing in, proving it again and signing out. Proves who somebody is; what they may do is `api.access`.

Every way of signing in ends in `enter`: passwords here, passkeys, codes, links in mails and outside providers in their
own modules.
"""

import asyncio
import hmac
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import factors, passwords, pending, sessions
from api.auth.counters import PER_ACCOUNT, PER_NETWORK, SLOWED_DOWN, Counters
from api.auth.devices import device_of
from api.auth.pending import Pending
from api.auth.proof import Proof
from api.auth.visitor import Person, Visitor
from api.carts.service import CartService
from core import clock
from core.database import keys_of
from models.audited import Audited
from models.errors import DomainError, Forbidden, InvalidInput, SignInRequired
from models.repositories import audit, letters, people, refusals
from models.repositories import factors as stored_factors
from models.repositories import sessions as stored
from models.rules.letters import LetterKind

LONGEST = 255
"""Characters of an address that are looked at: one more than any address has, and few enough to be remembered."""


class WrongCredentials(InvalidInput):
    code, status = "wrong_credentials", 401


class EmailNotVerified(DomainError):
    """The password was right, but nobody has answered from the mailbox yet. `details`: `pending`, which asks for
    another letter."""

    code, status = "email_not_verified", 403


class SecondFactorNeeded(DomainError):
    """The first step was right. `details`: `methods`, and `pending`, which the second step brings back."""

    code, status = "second_factor_needed", 401


class PasswordFirst(Forbidden):
    """The password was reset by letter, and nobody has said yet which other ways in are the owner's."""

    code = "password_first"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The token goes to the browser's cookie (`sessions.set_cookie`) or to the API client, and nowhere else."""

    token: str
    person: Person
    has_to_review: bool = False
    """They come in with a password that was reset, and say next which other ways in are theirs; see `ways_in`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from: who the browser was until now, its network address and what it calls itself."""

    visitor: Visitor
    address: str
    user_agent: str = ""


@dataclass(frozen=True)
class AuthService:
    session: AsyncSession

    @property
    def counters(self) -> Counters:
        return Counters(self.session)

    async def sign_in(self, email: str, password: str, caller: Caller, code: str = "") -> SignedIn:
        """The cart that the caller filled as nobody comes along; their old session ends.

        Raises `WrongCredentials` without telling which of the two was wrong, `EmailNotVerified`, `SecondFactorNeeded`
        when the account has one and no code came along, `TooManyAttempts`.
        """
        person_id = await self.password_of(email.strip(), password, caller.address)
        if await people.unverified(self.session, person_id):
            raise EmailNotVerified(
                "Confirm your e-mail address first: the link is in the letter that we have sent you.",
                pending=await self._remember(person_id, Proof(("password",))),
            )
        return await self.second_step(person_id, Proof(("password",)), caller, code)

    async def second_step(self, person_id: str, first: Proof, caller: Caller, code: str = "") -> SignedIn:
        """Enters with what the first step proved and, where the account has a second factor, its code."""
        methods = await factors.methods_of(self.session, person_id)
        if not methods:
            return await self.enter(person_id, first, caller)
        if not code:
            token = await self._remember(person_id, first)
            raise SecondFactorNeeded(
                "Enter the code of your authenticator app, or use a passkey.", methods=sorted(methods), pending=token
            )
        return await self.enter(person_id, await self._with_code(person_id, first, code, caller.address), caller)

    async def resume(self, token: str, code: str, caller: Caller) -> SignedIn:
        """The second step of a sign-in whose first one ended in `SecondFactorNeeded`. Raises `SignInTooOld`."""
        person_id, first = await self.recall(token)
        return await self.enter(person_id, await self._with_code(person_id, first, code, caller.address), caller)

    async def recall(self, token: str) -> tuple[str, Proof]:
        """Person and first step of a sign-in that waits for its second one. Raises `SignInTooOld`, also when its first
        step would not be right any more: the password was replaced, or the outside account unlinked."""
        waiting = pending.recall(keys_of(self.session), token)
        now = await stored_factors.first_steps(self.session, waiting.person_id)
        if not hmac.compare_digest(now, waiting.first_steps):
            raise pending.too_old()
        return waiting.person_id, waiting.proof

    async def _remember(self, person_id: str, first: Proof) -> str:
        first_steps = await stored_factors.first_steps(self.session, person_id)
        return pending.remember(keys_of(self.session), Pending(person_id, first, first_steps))

    async def prove_again(self, password: str, code: str, caller: Caller) -> SignedIn:
        """A step-up: whoever is signed in, or whose session rests, proves it again, with two factors where the account
        has two. Raises what `sign_in` raises, and `SignInRequired` when nobody is known."""
        person = caller.visitor.known
        if person is None:
            raise SignInRequired("Sign in to go on.")
        if await self.password_of(person.email, password, caller.address) != person.id:
            raise _wrong()
        return await self.second_step(person.id, Proof(("password",)), caller, code)

    async def enter(self, person_id: str, proof: Proof, caller: Caller) -> SignedIn:
        """Opens a session, or elevates the one that this same person has here. Either way the token is a new one."""
        visitor = caller.visitor
        known = visitor.known
        again = known is not None and known.id == person_id and visitor.client_id is None
        if known is not None and again:
            try:
                token, person = await sessions.elevate(self.session, visitor, proof), known
            except LookupError as ended:
                raise SignInRequired("You were signed out here in this moment. Sign in again to go on.") from ended
            after = sessions.token_hash(token)
        else:
            await self._tell_of_new_device(person_id, device_of(caller.user_agent))
            token, entered = await sessions.open_for(
                self.session, person_id, visitor.session_hash, proof, caller.user_agent
            )
            if entered.person is None or entered.session_hash is None:
                raise LookupError(f"no session for {person_id}")
            person, after = entered.person, entered.session_hash
        if visitor.session_hash is not None and (again or visitor.person is None):
            await CartService(self.session).take_over(person_id, visitor.session_hash, after)
        await audit.append(
            self.session,
            Audited.ELEVATED if again else Audited.SIGNED_IN,
            actor=person_id,
            role=person.role,
            details={"methods": list(proof.methods), "second_factor": proof.second_factor},
        )
        return SignedIn(token, person, await people.has_to_review(self.session, person_id))

    async def may_begin_without_password(self, person_id: str) -> None:
        """Asked before a passkey or an outside account begins a sign-in: it may be an intruder's. Raises
        `PasswordFirst`."""
        if await people.has_to_review(self.session, person_id):
            raise PasswordFirst(
                "The password of this account was reset by letter. Sign in with the new password first, and say there "
                "which other ways in are yours."
            )

    async def _tell_of_new_device(self, person_id: str, device: str) -> None:
        """A letter when somebody who is signed in elsewhere comes from where they have not been; the first sign-in, and
        one after all others have ended, is told nobody."""
        known = {row.device for row in await stored.devices_of(self.session, person_id, clock.now())}
        if known and device not in known:
            await letters.write(self.session, LetterKind.NEW_SIGN_IN, person_id, details={"device": device})

    async def sign_out(self, visitor: Visitor) -> None:
        """Also of somebody who was not signed in."""
        if visitor.session_hash is None:
            return
        await stored.close_session(self.session, visitor.session_hash)
        if visitor.known is not None:
            await audit.append(self.session, Audited.SIGNED_OUT, actor=visitor.known.id, role=visitor.known.role)

    async def password_of(self, email: str, password: str, network: str) -> str:
        """Whose password it is. Works as long for an address that nobody has. Raises `WrongCredentials`,
        `TooManyAttempts`."""
        email = email[:LONGEST]
        account = f"account {people.normalised(email)}"
        here, everybody_there = f"{account} from {network}", f"network {network}"
        await self.counters.attempt({here: PER_ACCOUNT, everybody_there: PER_NETWORK})
        guessed = await self.counters.guessed(account, PER_ACCOUNT)
        found = await people.credentials(self.session, email) if _storable(email) else None
        await self.session.commit()  # hashes are computed two at a time, and whoever waits for one needs no connection
        if guessed:
            # Somebody guesses from many places. Refusing would lock the owner out, so everybody only waits.
            await asyncio.sleep(SLOWED_DOWN)
        valid, renewed = await passwords.matches(password, found[1] if found else None)
        if found is None or found[1] is None or not valid:
            # the same work for a known address
            await self._note_refusal(found[0] if found else "", "password", network)
            raise _wrong()
        await self.counters.succeeded(here)
        await self.counters.taken_back({everybody_there: PER_NETWORK, **({} if guessed else {account: PER_ACCOUNT})})
        await self.session.commit()  # right is right, whatever the second step brings
        if not await people.still_has_password(self.session, found[0], found[1], renewed):
            raise _wrong()  # it was replaced while it was compared
        return found[0]

    async def _with_code(self, person_id: str, first: Proof, code: str, network: str) -> Proof:
        key = f"code {person_id}"
        await self.counters.attempt({key: PER_ACCOUNT})
        method = await factors.check_code(self.session, person_id, code)
        if method is None:
            await self._note_refusal(person_id, "code", network)
            raise WrongCredentials("This code is not right, or was used already. Wait for the next one and try again.")
        await self.counters.succeeded(key)
        return Proof((*first.methods, method), second_factor=True)

    async def _note_refusal(self, person_id: str, what: str, network: str) -> None:
        """Kept although the request is refused, so it is committed here; the request has written nothing else yet."""
        await refusals.note(self.session, person_id, what, network, clock.now())
        await self.session.commit()


def _wrong() -> WrongCredentials:
    return WrongCredentials("This e-mail address and password don't belong together. Check both and try again.")


def _storable(email: str) -> bool:
    return "\x00" not in email and len(email) < LONGEST
