"""What store credit takes and shows."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field

from api.catalogue.schemas import View
from api.credit.words import CARDS, KINDS, MOVED, REASONS, STATUSES
from api.money import MoneyView, money, money_view
from api.text import Line
from models.repositories.ledger_balances import BookedEntry
from models.rules.credit import GrantReason
from models.tables.credit import CreditGrant, GiftCard
from models.types import CURRENCY_DECIMALS, MAX_MINOR, Money

CurrencyCode = Literal["USD", "CAD", "MXN", "EUR", "GBP", "JPY", "KWD"]
assert set(CurrencyCode.__args__) == set(CURRENCY_DECIMALS)  # type: ignore[attr-defined] # noqa: S101 - a Literal has them


class RedeemInput(BaseModel):
    """The code of a gift card, however it is typed."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[Line, Field(min_length=1, max_length=60)]


class GiveUpInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: CurrencyCode
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    """What the page showed: nobody gives up more than they saw."""


class BuyGiftCardInput(BaseModel):
    """`to` is the mail address of whoever gets the code; without it the buyer does."""

    model_config = ConfigDict(extra="forbid")

    currency: CurrencyCode
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    """One of those that are sold."""
    to: Annotated[EmailStr, Field(max_length=254)] | Literal[""] = ""


class ProposeGrantInput(BaseModel):
    """`to` is an order's number or a mail address; without it a gift card is made."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[Line, Field(max_length=254)] = ""
    currency: CurrencyCode
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR)]
    reason: GrantReason


class DecideGrantInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "decline"]


class CreditMoved(View):
    at: datetime
    what: str
    text: str
    amount: MoneyView
    """Above zero: more to spend."""
    reference: str
    """The checkout, order or gift card that it is about."""

    @classmethod
    def of(cls, entry: BookedEntry) -> "CreditMoved":
        return cls(
            at=entry.posted_at,
            what=entry.kind,
            text=MOVED.get(entry.kind, "Moved"),
            amount=money_view(entry.amount * -1),
            reference=entry.reference,
        )


class CreditBalance(View):
    currency: str
    balance: MoneyView
    available: MoneyView
    """Less what a payment that is under way keeps."""
    history: list[CreditMoved]
    """The newest 50."""


class CreditView(View):
    balances: list[CreditBalance]
    """One a currency; empty for who never had any."""


class RedeemedView(View):
    redeemed: MoneyView


class GrantView(View):
    id: str
    kind: str
    kind_text: str
    person_id: str | None
    amount: MoneyView
    reason: str
    reason_text: str
    status: str
    status_text: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, grant: CreditGrant) -> "GrantView":
        return cls(
            id=grant.id,
            kind=grant.kind,
            kind_text=KINDS[grant.kind],
            person_id=grant.person_id,
            amount=money(grant.amount_minor, grant.currency),
            reason=grant.reason,
            reason_text=REASONS[GrantReason(grant.reason)],
            status=grant.status,
            status_text=STATUSES[grant.status],
            proposed_by=grant.proposed_by,
            proposed_at=grant.proposed_at,
            decided_by=grant.decided_by,
            decided_at=grant.decided_at,
        )


class DecidedGrant(View):
    grant: GrantView
    code: str
    """Of a gift card that was just made. It is told here once and kept nowhere."""


class GiftCardView(View):
    id: str
    status: str
    status_text: str
    left: MoneyView
    created_at: datetime
    redeemed_at: datetime | None

    @classmethod
    def of(cls, card: GiftCard, left: Money) -> "GiftCardView":
        return cls(
            id=card.id,
            status=card.status,
            status_text=CARDS[card.status],
            left=money_view(left),
            created_at=card.created_at,
            redeemed_at=card.redeemed_at,
        )


class GiftCardsOnSale(View):
    amounts: list[MoneyView]


class BoughtCardView(View):
    id: str
    amount: MoneyView
    status: str
    """Of buying it until it is `bought`, then of the card: `open`, `redeemed` or `blocked`."""
    status_text: str
    deadline: datetime | None
    """Until when it can be paid."""
    can_pay: bool
    can_renew_code: bool
    is_final: bool
    created_at: datetime


class BuyingView(View):
    card: BoughtCardView
    redirect_url: str
    """The provider's page, or ours where there is nothing to pay any more."""
