"""What orders look like, and what may be asked of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.catalogue.schemas import PictureView, View
from api.money import MoneyView
from api.wording import TimelineLine

IdText = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,5}_[0-9a-z]{26}$")]


class OrderCard(View):
    """An order in a list."""

    id: str
    number: str
    placed_at: datetime
    title: str
    """Of its first line."""
    pieces: int
    shop_name: str
    shop_slug: str
    buyer_name: str
    total: MoneyView
    status: str
    status_label: str
    waiting_on: str
    deadline: datetime | None
    waiting_text: str
    is_final: bool


class OrderLineView(View):
    listing_id: str
    title: str
    quantity: int
    unit_price: MoneyView
    line_total: MoneyView
    """At its price; what was paid for it is this less the discount."""
    discount: MoneyView | None
    promotion: str
    """What the discount is called, or empty."""
    picture: PictureView | None
    unpacked: int
    """Pieces that are in no parcel yet."""
    unsent: int
    """Pieces that no courier has, and that nobody has cancelled."""
    sent: int
    """Pieces that a courier has, or had."""
    cancelled: int


class AddressView(View):
    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str


class ScanView(View):
    """What the courier told about a parcel on its way."""

    at: datetime
    type: str
    text: str
    location: str
    reason: str


class ParcelPieces(View):
    listing_id: str
    title: str
    quantity: int


class ParcelView(View):
    id: str
    courier: str
    courier_name: str
    service: str
    tracking_number: str
    status: str
    status_label: str
    attempt: int
    pieces: list[ParcelPieces]
    handed_over_at: datetime | None
    delivered_at: datetime | None
    scans: list[ScanView]
    label_url: str | None
    """For the artisan, to print."""
    can_hand_over: bool


class RefundView(View):
    amount: MoneyView
    reason: str
    state: str
    """`sending` or `pending`: on its way; `succeeded`: the provider has confirmed it; `failed`: it came back."""
    text: str
    """The same in words."""
    at: datetime


class OrderView(View):
    """Everything about an order that both sides may see; `desk` is the artisan's part."""

    id: str
    number: str
    commission_id: str | None
    """Of the commission whose piece it sends: then its sums are the shipping alone."""
    placed_at: datetime
    shop_id: str
    shop_name: str
    shop_slug: str
    buyer_name: str
    address: AddressView
    lines: list[OrderLineView]
    goods: MoneyView
    """All lines, before discounts."""
    discount: MoneyView
    """What came off, and is the artisan's."""
    items: MoneyView
    """What remains of the goods: the sum that tax, fee and total are made of."""
    shipping: MoneyView
    tax: MoneyView
    total: MoneyView
    credit: MoneyView
    """The part of the total that store credit paid."""
    refunded: MoneyView
    """What has gone back for certain: the provider has confirmed it."""
    status: str
    status_label: str
    status_text: str
    waiting_on: str
    deadline: datetime | None
    waiting_text: str
    """Who must act, and what happens otherwise, in words; `deadline` says when."""
    money_text: str
    """Where the money is, in words."""
    ship_by: datetime | None
    """The promise; None before the artisan has accepted."""
    is_final: bool
    parcels: list[ParcelView]
    refunds: list[RefundView]
    timeline: list[TimelineLine]
    can_confirm_receipt: bool
    can_cancel: bool
    cancels_at_once: bool
    """Otherwise the maker is asked."""
    can_report: bool
    """Something was sent, so that something may be wrong with it."""
    desk: "DeskPart | None" = None


class FeePart(View):
    """What some of the lines were charged, and by which rule."""

    text: str
    fee: MoneyView


class DeskPart(View):
    """What only the order's artisan sees, and may do now."""

    fee: MoneyView
    fee_parts: list[FeePart]
    """Why the fee is what it is, in the currency that the buyer paid in; empty for orders from before rules."""
    earnings: MoneyView
    """Goods and shipping less the fee, before refunds."""
    weight_grams: int
    """Of all its pieces, without boxes."""
    couriers: dict[str, str]
    """Code → name."""
    decline_reasons: dict[str, str]
    can_accept: bool
    can_decline: bool
    can_finish_making: bool
    can_pack: bool
    can_answer_cancellation: bool


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeclineInput(_Input):
    reason: Literal["cannot_make", "out_of_material", "no_longer_available", "other"]
    restock: bool = False
    """Whether the pieces go back on sale."""


class PackLine(_Input):
    listing_id: IdText
    quantity: Annotated[int, Field(ge=1, le=999)]


class PackInput(_Input):
    """A parcel to pack and to buy a label for. Several parcels split an order."""

    courier: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    service: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
    weight_grams: Annotated[int, Field(ge=1, le=100_000)]
    lines: Annotated[list[PackLine], Field(min_length=1, max_length=200)]
    parcel_id: Annotated[str, StringConstraints(pattern=r"^par_[0-9a-z]{26}$")] | None = None
    """Chosen by the caller to make a repeated click one parcel; without it the `Idempotency-Key` does the same."""


class QuoteView(View):
    courier: str
    courier_name: str
    service: str
    price: MoneyView
    days_min: int
    days_max: int
