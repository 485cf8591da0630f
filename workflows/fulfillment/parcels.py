"""Which pieces of an order are packed, sent and settled. Pure state with its refusals; no clock, no Temporal.

A piece is in one parcel at most. A parcel whose label is still being bought holds its pieces already, so that two
clicks at once cannot pack one piece twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.rules.refunds import together
from models.types import ParcelStatus
from workflows.fulfillment.messages import BuyLabel


@dataclass(frozen=True)
class Way:
    """When a parcel was handed over, and the instants by which something must have come of it."""

    handed_over_at: datetime
    overdue_at: datetime
    lost_at: datetime


@dataclass
class Parcel:
    id: str
    courier: str
    pieces: Mapping[str, int]
    tracking_number: str = ""
    """Empty while the label is being bought."""
    status: ParcelStatus = ParcelStatus.LABELLED
    attempt: int = 0
    """Of delivery; 0 until the hand-over is recorded."""
    way: Way | None = None
    """None until it is handed over."""
    delivered_at: datetime | None = None
    is_overdue: bool = False
    confirmed: bool = False
    """The buyer says that it has arrived."""
    is_settled: bool = False
    """What has become of it is written down."""

    @property
    def on_its_way(self) -> bool:
        return self.status is ParcelStatus.HANDED_OVER

    @property
    def sent(self) -> bool:
        return self.status not in {ParcelStatus.LABELLED, ParcelStatus.CANCELLED}


@dataclass
class Packing:
    """The parcels of one order."""

    ordered: Mapping[str, int] = field(default_factory=dict)
    parcels: dict[str, Parcel] = field(default_factory=dict)
    cancelled: Mapping[str, int] = field(default_factory=dict)
    """Pieces that the buyer does not want any more."""

    def refusal(self, message: BuyLabel) -> str | None:
        """Why these lines cannot become a parcel now, in words for the artisan; None when they can."""
        if message.parcel_id in self.parcels:
            return "This parcel has its label already. Reload the order to see it."
        wanted = [line.quantity for line in message.lines]
        if not wanted or min(wanted) < 1:
            return "A parcel holds at least one piece. Say how many of which line it holds."
        if len({line.listing_id for line in message.lines}) < len(message.lines):
            return "A line stands in this parcel twice. Name each line once, with its quantity."
        free = self.unpacked()
        for line in message.lines:
            if line.listing_id not in self.ordered:
                return "This order has no such piece. Choose from its own lines."
            if line.quantity > free[line.listing_id]:
                return f"Of one line only {free[line.listing_id]} pieces are not packed yet, not {line.quantity}."
        return None

    def pack(self, message: BuyLabel) -> Parcel:
        parcel = Parcel(message.parcel_id, message.courier, {line.listing_id: line.quantity for line in message.lines})
        self.parcels[parcel.id] = parcel
        return parcel

    def unpack(self, parcel_id: str) -> None:
        """Its label could not be bought: the pieces are free again."""
        del self.parcels[parcel_id]

    def why_not_cancel(self, pieces: Mapping[str, int]) -> str | None:
        """Why these can't be cancelled now, in words for the buyer; None when they can."""
        unsent = self.unsent()
        if not pieces:
            return "Everything of this order has been sent or cancelled already. Reload it to see where it stands."
        for listing_id, quantity in pieces.items():
            if listing_id not in self.ordered:
                return "This order has no such piece. Choose from its own lines."
            if quantity < 1:
                return "Cancel at least one piece of a line, or leave the line out."
            if quantity > unsent.get(listing_id, 0):
                return f"Of one line only {unsent.get(listing_id, 0)} pieces have not been sent yet, not {quantity}."
        return None

    def cancel(self, pieces: Mapping[str, int]) -> tuple[str, ...]:
        """These are not made or sent any more. Parcels that held them are unpacked, the newest first; their ids."""
        self.cancelled = together(self.cancelled, pieces)
        opened = []
        for parcel in reversed(list(self.parcels.values())):
            lacking = {listing_id for listing_id, quantity in self.unpacked().items() if quantity < 0}
            if not parcel.sent and parcel.status is not ParcelStatus.CANCELLED and lacking & set(parcel.pieces):
                parcel.status = ParcelStatus.CANCELLED
                opened.append(parcel.id)
        return tuple(opened)

    def cancel_unsent(self) -> None:
        """Nothing more will be handed over."""
        for parcel in self.parcels.values():
            if not parcel.sent:
                parcel.status = ParcelStatus.CANCELLED

    def unpacked(self) -> dict[str, int]:
        return self._without([p for p in self.parcels.values() if p.status is not ParcelStatus.CANCELLED])

    def unsent(self) -> dict[str, int]:
        """Pieces that no courier has; lines without any are left out."""
        return {k: n for k, n in self._without([p for p in self.parcels.values() if p.sent]).items() if n}

    @property
    def all_labelled(self) -> bool:
        return not any(self.unpacked().values()) and all(p.tracking_number for p in self.parcels.values())

    @property
    def all_sent(self) -> bool:
        return not self.unsent()

    @property
    def on_their_way(self) -> list[Parcel]:
        return [parcel for parcel in self.parcels.values() if parcel.on_its_way]

    @property
    def ways(self) -> list[Way]:
        """Of the parcels that are on their way."""
        return [parcel.way for parcel in self.on_their_way if parcel.way is not None]

    @property
    def overdue(self) -> list[Way]:
        return [parcel.way for parcel in self.on_their_way if parcel.way is not None and parcel.is_overdue]

    @property
    def any_delivered(self) -> bool:
        return any(parcel.delivered_at is not None for parcel in self.parcels.values())

    @property
    def last_delivered_at(self) -> datetime:
        """Raises `ValueError` when nothing has arrived."""
        return max(parcel.delivered_at for parcel in self.parcels.values() if parcel.delivered_at is not None)

    def _without(self, parcels: list[Parcel]) -> dict[str, int]:
        gone = together(*(parcel.pieces for parcel in parcels))
        gone = together(gone, self.cancelled)
        return {listing_id: quantity - gone.get(listing_id, 0) for listing_id, quantity in self.ordered.items()}
