"""A payout's steps: set aside, transferred, sent, arrived, come back. Each writes its row, its posting and its line of
the story in one transaction.

Whatever is sent to the provider carries an operation, which is also the posting's key, and is looked for by listing
before it is sent (again). The key of a try is the workflow's: a provider replays a refusal under the same key.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from activities.set_aside import Wanted, set_aside
from core import clock
from core.database import Database
from models.audited import Audited
from models.errors import NotFound, PartnerRefused, PartnerUnavailable, PayoutRefused
from models.ports import PayoutGateway, PayoutState
from models.repositories import audit, ledger, ledger_balances, letters, payouts
from models.repositories.effects import once
from models.repositories.processes import Progress, record_progress
from models.rules import payout_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.payouts import BANK_CHANGED, REFUNDED, problem_of
from models.tables.catalogue import Shop
from models.tables.payouts import PayoutAccount
from models.types import Money

LOOK_AGAIN_AFTER = 2.0
"""Seconds: a request whose answer got lost may still be at work at the provider."""
T = TypeVar("T")


@dataclass(frozen=True)
class SetAside:
    wanted: Wanted
    progress: Progress


@dataclass(frozen=True)
class WasSetAside:
    amount_minor: int


@dataclass(frozen=True)
class Part:
    """One attempt of one payout."""

    payout_id: str
    shop_id: str
    amount_minor: int
    currency: str
    attempt: int

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def operation(self, step: str) -> str:
        """Of the provider's metadata and of the posting."""
        return f"{self.payout_id}/{step}-{self.attempt}"


@dataclass(frozen=True)
class Send:
    """A transfer, or a payout of what was transferred."""

    part: Part
    account_id: str
    key: str
    progress: Progress
    bank_changed_at: datetime | None = None
    """Of the bank details that it is meant for."""


@dataclass(frozen=True)
class Transferred:
    transfer_id: str


@dataclass(frozen=True)
class Seen:
    """A payout as the provider has it."""

    provider_payout_id: str
    state: PayoutState
    failure: str = ""


@dataclass(frozen=True)
class LookUp:
    account_id: str
    provider_payout_id: str


@dataclass(frozen=True)
class Book:
    """A step in our own books."""

    part: Part
    progress: Progress


@dataclass(frozen=True)
class CameBack:
    part: Part
    was_paid: bool
    progress: Progress


@dataclass(frozen=True)
class Recall:
    part: Part
    transfer_id: str
    key: str
    progress: Progress


@dataclass(frozen=True)
class GiveBack:
    part: Part
    failure_code: str
    bank_changed_at: datetime | None
    """Of the bank details that it was sent to."""
    progress: Progress


@dataclass(frozen=True)
class Finish:
    payout_id: str
    progress: Progress


@dataclass(frozen=True)
class Unanswered:
    """The provider does not tell where a payout is, or tells again."""

    payout_id: str
    silent: bool
    progress: Progress


