"""What may be paid out, and why not: the available amount with every part of it, refusals, and what a failure means.

Standard library only. Pages, the API and the step that sets money aside all decide by these functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.rules.holds import Hold
from models.types import Money


class PayoutKind(StrEnum):
    SCHEDULED = "scheduled"
    WITHDRAWAL = "withdrawal"


class PayoutMoney(StrEnum):
    """Where a payout's money is, as the books say it."""

    SET_ASIDE = "set_aside"  # with us, no longer the artisan's to spend twice
    TRANSFERRED = "transferred"  # in their account at the provider
    SENT = "sent"  # on its way to their bank
    PAID = "paid"  # the bank has it
    RETURNED = "returned"  # refused by the bank, or sent back: in their account at the provider again
    RECALLED = "recalled"  # moved back to us
    GIVEN_BACK = "given_back"  # payable again


class SkippedAt(StrEnum):
    """What a payout run could not read or do for one shop, so that it passed it over."""

    HOLDS = "holds"  # letting go of what waited until today
    PLAN = "plan"
    ACCOUNT = "account"
    BALANCE = "balance"


IN_TRANSIT = frozenset(
    {
        *(PayoutMoney.SET_ASIDE, PayoutMoney.TRANSFERRED, PayoutMoney.SENT),
        *(PayoutMoney.RETURNED, PayoutMoney.RECALLED),
    }
)
"""While it is here, the amount stands in the shop's in-transit account."""

DEFAULT_MINIMUM: Mapping[str, int] = {
    "USD": 2_500, "CAD": 2_500, "MXN": 50_000, "EUR": 2_500, "GBP": 2_500, "JPY": 4_000, "KWD": 10_000,
}  # fmt: skip
"""A scheduled payout waits for this much, unless the shop has chosen otherwise: banks charge some of our artisans for
every incoming payment."""
SMALLEST: Mapping[str, int] = {
    "USD": 100, "CAD": 100, "MXN": 1_000, "EUR": 100, "GBP": 100, "JPY": 100, "KWD": 1_000,
}  # fmt: skip
"""The least that anybody may choose or withdraw, unless it is all that there is."""
STEP: Mapping[str, int] = {"KWD": 10}
"""The provider takes only multiples of this in minor units."""


class Refusal(StrEnum):
    """Why nothing was set aside; told to the artisan in words."""

    ERASED = "account_erased"
    SUSPENDED = "shop_suspended"
    NO_ACCOUNT = "no_bank_account"
    PAUSED = "paused_after_change"
    DETAILS_FAILED = "bank_details_failed"
    REQUIREMENTS = "provider_wants_more"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_AMOUNT = "wrong_amount"
    NOTHING = "nothing_available"
    TOO_MUCH = "more_than_available"
    BELOW_MINIMUM = "below_minimum"


class PayoutProblem(StrEnum):
    """What stopped a payout after its money was set aside, whatever the provider calls it."""

    ACCOUNT_CLOSED = "bank_account_closed"
    BANK_DETAILS = "bank_details_wrong"
    NO_ACCOUNT = "no_bank_account"
    REQUIREMENTS = "provider_wants_more"
    REGION = "region_not_served"
    SUSPENDED = "shop_suspended"
    BANK_CHANGED = "bank_details_changed"
    REFUNDED = "refunded_meanwhile"
    FUNDS = "funds_did_not_come"
    BANK = "bank_could_not"
    OTHER = "provider_refused"


BANK_CHANGED = "bank_changed"
"""Our own code: the details are no longer those that the payout was begun with."""
REFUNDED = "refunded_meanwhile"
"""Our own code: a refund has taken more than is left beside what was set aside, so part of that goes back first."""
WAITS = frozenset({"balance_insufficient", "insufficient_funds"})
"""Refusals that pass by themselves: pending money becomes available."""
_PROBLEMS: Mapping[str, PayoutProblem] = {
    "account_closed": PayoutProblem.ACCOUNT_CLOSED,
    "account_frozen": PayoutProblem.ACCOUNT_CLOSED,
    "bank_account": PayoutProblem.BANK_DETAILS,
    "bank_account_restricted": PayoutProblem.BANK_DETAILS,
    "bank_account_unusable": PayoutProblem.BANK_DETAILS,
    "bank_ownership_changed": PayoutProblem.BANK_DETAILS,
    "debit_not_authorized": PayoutProblem.BANK_DETAILS,
    "declined": PayoutProblem.BANK_DETAILS,
    "incorrect_account_holder_address": PayoutProblem.BANK_DETAILS,
    "incorrect_account_holder_name": PayoutProblem.BANK_DETAILS,
    "incorrect_account_holder_tax_id": PayoutProblem.BANK_DETAILS,
    "incorrect_account_type": PayoutProblem.BANK_DETAILS,
    "invalid_account_number": PayoutProblem.BANK_DETAILS,
    "invalid_account_number_length": PayoutProblem.BANK_DETAILS,
    "invalid_currency": PayoutProblem.BANK_DETAILS,
    "no_account": PayoutProblem.BANK_DETAILS,
    "no_bank_account": PayoutProblem.NO_ACCOUNT,
    "payouts_disabled": PayoutProblem.REQUIREMENTS,
    "region": PayoutProblem.REGION,
    "shop_suspended": PayoutProblem.SUSPENDED,
    BANK_CHANGED: PayoutProblem.BANK_CHANGED,
    REFUNDED: PayoutProblem.REFUNDED,
    "balance_insufficient": PayoutProblem.FUNDS,
    "insufficient_funds": PayoutProblem.FUNDS,
    "could_not_process": PayoutProblem.BANK,
    "expired": PayoutProblem.BANK,
    "cancelled": PayoutProblem.BANK,
}

