"""What a repayment plan looks like to its artisan and to finance, and what finance may set."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.money import MoneyView
from api.refund.schemas import Amount, Words
from models.types import MAX_MINOR

Floor = Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)]
"""What the artisan keeps at least of what is paid out within 30 days."""
Share = Annotated[int, Field(ge=500, le=9_000, strict=True)]
"""Hundredths of a per cent of each payout."""


class InstalmentView(View):
    at: datetime
    amount: MoneyView
    payout_id: str


class PlanView(View):
    id: str
    shop_id: str
    shop_name: str
    status: str
    """`proposed`, `agreed`, `declined`, `withdrawn`, `ended` (what was left nets again) or `repaid`."""
    status_text: str
    currency: str
    debt: MoneyView
    repaid: MoneyView
    left: MoneyView
    floor: MoneyView
    """What the artisan keeps at least of what is paid out within 30 days."""
    floor_minor: int
    share_percent: float
    """Of each payout, that is repaid."""
    share_bp: int
    reason: str
    created_at: datetime
    answered_at: datetime | None
    lately: MoneyView
    """What the last 30 days brought to the artisan's bank and to this plan."""
    over_on: date | None
    """When it is repaid if the next months bring as much; null where they would repay nothing, or it is over."""
    instalments: list[InstalmentView]
    """Newest first."""
    can_answer: bool
    can_end: bool


class OwingView(View):
    """A shop that owes something, and no plan is open about it."""

    shop_id: str
    shop_name: str
    currency: str
    owed: MoneyView


class TermsInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    floor_minor: Floor
    share_bp: Share


class ProposeInput(TermsInput):
    currency: Literal["USD", "CAD", "MXN", "EUR", "GBP", "JPY", "KWD"]
    debt_minor: Amount
    reason: Words


class AnswerPlanInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agree: bool
