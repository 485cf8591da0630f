"""Values that every layer speaks: money, ids, enums. Standard library only, so that workflows may import it.

Owns no rule beyond arithmetic on money; pricing, fees and splits live in `models/rules/`.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CURRENCY_DECIMALS: dict[str, int] = {
    # ISO 4217 minor units of the currencies that a shop may sell in.
    "USD": 2, "CAD": 2, "MXN": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3,
}  # fmt: skip
MAX_MINOR = 10**12
"""No single amount may exceed this many minor units: far above any sale, far below a BIGINT overflow of a sum."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units of an ISO 4217 currency (USD 12.30 is `Money(1230, "USD")`)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCY_DECIMALS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise ValueError(f"amount {self.minor} is out of range")

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")


_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """`prefix_` and 26 characters that sort by creation time (48 bits of milliseconds, 80 random bits).

    Ordered ids keep B-tree inserts on the last page; the random part makes them unguessable.
    """
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return prefix + "_" + "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


class Role(StrEnum):
    CUSTOMER = "customer"
    ARTISAN = "artisan"
    ADMINISTRATOR = "administrator"


class Party(StrEnum):
    """Who did something, or who must act next."""

    CUSTOMER = "customer"
    ARTISAN = "artisan"
    ADMINISTRATOR = "administrator"
    PROVIDER = "payment_provider"
    COURIER = "courier"
    SYSTEM = "artisanconnect"
    NOBODY = "nobody"


class CheckoutStatus(StrEnum):
    PLACING = "placing"
    AWAITING_PAYMENT = "awaiting_payment"
    HELD_FOR_REVIEW = "held_for_review"
    CAPTURING = "capturing"
    CANCELLING = "cancelling"
    PAID = "paid"
    REFUSED = "refused"  # the first update could not be honoured; nothing was reserved
    EXPIRED = "expired"
    ABANDONED = "abandoned"
    VOIDED = "voided"  # the risk review refused it, or nobody decided in time

    @property
    def is_final(self) -> bool:
        return self in {self.PAID, self.REFUSED, self.EXPIRED, self.ABANDONED, self.VOIDED}


class GiftCardStatus(StrEnum):
    """Of buying one, not of the card."""

    PLACING = "placing"
    AWAITING_PAYMENT = "awaiting_payment"
    CAPTURING = "capturing"
    CANCELLING = "cancelling"
    BOUGHT = "bought"
    REFUSED = "refused"  # there is no page to pay on
    EXPIRED = "expired"
    VOIDED = "voided"  # the provider would not take what it had set aside

    @property
    def is_final(self) -> bool:
        return self in {self.BOUGHT, self.REFUSED, self.EXPIRED, self.VOIDED}


class OrderStatus(StrEnum):
    AWAITING_ACCEPTANCE = "awaiting_acceptance"
    MAKING = "making"
    READY_TO_SHIP = "ready_to_ship"
    IN_TRANSIT = "in_transit"
    DELIVERY_OVERDUE = "delivery_overdue"
    DELIVERED = "delivered"
    REFUNDING = "refunding"
    COMPLETED = "completed"
    REFUNDED = "refunded"

    @property
    def is_final(self) -> bool:
        return self in {self.COMPLETED, self.REFUNDED}


class RefundState(StrEnum):
    """Where one refund stands at the payment provider."""

    SENDING = "sending"  # written down; the provider may have it, or not
    PENDING = "pending"  # the provider has taken it, and has not confirmed it
    SUCCEEDED = "succeeded"  # which a bank may still undo
    FAILED = "failed"  # it came back: the books are reversed, the buyer still waits

    @property
    def is_booked(self) -> bool:
        return self in {self.PENDING, self.SUCCEEDED}


class RefundStatus(StrEnum):
    """Where the refund process stands."""

    AWAITING_ANSWER = "awaiting_answer"
    OFFERED = "offered"
    REFUSED_BY_MAKER = "refused_by_maker"
    IN_REVIEW = "in_review"
    AWAITING_RETURN = "awaiting_return"
    RETURNING = "returning"
    SENDING = "sending_refund"
    ON_ITS_WAY = "refund_on_its_way"
    FAILED = "refund_failed"
    PAID_BACK = "paid_back"
    CLOSED = "closed_without_refund"

    @property
    def is_final(self) -> bool:
        return self in {self.PAID_BACK, self.CLOSED}


class ParcelStatus(StrEnum):
    LABELLED = "labelled"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"  # labelled, but never handed over in time


class LetterStatus(StrEnum):
    SENDING = "sending"
    SENT = "sent"
    EXPIRED = "expired"  # its link had, before the mail service took it
    NOBODY = "nobody"  # no such person, or erased since
    GIVEN_UP = "given_up"  # refused, or not to be handed over for days


class DeliveryOutcome(StrEnum):
    """How one delivery attempt ended; each is a result, not an error."""

    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"


class ExportStatus(StrEnum):
    """A copy of what we keep about a person."""

    GATHERING = "gathering"
    READY = "ready"
    VOID = "void"  # its owner was erased meanwhile, or it is too large to be put together

    @property
    def is_final(self) -> bool:
        return self is not self.GATHERING


class ErasureStatus(StrEnum):
    SCHEDULED = "scheduled"
    WAITING = "waiting"  # for what is still open between the person and others
    ERASING = "erasing"
    ERASED = "erased"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in {self.ERASED, self.CANCELLED}


class PayoutStatus(StrEnum):
    """Of payouts and withdrawals alike."""

    SETTING_ASIDE = "setting_aside"
    NOT_PAID = "not_paid"  # nothing was set aside
    SENDING = "sending_money"
    AWAITING_FUNDS = "awaiting_funds"
    ON_ITS_WAY = "money_on_its_way"
    ARRIVED = "arrived"  # the bank has it, and may still send it back for days
    RECALLING = "recalling_money"
    AWAITING_DETAILS = "awaiting_details"  # the money is payable again; the artisan has to correct something
    PAID_OUT = "paid_out"
    GIVEN_BACK = "given_back"

    @property
    def is_final(self) -> bool:
        return self in {self.NOT_PAID, self.PAID_OUT, self.GIVEN_BACK}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a process's story. Codes and dates only: words are chosen where it is shown.

    `what` and `then` are keys of the wording table, `until` is when `then` happens if nobody acts.
    """

    sequence: int
    at: datetime
    actor: Party
    what: str
    why: str = ""
    waiting_on: Party = Party.NOBODY
    until: datetime | None = None
    then: str = ""
    subject: str = ""
    """The id this line is about (a parcel, a refund), or empty."""