class PayoutActivities:
    """Dependencies: the database, the payout gateway."""

    def __init__(self, database: Database, gateway: PayoutGateway) -> None:
        self._database = database
        self._gateway = gateway

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [
            self.set_aside,
            self.transfer,
            self.pay_out,
            self.look_up,
            self.unanswered,
            self.arrived,
            self.came_back,
            self.recall,
            self.give_back,
            self.record_payout,
            self.finish,
        ]

    @activity.defn(name="payout.set_aside")
    @translates_errors
    async def set_aside(self, step: SetAside) -> WasSetAside:
        """Of a scheduled payout. Raises `PayoutRefused`."""
        async with self._database.transaction() as session:
            amount = await set_aside(session, step.wanted)
            await record_progress(session, step.progress)
        return WasSetAside(amount.minor)

    @activity.defn(name="payout.transfer")
    @translates_errors
    async def transfer(self, step: Send) -> Transferred:
        """From our balance to the artisan's account. Raises `PartnerRefused`, `PayoutRefused` as `_refuse_what_changed`
        does."""
        part, operation = step.part, step.part.operation("transfer")
        found = await _look_twice(
            lambda: self._gateway.find_transfer(step.account_id, group=part.payout_id, operation=operation)
        )
        if found is None:
            await self._refuse_what_changed(step)
            async with self._database.transaction() as session:
                await payouts.freeze_destination(session, part.payout_id)
            found = await self._gateway.transfer(
                step.account_id, part.amount, group=part.payout_id, operation=operation, key=step.key
            )
        _same_amount(found.amount, part)
        async with self._database.transaction() as session:
            if await _book(session, part, operation, "payout_transferred", payout_postings.transferred):
                await payouts.transferred(session, part.payout_id, step.account_id, found.id)
            await record_progress(session, step.progress)
        return Transferred(found.id)

    @activity.defn(name="payout.pay_out")
    @translates_errors
    async def pay_out(self, step: Send) -> Seen:
        """From the artisan's account to their bank. Raises `PartnerRefused`, `PayoutRefused` as `_refuse_what_changed`
        does."""
        part, operation = step.part, step.part.operation("payout")
        async with self._database.transaction() as session:
            begun = (await payouts.get(session, part.payout_id)).created_at
            destination = await payouts.freeze_destination(session, part.payout_id)
        found = await _look_twice(lambda: self._gateway.find_payout(step.account_id, since=begun, operation=operation))
        if found is None:
            await self._refuse_what_changed(step)
            found = await self._gateway.pay_out(
                step.account_id, part.amount, operation=operation, key=step.key, destination=destination
            )
        _same_amount(found.amount, part)
        async with self._database.transaction() as session:
            await self._sent(session, part, operation, found.id, found.arrival)
            await record_progress(session, step.progress)
        return Seen(found.id, found.state, found.failure)

    @activity.defn(name="payout.look_up")
    @translates_errors
    async def look_up(self, step: LookUp) -> Seen:
        """The provider's own word. A webhook is only a hint to ask for it."""
        try:
            seen = await self._gateway.get_payout(step.account_id, step.provider_payout_id)
        except (NotFound, PartnerRefused) as error:  # a question that is refused is no answer
            raise PartnerUnavailable("The payment provider does not tell where a payout of ours is.") from error
        return Seen(seen.id, seen.state, seen.failure)

    @activity.defn(name="payout.unanswered")
    @translates_errors
    async def unanswered(self, step: Unanswered) -> None:
        """On the finance desk, or off it again."""
        async with self._database.transaction() as session:
            await payouts.unanswered(session, step.payout_id, clock.now() if step.silent else None)
            await record_progress(session, step.progress)

    @activity.defn(name="payout.arrived")
    @translates_errors
    async def arrived(self, step: Book) -> None:
        part = step.part
        async with self._database.transaction() as session:
            if await _book(session, part, part.operation("payout"), "payout_paid", payout_postings.paid):
                await payouts.paid(session, part.payout_id, clock.now())
            await record_progress(session, step.progress)

    @activity.defn(name="payout.came_back")
    @translates_errors
    async def came_back(self, step: CameBack) -> None:
        """The bank did not take it, or has sent it back: the money is in the artisan's account at the provider."""
        part = step.part
        async with self._database.transaction() as session:
            if step.was_paid:
                await _book(session, part, part.operation("returned"), "payout_returned", payout_postings.returned)
            await payouts.returned(session, part.payout_id)
            await record_progress(session, step.progress)

    @activity.defn(name="payout.recall")
    @translates_errors
    async def recall(self, step: Recall) -> None:
        """Reverses the transfer, for a refused payout does not. Raises `PartnerRefused`."""
        part, operation = step.part, step.part.operation("reversal")
        found = await _look_twice(lambda: self._gateway.find_reversal(step.transfer_id, operation=operation))
        if found is None:
            found = await self._gateway.reverse(step.transfer_id, part.amount, operation=operation, key=step.key)
        _same_amount(found.amount, part)
        async with self._database.transaction() as session:
            entries = payout_postings.reversed_transfer
            if await _book(session, part, operation, "payout_recalled", entries):
                await payouts.recalled(session, part.payout_id)
            await record_progress(session, step.progress)

    @activity.defn(name="payout.give_back")
    @translates_errors
    async def give_back(self, step: GiveBack) -> None:
        """It is payable again, and the artisan is told what to do."""
        part, operation = step.part, step.part.operation("given-back")
        async with self._database.transaction() as session:
            if await _book(session, part, operation, "payout_given_back", payout_postings.given_back):
                await payouts.given_back(
                    session, part.payout_id, step.failure_code, step.bank_changed_at, now=clock.now()
                )
                await _audit(session, Audited.PAYOUT_FAILED, part, code=step.failure_code[:40])
                await _write(session, "payout_failed", part, problem=problem_of(step.failure_code).value)
            await record_progress(session, step.progress)

    @activity.defn(name="payout.record_payout")
    @translates_errors
    async def record_payout(self, progress: Progress) -> None:
        async with self._database.transaction() as session:
            await record_progress(session, progress)

    @activity.defn(name="payout.finish")
    @translates_errors
    async def finish(self, step: Finish) -> None:
        async with self._database.transaction() as session:
            await payouts.ended(session, step.payout_id, clock.now())
            await record_progress(session, step.progress)

    async def _refuse_what_changed(self, step: Send) -> None:
        """Money may wait for weeks between two steps. A shop that was suspended meanwhile gets nothing; what a refund
        took meanwhile is not sent to the artisan, to be asked back later; and the provider pays to the details that it
        knows last, so changed ones have their pause before them."""
        async with self._database.transaction() as session:
            status, changed_at = (
                await session.execute(
                    select(Shop.status, PayoutAccount.changed_at)
                    .outerjoin(PayoutAccount, PayoutAccount.shop_id == Shop.id)
                    .where(Shop.id == step.part.shop_id)
                )
            ).one()
        if status != "approved":
            raise PayoutRefused("The shop is suspended.", code="shop_suspended")
        if await self._owes(step.part):
            raise PayoutRefused("A refund took more than is left beside this payout.", code=REFUNDED)
        if step.bank_changed_at is not None and changed_at != step.bank_changed_at:
            raise PayoutRefused("The bank account was changed.", code=BANK_CHANGED)

    async def _owes(self, part: Part) -> bool:
        """Whether something has come back since the money was set aside, and more than stands beside it."""
        async with self._database.transaction() as session:
            payable = await ledger_balances.balance(session, AccountKind.ARTISAN_PAYABLE, part.shop_id, part.currency)
        return payable.minor > 0

    async def _sent(
        self, session: AsyncSession, part: Part, operation: str, provider_payout_id: str, arrives_on: date
    ) -> None:
        async def tell() -> dict[str, Any]:
            await payouts.sent(session, part.payout_id, provider_payout_id, arrives_on)
            await _audit(session, Audited.PAYOUT_SENT, part, payout=provider_payout_id)
            await _write(session, "payout_sent", part, arrives_on=arrives_on.isoformat())
            return {}

        await once(session, f"{operation}/sent", tell)


