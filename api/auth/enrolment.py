"""Setting up and removing second factors and passkeys. Whether a code or a passkey is right is `factors`' and
`passkeys`' to say; here is what follows from it: who may, what is left, who is told, and what the session is worth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import factors
from api.auth.counters import PER_ACCOUNT
from api.auth.outside import LastWayIn
from api.auth.passkey_sign_in import session_binding
from api.auth.passkeys import Passkeys
from api.auth.proof import Proof, SecondFactorRequired
from api.auth.service import AuthService, Caller, SignedIn
from api.auth.visitor import Person
from core import clock
from models.audited import Audited
from models.errors import Conflict, InvalidInput, NotFound, SignInRequired
from models.repositories import audit, letters
from models.repositories import factors as stored
from models.repositories import passkeys as stored_passkeys
from models.repositories import sessions as stored_sessions
from models.types import Role


class WrongCode(InvalidInput):
    code = "wrong_code"


class LastSecondFactor(Conflict):
    """An administrator's account without one could do nothing any more."""

    code = "last_second_factor"


class NoSecondFactor(Conflict):
    code = "no_second_factor"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session goes on under a new token, with two factors."""

    entered: SignedIn
    recovery_codes: Sequence[str]
    """Drawn with the first factor, to be shown this once; else empty."""


@dataclass(frozen=True)
class Enrolment:
    session: AsyncSession
    auth: AuthService
    passkeys: Passkeys
    caller: Caller

    @property
    def person(self) -> Person:
        if self.caller.visitor.person is None:
            raise SignInRequired("Sign in to go on.")
        return self.caller.visitor.person

    async def offer_codes(self) -> str:
        """A fresh secret, which counts for nothing until `confirm_codes`. One that is active stays so until then."""
        await self._may_change()
        secret = factors.new_secret()
        await stored.offer_secret(self.session, self.person.id, secret, clock.now())
        return secret

    async def offered_secret(self) -> str:
        """Raises `NotFound` when none is waiting for its confirmation."""
        await self._may_change()
        offered = await stored.secret_of(self.session, self.person.id, stored.OFFERED)
        if offered is None:
            raise NotFound("Nothing is waiting to be confirmed. Start again from the security page.")
        return offered.text

    async def confirm_codes(self, code: str) -> Enrolled:
        """Raises `WrongCode`, `NotFound`, `TooManyAttempts`."""
        await stored.lock(self.session, self.person.id)
        secret, key = await self.offered_secret(), f"code {self.person.id}"
        await self.auth.counters.attempt({key: PER_ACCOUNT})
        step = factors.matching_step(secret, code, clock.now())
        if step is None:
            await self.session.commit()  # it counts although it is refused; nothing else was written
            raise WrongCode("That is not the code that the app shows now. Wait for the next one.", field="code")
        await self.auth.counters.succeeded(key)
        first = await self._is_first()
        await stored.confirm_secret(self.session, self.person.id, step, clock.now())
        return await self._added("totp", first=first)

    async def remove_codes(self) -> None:
        """Raises `NotFound`, `LastSecondFactor`."""
        has = await self._about_to_remove()
        if not has.has_codes:
            raise NotFound("One-time codes are not set up.")
        await self._keep_one(has.passkeys)
        await stored.remove_secret(self.session, self.person.id)
        await self._removed("totp", left=has.passkeys)

    async def ask_for_passkey(self) -> dict[str, Any]:
        """What the browser needs to make one. Raises `TooManyPasskeys`."""
        await self._may_change()
        return await self.passkeys.ask_to_register(self.person, session_binding(self.caller.visitor))

    async def add_passkey(self, name: str, credential: str) -> Enrolled:
        """Raises what `Passkeys.register` raises."""
        await self._may_change()
        binding = session_binding(self.caller.visitor)
        await stored.lock(self.session, self.person.id)
        first = await self._is_first()
        passkey_id = await self.passkeys.register(self.person.id, name, credential, binding)
        return await self._added("passkey", passkey_id, first=first)

    async def rename_passkey(self, passkey_id: str, name: str) -> None:
        """Raises `NotFound`, also for somebody else's."""
        await self._may_change()
        if not await stored_passkeys.rename(self.session, self.person.id, passkey_id, name):
            raise _no_passkey()

    async def remove_passkey(self, passkey_id: str) -> None:
        """Raises `NotFound`, `LastSecondFactor`, `LastWayIn`."""
        has = await self._about_to_remove()
        if passkey_id not in {one.id for one in await stored_passkeys.known_of(self.session, self.person.id)}:
            raise _no_passkey()
        left = has.passkeys - 1 + has.has_codes
        await self._keep_one(left)
        if await stored.ways_in(self.session, self.person.id) < 2:
            raise LastWayIn("Without this passkey you could not sign in any more. Set a password first.")
        await stored_passkeys.remove(self.session, self.person.id, passkey_id)
        await self._removed("passkey", passkey_id, left=left)

    async def draw_recovery_codes(self) -> Sequence[str]:
        """New ones; those before are void. Raises `NoSecondFactor`."""
        has = await self._about_to_remove()
        if not has.any:
            raise NoSecondFactor("Recovery codes stand in for a second factor. Set one up first.")
        await letters.write(self.session, "factor_added", self.person.id, details={"factor": "recovery_codes"})
        return await self._draw()

    async def _may_change(self) -> None:
        """Whoever holds one factor only must not change the others."""
        if not self.caller.visitor.second_factor and await factors.methods_of(self.session, self.person.id):
            raise SecondFactorRequired("Your account has a second factor. Sign in again with it to change this.")

    async def _about_to_remove(self) -> stored.Factors:
        await self._may_change()
        await stored.lock(self.session, self.person.id)
        return await stored.of_person(self.session, self.person.id)

    async def _keep_one(self, left: int) -> None:
        if left == 0 and self.person.role is Role.ADMINISTRATOR:
            raise LastSecondFactor("An administrator keeps at least one second factor. Set up another one first.")

    async def _is_first(self) -> bool:
        """Whether whoever adds it now has had to prove no second factor. Its owner may be locked out by it, so the
        letter can undo it; not for administrators, who ask one another."""
        return (
            self.person.role is not Role.ADMINISTRATOR
            and not (await stored.of_person(self.session, self.person.id)).any
        )

    async def _added(self, method: str, subject: str = "", *, first: bool) -> Enrolled:
        """Whoever is signed in elsewhere with one factor may be the reason, so they come in again with two."""
        here = self.caller.visitor.session_hash
        await stored_sessions.revoke_all(self.session, self.person.id, except_hash=here, of_one_factor=True)
        # To the address of now, whatever becomes of it: whoever undoes it gets it back.
        kind, to = ("first_factor_added", self.person.email) if first else ("factor_added", "")
        await self._tell(Audited.FACTOR_ADDED, kind, method, subject, to=to)
        has = await stored.of_person(self.session, self.person.id)
        drawn = await self._draw() if not has.recovery_codes else []
        held = await stored_sessions.devices_of(self.session, self.person.id, clock.now())
        before = [m for one in held if one.id == self.caller.visitor.session_id for m in one.methods if m != method]
        entered = await self.auth.enter(self.person.id, Proof((*before, method), second_factor=True), self.caller)
        return Enrolled(entered, drawn)

    async def _removed(self, method: str, subject: str = "", *, left: int) -> None:
        """Whoever is signed in elsewhere may have been the reason, so nobody stays so."""
        here = self.caller.visitor.session_hash
        if left == 0:
            await stored.forget_recovery_codes(self.session, self.person.id)
            await stored_sessions.forget_second_factor(self.session, self.person.id)
        await stored_sessions.revoke_all(self.session, self.person.id, except_hash=here)
        await self._tell(Audited.FACTOR_REMOVED, "factor_removed", method, subject)

    async def _draw(self) -> Sequence[str]:
        codes = factors.new_recovery_codes()
        hashes = [factors.recovery_hash(code) for code in codes]
        await stored.draw_recovery_codes(self.session, self.person.id, hashes, clock.now())
        await self._note(Audited.RECOVERY_CODES_DRAWN, {"drawn": len(codes)})
        return codes

    async def _tell(self, action: Audited, letter: str, method: str, subject: str, *, to: str = "") -> None:
        await self._note(action, {"factor": method}, subject)
        await letters.write(self.session, letter, self.person.id, to=to, details={"factor": method})

    async def _note(self, action: Audited, details: dict[str, str | int | bool | list[str]], subject: str = "") -> None:
        await audit.append(
            self.session, action, actor=self.person.id, role=self.person.role, subject=subject, details=details
        )


def _no_passkey() -> NotFound:
    return NotFound("You have no such passkey; it may have been removed already.")
