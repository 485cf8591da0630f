"""What can still get into an account when its password was reset by letter, and taking it away.

A reset ends all sessions, and apps have to be allowed anew. What somebody set up beside the password stays, because a
letter alone must not undo a second factor; but it may be an intruder's. So until the owner has come in with the new
password (and the second factor, where there is one) and has said which of it is theirs, nothing else begins a sign-in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import factors
from api.auth.enrolment import LastSecondFactor
from api.auth.outside import LastWayIn
from api.auth.proof import SecondFactorRequired
from api.auth.service import Caller
from api.auth.visitor import Person
from api.letter.post import Post
from core import clock
from models.audited import Audited
from models.errors import SignInRequired
from models.repositories import audit, identities, letters, oauth_grants, passkeys, people
from models.repositories import factors as stored
from models.repositories import sessions as stored_sessions
from models.repositories.factors import Factors
from models.repositories.identities import IdentityRow
from models.repositories.oauth_grants import AllowedApp
from models.repositories.passkeys import PasskeyRow
from models.rules.letters import LetterKind
from models.types import Role


@dataclass(frozen=True, slots=True)
class Left:
    """What gets in beside the password."""

    passkeys: Sequence[PasskeyRow]
    outside: Sequence[IdentityRow]
    apps: Sequence[AllowedApp]
    factors: Factors

    @property
    def any(self) -> bool:
        return bool(self.passkeys or self.outside or self.apps or self.factors.has_codes)


@dataclass(frozen=True, slots=True)
class InUse:
    """What the owner has just come in with, and so holds: `WaysIn.remove_all` keeps it."""

    codes: bool = False
    passkey_id: str = ""
    provider: str = ""


async def left(session: AsyncSession, person_id: str) -> Left:
    return Left(
        passkeys=await passkeys.of_person(session, person_id),
        outside=await identities.identities_of(session, person_id),
        apps=await oauth_grants.apps_of(session, person_id),
        factors=await stored.of_person(session, person_id),
    )


@dataclass(frozen=True)
class WaysIn:
    session: AsyncSession
    caller: Caller
    post: Post

    @property
    def person(self) -> Person:
        if self.caller.visitor.person is None:
            raise SignInRequired("Sign in to go on.")
        return self.caller.visitor.person

    async def has_to_review(self) -> bool:
        return await people.has_to_review(self.session, self.person.id)

    async def in_use(self, there: Left) -> InUse:
        """Of a passkey a session only knows that it was one; it was the one that was used last."""
        token_hash = self.caller.visitor.session_hash
        methods = await oauth_grants.methods_of(self.session, token_hash) if token_hash else ()
        outside = [method.removeprefix("outside:") for method in methods if method.startswith("outside:")]
        used = [one for one in there.passkeys if one.last_used_at is not None] or there.passkeys
        newest = max(used, key=lambda one: one.last_used_at or one.created_at, default=None)
        return InUse(
            codes="totp" in methods,
            passkey_id=newest.id if newest is not None and "passkey" in methods else "",
            provider=outside[0] if outside else "",
        )

    async def keep(self) -> None:
        """All of it is theirs, and works as before."""
        await self._reviewed(removed=0)

    async def remove_all(self) -> int:
        """All but what this session was opened with, recovery codes included; how many there were. Everybody else is
        signed out. Raises `SecondFactorRequired`, `LastSecondFactor`, `LastWayIn`."""
        await self._may_change()
        await stored.lock(self.session, self.person.id)
        there = await left(self.session, self.person.id)
        here = await self.in_use(there)
        spared = bool(here.passkey_id) + here.codes
        if not spared and self.person.role is Role.ADMINISTRATOR:
            raise LastSecondFactor("An administrator keeps at least one second factor. Set up another one first.")
        removed = await self._remove_passkeys([one for one in there.passkeys if one.id != here.passkey_id])
        removed += await self._remove_outside([one for one in there.outside if one.provider != here.provider])
        removed += await self._remove_apps(there.apps)
        removed += await self._remove_codes() if there.factors.has_codes and not here.codes else 0
        if await stored.ways_in(self.session, self.person.id) == 0:
            raise LastWayIn("Without these you could not sign in any more. Set a password first.")
        await stored.forget_recovery_codes(self.session, self.person.id)  # whoever had a factor may have drawn them
        if not spared:
            await stored_sessions.forget_second_factor(self.session, self.person.id)
        await stored_sessions.revoke_all(self.session, self.person.id, except_hash=self.caller.visitor.session_hash)
        await self._reviewed(removed=removed)
        self.post.wake()
        return removed

    async def _may_change(self) -> None:
        if not self.caller.visitor.second_factor and await factors.methods_of(self.session, self.person.id):
            raise SecondFactorRequired("Your account has a second factor. Sign in again with it to change this.")

    async def _remove_passkeys(self, gone: Sequence[PasskeyRow]) -> int:
        for one in gone:
            await passkeys.remove(self.session, self.person.id, one.id)
            await self._note(Audited.FACTOR_REMOVED, one.id, factor="passkey")
        await self._tell("passkey", gone)
        return len(gone)

    async def _remove_outside(self, gone: Sequence[IdentityRow]) -> int:
        for one in gone:
            await identities.unlink(self.session, one.id)
            await self._note(Audited.IDENTITY_UNLINKED, self.person.id, provider=one.provider)
        await self._tell("outside", gone)
        return len(gone)

    async def _remove_apps(self, gone: Sequence[AllowedApp]) -> int:
        for one in gone:
            await oauth_grants.withdraw(self.session, self.person.id, one.client_id)
            await self._note(Audited.GRANT_REVOKED, one.client_id)
        return len(gone)

    async def _remove_codes(self) -> int:
        await stored.remove_secret(self.session, self.person.id)
        await self._note(Audited.FACTOR_REMOVED, "", factor="totp")
        await self._tell("totp", ["totp"])
        return 1

    async def _reviewed(self, *, removed: int) -> None:
        await people.reviewed(self.session, self.person.id)
        await self._note(Audited.WAYS_IN_REVIEWED, self.person.id, removed=removed)

    async def _tell(self, factor: str, gone: Sequence[object]) -> None:
        if gone:
            await letters.write(self.session, LetterKind.FACTOR_REMOVED, self.person.id, details={"factor": factor})

    async def _note(self, action: Audited, subject: str, **details: str | int) -> None:
        await audit.append(
            self.session, action, actor=self.person.id, role=self.person.role, subject=subject, details=details
        )


async def told_of(session: AsyncSession, person_id: str) -> LetterKind:
    """The letter about a password that was just reset: it names what is left. The owner has to say what of it is
    theirs; apps have to be allowed anew."""
    await oauth_grants.ask_again(session, person_id)
    there = await left(session, person_id)
    if not there.any:
        await letters.write(session, LetterKind.PASSWORD_CHANGED, person_id)
        return LetterKind.PASSWORD_CHANGED
    await people.recovered(session, person_id, clock.now())
    counts = {
        "passkeys": len(there.passkeys),
        "outside": len(there.outside),
        "apps": len(there.apps),
        "codes": int(there.factors.has_codes),
    }
    await letters.write(session, LetterKind.WAYS_IN_LEFT, person_id, details=counts)
    return LetterKind.WAYS_IN_LEFT
