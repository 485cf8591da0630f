"""What an artisan says about a promotion or a code, and reads of it."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.money import MoneyView, money
from api.text import Line
from models.repositories.promotions import KeptPromotion
from models.rules.promotions import off
from models.types import MAX_MINOR, Money

Codes = Annotated[list[Annotated[str, Field(max_length=40, pattern=r"^[!-~]+$")]], Field(max_length=100)]
Uses = Annotated[int | None, Field(ge=1, le=1_000_000, strict=True)]


class NewPromotionInput(BaseModel):
    """Either `percent_bp` or `amount_minor`; amounts are in the shop's currency. Without listings and categories it is
    for all that the shop sells; with a code, for whoever enters it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=2, max_length=60)]
    """What buyers read beside the discount."""
    code: Annotated[str, Field(max_length=60)] = ""
    percent_bp: Annotated[int | None, Field(ge=100, le=10_000, strict=True)] = None
    amount_minor: Annotated[int | None, Field(ge=1, le=MAX_MINOR, strict=True)] = None
    minimum_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)] = 0
    listings: Codes = []
    categories: Codes = []
    most_uses: Uses = None
    most_per_person: Uses = None
    since: AwareDatetime | None = None
    """Without it: now."""
    until: AwareDatetime


class PromotionView(View):
    id: str
    name: str
    code: str
    """Empty for what everybody gets."""
    text: str
    """`10 % off` or `€5.00 off`."""
    minimum: MoneyView | None
    listings: list[str]
    categories: list[str]
    most_uses: int | None
    most_per_person: int | None
    used: int
    """Of a code: paid for, or in a checkout that is under way."""
    since: datetime
    until: datetime
    state: str
    """`planned`, `running`, `used_up` or `over`."""

    @classmethod
    def of(cls, kept: KeptPromotion, now: datetime) -> "PromotionView":
        promotion, taken = kept.promotion, off(kept.promotion, kept.currency)
        state = "planned" if now < kept.since else "running"
        if kept.most_uses is not None and kept.used >= kept.most_uses:
            state = "used_up"
        if kept.over_at <= now:
            state = "over"
        return cls(
            id=promotion.id,
            name=promotion.name,
            code=promotion.code or "",
            text=f"{money(taken.minor, taken.currency).text} off" if isinstance(taken, Money) else f"{taken} % off",
            minimum=money(promotion.minimum_minor, kept.currency) if promotion.minimum_minor else None,
            listings=sorted(promotion.listings),
            categories=sorted(promotion.categories),
            most_uses=kept.most_uses,
            most_per_person=kept.most_per_person,
            used=kept.used,
            since=kept.since,
            until=kept.over_at,
            state=state,
        )
