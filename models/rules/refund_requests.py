"""What a buyer may ask for when something is wrong with an order, and until when. Pure decisions without a clock.

Who answers what, and what silence means, is the refund workflow's. How an amount is divided is `refunds`' rule.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from models.rules.refunds import OrderTerms, Share, not_back_yet, share_of_pieces, worth

PROBLEMS = ("not_arrived", "damaged", "not_as_described", "other")
REPORT_WITHIN = timedelta(days=30)
"""Of the last delivery. Longer than the fourteen days of Directive 2011/83/EU, art. 9, so that nobody has to hurry."""


def why_not_report(
    *,
    problem: str,
    handed_over: Mapping[str, int],
    on_their_way: bool,
    last_delivered_at: datetime | None,
    now: datetime,
) -> str | None:
    """Why this can't be reported now, in words for the buyer; None when it can."""
    if not any(handed_over.values()):
        return "Nothing of this order has been sent yet. Until then you can cancel it."
    if problem != "not_arrived" and last_delivered_at is None and on_their_way:
        return "The parcel is still on its way. If it has arrived, confirm that first; if it is late, say so."
    if not on_their_way and last_delivered_at is not None and now > last_delivered_at + REPORT_WITHIN:
        return f"A problem can be reported for {REPORT_WITHIN.days} days after the last delivery, and these are over."
    return None


def why_not_pieces(
    order: OrderTerms, back: Mapping[str, int], sent: Mapping[str, int], pieces: Mapping[str, int]
) -> str | None:
    """Why these pieces can't be asked for: `sent` are with the courier or the buyer, `back` were refunded already."""
    for listing_id, quantity in pieces.items():
        if listing_id not in order.pieces:
            return "This order has no such piece. Choose from its own lines."
        if quantity < 1:
            return "Say how many pieces it is about: at least one."
        if quantity > sent.get(listing_id, 0):
            return "Some of these pieces have not been sent yet. They can be cancelled instead."
        if quantity > order.pieces[listing_id] - back.get(listing_id, 0):
            return "Some of these pieces have been refunded already."
    return None


def asked_for(
    order: OrderTerms,
    left: Share,
    back: Mapping[str, int],
    pieces: Mapping[str, int],
    amount_minor: int | None,
    *,
    given: Mapping[str, int] | None = None,
) -> int:
    """What is asked for, in minor units: these pieces' share, or a smaller amount. `given` are the amounts that were
    given for single lines before. Raises `ValueError` with words."""
    most = share_of_pieces(order, left, back, pieces, given).total_minor
    ordered = not_back_yet(order, {}, pieces)
    if ordered and not worth(order, ordered).total_minor:
        raise ValueError("Nothing was paid for this, so there is nothing to be paid back.")
    if most == 0:
        raise ValueError("All of this has been refunded already.")
    if amount_minor is None:
        return most
    if amount_minor < 1:
        raise ValueError("Ask for more than nothing, or leave the amount empty to ask for all of it.")
    if amount_minor > most:
        raise ValueError("This is more than was paid for these pieces.")
    return amount_minor