NEEDS_CORRECTION = frozenset(
    {
        *(PayoutProblem.ACCOUNT_CLOSED, PayoutProblem.BANK_DETAILS),
        *(PayoutProblem.NO_ACCOUNT, PayoutProblem.REQUIREMENTS, PayoutProblem.BANK_CHANGED),
    }
)
"""The artisan can put it right, or the pause after a change ends, so the payout waits for that and tries once more."""
NEEDS_OTHER_DETAILS = frozenset(
    {PayoutProblem.ACCOUNT_CLOSED, PayoutProblem.BANK_DETAILS, PayoutProblem.NO_ACCOUNT, PayoutProblem.REGION}
)
"""Nothing more is sent to the same bank account."""
NEEDS_A_LOOK = NEEDS_OTHER_DETAILS | {PayoutProblem.OTHER}
"""The clock does not try again by itself with the same bank account: it would fail every week for ever."""


def problem_of(code: str) -> PayoutProblem:
    return _PROBLEMS.get(code, PayoutProblem.OTHER)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a shop has with us in one currency, part by part. All amounts are in its minor units."""

    currency: str
    payable_minor: int
    """Of the ledger; negative when more came back than was earned."""
    reserve_minor: int
    """Kept back under named rules; `holds` says which and until when."""
    on_its_way_minor: int
    """Set aside for payouts that have not arrived."""
    debt_minor: int
    """To be repaid under a plan, beside the payable amount."""
    instalment_minor: int
    """Of that, what the next payout would repay."""
    holds: tuple[Hold, ...]
    """Open, and those that are due and still have to be released."""
    now: datetime

    @property
    def waiting_minor(self) -> int:
        """Open holds whose money has not left the payable balance."""
        return sum(hold.amount.minor for hold in self.holds if not hold.booked and hold.is_open(self.now))

    @property
    def due_minor(self) -> int:
        """Reserves whose day has come: whoever sets money aside releases them first."""
        return sum(hold.amount.minor for hold in self.holds if hold.booked and not hold.is_open(self.now))

    @property
    def held_minor(self) -> int:
        """Everything that waits under a rule."""
        return sum(hold.amount.minor for hold in self.holds if hold.is_open(self.now))

    @property
    def available_minor(self) -> int:
        """What may be paid out now."""
        return max(0, self.payable_minor + self.due_minor - self.waiting_minor - self.instalment_minor)

    @property
    def owed_minor(self) -> int:
        """What the shop owes us; nets against what it earns next."""
        return max(0, -self.payable_minor)


@dataclass(frozen=True, slots=True)
class Payee:
    """What stands between a shop and its money, apart from the amount."""

    shop_status: str
    currency: str
    erased: bool = False
    has_account: bool = True
    paused_until: datetime | None = None
    able: bool = True
    """As the provider last said; true as long as it has said nothing."""
    failed: PayoutProblem | None = None
    """Why the last payout failed, if the bank account has not been changed since."""
    details_of: datetime | None = None
    """When the bank details were saved."""


@dataclass(frozen=True, slots=True)
class Wish:
    kind: PayoutKind
    currency: str
    amount_minor: int | None = None
    """None: all that is available."""
    minimum_minor: int = 0
    """Of a scheduled payout."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    available_minor: int = 0
    minimum_minor: int = 0
    until: datetime | None = None


def obstacle(payee: Payee, kind: PayoutKind, now: datetime) -> Refused | None:
    """Why nothing may be paid to this shop, however much it has; None when it may."""
    if payee.erased:
        return Refused(Refusal.ERASED)
    if payee.shop_status != "approved":
        return Refused(Refusal.SUSPENDED)
    if not payee.has_account:
        return Refused(Refusal.NO_ACCOUNT)
    if payee.paused_until is not None and now < payee.paused_until:
        return Refused(Refusal.PAUSED, until=payee.paused_until)
    stopped = NEEDS_A_LOOK if kind is PayoutKind.SCHEDULED else NEEDS_OTHER_DETAILS
    if payee.failed in stopped:
        return Refused(Refusal.DETAILS_FAILED)
    if not payee.able:
        return Refused(Refusal.REQUIREMENTS)
    return None


def amount_to_pay(standing: Standing, wish: Wish) -> Money | Refused:
    """How much is set aside, or why nothing is."""
    available = standing.available_minor
    step = STEP.get(wish.currency, 1)
    if wish.currency != standing.currency:
        return Refused(Refusal.WRONG_CURRENCY, available)
    if wish.amount_minor is not None and (wish.amount_minor <= 0 or wish.amount_minor % step):
        return Refused(Refusal.WRONG_AMOUNT, available)
    if available < step:
        return Refused(Refusal.NOTHING, available)
    amount = available - available % step if wish.amount_minor is None else wish.amount_minor
    if amount > available:
        return Refused(Refusal.TOO_MUCH, available)
    least = wish.minimum_minor if wish.kind is PayoutKind.SCHEDULED else SMALLEST[wish.currency]
    takes_all = wish.kind is PayoutKind.WITHDRAWAL and amount == available - available % step
    if amount < least and not takes_all:
        return Refused(Refusal.BELOW_MINIMUM, available, least)
    return Money(amount, wish.currency)


def minimum_for(chosen: Mapping[str, int], currency: str) -> int:
    """Of a shop's scheduled payouts."""
    return max(chosen.get(currency, DEFAULT_MINIMUM[currency]), SMALLEST[currency])


def held_in(holds: Sequence[Hold], currency: str) -> tuple[Hold, ...]:
    return tuple(hold for hold in holds if hold.amount.currency == currency)
