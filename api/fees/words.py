"""Fee rules in words, as artisans and administrators read them."""

from decimal import Decimal

from api.money import money_text
from models.rules.fees import PLATFORM, FeeRule, Specificity

PLANS = {"standard": "Standard", "plus": "Plus", "studio": "Studio"}
WHY = {
    Specificity.PLATFORM: "for every shop",
    Specificity.CATEGORY: "for this category",
    Specificity.PLAN: "with your plan",
    Specificity.PLAN_AND_CATEGORY: "with your plan, in this category",
    Specificity.SHOP: "agreed with your shop",
}


def per_cent(rate_bp: int) -> str:
    """`650` is `6.5 %`."""
    return f"{Decimal(rate_bp) / 100:f} %".replace(".00 %", " %")


def what(rule: FeeRule) -> str:
    """`6.5 % + €0.30, at least €1.00`."""
    text, currency = per_cent(rule.rate_bp), rule.scope.currency
    if rule.fixed_minor:
        text += f" + {money_text(rule.fixed_minor, currency)}"
    if rule.minimum_minor:
        text += f", at least {money_text(rule.minimum_minor, currency)}"
    return text


def fee_text(rule: FeeRule | None) -> str:
    """What was charged and why; None is the usual fee."""
    rule = rule or PLATFORM
    return f"{what(rule)} {WHY[rule.scope.specificity]}"
