"""What a shop has with us, its payouts and its payout days, as they are shown and chosen."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from api.catalogue.schemas import View
from api.money import MoneyView, money, money_view
from api.payouts.words import FUNDS_ARE_RELEASED, OUTCOMES, REASONS, RULES, coming_text
from api.text import Prose
from api.wording import TimelineLine
from models.repositories.coming import Coming
from models.repositories.payouts_plans import Plan
from models.rules.holds import AppealOutcome, Hold, HoldReason
from models.rules.payout_calendar import Calendar, PayoutDays
from models.rules.payouts import SMALLEST, STEP, Standing
from models.types import CURRENCY_DECIMALS, MAX_MINOR


class HoldView(View):
    """One amount that waits, and until when."""

    id: str
    amount: MoneyView
    rule: str
    rule_text: str
    reason: str
    reason_text: str
    order_id: str | None
    since: datetime
    release_at: datetime
    may_be_appealed: bool
    appealed_at: datetime | None
    outcome: Literal["released", "kept"] | None
    outcome_text: str

    @classmethod
    def of(cls, hold: Hold, now: datetime) -> "HoldView":
        return cls(
            id=hold.id,
            amount=money_view(hold.amount),
            rule=hold.rule,
            rule_text=RULES[hold.rule],
            reason=hold.reason,
            reason_text=REASONS[hold.reason],
            order_id=hold.order_id,
            since=hold.placed_at,
            release_at=hold.release_at,
            may_be_appealed=hold.may_be_appealed(now),
            appealed_at=hold.appealed_at,
            outcome=hold.outcome.value if hold.outcome else None,
            outcome_text=OUTCOMES[hold.outcome] if hold.outcome else "",
        )


class ObstacleView(View):
    """Why nothing can be paid out at all, whatever is available."""

    reason: str
    text: str
    until: datetime | None


class ComingView(View):
    """A sale whose money waits: paid by the customer, before our fee and without tax."""

    kind: Literal["order", "commission"]
    id: str
    number: str
    amount: MoneyView
    text: str
    """When it becomes the shop's."""
    until: datetime | None
    """That moment, where it is known."""

    @classmethod
    def of(cls, sale: Coming) -> "ComingView":
        return cls(
            kind="commission" if sale.is_commission else "order",
            id=sale.id,
            number=sale.number,
            amount=money(sale.amount.minor, sale.amount.currency),
            text=coming_text(sale.status, sale.then, is_commission=sale.is_commission),
            until=sale.deadline if sale.then == FUNDS_ARE_RELEASED else None,
        )


class BalanceView(View):
    """`available` = `payable` - `held` that is not booked out of it - `instalment`, and never less than nothing."""

    currency: str
    available: MoneyView
    payable: MoneyView
    """Earned and released, less what was set aside or kept in reserve. Negative when more came back."""
    held: MoneyView
    """All that waits under a rule: `holds`, each with its reason and day."""
    on_its_way: MoneyView
    owed: MoneyView
    """By the shop; nets against what it earns next."""
    debt: MoneyView
    """Under a plan of repayment; `instalment` of it is taken from the next payout."""
    instalment: MoneyView
    coming: MoneyView
    """Paid by customers and not the shop's yet, before our fee and without tax: no part of `payable`."""
    sales: list[ComingView]
    """The newest sales behind `coming`."""
    holds: list[HoldView]

    @classmethod
    def of(cls, standing: Standing, coming_minor: int, sales: Sequence[Coming]) -> "BalanceView":
        def view(minor: int) -> MoneyView:
            return money(minor, standing.currency)

        return cls(
            currency=standing.currency,
            available=view(standing.available_minor),
            payable=view(standing.payable_minor),
            held=view(standing.held_minor),
            on_its_way=view(standing.on_its_way_minor),
            owed=view(standing.owed_minor),
            debt=view(standing.debt_minor),
            instalment=view(standing.instalment_minor),
            coming=view(coming_minor),
            sales=[ComingView.of(sale) for sale in sales if sale.amount.currency == standing.currency],
            holds=[HoldView.of(hold, standing.now) for hold in standing.holds if hold.is_open(standing.now)],
        )


class MoneyStandingView(View):
    balances: list[BalanceView]
    """The shop's own currency first."""
    obstacle: ObstacleView | None
    next_due: date | None
    """The next day on which the shop is paid without asking; null when it has to ask."""
    provider_wants: list[str]
    """The payment provider's own names of what it still needs; the link leads to where it is given."""
    provider_wants_by: datetime | None


class PayoutView(View):
    id: str
    kind: Literal["scheduled", "withdrawal"]
    amount: MoneyView
    status: str
    status_label: str
    status_text: str
    waiting_text: str
    created_at: datetime
    arrives_on: date | None
    arrived_at: datetime | None
    failed_at: datetime | None
    problem: str
    """A code; empty unless it failed."""
    problem_text: str


class PayoutDetails(PayoutView):
    timeline: list[TimelineLine]


class PayoutDaysView(View):
    calendar: Calendar
    weekday: int
    """0 is Monday; of weekly calendars."""
    day: int
    """Of monthly calendars; a shorter month pays on its last day."""
    minimums: dict[str, int]
    """Currency → minor units, where the shop has chosen its own."""
    next_due: date | None


class ChosenPayoutDays(BaseModel):
    model_config = ConfigDict(extra="forbid")

    calendar: Calendar
    weekday: Annotated[StrictInt, Field(ge=0, le=6)] = 0
    day: Annotated[StrictInt, Field(ge=1, le=31)] = 1
    minimums: Annotated[dict[str, StrictInt], Field(max_length=len(CURRENCY_DECIMALS))] = {}
    """Currency → minor units."""

    @model_validator(mode="after")
    def _minimums_are_amounts(self) -> "ChosenPayoutDays":
        for currency, minor in self.minimums.items():
            if currency not in CURRENCY_DECIMALS:
                raise ValueError(f"minimums: choose currencies from {', '.join(CURRENCY_DECIMALS)}")
            if not SMALLEST[currency] <= minor <= MAX_MINOR or minor % STEP.get(currency, 1):
                raise ValueError(f"minimums: in {currency} from {SMALLEST[currency]} minor units on")
        return self

    def plan(self) -> Plan:
        return Plan(PayoutDays(self.calendar, self.weekday, self.day), self.minimums)


class LinkView(View):
    url: str
    """Of the payment provider; works once, for minutes."""


class Appeal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[Prose, Field(min_length=10, max_length=1000)]


class AppealedHoldView(HoldView):
    shop_id: str
    appeal: str


class HoldDecision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    release: bool
    reason: Annotated[Prose, Field(min_length=10, max_length=1000)]

    @property
    def outcome(self) -> AppealOutcome:
        return AppealOutcome.RELEASED if self.release else AppealOutcome.KEPT


class NewHold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount_minor: Annotated[StrictInt, Field(ge=1, le=MAX_MINOR)]
    currency: Annotated[str, Field(pattern=f"^({'|'.join(CURRENCY_DECIMALS)})$")]
    reason: HoldReason
    days: Annotated[StrictInt, Field(ge=1, le=45)]
    """After so many it is let go, whatever has come of the look."""
