"""What an artisan says about their places, and what is shown of them."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from models.rules.commission.capacity import LONGEST_LEAD_DAYS, MOST_SLOTS


class CapacityInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slots: Annotated[int, Field(ge=0, le=MOST_SLOTS)]
    """Commissions at once; 0 takes none."""
    lead_days: Annotated[int, Field(ge=1, le=LONGEST_LEAD_DAYS)]
    """From the beginning of a piece to its end, as a rule."""


class PromiseView(View):
    slots: int
    taken: int
    ahead: int
    """People who wait and come first."""
    waits: bool
    """Whether a request joins the waitlist."""
    begins: date
    finished: date


class CommissionTermsView(View):
    """What anybody may know before they ask."""

    takes_commissions: bool
    promise: PromiseView | None
    """None where the artisan has not said how many they take, or takes none."""
    text: str


class BusyView(View):
    commission_id: str
    number: str
    agreed: bool
    """False: it is still bargained over, and takes its place for a week."""
    due: date


class WaitView(View):
    commission_id: str
    number: str
    asked_at: datetime
    offered_until: datetime | None
    """Of the place that they are offered now."""


class CapacityView(View):
    slots: int | None
    """None until the artisan has said it."""
    lead_days: int | None
    backlog: list[BusyView]
    waiting: list[WaitView]
    text: str
    """What somebody who asks now is told."""


class PlaceView(View):
    """Where a request stands on its waitlist."""

    commission_id: str
    state: str
    """`waiting`, `offered`, `taken`, `passed` or `withdrawn`."""
    offered_until: datetime | None
    ahead: int
    """People who come first, while it waits."""
    text: str
