"""What we ask of partners and replaceable parts, as Protocols. Gateways in `activities/gateways/` implement them.

Every write takes an idempotency key made of workflow id and step. Errors: `PartnerRefused` is final,
`PartnerUnavailable` leaves the outcome unknown, so the caller looks it up (`find_*`, `get_*`) before repeating.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.types import DeliveryOutcome, Money


class PaymentState(StrEnum):
    """Where a hosted payment stands, whatever the provider calls it."""

    OPEN = "open"  # the customer may still pay, also with another card
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"  # expired or cancelled: it can never be paid any more


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """What the hosted page shows; the lines sum to the total."""

    name: str
    quantity: int
    unit_amount: Money


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to be authorised now and captured later."""

    reference: str
    """Our checkout id; comes back in the provider's metadata and in every webhook."""
    lines: Sequence[PaymentLine]
    total: Money
    customer_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the provider booked for one charge or refund: gross, its fee, net, and when the money is available."""

    balance_transaction_id: str
    gross: Money
    fee: Money
    net: Money
    available_on: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """A provider's hosted payment (Stripe: a Checkout Session and, once the customer confirmed, its PaymentIntent)."""

    id: str
    state: PaymentState
    total: Money
    reference: str
    intent_id: str | None = None
    redirect_url: str | None = None
    declines: int = 0
    captured: Money | None = None
    capture_before: datetime | None = None
    card_country: str | None = None
    risk_level: str | None = None
    settlement: Settlement | None = None
    """Of a captured payment, where the provider told it in the same answer; otherwise ask `get_settlement`."""


@dataclass(frozen=True, slots=True)
class RefundResult:
    id: str
    amount: Money
    state: str
    """`pending`, `succeeded` or `failed`."""
    operation: str
    """Our operation id, from the metadata."""
    settlement: Settlement | None = None


class PaymentGateway(Protocol):
    """Moves money in. Amounts are never guessed: each answer repeats what the provider holds."""

    async def create_payment(self, request: PaymentRequest, *, key: str) -> Payment: ...

    async def get_payment(self, payment_id: str) -> Payment:
        """Raises `NotFound` for an id the provider does not know."""
        ...

    async def cancel_payment(self, payment_id: str, *, key: str) -> Payment:
        """Expires the hosted page while it is open. Returns the state reached, which is AUTHORISED when the customer
        was faster: only CANCELLED confirms that no money can move."""
        ...

    async def void_payment(self, payment_id: str, *, key: str) -> Payment:
        """Gives an authorisation back. Returns CANCELLED, also when it had lapsed by itself, or the true state."""
        ...

    async def capture_payment(self, payment_id: str, amount: Money, *, key: str) -> Payment: ...

    async def get_settlement(self, intent_id: str) -> Settlement:
        """The balance transaction of the captured charge; raises `PartnerUnavailable` while it is not there yet."""
        ...

    async def refund(self, intent_id: str, amount: Money, *, operation: str, key: str) -> RefundResult: ...

    async def find_refund(self, intent_id: str, operation: str) -> RefundResult | None:
        """By listing the intent's refunds and matching our operation id, never by a lagging search."""
        ...


@dataclass(frozen=True, slots=True)
class Redaction:
    """The provider's job of forgetting a customer. Irreversible once it is `done`."""

    id: str
    done: bool


class PayerPrivacy(Protocol):
    """Makes the payment provider forget who paid. Amounts, dates and the money itself stay."""

    async def begin(self, payment_ids: Sequence[str], intent_ids: Sequence[str], *, key: str) -> Redaction:
        """Asks for it; the same key asks once. What belongs to these payments (charges, events) is included."""
        ...

    async def follow(self, redaction_id: str, *, key: str) -> Redaction:
        """Where it stands, carried on where the provider waits for our word. Raises `PartnerRefused` when the provider
        will not do it as things stand: a payment may still be in dispute."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook, reduced to what our processes act on."""

    event_id: str
    type: str
    reference: str
    """Our checkout id out of the metadata, or empty for an event that concerns no process of ours."""
    payment_id: str
    created_at: datetime


class PaymentWebhooks(Protocol):
    def verify(self, body: bytes, signature: str) -> ProviderEvent:
        """Raises `SignatureInvalid` for a forged or stale signature, `InvalidInput` for a body that is no event."""
        ...


@dataclass(frozen=True, slots=True)
class PostalAddress:
    name: str
    line1: str
    city: str
    region: str
    postal_code: str
    country: str
    """ISO 3166-1 alpha-2."""
    line2: str = ""
    phone: str = ""
    """E.164, such as +12075550123; empty when none was given."""


@dataclass(frozen=True, slots=True)
class ShippingQuote:
    service: str
    price: Money
    days_min: int
    days_max: int


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    tracking_number: str
    service: str
    price: Money
    label_url: str


@dataclass(frozen=True, slots=True)
class CourierEvent:
    """A verified courier callback."""

    event_id: str
    courier: str
    tracking_number: str
    type: str
    """`in_transit`, `out_for_delivery`, `delivered`, `failed` or `returned`."""
    attempt: int
    occurred_at: datetime
    reason: str = ""
    location: str = ""

    @property
    def outcome(self) -> DeliveryOutcome | None:
        """How the attempt ended, or None for a scan on the way."""
        return DeliveryOutcome(self.type) if self.type in set(DeliveryOutcome) else None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A partner's word that it has erased somebody."""

    count: int
    """Of its records."""
    reference: str
    """Its own id of the erasure."""


