"""Objections to money that is kept back, and an administrator's decisions. A rule's reserve is placed by the books."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.dependencies import Keeper
from api.letter.post import Post
from api.payouts.money_schemas import AppealedHoldView, HoldDecision, HoldView, NewHold
from core import clock
from models.audited import Audited
from models.errors import Conflict, NotFound
from models.repositories import audit, letters, payouts, payouts_holds, shops
from models.repositories.payouts_holds import Appealed
from models.types import Money

AT_ONCE = 100
"""Objections on the desk."""


class NotAppealable(Conflict):
    code = "not_appealable"


class AppealDecided(Conflict):
    code = "appeal_decided"


@dataclass(frozen=True)
class Holds:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    post: Post
    allow_time_scale: bool

    async def appeal(self, keeper: Keeper, hold_id: str, text: str) -> HoldView:
        """Raises `NotFound` for another shop's, too, and `NotAppealable`."""
        found = await self._found(hold_id, keeper.shop_id)
        now = clock.now()
        if not await payouts_holds.appeal(self.session, hold_id, text, now):
            raise NotAppealable("You have objected to this already, or it is over. Reload the page to see how it is.")
        await self._audit(Audited.HOLD_APPEALED, keeper.person, found.shop_id, hold_id)
        return HoldView.of((await self._found(hold_id)).hold, now)

    async def waiting(self) -> list[AppealedHoldView]:
        """For a decision, the longest wait first."""
        found = await payouts_holds.appealed(self.session, limit=AT_ONCE)
        return [_view(one) for one in found]

    async def decide(self, administrator: Person, hold_id: str, given: HoldDecision) -> AppealedHoldView:
        """The first decision counts; what is let go is available at once. Raises `NotFound`, `AppealDecided`."""
        found = await self._found(hold_id)
        now = clock.now()
        await payouts.lock_payable(self.session, found.shop_id, found.hold.amount.currency)
        if not await payouts_holds.decide(
            self.session, hold_id, administrator.id, given.outcome, reason=given.reason, now=now
        ):
            raise AppealDecided("There is no objection to decide about any more. Reload the list.")
        if given.release:
            await payouts_holds.release(self.session, hold_id, now)
        outcome = given.outcome.value
        await self._audit(Audited.HOLD_DECIDED, administrator, found.shop_id, hold_id, outcome=outcome)
        await self._tell("hold_decided", found.shop_id, found.hold.amount, hold_id=hold_id, outcome=outcome)
        return _view(await self._found(hold_id))

    async def place(self, administrator: Person, shop_id: str, given: NewHold) -> HoldView:
        """So much is not paid out for so many days. Raises `NotFound`."""
        if await shops.get(self.session, shop_id) is None:
            raise NotFound("There is no such shop.")
        now, amount = clock.now(), Money(given.amount_minor, given.currency)
        scale = await payouts_holds.time_scale_of(self.session, shop_id) if self.allow_time_scale else 1
        release_at = now + timedelta(days=given.days) / scale
        await payouts.lock_payable(self.session, shop_id, given.currency)
        hold_id = await payouts_holds.place(
            self.session, shop_id, administrator.id, amount, given.reason, release_at=release_at, now=now
        )
        await self._audit(Audited.HOLD_PLACED, administrator, shop_id, hold_id, reason=given.reason.value)
        await self._tell(
            "hold_placed", shop_id, amount, why=given.reason.value, release_on=release_at.date().isoformat()
        )
        return HoldView.of((await self._found(hold_id)).hold, now)

    async def _found(self, hold_id: str, shop_id: str | None = None) -> Appealed:
        found = await payouts_holds.find(self.session, hold_id, shop_id) if "\x00" not in hold_id else None
        if found is None:
            raise NotFound("Nothing of this kind is kept back.")
        return found

    async def _audit(self, what: Audited, person: Person, shop_id: str, hold_id: str, **details: str) -> None:
        await audit.append(
            self.session,
            what,
            actor=person.id,
            role=person.role,
            subject=shop_id,
            details={"hold": hold_id, **details},
        )

    async def _tell(self, kind: str, shop_id: str, amount: Money, **details: str) -> None:
        shop = await shops.get(self.session, shop_id)
        assert shop is not None  # noqa: S101 - a hold is a shop's, and shops are never deleted
        told: dict[str, str | int] = {"shop_id": shop_id, "amount_minor": amount.minor, "currency": amount.currency}
        await letters.write(self.session, kind, shop.owner_id, details={**told, **details})
        self.post.wake()


def _view(found: Appealed) -> AppealedHoldView:
    shown = HoldView.of(found.hold, clock.now())
    return AppealedHoldView(**dict(shown), shop_id=found.shop_id, appeal=found.appeal)
