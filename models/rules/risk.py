"""Scores a paid-for checkout before the money is taken. Each point has a reason that a person can read and contest."""

from models.ports import RiskFacts, RiskVerdict
from models.types import CURRENCY_DECIMALS

HOLD_AT = 60
"""A score from here on waits for a person."""

REASONS: dict[str, tuple[int, str]] = {
    "provider_highest_risk": (60, "The payment provider rates this card payment at the highest risk."),
    "provider_elevated_risk": (30, "The payment provider rates this card payment as elevated risk."),
    "very_large_order": (35, "The order is worth 2,500 or more."),
    "large_order": (15, "The order is worth 800 or more."),
    "many_pieces": (15, "The order is for ten or more pieces."),
    "new_account": (15, "The buyer's account is less than a day old."),
    "first_purchase": (5, "It is the buyer's first purchase."),
    "several_declines": (25, "Three or more cards were declined before this one."),
    "card_from_elsewhere": (20, "The card was issued in another country than the parcel goes to."),
}
"""Code → points and the sentence that the reviewer and, on appeal, the buyer reads."""


def score(facts: RiskFacts) -> RiskVerdict:
    """Adds up what speaks against the payment; 60 or more holds it for review."""
    whole_units = facts.total.minor // 10 ** CURRENCY_DECIMALS[facts.total.currency]
    applies = {
        "provider_highest_risk": facts.provider_risk_level == "highest",
        "provider_elevated_risk": facts.provider_risk_level == "elevated",
        "very_large_order": whole_units >= 2_500,
        "large_order": 800 <= whole_units < 2_500,
        "many_pieces": facts.pieces >= 10,
        "new_account": facts.buyer_age_days < 1,
        "first_purchase": facts.buyer_paid_checkouts == 0,
        "several_declines": facts.declines >= 3,
        "card_from_elsewhere": facts.card_country is not None and facts.card_country != facts.ship_country,
    }
    reasons = tuple(code for code, applied in applies.items() if applied)
    points = min(100, sum(REASONS[code][0] for code in reasons))
    return RiskVerdict(score=points, hold=points >= HOLD_AT, reasons=reasons)
