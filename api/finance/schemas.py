"""What the finance desk shows."""

from datetime import date, datetime
from typing import Literal

from api.catalogue.schemas import View
from api.money import MoneyView


class AmountLine(View):
    code: str
    """The kind of account; stable."""
    label: str
    amount: MoneyView


class AmountGroup(View):
    code: Literal["where", "whose", "ours"]
    label: str
    total: MoneyView
    lines: list[AmountLine]


class CurrencyTotals(View):
    """All books in one currency: `where` is the sum of `whose` and `ours`."""

    currency: str
    groups: list[AmountGroup]


class AgeingView(View):
    """Amounts in one currency by how long they have waited."""

    what: Literal["held", "payable"]
    what_text: str
    currency: str
    days_0_7: MoneyView
    days_8_30: MoneyView
    days_31_60: MoneyView
    days_60_plus: MoneyView
    total: MoneyView


class UndeliveredView(View):
    """A payout that did not arrive, or comes back."""

    payout_id: str
    shop_id: str
    shop_name: str
    amount: MoneyView
    since: datetime
    """When it failed; when it was begun, while the money is still on its way back."""
    attempts: int
    status_label: str
    problem: str
    problem_text: str
    next_step: str


class SkippedView(View):
    """A shop that the payout run had to pass over."""

    reference: str
    """Stands in our log beside the whole error."""
    shop_id: str
    shop_name: str
    currency: str
    reason: str
    reason_text: str
    error: str
    """The error's type, for whoever looks it up."""
    since: datetime
    last_at: datetime
    runs: int


class OpenCaseView(View):
    """A difference between our orders, our books and the provider's that is not settled."""

    id: str
    kind: str
    kind_text: str
    subject: str
    """The id of what differs."""
    expected: MoneyView
    found: MoneyView
    status: Literal["open", "proposed", "approved"]
    status_label: str
    opened_at: datetime


class FinanceView(View):
    at: datetime
    totals: list[CurrencyTotals]
    ageing: list[AgeingView]
    undelivered: list[UndeliveredView]
    """The latest first, a hundred at the most."""
    skipped: list[SkippedView]
    """The longest wait first, a hundred at the most. The next run tries each again."""
    cases: list[OpenCaseView]
    """The oldest first, twenty at the most."""
    cases_total: int


class BalancesOfDay(View):
    """On the evening of a day, UTC."""

    day: date
    provider: MoneyView
    held: MoneyView
    artisans: MoneyView


class BalancesView(View):
    currency: str
    currencies: list[str]
    """Those that anything was ever booked in."""
    days: list[BalancesOfDay]
    """The oldest first, each of them."""
