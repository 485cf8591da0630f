"""What may be asked of commissions. Shapes and sizes; what terms may say is the rules' to refuse, in words."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.fulfillment.schemas import IdText
from api.text import Line, Prose
from models.rules.commission.contract import Milestone, Terms
from models.types import MAX_MINOR

Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, strict=True)]
"""In minor units of the commission's currency: 1250 is USD 12.50. No fractions."""
AmountOrNone = Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)]
Number = Annotated[int, Field(ge=1, le=1_000, strict=True)]
Share = Annotated[int, Field(ge=0, le=10_000, strict=True)]
"""In hundredths of a per cent: 5000 is one half."""
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Note = Annotated[Prose, Field(max_length=2_000)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RequestInput(_Input):
    """A wish: a piece of one's own, from one shop."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "shop": "green-kiln",
                    "title": "A walnut desk",
                    "brief": "For a niche of 120 x 80 cm, with two drawers on the left.",
                    "budget_minor": 130_000,
                    "currency": "USD",
                    "address_id": "adr_01k3v9yq4n7c2d5e8f0g1h2j3k",
                }
            ]
        },
    )

    shop: Annotated[Line, Field(min_length=1, max_length=80)]
    """The last part of the shop's address."""
    title: Annotated[Line, Field(min_length=3, max_length=120)]
    brief: Annotated[Prose, Field(min_length=10, max_length=5_000)]
    currency: Currency
    """The shop's; quotes are made in it, and everything is charged in it."""
    address_id: IdText
    """Where the piece goes, and by which its tax is worked out."""
    budget_minor: Amount | None = None
    wanted_by: date | None = None
    confirm: bool = False
    """That it is meant to hold a number, an address or a link, after the warning about them."""


class MilestoneInput(_Input):
    number: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    """Its own through all versions of the contract."""
    title: Annotated[Line, Field(min_length=1, max_length=120)]
    amount_minor: Amount
    days: Annotated[int, Field(ge=1, le=10_000, strict=True)]


class TermsInput(_Input):
    """A quote, a counter-offer, or a change of the contract: all of it, not only what differs."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "version": 1,
                    "currency": "USD",
                    "price_minor": 120_000,
                    "milestones": [
                        {"number": 1, "title": "Drawing", "amount_minor": 20_000, "days": 10},
                        {"number": 2, "title": "Frame", "amount_minor": 60_000, "days": 30},
                        {"number": 3, "title": "Finish", "amount_minor": 40_000, "days": 20},
                    ],
                    "deposit_minor": 30_000,
                    "shipping_minor": 8_000,
                    "starts_on": "2027-01-11",
                }
            ]
        },
    )

    version: Number
    """The number that it gets: one more than the newest one that you have read."""
    currency: Currency
    price_minor: Amount
    """Of the work, without shipping and tax: what its milestones add up to."""
    milestones: Annotated[list[MilestoneInput], Field(min_length=1, max_length=100)]
    deposit_minor: Amount
    shipping_minor: AmountOrNone = 0
    starts_on: date
    revisions: Annotated[int, Field(ge=0, le=100, strict=True)] = 2
    reserved_bp: Share = 1_000
    begun_bp: Share = 5_000
    note: Note = ""

    def terms(self) -> Terms:
        return Terms(
            currency=self.currency,
            milestones=tuple(Milestone(one.number, one.amount_minor, one.days) for one in self.milestones),
            deposit_minor=self.deposit_minor,
            shipping_minor=self.shipping_minor,
            starts_on=self.starts_on,
            revisions=self.revisions,
            reserved_bp=self.reserved_bp,
            begun_bp=self.begun_bp,
        )

    def titles(self) -> dict[int, str]:
        return {one.number: one.title for one in self.milestones}


class AcceptInput(_Input):
    version: Number
    most_minor: Amount
    """The most that may be charged, as the offer's `mandate` says: what you agree to."""


class DeclineInput(_Input):
    reason: Literal["cannot_make", "no_time", "too_dear", "changed_mind", "other"]


class ProofInput(_Input):
    """Its pictures are uploaded before."""

    note: Note = ""
    """Goes into the conversation."""
    confirm: bool = False
    """That the note is meant to hold a number, an address or a link."""


class AnswerProofInput(_Input):
    answer: Literal["approve", "revise"]
    note: Note = ""
    """What should be different; needed for a revision. Goes into the conversation."""
    confirm: bool = False
    """That the note is meant to hold a number, an address or a link."""

    @model_validator(mode="after")
    def _complete(self) -> "AnswerProofInput":
        if self.answer == "revise" and len(self.note) < 3:
            raise ValueError("note: Say what should be different.")
        return self


class AnswerChangeInput(_Input):
    version: Number
    agree: bool


class RetryInput(_Input):
    another_card: bool = False
    """To pay on the provider's page, with a card that is kept from then on in place of the one before."""


class LeaveInput(_Input):
    shown_back_minor: AmountOrNone
    """What `leaving.back` said when you decided: if it has changed since, nothing happens."""


class EndInput(_Input):
    agreed_bp: Share
    """The artisan's share of what is not approved."""


class DecisionInput(_Input):
    artisan_bp: Share
    """The artisan's share of what is not approved."""
    shown_back_minor: AmountOrNone
    """What the decision's `back` said when you decided: if it has changed since, nothing happens."""


class AnswerEndInput(_Input):
    agreed_bp: Share
    """Of the offer that is answered."""
    agree: bool
    shown_back_minor: AmountOrNone | None = None
    """What `end_offer.consequence.back` said when you agreed: if it has changed since, nothing happens."""