async def _look_twice(look: Callable[[], Awaitable[T | None]]) -> T | None:
    """What an earlier try has done, although its answer got lost. A first try has none before it, but a process that
    was reset does, so it looks, too; a later one waits and looks once more before anything is sent again."""
    found = await look()
    if found is None and activity.in_activity() and activity.info().attempt > 1:
        await asyncio.sleep(LOOK_AGAIN_AFTER)
        found = await look()
    return found


def _same_amount(found: Money, part: Part) -> None:
    """A defect that must not be booked over; retried until somebody has looked."""
    if found != part.amount:
        raise ValueError(f"{part.payout_id}, attempt {part.attempt}: {part.amount} was asked, {found} was done")


async def _book(
    session: AsyncSession, part: Part, step_key: str, kind: str, entries: Callable[[str, Money], list[LedgerEntry]]
) -> bool:
    """False when it was booked before."""
    return await ledger.post(session, step_key, kind, part.payout_id, entries(part.shop_id, part.amount))


async def _audit(session: AsyncSession, action: Audited, part: Part, **details: str) -> None:
    await audit.append(
        session,
        action,
        actor=audit.workflow(part.payout_id),
        role=audit.PROCESS,
        subject=part.shop_id,
        details={"amount_minor": part.amount_minor, "currency": part.currency, **details},
    )


async def _write(session: AsyncSession, kind: str, part: Part, **details: str) -> None:
    """To the shop's keeper; goes out once this transaction is committed."""
    owner_id = await session.scalar(select(Shop.owner_id).where(Shop.id == part.shop_id))
    amount: dict[str, str | int] = {"amount_minor": part.amount_minor, "currency": part.currency}
    await letters.write(session, kind, owner_id, details={"shop_id": part.shop_id, **amount, **details})
