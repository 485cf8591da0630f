"""What a refund request looks like, and what may be asked of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.catalogue.schemas import View
from api.fulfillment.schemas import IdText, ParcelPieces
from api.money import MoneyView
from api.wording import TimelineLine
from models.types import MAX_MINOR

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2_000)]
Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, strict=True)]
"""In minor units of the order's currency: 1250 is USD 12.50. No fractions."""


class NoteView(View):
    """What one of them wrote."""

    step: str
    by: str
    """`buyer`, `maker` or `team`."""
    text: str
    at: datetime


class RequestView(View):
    id: str
    order_id: str
    order_number: str
    shop_name: str
    kind: str
    """`problem`, or `unsettled`: a refund that the provider has not confirmed, or could not deliver."""
    problem: str
    problem_text: str
    pieces: list[ParcelPieces]
    asked: MoneyView
    offered: MoneyView | None
    agreed: MoneyView | None
    with_return: bool
    tracking: str
    status: str
    status_label: str
    status_text: str
    waiting_on: str
    deadline: datetime | None
    waiting_text: str
    """Who must act, and what happens otherwise, in words; `deadline` says when."""
    is_final: bool
    created_at: datetime
    notes: list[NoteView]
    timeline: list[TimelineLine]
    can_answer: bool
    """The maker, with an offer or a refusal."""
    can_choose: bool
    """The buyer: accept the answer, or ask our team."""
    can_send_back: bool
    can_confirm_return: bool
    can_decide: bool
    can_retry: bool


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LineInput(_Input):
    listing_id: IdText
    quantity: Annotated[int, Field(ge=1, le=999, strict=True)]


class ReportInput(_Input):
    """Something is wrong with what was sent."""

    problem: Literal["not_arrived", "damaged", "not_as_described", "other"]
    text: Words
    lines: Annotated[list[LineInput], Field(max_length=200)] = []
    """The pieces it is about; without any, everything that was sent."""
    amount_minor: Amount | None = None
    """Less than these pieces' share of the order; all of it when left out."""


class CancelInput(_Input):
    lines: Annotated[list[LineInput], Field(max_length=200)] = []
    """Without any: everything that has not been sent."""


class AnswerCancellationInput(_Input):
    agree: bool
    restock: bool = False
    """Whether the pieces exist, and go back on sale."""


class AnswerInput(_Input):
    """An offer, whole or in part, with the pieces back or without; or a refusal with its reason."""

    answer: Literal["refund", "refuse"]
    amount_minor: Amount | None = None
    """All that was asked for when left out."""
    with_return: bool = False
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""

    @model_validator(mode="after")
    def _complete(self) -> "AnswerInput":
        if self.answer == "refuse" and len(self.text) < 3:
            raise ValueError("text: Say why, so that the buyer understands.")
        if self.answer == "refuse" and (self.amount_minor is not None or self.with_return):
            raise ValueError("amount_minor: A refusal offers nothing.")
        return self


class AskFinanceInput(_Input):
    text: Words


class SendBackInput(_Input):
    tracking: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


class ConfirmReturnInput(_Input):
    as_agreed: bool = True
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""

    @model_validator(mode="after")
    def _complete(self) -> "ConfirmReturnInput":
        if not self.as_agreed and len(self.text) < 3:
            raise ValueError("text: Say what is wrong with what came back.")
        return self


class DecideInput(_Input):
    decision: Literal["refund", "deny"]
    amount_minor: Amount | None = None
    """All that was asked for when left out."""
    with_return: bool = False
    reason: Words

    @model_validator(mode="after")
    def _complete(self) -> "DecideInput":
        if self.decision == "deny" and (self.amount_minor is not None or self.with_return):
            raise ValueError("amount_minor: A denial refunds nothing.")
        return self


class RetryInput(_Input):
    reason: Words
