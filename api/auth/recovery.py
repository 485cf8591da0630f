"""Another password or another address: forgotten, or changed by somebody who has just proved who they are.

A new password ends every other session. A new address counts once its mailbox has answered, and the old one is told.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import passwords
from api.auth.letter_limits import LetterLimits, Why
from api.auth.password_rules import PasswordRules
from api.auth.registration import LinkNotValid, Registration
from api.auth.service import Caller
from api.auth.visitor import Person, Visitor
from api.auth.ways_in import told_of
from api.letter.post import Post
from core import clock
from models.audited import Audited
from models.errors import Conflict
from models.repositories import audit, factors, letters, passkeys, people
from models.repositories import sessions as stored
from models.repositories.letters import LetterRow
from models.rules.letters import VOIDED_BY_A_NEW_PASSWORD, LetterKind


class EmailTaken(Conflict):
    """Only told to somebody who can read that mailbox."""

    code = "email_taken"


@dataclass(frozen=True)
class Recovery:
    session: AsyncSession
    registration: Registration
    rules: PasswordRules
    limits: LetterLimits
    post: Post

    async def forgotten(self, email: str, caller: Caller) -> None:
        """A letter with a link, if the address has an account. For any other a letter is written too, which goes to
        nobody: the same work, the same answer. Raises `TooManyRequests`."""
        await self.limits.spend(caller.address)
        known = await people.find_by_email(self.session, email)
        if await self.limits.may_write(Why.BACK_IN, people.normalised(email), caller.address):
            await letters.write(self.session, LetterKind.RESET_PASSWORD, known.id if known else None)
            self.post.wake()

    async def reset(self, token: str, password: str) -> bool:
        """With the letter's link. Nobody is signed in by it: a second factor is still asked at the door. It proves the
        mailbox, so the address counts as confirmed. True: more than the password opens the account, and its owner has
        to say which of it is theirs. Raises `LinkNotValid`, `WeakPassword`."""
        row = await self.find_reset(token)
        person = await people.find_person(self.session, row.person_id) if row.person_id else None
        if person is None or person.erased:
            raise LinkNotValid("This account is no longer there.")
        await self._check(person, password)
        hashed = await passwords.hashed(password)
        if not await letters.spend(self.session, row.id, clock.now()):
            raise LinkNotValid("This link was used a moment ago. Sign in with the password that was chosen then.")
        await people.verify_email(self.session, person.id, clock.now())
        return await self._replace(person, hashed, None, by="letter") is LetterKind.WAYS_IN_LEFT

    async def find_reset(self, token: str) -> LetterRow:
        """Raises `LinkNotValid`."""
        return await self.registration.find_link(token, [LetterKind.RESET_PASSWORD])

    async def undo_factor(self, token: str, password: str) -> bool:
        """With the link of the letter that told of a first second factor: its owner did not set it up. Every factor
        there is was set up with that one, or after it, so all go; a new password keeps out whoever knew the old one,
        and the address is again the one that the letter went to. Nobody is signed in by it. True: more than the
        password opens the account, and its owner has to say which of it is theirs. Raises `LinkNotValid`,
        `WeakPassword`."""
        row = await self.find_undo(token)
        person = await people.find_person(self.session, row.person_id) if row.person_id else None
        if person is None or person.erased:
            raise LinkNotValid("This account is no longer there.")
        await self._check(person, password)
        hashed = await passwords.hashed(password)
        await factors.lock(self.session, person.id)
        if not await letters.spend(self.session, row.id, clock.now()):
            raise LinkNotValid("This link was used a moment ago. Sign in with the password that was chosen then.")
        await self._remove_factors(person)
        told_at = await letters.addressed_to(self.session, row.id)
        await people.verify_email(self.session, person.id, clock.now())
        if people.normalised(told_at) != people.normalised(person.email):
            if not await people.change_email(self.session, person.id, told_at, clock.now()):
                raise EmailTaken("Another account has this e-mail address by now. Write to us, and we look into it.")
            await audit.append(
                self.session, Audited.EMAIL_CHANGED, actor=person.id, role=person.role, subject=person.id
            )
        return await self._replace(person, hashed, None, by="letter") is LetterKind.WAYS_IN_LEFT

    async def find_undo(self, token: str) -> LetterRow:
        """Raises `LinkNotValid`."""
        return await self.registration.find_link(token, [LetterKind.FIRST_FACTOR_ADDED])

    async def _remove_factors(self, person: Person) -> None:
        there = await factors.of_person(self.session, person.id)
        await passkeys.forget(self.session, person.id)
        await factors.forget(self.session, person.id)
        for method, was_there in {"passkey": there.passkeys > 0, "totp": there.has_codes}.items():
            if was_there:
                await audit.append(
                    self.session,
                    Audited.FACTOR_REMOVED,
                    actor=person.id,
                    role=person.role,
                    details={"factor": method, "by": "letter"},
                )
                await letters.write(self.session, LetterKind.FACTOR_REMOVED, person.id, details={"factor": method})

    async def change_password(self, person: Person, password: str, visitor: Visitor) -> None:
        """This session goes on, all others end. Raises `WeakPassword`."""
        await self._check(person, password)
        await self._replace(person, await passwords.hashed(password), visitor.session_hash, by="owner")

    async def ask_for_email(self, person: Person, email: str, caller: Caller) -> None:
        """Writes to the new address; nothing changes before it answers. Whether somebody has it is not told. Raises
        `TooManyRequests`."""
        await self.limits.spend(caller.address)
        if not await self.limits.may_write(Why.NEW_ADDRESS, people.normalised(email), caller.address):
            return
        await letters.void(self.session, person.id, [LetterKind.EMAIL_CHANGE], clock.now())
        await letters.write(self.session, LetterKind.EMAIL_CHANGE, person.id, to=email)
        self.post.wake()

    async def confirm_email(self, token: str) -> None:
        """With the letter's link. The old address is told, and links that went there are void. Raises `LinkNotValid`,
        `EmailTaken`."""
        row = await self.registration.find_link(token, [LetterKind.EMAIL_CHANGE])
        person = await people.find_person(self.session, row.person_id) if row.person_id else None
        new = await letters.addressed_to(self.session, row.id)
        if person is None or not new or not await letters.spend(self.session, row.id, clock.now()):
            raise LinkNotValid("This link was used already. Sign in to see which address your account has.")
        old = person.email
        if not await people.change_email(self.session, person.id, new, clock.now()):
            raise EmailTaken("There is another account with this e-mail address. Sign in to that one instead.")
        await letters.void(self.session, person.id, [LetterKind.RESET_PASSWORD, LetterKind.EMAIL_CHANGE], clock.now())
        await audit.append(self.session, Audited.EMAIL_CHANGED, actor=person.id, role=person.role, subject=person.id)
        await letters.write(self.session, LetterKind.EMAIL_CHANGED, person.id, to=old)
        self.post.wake()

    async def _check(self, person: Person, password: str) -> None:
        await self.rules.check(password, [person.name, person.email, (person.shop_slug or "").replace("-", " ")])

    async def _replace(self, person: Person, hashed: str, keeps: str | None, *, by: str) -> LetterKind:
        """The letter that tells the owner."""
        await people.replace_password_hash(self.session, person.id, hashed)
        ended = await stored.revoke_all(self.session, person.id, except_hash=keeps)
        await letters.void(self.session, person.id, VOIDED_BY_A_NEW_PASSWORD, clock.now())
        await audit.append(
            self.session,
            Audited.PASSWORD_CHANGED,
            actor=person.id,
            role=person.role,
            subject=person.id,
            details={"by": by, "sessions_ended": ended},
        )
        self.post.wake()
        if by == "letter":
            return await told_of(self.session, person.id)
        await letters.write(self.session, LetterKind.PASSWORD_CHANGED, person.id)
        return LetterKind.PASSWORD_CHANGED
