"""Opening an account and confirming its address. Who has an account is told to the owner of the mailbox alone: known
and unknown addresses get the same answer, the same work and a letter each.

The letter's link says whose the mailbox is. Who chose the password is another question: a stranger may have registered
the address and wait for its owner to press the button. So the link asks for more, unless it is opened where the address
was registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import passwords, registrant
from api.auth.letter_limits import LetterLimits, Why
from api.auth.password_rules import PasswordRules
from api.auth.proof import Proof
from api.auth.registration_schemas import NewArtisan, NewCustomer
from api.auth.service import AuthService, Caller, SignedIn
from api.auth.visitor import Person
from api.letter.post import Post
from api.shops.schemas import ShopDescription
from api.shops.service import ShopService
from core import clock
from models.audited import Audited
from models.errors import Conflict, DomainError, InvalidInput
from models.repositories import audit, factors, letters, people, privacy_consents, shops
from models.repositories import sessions as stored
from models.repositories.letters import LetterRow
from models.rules.consents import Purpose
from models.rules.letters import LINK_LIVES, LetterKind
from models.types import Role


class LinkNotValid(Conflict):
    """Of a letter: used, too old, made void by a later one, or never ours."""

    code = "link_not_valid"


class PasswordNeeded(DomainError):
    """The link is right, but somebody else may have chosen the password. `details`: `chosen`, whether there is one that
    the caller may show instead of choosing another."""

    code, status = "password_needed", 403


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody brings beside the link. One is enough, and a new password always is: it replaces what a stranger
    has chosen."""

    browser: str = ""
    """The secret in its cookie."""
    password: str = ""
    """Chosen when the address was registered."""
    new_password: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link's page asks for."""

    kind: LetterKind
    enough: bool = True
    """The link alone will do here."""
    chosen: bool = True
    """There is a password from the registration; where several were chosen, none counts."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody has confirmed their address, which also signs them in."""

    entered: SignedIn
    goes_to: str
    """The page they were on their way to; empty for none."""


