"""What placing a cart takes and shows."""

from datetime import datetime
from typing import Annotated

import phonenumbers
import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.catalogue.schemas import View
from api.money import MoneyView
from api.text import Line
from api.wording import TimelineLine
from models.rules.tax.assess import REGIONS
from models.types import MAX_MINOR

Named = Annotated[Line, Field(min_length=1, max_length=120)]


def _known_country(code: str) -> str:
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError("is not a country we know; use the two letters of ISO 3166, such as US")
    return code


def _e164(given: str, country: str) -> str:
    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or number.extension:
        raise ValueError("phone: write it with + and the country's code, such as +1 207 555 0123")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class AddressInput(BaseModel):
    """Where the parcels go. `region` is the two-letter state or province in the US and Canada."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    line1: Named
    line2: Annotated[Line, Field(max_length=120)] = ""
    city: Named
    region: Annotated[Line, Field(max_length=60)] = ""
    postal_code: Annotated[Line, Field(min_length=1, max_length=20)]
    country: Annotated[
        str,
        StringConstraints(strip_whitespace=True, to_upper=True, pattern="^[A-Za-z]{2}$"),
        AfterValidator(_known_country),
    ]
    phone: Annotated[Line, Field(max_length=32)] = ""
    """For the courier alone. As people write it in their country, or with + and the country's code; answered as
    E.164."""

    @model_validator(mode="after")
    def _region_decides_the_tax(self) -> "AddressInput":
        regions = REGIONS.get(self.country)
        if regions is not None:
            self.region = self.region.upper()
            if self.region not in regions:
                raise ValueError(f"region: choose one of {', '.join(sorted(regions))}")
        return self

    @model_validator(mode="after")
    def _phone_can_be_called(self) -> "AddressInput":
        if self.phone:
            self.phone = _e164(self.phone, self.country)
        return self


class AddressView(View):
    id: str
    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    """E.164, or empty."""


class PreviewShop(View):
    shop_id: str
    name: str
    goods: MoneyView
    """At their prices."""
    discount: MoneyView
    items: MoneyView
    """The goods less the discount: what tax and total are made of. The same below."""
    shipping: MoneyView
    tax: MoneyView
    total: MoneyView
    ships_within_days: int


class CheckoutPreview(View):
    """What the cart would cost at this address, to the cent: placing it freezes exactly this, or refuses."""

    address: AddressView
    currency: str
    shops: list[PreviewShop]
    goods: MoneyView
    discount: MoneyView
    items: MoneyView
    shipping: MoneyView
    tax: MoneyView
    total: MoneyView
    credit: MoneyView
    """Store credit that can be used for it: all that there is, or as much as leaves nothing for the card, or enough for
    a card payment."""
    left_to_pay: MoneyView
    """By card, when that credit is used."""


class PlaceInput(BaseModel):
    """`address_id` of a saved address; `expected_total_minor` is the total that was shown; `credit_minor` of store
    credit pays for a part of it, or for all."""

    model_config = ConfigDict(extra="forbid")

    address_id: str = Field(max_length=40)
    expected_total_minor: int | None = Field(None, ge=0)
    credit_minor: int = Field(0, ge=0, le=MAX_MINOR)


class PlacedView(View):
    """The pieces are reserved; go to `redirect_url` to pay before the reservation ends, or to see that it is paid."""

    checkout_id: str
    payment_id: str
    """Empty where store credit pays for all of it."""
    total: MoneyView
    credit: MoneyView
    """The part of the total that store credit pays."""
    redirect_url: str


class OrderRef(View):
    id: str
    number: str


class CheckoutView(View):
    id: str
    status: str
    waiting_on: str
    deadline: datetime | None
    total: MoneyView
    can_pay: bool
    can_abandon: bool
    is_final: bool
    orders: list[OrderRef]
    timeline: list[TimelineLine]


class HeldReason(View):
    code: str
    points: int
    text: str


class HeldCheckout(View):
    """A paid-for checkout that waits for an administrator; its money is authorised, not taken."""

    id: str
    placed_at: datetime
    total: MoneyView
    score: int
    reasons: list[HeldReason]
    buyer_id: str
    buyer_since: datetime
    deadline: datetime | None


class DecisionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    approve: bool
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]


class StatusView(View):
    id: str
    status: str
