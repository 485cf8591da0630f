"""Plain English for store credit: what moved it, and why we give it away. Owns words only."""

from collections.abc import Mapping

from models.rules.bookkeeping import PostingKind
from models.rules.credit import GrantReason

MOVED: Mapping[str, str] = {
    PostingKind.CREDIT_GRANTED: "Given to you by ArtisanConnect",
    PostingKind.GIFT_CARD_REDEEMED: "A gift card that you redeemed",
    PostingKind.SALE: "Used for an order",
    PostingKind.REFUND: "Back from a refund",
    PostingKind.CREDIT_FORFEITED: "Given up by you",
    PostingKind.CORRECTION: "Put right by our team",
}
"""Of each posting that can touch the account."""
REASONS: Mapping[GrantReason, str] = {
    GrantReason.GOODWILL: "Goodwill, after something went wrong",
    GrantReason.LATE_DELIVERY: "A parcel that came late",
    GrantReason.OUR_MISTAKE: "A mistake of ours",
    GrantReason.CAMPAIGN: "A campaign",
}
KINDS = {"credit": "Store credit", "gift_card": "Gift card"}
STATUSES = {"proposed": "Waits for a second administrator", "approved": "Given", "declined": "Not given"}
CARDS = {"open": "Can be redeemed", "redeemed": "Redeemed", "blocked": "Blocked"}
BUYING = {
    "placing": "Is being prepared",
    "awaiting_payment": "Not paid yet",
    "capturing": "Payment went through; the card is being made",
    "cancelling": "Is being cancelled",
    "refused": "Could not be sold",
    "expired": "Was not paid in time",
    "voided": "The payment was not accepted",
}
"""Where a purchase stands; a card that was bought has one of `CARDS`."""