@dataclass(frozen=True)
class Registration:
    session: AsyncSession
    auth: AuthService
    rules: PasswordRules
    limits: LetterLimits
    shops: ShopService
    post: Post

    async def customer(self, given: NewCustomer, caller: Caller, goes_to: str = "", browser: str = "") -> None:
        """Raises `WeakPassword`, `TooManyRequests`; nothing that tells whether the address is known."""
        await self._register(given, Role.CUSTOMER, None, caller, _Letter(goes_to, browser))

    async def artisan(self, given: NewArtisan, caller: Caller, browser: str = "") -> None:
        """The same with a shop, which waits to be approved. Raises `InvalidInput` for an unknown craft too."""
        if await shops.craft_name(self.session, given.craft) is None:
            raise InvalidInput("Choose one of the crafts that we have.", field="craft")
        shop = ShopDescription.model_validate(given.model_dump(include=set(ShopDescription.model_fields)))
        await self._register(given, Role.ARTISAN, shop, caller, _Letter("", browser))

    async def another_letter(self, token: str, caller: Caller, browser: str = "") -> None:
        """For somebody whose password was right and whose address is not confirmed. Raises `SignInTooOld`,
        `TooManyRequests`."""
        await self.limits.spend(caller.address)
        person_id, _ = await self.auth.recall(token)
        if await people.unverified(self.session, person_id) and await self.limits.may_write(
            Why.REGISTERING, person_id, caller.address
        ):
            await self._ask_to_confirm(person_id, _Letter("", browser))

    async def find_link(self, token: str, kinds: Sequence[LetterKind]) -> LetterRow:
        """The letter of a link that still works. Raises `LinkNotValid`."""
        row = await letters.by_token(self.session, token, kinds)
        if row is None or not row.is_open(clock.now()):
            raise _link_not_valid()
        return row

    async def ask(self, token: str, browser: str) -> Asked:
        """What the page of a link asks for. Raises `LinkNotValid`."""
        row = await self.find_link(token, [LetterKind.VERIFY_EMAIL, LetterKind.EMAIL_CHANGE])
        if row.kind is not LetterKind.VERIFY_EMAIL or row.person_id is None:
            return Asked(row.kind)
        chosen = await people.has_password(self.session, row.person_id)
        return Asked(row.kind, chosen and registrant.is_same(browser, row.browser_hash), chosen)

    async def confirm(self, token: str, shown: Shown, caller: Caller) -> Confirmed:
        """Uses the link up: the address is the person's, and they are signed in. Raises `LinkNotValid`,
        `PasswordNeeded`, `WrongCredentials`, `WeakPassword`, `TooManyAttempts`; none of these uses it up."""
        row = await self.find_link(token, [LetterKind.VERIFY_EMAIL])
        person = await people.find_person(self.session, row.person_id) if row.person_id else None
        if person is None or person.erased:
            raise _link_not_valid()
        by, hashed = await self._shown_by(row, person, shown, caller)
        now = clock.now()
        await factors.lock(self.session, person.id)  # as whoever registers anew does; then the link is void
        if not await letters.spend(self.session, row.id, now):
            raise _link_not_valid()
        if not await people.verify_email(self.session, person.id, now):
            raise LinkNotValid("This address is confirmed already. Sign in as usual.")
        await letters.void(self.session, person.id, [LetterKind.VERIFY_EMAIL], now)
        if hashed is not None:
            await self._begin_with(person, hashed)
        entered = await self.auth.enter(person.id, Proof(("mail",)), caller)
        await audit.append(
            self.session,
            Audited.EMAIL_VERIFIED,
            actor=person.id,
            role=entered.person.role,
            subject=person.id,
            details={"by": by},
        )
        if entered.person.shop_id is not None:
            await self.shops.announce(person.id, entered.person.shop_id)
        return Confirmed(entered, str(row.details.get("next", "")))

    async def refuse(self, token: str) -> None:
        """The owner of the mailbox did not register: nothing opens the account any more, and the next sweep erases it.
        Not here, because others have to hear of it. Raises `LinkNotValid`."""
        row = await self.find_link(token, [LetterKind.VERIFY_EMAIL])
        now, person_id = clock.now(), row.person_id
        if person_id is None:
            raise _link_not_valid()
        await factors.lock(self.session, person_id)
        if not await letters.spend(self.session, row.id, now):
            raise _link_not_valid()
        if not await people.disown(self.session, person_id, now):
            raise LinkNotValid("This address is confirmed already. Sign in to delete the account.")
        await letters.void(self.session, person_id, list(LINK_LIVES), now)
        await shops.withdraw(self.session, person_id)
        await audit.append(
            self.session,
            Audited.REGISTRATION_REFUSED,
            actor=audit.SYSTEM,
            role="visitor",
            subject=person_id,
        )

    async def _shown_by(self, row: LetterRow, person: Person, shown: Shown, caller: Caller) -> tuple[str, str | None]:
        """How it was shown who they are, and the hash of the password that they have just chosen, if that is how. A
        password that is replaced meanwhile makes the link void, and so this worth nothing."""
        if shown.new_password:
            about = [person.name, person.email]
            await self.session.commit()  # whoever waits for the list of stolen ones, or for a hash, needs no connection
            await self.rules.check(shown.new_password, about)
            return "new_password", await passwords.hashed(shown.new_password)
        chosen = await people.has_password(self.session, person.id)
        if chosen and shown.password:
            if await self.auth.password_of(person.email, shown.password, caller.address) != person.id:
                raise _link_not_valid()  # the address has gone to another account in this moment
            await self.session.commit()
            return "password", None
        if chosen and registrant.is_same(shown.browser, row.browser_hash):
            return "browser", None
        raise PasswordNeeded(
            "Enter the password that was chosen when this address was registered, or choose a new one."
            if chosen
            else "This address was registered several times, so no password counts. Choose a new one.",
            chosen=chosen,
        )

    async def _begin_with(self, person: Person, hashed: str) -> None:
        """Whatever was begun with the password before is over."""
        await people.replace_password_hash(self.session, person.id, hashed)
        ended = await stored.revoke_all(self.session, person.id)
        await letters.void(self.session, person.id, list(LINK_LIVES), clock.now())
        await audit.append(
            self.session,
            Audited.PASSWORD_CHANGED,
            actor=person.id,
            role=person.role,
            subject=person.id,
            details={"by": "confirmation", "sessions_ended": ended},
        )

    async def _register(
        self,
        given: NewCustomer | NewArtisan,
        role: Role,
        shop: ShopDescription | None,
        caller: Caller,
        letter: "_Letter",
    ) -> None:
        now = clock.now()
        await self.limits.spend(caller.address)
        about = [given.name, given.email, *([shop.shop_name] if shop else [])]
        await self.rules.check(given.password, about)
        before = await people.credentials(self.session, given.email)
        await self.session.commit()  # whoever waits for a hash needs no connection
        same, _ = await passwords.matches(given.password, before[1] if before else None)  # takes as long for nobody's
        hashed = await passwords.hashed(given.password)
        if not await self.limits.may_write(Why.REGISTERING, people.normalised(given.email), caller.address):
            return  # they have letters enough; this one would change nothing but the number
        person_id = await people.add_person(self.session, given.name, given.email, role=role, password_hash=hashed)
        is_new = person_id is not None
        if person_id is None:
            known = await people.find_by_email(self.session, given.email)
            if known is None:
                return  # gone in this moment
            person_id = known.id
            keeps = before[1] if before is not None and same else None
            is_new = await people.begin_anew(self.session, person_id, given.name, role=role, keeps=keeps)
            if is_new:
                await shops.withdraw(self.session, person_id)
        await audit.append(
            self.session,
            Audited.REGISTERED if is_new else Audited.REGISTERED_AGAIN,
            actor=person_id if is_new else audit.SYSTEM,
            role=role if is_new else "visitor",
            subject=person_id,
            details={"with": "password"},
        )
        if not is_new:
            await letters.write(self.session, LetterKind.ALREADY_REGISTERED, person_id)
            self.post.wake()
            return
        agreed = {Purpose.TERMS: True, Purpose.NEWSLETTER: given.newsletter}
        await privacy_consents.record(self.session, person_id, agreed, "registration", now)
        if shop is not None:
            await self.shops.add(person_id, given.name, shop)
        await self._ask_to_confirm(person_id, letter)

    async def _ask_to_confirm(self, person_id: str, letter: "_Letter") -> None:
        """Only the newest link works."""
        await letters.void(self.session, person_id, [LetterKind.VERIFY_EMAIL], clock.now())
        await letters.write(
            self.session,
            LetterKind.VERIFY_EMAIL,
            person_id,
            details={"next": letter.goes_to} if letter.goes_to else None,
            browser_hash=registrant.hash_of(letter.browser),
        )
        self.post.wake()


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the confirming one remembers."""

    goes_to: str
    browser: str


def _link_not_valid() -> LinkNotValid:
    return LinkNotValid("This link was used already, or is too old. Ask for a new one; the newest letter is the one.")
