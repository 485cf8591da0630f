"""What partners send and are shown. Nothing here tells who bought anything."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.catalogue.schemas import View
from api.money import MoneyView
from api.text import Line
from api.webhooks.routes import LONGEST_ID, LONGEST_TEXT


class ParcelEvent(BaseModel):
    """What happened to a parcel. The same id again is the same event, and does no harm."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[Line, Field(min_length=1, max_length=LONGEST_ID)]
    type: Literal["in_transit", "out_for_delivery", "delivered", "failed", "returned"]
    attempt: Annotated[int, Field(ge=1, le=1_000)]
    occurred_at: AwareDatetime
    reason: Annotated[Line, Field(max_length=LONGEST_TEXT)] = ""
    location: Annotated[Line, Field(max_length=LONGEST_TEXT)] = ""


class OrderTotals(View):
    items: MoneyView
    shipping: MoneyView
    tax: MoneyView
    total: MoneyView
    refunded: MoneyView


class PartnerOrderView(View):
    id: str
    number: str
    status: str
    placed_at: datetime
    ship_by: datetime
    """Promised when the artisan accepts."""
    totals: OrderTotals


class PartnerOrdersView(View):
    items: list[PartnerOrderView]
    next: str | None
    """Send it as `after` for the orders placed later; null when these were the last."""


After = Annotated[str, StringConstraints(pattern=r"^(ord_[0-9a-z]{26})?$")]
