"""What administrators set about fees, and what is shown of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.fees.words import fee_text, what
from api.money import MoneyView, money
from models.repositories.fee_rules import KeptRule
from models.rules.fees import MOST_BP, MOST_FIXED, FeeRule

Id = Annotated[str, Field(max_length=40, pattern=r"^[!-~]*$")]
Minor = Annotated[int, Field(ge=0, le=MOST_FIXED, strict=True)]


class NewFeeRule(BaseModel):
    """What is left out stands for everybody: no shop, no plan, no category is every sale. A shop's own rule names
    neither plan nor category. Amounts hold for shops of their currency alone."""

    model_config = ConfigDict(extra="forbid")

    rate_bp: Annotated[int, Field(ge=0, le=MOST_BP, strict=True)]
    """Hundredths of a per cent of what is paid for the pieces."""
    fixed_minor: Minor = 0
    minimum_minor: Minor = 0
    currency: Literal["", "USD", "CAD", "MXN", "EUR", "GBP", "JPY", "KWD"] = ""
    shop_id: Id = ""
    plan: Id = ""
    category: Id = ""
    since: AwareDatetime | None = None
    """Without it: now. Never earlier."""
    until: AwareDatetime | None = None


class ChosenPlan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    plan: Annotated[str, Field(max_length=40)]


class PlanOfShop(View):
    shop_id: str
    plan: str


class FeeRuleView(View):
    id: str
    shop_id: str
    shop_name: str
    plan: str
    category: str
    rate_bp: int
    fixed: MoneyView | None
    minimum: MoneyView | None
    text: str
    """What is charged, in words."""
    since: datetime
    until: datetime | None
    state: str
    """`planned`, `holds` or `over`."""
    can_end: bool

    @classmethod
    def of(cls, kept: KeptRule, now: datetime) -> "FeeRuleView":
        rule = kept.rule
        over = kept.until is not None and kept.until <= max(now, kept.since)
        state = "over" if over else "planned" if kept.lies_ahead(now) else "holds"
        return cls(
            id=rule.id,
            shop_id=rule.scope.shop_id,
            shop_name=kept.shop_name,
            plan=rule.scope.plan,
            category=rule.scope.category,
            rate_bp=rule.rate_bp,
            fixed=_amount(rule.fixed_minor, rule),
            minimum=_amount(rule.minimum_minor, rule),
            text=what(rule),
            since=kept.since,
            until=kept.until,
            state=state,
            can_end=not over,
        )


class SetFeeRule(View):
    """The new rule, and the one that ends by it."""

    rule: FeeRuleView
    ended: FeeRuleView | None


class FeeRulePage(View):
    items: list[FeeRuleView]
    total: int


class CategoryFee(View):
    category: str
    """Empty for all that have no line of their own."""
    name: str
    text: str
    """What is charged and why."""
    rate_bp: int
    example: MoneyView
    """Of one piece at 100 of the shop's currency, sold by itself."""

    @classmethod
    def for_piece(cls, category: str, name: str, rule: FeeRule, example: MoneyView) -> "CategoryFee":
        return cls(category=category, name=name, text=fee_text(rule), rate_bp=rule.rate_bp, example=example)


class ShopFeesView(View):
    """What a shop is charged for a sale placed now. Orders keep what held when they were placed."""

    plan: str
    plan_name: str
    fees: list[CategoryFee]


def _amount(minor: int, rule: FeeRule) -> MoneyView | None:
    return money(minor, rule.scope.currency) if minor else None
