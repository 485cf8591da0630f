"""Opening an account and confirming its address. Who has an account is told to the owner of the mailbox alone: known
and unknown addresses get the same answer, the same work and a letter each.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import passwords
from api.auth.letter_limits import LetterLimits
from api.auth.password_rules import PasswordRules
from api.auth.proof import Proof
from api.auth.registration_schemas import NewArtisan, NewCustomer
from api.auth.service import AuthService, Caller, SignedIn
from api.letter.post import Post
from api.shops.schemas import ShopDescription
from api.shops.service import ShopService
from core import clock
from models.audited import Audited
from models.errors import Conflict, InvalidInput
from models.repositories import audit, factors, letters, people, privacy_consents, shops
from models.repositories.letters import LetterRow
from models.rules.consents import Purpose
from models.rules.letters import LetterKind
from models.types import Role


class LinkNotValid(Conflict):
    """Of a letter: used, too old, made void by a later one, or never ours."""

    code = "link_not_valid"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody has confirmed their address, which also signs them in."""

    entered: SignedIn
    goes_to: str
    """The page they were on their way to; empty for none."""
    needs_password: bool
    """Several were chosen by who registered this address, so none counts."""


@dataclass(frozen=True)
class Registration:
    session: AsyncSession
    auth: AuthService
    rules: PasswordRules
    limits: LetterLimits
    shops: ShopService
    post: Post

    async def customer(self, given: NewCustomer, caller: Caller, goes_to: str = "") -> None:
        """Raises `WeakPassword`, `TooManyRequests`; nothing that tells whether the address is known."""
        await self._register(given, Role.CUSTOMER, None, caller, goes_to)

    async def artisan(self, given: NewArtisan, caller: Caller) -> None:
        """The same with a shop, which waits to be approved. Raises `InvalidInput` for an unknown craft too."""
        if await shops.craft_name(self.session, given.craft) is None:
            raise InvalidInput("Choose one of the crafts that we have.", field="craft")
        shop = ShopDescription.model_validate(given.model_dump(include=set(ShopDescription.model_fields)))
        await self._register(given, Role.ARTISAN, shop, caller, "")

    async def another_letter(self, token: str, caller: Caller) -> None:
        """For somebody whose password was right and whose address is not confirmed. Raises `SignInTooOld`,
        `TooManyRequests`."""
        self.limits.spend(caller.address, time.monotonic())
        person_id, _ = await self.auth.recall(token)
        if await people.unverified(self.session, person_id) and self.limits.may_write(person_id, time.monotonic()):
            await self._ask_to_confirm(person_id, "")

    async def find_link(self, token: str, kinds: Sequence[LetterKind]) -> LetterRow:
        """The letter of a link that still works. Raises `LinkNotValid`."""
        row = await letters.by_token(self.session, token, kinds)
        if row is None or not row.is_open(clock.now()):
            raise _link_not_valid()
        return row

    async def confirm(self, token: str, caller: Caller) -> Confirmed:
        """Uses the link up: the address is the person's, and they are signed in. Raises `LinkNotValid`."""
        row = await self.find_link(token, [LetterKind.VERIFY_EMAIL])
        now = clock.now()
        if row.person_id is not None:
            await factors.lock(self.session, row.person_id)  # as whoever registers anew does; then the link is void
        if row.person_id is None or not await letters.spend(self.session, row.id, now):
            raise _link_not_valid()
        if not await people.verify_email(self.session, row.person_id, now):
            raise LinkNotValid("This address is confirmed already. Sign in as usual.")
        await letters.void(self.session, row.person_id, [LetterKind.VERIFY_EMAIL], now)
        entered = await self.auth.enter(row.person_id, Proof(("mail",)), caller)
        await audit.append(
            self.session,
            Audited.EMAIL_VERIFIED,
            actor=row.person_id,
            role=entered.person.role,
            subject=row.person_id,
        )
        if entered.person.shop_id is not None:
            await self.shops.announce(row.person_id, entered.person.shop_id)
        found = await people.credentials(self.session, entered.person.email)
        goes_to = str(row.details.get("next", ""))
        return Confirmed(entered, goes_to, needs_password=found is not None and found[1] is None)

    async def _register(
        self, given: NewCustomer | NewArtisan, role: Role, shop: ShopDescription | None, caller: Caller, goes_to: str
    ) -> None:
        now = clock.now()
        self.limits.spend(caller.address, time.monotonic())
        about = [given.name, given.email, *([shop.shop_name] if shop else [])]
        await self.rules.check(given.password, about)
        before = await people.credentials(self.session, given.email)
        await self.session.commit()  # whoever waits for a hash needs no connection
        same, _ = await passwords.matches(given.password, before[1] if before else None)  # takes as long for nobody's
        hashed = await passwords.hashed(given.password)
        if not self.limits.may_write(people.normalised(given.email), time.monotonic()):
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
        await self._ask_to_confirm(person_id, goes_to)

    async def _ask_to_confirm(self, person_id: str, goes_to: str) -> None:
        """Only the newest link works."""
        await letters.void(self.session, person_id, [LetterKind.VERIFY_EMAIL], clock.now())
        await letters.write(
            self.session, LetterKind.VERIFY_EMAIL, person_id, details={"next": goes_to} if goes_to else None
        )
        self.post.wake()


def _link_not_valid() -> LinkNotValid:
    return LinkNotValid("This link was used already, or is too old. Ask for a new one; the newest letter is the one.")
