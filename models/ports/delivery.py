"""Things and words on their way: couriers and the mail service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from models.ports.forgetting import Forgotten
from models.types import DeliveryOutcome, Money


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
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the message itself, besides those that the mail service writes: how to stop mails of its kind, for one."""


class Mailer(Protocol):
    async def send(self, mail: Mail, *, key: str) -> None: ...

    async def erase(self, address: str, *, key: str) -> Forgotten:
        """Forgets every mail to this address, whatever its case, and that it was ever written to."""
        ...
