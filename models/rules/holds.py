"""Why an artisan's money waits: the rules that keep it back, each with a reason and a day on which it ends.

Standard library only. A reserve of the platform's own rule is booked out of the payable balance at once; any other hold
leaves the money where it is and only keeps it from being paid out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.types import Money


class HoldRule(StrEnum):
    NEW_SELLER = "new_seller_reserve"
    REVIEW = "under_review"  # an administrator wants to look at something first


class HoldReason(StrEnum):
    FIRST_SALES = "first_sales"
    UNUSUAL_SALES = "unusual_sales"
    COMPLAINTS = "complaints"
    IDENTITY = "identity_in_question"


class AppealOutcome(StrEnum):
    RELEASED = "released"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class NewSellerReserve:
    """Of everything that a shop earns in its first weeks a part waits until they are over, for what may come back."""

    share_bp: int = 1_000
    lasts: timedelta = timedelta(days=30)
    """From the shop's first sale; then all of it is released."""


NEW_SELLER_RESERVE = NewSellerReserve()
LONGEST_REVIEW = timedelta(days=45)
"""Nobody's money is kept for longer without another decision."""


@dataclass(frozen=True, slots=True)
class Reserve:
    amount: Money
    release_at: datetime


def new_seller_reserve(
    released: Money, first_sale: datetime, now: datetime, rule: NewSellerReserve = NEW_SELLER_RESERVE, *, scale: int = 1
) -> Reserve | None:
    """What is kept back of an order's money that was just released; None when the first weeks are over.

    USD 94.15 released on the tenth day keeps back USD 9.41 for twenty days more: a fraction is the artisan's. `scale`
    is a demo account's: the wait is so many times shorter. Who is new does not depend on it.
    """
    ends = first_sale + rule.lasts
    kept = released.minor * rule.share_bp // 10_000
    if now >= ends or kept <= 0:
        return None
    return Reserve(Money(kept, released.currency), ends if scale == 1 else now + (ends - now) / scale)


def earned(shop_id: str, entries: list[LedgerEntry]) -> Money | None:
    """What a posting makes payable to the shop; None when it makes nothing."""
    own = [entry.amount for entry in entries if (entry.kind, entry.owner) == (AccountKind.ARTISAN_PAYABLE, shop_id)]
    if not own:
        return None
    total = Money(-sum(amount.minor for amount in own), own[0].currency)
    return total if total.minor > 0 else None


@dataclass(frozen=True, slots=True)
class Hold:
    """One amount that waits."""

    id: str
    rule: HoldRule
    reason: HoldReason
    amount: Money
    placed_at: datetime
    release_at: datetime
    order_id: str | None = None
    booked: bool = False
    """Its money stands in the reserve, no longer in the payable balance."""
    released_at: datetime | None = None
    appealed_at: datetime | None = None
    outcome: AppealOutcome | None = None

    def is_open(self, now: datetime) -> bool:
        return self.released_at is None and now < self.release_at

    def may_be_appealed(self, now: datetime) -> bool:
        """Once: a decision about it stands until its day."""
        return self.is_open(now) and self.appealed_at is None
