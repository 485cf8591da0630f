"""Stand-ins for the commission's activities: a bank that obeys the test and counts what it moves, and a record of what
was written and mailed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

from activities.boundary import application_error
from activities.commission import RecordCommission
from activities.commission_money import (
    AssessTax,
    CommissionPayment,
    GiveBack,
    ReleaseMilestone,
    SettleCommission,
)
from activities.commission_order import MadeCommissionOrder, MakeCommissionOrder
from activities.notifications import Notify
from activities.waitlist import PlaceFree
from models.errors import DomainError
from models.repositories.processes import Progress
from models.rules.commission.record import Commission
from models.rules.commission.results import Outcome, Result
from models.types import OrderStatus
from workflows.commission_return import messages as returning
from workflows.fulfillment import messages as fulfillment


@workflow.defn(name=fulfillment.WORKFLOW)
class SentAtOnce:
    """The parcel, as a child that takes a moment."""

    @workflow.run
    async def run(self, order: fulfillment.FulfillmentInput) -> fulfillment.FulfillmentResult:
        await workflow.sleep(timedelta(seconds=1))
        return fulfillment.FulfillmentResult(OrderStatus.COMPLETED, 0)


@workflow.defn(name=returning.WORKFLOW)
class SentAgain:
    """The process that sends undone refunds again, as a child that nobody waits for."""

    @workflow.run
    async def run(self, start: returning.CommissionReturnInput) -> returning.CommissionReturnResult:
        return returning.CommissionReturnResult(1)


@dataclass
class World:
    """What the outside world is like in one test, and what the workflow asked of it."""

    tax_minor: int = 0
    answers: list[Outcome | DomainError] = field(default_factory=list)
    """To each off-session charge, in order; paid without one."""
    refusals: list[DomainError] = field(default_factory=list)
    """Of the first settlements."""
    surplus_refusals: list[DomainError] = field(default_factory=list)
    """Of the first refunds of what a cheaper contract gives back."""
    slow: asyncio.Event | None = None
    """Until it is set, no charge is answered."""

    pages: dict[str, CommissionPayment] = field(default_factory=dict)
    """Open at the provider, by operation."""
    intents: dict[str, CommissionPayment] = field(default_factory=dict)
    """Charges that wait for the customer or were declined, by operation."""
    paid: dict[str, int] = field(default_factory=dict)
    """By operation."""
    released: dict[str, int] = field(default_factory=dict)
    back: dict[str, int] = field(default_factory=dict)
    shipped: dict[str, int] = field(default_factory=dict)
    waiting_shop: str | None = None
    """Where somebody waits for a place."""
    asked: list[str] = field(default_factory=list)
    """Steps in order, by name."""
    written: list[Progress] = field(default_factory=list)
    records: list[Commission] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    # What a test plays

    def customer_pays(self) -> None:
        """On the page that is open."""
        operation, payment = self.pages.popitem()
        self.paid[operation] = payment.amount_minor + payment.tax_minor

    def page_lapses(self) -> None:
        self.pages.clear()

    def customer_authenticates(self) -> None:
        """The same payment goes on."""
        operation, payment = self.intents.popitem()
        self.paid[operation] = payment.amount_minor + payment.tax_minor

    @property
    def in_minor(self) -> int:
        return sum(self.paid.values())

    @property
    def back_minor(self) -> int:
        return sum(self.back.values())

    @property
    def story(self) -> list[str]:
        """Of all runs, as SQL has it."""
        lines = {entry.sequence: entry.what for progress in self.written for entry in progress.entries}
        assert sorted(lines) == list(range(1, len(lines) + 1)), "a line was lost"
        return [lines[number] for number in sorted(lines)]

    # Steps

    def database(self) -> list[Callable[..., Any]]:
        return [self.record, self.make_order, self.shop_that_waits]

    def provider(self) -> list[Callable[..., Any]]:
        money: list[Callable[..., Any]] = [self.assess_tax, self.release, self.give_back, self.settle]
        return [*money, self.open_deposit, self.look_up, self.close_deposit, self.charge, self.cancel_charge]

    @activity.defn(name="commission.record")
    async def record(self, step: RecordCommission) -> None:
        self.written.append(step.progress)
        self.records.append(step.record)

    @activity.defn(name="commission.shop_that_waits")
    async def shop_that_waits(self, step: PlaceFree) -> str | None:
        return self.waiting_shop

    @activity.defn(name="commission.make_order")
    async def make_order(self, step: MakeCommissionOrder) -> MadeCommissionOrder:
        self.asked.append("make_order")
        self.shipped[step.operation] = step.shipping.total_minor
        return MadeCommissionOrder(f"ord_of_{step.commission_id}", "shp_1", step.shipping.total_minor)

    @activity.defn(name="commission.assess_tax")
    async def assess_tax(self, step: AssessTax) -> int:
        self.asked.append("assess_tax")
        return self.tax_minor

    @activity.defn(name="commission.open_deposit")
    async def open_deposit(self, step: CommissionPayment) -> Result:
        self.asked.append("open_deposit")
        assert not self.intents, "an earlier try of this charge could still move money"
        self.pages[step.operation] = step
        return Result(Outcome.OPEN)

    @activity.defn(name="commission.look_up")
    async def look_up(self, step: CommissionPayment) -> Result:
        self.asked.append("look_up")
        if step.operation in self.paid:
            return Result(Outcome.PAID)
        if step.operation in self.pages:
            return Result(Outcome.OPEN)
        return Result(Outcome.NEEDS_CUSTOMER if step.operation in self.intents else Outcome.CANCELLED)

    @activity.defn(name="commission.close_deposit")
    async def close_deposit(self, step: CommissionPayment) -> Result:
        self.asked.append("close_deposit")
        self.pages.pop(step.operation, None)
        self.intents.pop(step.operation, None)  # the try before was of a card
        return Result(Outcome.PAID if step.operation in self.paid else Outcome.CANCELLED)

    @activity.defn(name="commission.charge")
    async def charge(self, step: CommissionPayment) -> Result:
        self.asked.append("charge")
        if self.slow is not None:
            await self.slow.wait()
        assert not self.intents, "an earlier try of this charge could still move money"
        answer = self.answers.pop(0) if self.answers else Outcome.PAID
        if isinstance(answer, DomainError):
            raise application_error(answer)
        if answer is Outcome.PAID:
            self.paid[step.operation] = step.amount_minor + step.tax_minor
        else:
            self.intents[step.operation] = step
        return Result(answer, why="" if answer is Outcome.PAID else "insufficient_funds")

    @activity.defn(name="commission.cancel_charge")
    async def cancel_charge(self, step: CommissionPayment) -> Result:
        self.asked.append("cancel_charge")
        self.intents.pop(step.operation, None)
        return Result(Outcome.PAID if step.operation in self.paid else Outcome.CANCELLED)

    @activity.defn(name="commission.release")
    async def release(self, step: ReleaseMilestone) -> None:
        self.asked.append("release")
        self.released[step.operation] = step.share.items_minor

    @activity.defn(name="commission.give_back")
    async def give_back(self, step: GiveBack) -> None:
        self.asked.append("give_back")
        if self.surplus_refusals:
            raise application_error(self.surplus_refusals.pop(0))
        self.back[step.operation] = step.minor

    @activity.defn(name="commission.settle")
    async def settle(self, step: SettleCommission) -> None:
        self.asked.append("settle")
        if self.refusals:
            raise application_error(self.refusals.pop(0))
        self.back[step.operation] = sum(parted.back.total_minor for parted in step.parted.values())

    @activity.defn(name="notifications.notify")
    async def notify(self, step: Notify) -> None:
        self.mails.append(step.kind)
