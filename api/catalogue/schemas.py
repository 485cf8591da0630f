"""What the catalogue shows, for JSON and for pages alike."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.money import MoneyView

PICTURE_WIDTHS = (320, 640, 960)
"""A picture is served at `/pictures/{content_id}/{width}.webp` for each of these widths."""

T = TypeVar("T")


class View(BaseModel):
    """Base of everything that is only read."""

    model_config = ConfigDict(frozen=True)


class PictureView(View):
    """`width` and `height` are the original's, so that a page can keep its place while it loads."""

    content_id: str
    alt: str
    width: int
    height: int


class CategoryView(View):
    slug: str
    name: str
    blurb: str


class ListingCard(View):
    id: str
    slug: str
    title: str
    price: MoneyView
    asked: MoneyView | None = None
    """What the maker asks, where the price above was converted from it."""
    shop_name: str
    shop_slug: str
    picture: PictureView | None
    available: int
    """Pieces that can be bought now; 0 is sold out."""
    one_of_a_kind: bool
    lead_time_days: int
    """Days the making takes; 0 is ready to ship."""


class ShopCard(View):
    id: str
    slug: str
    name: str
    tagline: str
    city: str
    region: str
    country: str
    avatar_content: str | None


class ShopDetail(ShopCard):
    story: str
    owner_name: str
    banner_content: str | None
    currency: str
    since: datetime


class ShippingView(View):
    """Prices of the first piece and of each further one from the same shop."""

    home_first: MoneyView
    home_more: MoneyView
    ships_abroad: bool
    abroad_first: MoneyView | None
    abroad_more: MoneyView | None


class ListingDetail(ListingCard):
    description: str
    materials: list[str]
    dimensions: str
    pictures: list[PictureView]
    category: CategoryView
    shop: ShopCard
    shipping: ShippingView
    handling_days: int
    published_at: datetime


class Page(View, Generic[T]):
    items: list[T]
    total: int
    total_is_floor: bool
    """True when there are more than `total`."""
    page: int
    pages: int


class HomeView(View):
    categories: list[CategoryView]
    newest: list[ListingCard]
    one_of_a_kind: list[ListingCard]
    featured_shops: list[ShopCard]


SHOW_IN = "Show prices in this currency, where there is a rate; /api/v1/currencies says which there are"
Price = Annotated[int, Field(ge=0, le=10**11, description="In minor units")]


class ListingQuery(BaseModel):
    """What one may ask of the catalogue."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = Field(
        "", description="Words, as one would type them into a search box"
    )
    category: Annotated[str, Field(max_length=40)] | None = None
    shop: Annotated[str, Field(max_length=80)] | None = Field(None, description="A shop's slug")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="Of shops that keep this currency only"
    )
    show_in: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(None, description=SHOW_IN)
    price_min: Price | None = None
    price_max: Price | None = None
    in_stock: bool = False
    sort: Literal["relevance", "newest", "price_up", "price_down"] = "relevance"
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 24
