"""What a cart shows and what is asked of it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StrictInt, StringConstraints

from api.catalogue.schemas import PictureView, View
from api.money import MoneyView


class CartShop(View):
    id: str
    slug: str
    name: str
    country: str


class CartLineView(View):
    listing_id: str
    slug: str
    title: str
    picture: PictureView | None
    quantity: int
    available: int
    unit_price: MoneyView
    """Today's price."""
    line_total: MoneyView
    """At that price; a discount comes off it."""
    discount: MoneyView | None
    promotion: str
    """What the discount is called, or empty."""
    asked: MoneyView | None = None
    """What the maker asks for one, where the price above was converted from it."""
    price_changed_from: MoneyView | None
    """The price the buyer last saw, when it is no longer today's."""
    sold_out: bool
    """Nothing is left, or the artisan withdrew it."""


class CartGroup(View):
    """One artisan's part of the cart: it will be an order and a shipment of its own."""

    shop: CartShop
    lines: list[CartLineView]
    items: MoneyView
    """Before discounts."""
    discount: MoneyView
    shipping: MoneyView
    """To an address in the shop's own country; the checkout knows the real one."""


class CartProblem(View):
    """Why the cart cannot be paid as it stands. Codes: `price_changed`, `sold_out`, `short_stock`, `no_rate`,
    and `code` without a piece, for a shop's code that can't be used any more."""

    code: str
    listing_id: str
    message: str


class CartCode(View):
    """The code that the cart's owner has entered."""

    code: str
    applied: bool
    """Whether it takes something off the cart as it stands."""
    blocks: bool
    """It can't be used any more, so nothing is paid before it is taken out."""
    message: str


class CartView(View):
    id: str | None
    """None until something has been put in."""
    status: str
    """`open` or `checking_out`."""
    attempt: int
    checkout_id: str | None
    """The checkout that owns the cart while its status is `checking_out`."""
    currency: str | None
    """What it is paid in: what its owner has chosen, else what its first piece is priced in."""
    shops: list[CartGroup]
    items: MoneyView | None
    """Sum of the lines, without discounts, shipping and tax; None where one of them can't be converted."""
    discount: MoneyView | None
    """What comes off, where it is known like the sum."""
    code: CartCode | None
    count: int
    """Pieces, not lines."""
    problems: list[CartProblem]


class EnterCode(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(max_length=60)]


class AddLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    listing_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$")]
    quantity: StrictInt = 1


class ChangeLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quantity: StrictInt
