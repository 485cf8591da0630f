"""Cards that customers have agreed to be charged later: one hosted payment keeps a card, later ones use it.

The first payment is an ordinary hosted one (`PaymentRequest.keep_card`), made while the customer is there. What they
agreed to, and how much at the most, is ours to keep; the provider only knows that they did.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.ports.payments import Settlement
from models.types import Money


class ChargeState(StrEnum):
    """Where a charge of a kept card stands."""

    PAID = "paid"
    NEEDS_CUSTOMER = "needs_customer"  # their bank wants them: the same payment goes on when they come back
    DECLINED = "declined"  # nothing was taken; the same payment may be tried again
    CANCELLED = "cancelled"  # it can never be paid any more


@dataclass(frozen=True, slots=True)
class KeptCard:
    """Opaque ids of the provider's, and what a page may show of the card."""

    customer_id: str
    method_id: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class CardCharge:
    """One charge, as the provider has it."""

    id: str
    state: ChargeState
    amount: Money
    operation: str
    """Our operation id, from the metadata."""
    reason: str = ""
    """Of a decline, the provider's code: `insufficient_funds`, `expired_card`, ..."""
    come_back_url: str | None = None
    """Where the customer proves to their bank that it is they; after `bring_back` only."""
    settlement: Settlement | None = None


class CardGateway(Protocol):
    """Charges kept cards. A decline is a result, not an error."""

    async def kept_card(self, payment_id: str) -> KeptCard | None:
        """The card that a paid hosted payment has kept; None while it is not paid."""
        ...

    async def charge(self, customer_id: str, method_id: str, amount: Money, *, operation: str, key: str) -> CardCharge:
        """Takes money while the customer is away. Unknown outcome: `find_charge`."""
        ...

    async def get_charge(self, charge_id: str) -> CardCharge: ...

    async def find_charge(self, customer_id: str, operation: str) -> CardCharge | None:
        """By listing the customer's payments and matching our operation id."""
        ...

    async def bring_back(self, charge_id: str, method_id: str, *, return_url: str, key: str) -> CardCharge:
        """Goes on with the same payment while the customer is there; its answer may hold `come_back_url`."""
        ...

    async def cancel_charge(self, charge_id: str, *, key: str) -> CardCharge:
        """Gives the payment up. PAID when the customer was faster: only CANCELLED confirms that nothing moves."""
        ...

    async def forget_customer(self, customer_id: str, *, key: str) -> None:
        """Removes the customer and their cards at the provider; one that is gone already is forgotten."""
        ...