class Courier(Protocol):
    """One delivery service. `code` names it in parcels and callback addresses."""

    code: str
    name: str

    async def quote(
        self, origin: PostalAddress, to: PostalAddress, weight_grams: int, currency: str
    ) -> Sequence[ShippingQuote]: ...

    async def buy_label(
        self,
        reference: str,
        service: str,
        origin: PostalAddress,
        to: PostalAddress,
        weight_grams: int,
        *,
        key: str,
    ) -> Label: ...

    async def find_label(self, reference: str) -> Label | None: ...

    async def dispatch(self, tracking_number: str, attempt: int, *, key: str) -> None:
        """Asks for delivery attempt number `attempt`; asking twice is the same as asking once."""
        ...

    async def erase(self, references: Sequence[str], *, recipient: bool, key: str) -> Forgotten:
        """Forgets who these parcels went to, or (`recipient=False`) who sent them; what they weighed and when they
        arrived stays. Parcels that the courier does not know any more are no error."""
        ...

    def verify(self, body: bytes, signature: str) -> CourierEvent:
        """Raises `SignatureInvalid` for a forged signature or one older than five minutes."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str = ""
    tag: str = ""


class Mailer(Protocol):
    async def send(self, mail: Mail, *, key: str) -> None: ...

    async def erase(self, address: str, *, key: str) -> Forgotten:
        """Forgets every mail to this address, whatever its case, and that it was ever written to."""
        ...


@dataclass(frozen=True, slots=True)
class TaxLine:
    listing_id: str
    category: str
    net: Money


@dataclass(frozen=True, slots=True)
class TaxResult:
    listing_id: str
    tax: Money
    rate_bp: int
    """Hundredths of a per cent."""
    jurisdiction: str


class TaxEngine(Protocol):
    def assess(self, lines: Sequence[TaxLine], to: PostalAddress) -> Sequence[TaxResult]: ...


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known about a checkout when its payment is authorised; no personal data."""

    total: Money
    buyer_age_days: int
    buyer_paid_checkouts: int
    declines: int
    ship_country: str
    card_country: str | None
    provider_risk_level: str | None
    pieces: int


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    score: int
    """0 (nothing speaks against it) to 100."""
    hold: bool
    reasons: tuple[str, ...] = field(default=())
    """Codes that the reviewer's page explains."""


class RiskScorer(Protocol):
    def score(self, facts: RiskFacts) -> RiskVerdict: ...


@dataclass(frozen=True, slots=True)
class SearchQuery:
    text: str = ""
    category: str | None = None
    shop_id: str | None = None
    currency: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False
    sort: str = "relevance"
    """`relevance`, `newest`, `price_up` or `price_down`."""
    page: int = 1
    per_page: int = 24


@dataclass(frozen=True, slots=True)
class SearchResult:
    listing_ids: tuple[str, ...]
    total: int
    """Exact up to 1,000; a larger number is told as 1,000 and `total_is_floor`."""
    total_is_floor: bool = False


class SearchIndex(Protocol):
    async def search(self, query: SearchQuery) -> SearchResult: ...

    async def index(self, listing_ids: Sequence[str]) -> None:
        """Brings these listings up to date in the index; an unpublished one is removed."""
        ...


@dataclass(frozen=True, slots=True)
class OutsideAttempt:
    """One attempt to sign in with an outside provider. The first three values are random and told to nobody else."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: datetime
    again: bool = False
    """Somebody proves again who they are: the provider must ask, whatever it remembers."""


@dataclass(frozen=True, slots=True)
class OutsideAnswer:
    """What the provider sent the browser back with."""

    code: str
    issuer: str = ""
    """Its `iss`, empty where it sent none."""


@dataclass(frozen=True, slots=True)
class OutsideIdentity:
    """Who somebody is at an outside provider. `issuer` and `subject` together never change and name one person."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    logged_in_at: datetime | None = None


class BreachedPasswords(Protocol):
    """Passwords that have become known somewhere. Only the first five hexadecimal digits of a SHA-1 are told."""

    async def range(self, prefix: str) -> Mapping[str, int]:
        """The other 35 digits, in capitals, of every known password whose hash begins so, and how often it was seen.
        Raises `PartnerUnavailable`."""
        ...


class IdentityProvider(Protocol):
    """An outside account that people sign in with. `code` names it in addresses and rows, `name` on buttons."""

    code: str
    name: str

    async def authorisation_url(self, attempt: OutsideAttempt) -> str:
        """Where the browser goes. Raises `PartnerUnavailable`, `PartnerRefused`."""
        ...

    async def identify(self, attempt: OutsideAttempt, answer: OutsideAnswer) -> OutsideIdentity:
        """Exchanges the code, once. Raises `PartnerRefused` for an answer that does not hold (its `code` says why),
        `PartnerUnavailable` when the provider can't be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That somebody was erased, by opaque ids."""

    person_id: str
    erasure_id: str
    at: datetime


class ErasureJournal(Protocol):
    """Who has been erased, kept outside of the database and its backups: a backup that is restored brings people back,
    and this tells whom to erase again."""

    async def add(self, tombstone: Tombstone) -> None:
        """Durable when it returns. The same one twice does no harm."""
        ...

    async def withdraw(self, erasure_id: str) -> None:
        """This erasure was put off after all: whoever stood here for it is still with us. None there is no error."""
        ...

    async def all(self) -> Sequence[Tombstone]:
        """Oldest first."""
        ...
