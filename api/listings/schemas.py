"""What an artisan writes about a piece, and what their desk shows of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import PictureView, View
from api.money import MoneyView
from api.text import Line, Prose
from models.ports import TaxClass

Title = Annotated[Line, Field(min_length=3, max_length=140)]
Description = Annotated[Prose, Field(min_length=20, max_length=5_000)]
Materials = Annotated[list[Annotated[Line, Field(min_length=1, max_length=60)]], Field(max_length=12)]
Dimensions = Annotated[Line, Field(max_length=120)]
PriceMinor = Annotated[int, Field(strict=True, ge=1, le=10**9, description="In minor units of the shop's currency")]
Weight = Annotated[int, Field(strict=True, ge=1, le=70_000, description="Grams, packed for the courier")]
LeadTime = Annotated[int, Field(strict=True, ge=0, le=365, description="Days the making takes; 0 is ready to ship")]
Pieces = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Alt = Annotated[Line, Field(min_length=3, max_length=300, description="What a person who can't see it should know")]


class NewListing(BaseModel):
    """A draft: it needs a picture before it can be published."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description
    category: Annotated[str, Field(max_length=40)]
    materials: Materials = []
    dimensions: Dimensions = ""
    price_minor: PriceMinor
    weight_grams: Weight
    lead_time_days: LeadTime = 0
    tax_class: TaxClass = TaxClass.STANDARD
    on_hand: Pieces


class ListingChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    description: Description | None = None
    category: Annotated[str, Field(max_length=40)] | None = None
    materials: Materials | None = None
    dimensions: Dimensions | None = None
    price_minor: PriceMinor | None = None
    weight_grams: Weight | None = None
    lead_time_days: LeadTime | None = None
    tax_class: TaxClass | None = None


class PriceList(BaseModel):
    """What the artisan asks in other currencies than their shop's, in minor units. A currency that is left out is
    converted at the rate of the day."""

    model_config = ConfigDict(extra="forbid")

    prices: Annotated[dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], PriceMinor], Field(max_length=20)]


class StockLevel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on_hand: Pieces


class PictureText(BaseModel):
    model_config = ConfigDict(extra="forbid")

    alt: Alt


class PictureOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    picture_ids: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)]


ListingStatus = Literal["draft", "published", "withdrawn"]


class DeskListing(View):
    """A line of the desk's table."""

    id: str
    slug: str
    title: str
    category: str
    status: ListingStatus
    price: MoneyView
    lead_time_days: int
    on_hand: int
    reserved: int
    """Pieces that running checkouts hold; stock can't be set below."""
    available: int
    picture: PictureView | None
    updated_at: datetime


class DeskPrice(View):
    """What buyers who pay in another currency see."""

    currency: str
    own: MoneyView | None
    """What the artisan asks there."""
    converted: MoneyView | None
    """What the shop's own price is worth there now; None without a rate."""


class DeskPicture(PictureView):
    id: str


class DeskListingDetail(DeskListing):
    description: str
    materials: list[str]
    dimensions: str
    weight_grams: int
    tax_class: TaxClass
    """Some places tax clothing, children's clothing or books less."""
    pictures: list[DeskPicture]
    prices: list[DeskPrice]
    published_at: datetime | None
