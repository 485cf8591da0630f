"""What is compared: a checkout with all that came of it, a payout, and what belongs to neither.

Read by `models.repositories.reconciliation_facts`; money as `Money`, nothing summed up beforehand.
"""

from dataclasses import dataclass, field
from datetime import datetime

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import Share
from models.types import Money, RefundState

AT_PROVIDER = frozenset({AccountKind.PROVIDER_PENDING, AccountKind.PROVIDER_AVAILABLE})


@dataclass(frozen=True, slots=True)
class Posted:
    """One posting of the ledger."""

    step_key: str
    kind: str
    reference: str
    posted_at: datetime
    entries: tuple[LedgerEntry, ...]
    repairs: str = ""
    """The subject of the case that it was the repair of."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the provider's books. `account_id` is empty in ours."""

    id: str
    account_id: str
    type: str
    amount: Money
    fee: Money
    source: str
    reference: str
    created_at: datetime
    available_on: datetime
    repairs: str = ""
    """The subject of the case that it was the repair of."""

    @property
    def net(self) -> Money:
        return self.amount - self.fee


@dataclass(frozen=True, slots=True)
class OrderFact:
    id: str
    shop_id: str
    items_minor: int
    shipping_minor: int
    tax_minor: int
    fee_minor: int
    delivered: bool
    """At least one of its parcels."""
    released: bool
    over: bool
    """Its process has ended."""
    owed: Money | None = None
    """What of it went to the artisan in their own currency, where that is not the charge's."""

    @property
    def whole(self) -> Share:
        return Share(self.items_minor, self.shipping_minor, self.tax_minor, self.fee_minor)


@dataclass(frozen=True, slots=True)
class RefundFact:
    id: str
    order_id: str
    amount: Money
    share: Share
    state: RefundState
    after_release: bool
    settled: Money | None = None
    """What the provider took for it, where that is in another currency."""
    taken: Money | None = None
    """From the shop in its own currency, where that is not the charge's."""
    to_credit: bool = False
    """Given back as store credit: the provider knows nothing of it."""


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """A checkout, its orders and refunds, with what was booked for each and what the provider says."""

    checkout_id: str
    paid: bool
    total: Money
    tax_minor: int
    fee_minor: int
    """The provider's, as we last saw it."""
    settled: Money | None
    """Where the provider settles in another currency than the charge's."""
    worth: Money | None
    """The same at the rates of the day of the checkout."""
    orders: tuple[OrderFact, ...]
    refunds: tuple[RefundFact, ...]
    postings: tuple[Posted, ...]
    lines: tuple[Line, ...]
    paid_by: tuple[LedgerEntry, ...] = ()
    """What was paid with store credit."""


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    payout_id: str
    shop_id: str
    account_id: str
    amount: Money
    """Of the newest attempt."""
    status: str
    """A `models.rules.payouts.PayoutMoney`."""
    attempt: int
    created_at: datetime
    ended: bool
    postings: tuple[Posted, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class CardFact:
    """A gift card that was bought, or whose sale was booked."""

    card_id: str
    lines: tuple[Line, ...] = ()
    postings: tuple[Posted, ...] = ()
    """Of its sale, and of repairs of that."""


@dataclass(frozen=True, slots=True)
class LooseFacts:
    """Lines that no checkout, refund or payout of ours explains; postings whose cause is in no table; and lines whose
    money should be available and is not booked so. `postings` are all that repaired any of these."""

    lines: tuple[Line, ...] = ()
    causeless: tuple[Posted, ...] = ()
    pending: tuple[Line, ...] = ()
    available: tuple[tuple[Line, Money], ...] = ()
    """What was booked as available for a line, where that is not its net."""
    repairs: tuple[Posted, ...] = field(default=())
    reversals: tuple[Line, ...] = field(default=())
    cards: tuple[CardFact, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountFact:
    """One account of the ledger."""

    kind: AccountKind
    owner: str
    currency: str
    minor: int
    """Debits less credits of all entries."""
    kept: int
    """What the kept sum says of those that it covers."""
    kept_due: int
    """What those sum to."""
