"""Bought gift cards are explained by a charge of their own; what is not booked for one, or twice, is named."""

from datetime import UTC, datetime

from models.rules import credit_postings
from models.rules.bookkeeping import PostingKind
from models.rules.reconciliation import CardFact, DifferenceKind, Do, Line, LooseFacts, Posted, loose_differences
from models.types import Money

AT = datetime(2026, 11, 22, tzinfo=UTC)
CARD = "gft_1"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def charge(minor: int = 5_000, number: int = 1) -> Line:
    return Line(f"txn_{number}", "", "charge", usd(minor), usd(175), f"ch_{number}", f"gift-card/{CARD}", AT, AT)


def sold(minor: int = 5_000, fee: int = 175, *, repairs: str = "") -> Posted:
    entries = tuple(credit_postings.gift_card_sold(CARD, usd(minor), usd(fee)))
    return Posted(f"gift-card/{CARD}/sold", PostingKind.GIFT_CARD_SOLD, CARD, AT, entries, repairs)


def told(*lines: Line, postings: tuple[Posted, ...] = ()) -> list[tuple[str, str]]:
    found = loose_differences(LooseFacts(cards=(CardFact(CARD, lines, postings),)))
    return [(one.kind.value, one.subject) for one in found]


def test_a_card_that_was_paid_and_booked_is_explained() -> None:
    assert told(charge(), postings=(sold(),)) == []
    assert told() == [], "one that was given away has neither"


def test_what_is_missing_wrong_or_twice_is_named() -> None:
    step = f"gift-card/{CARD}"
    assert told(charge()) == [(DifferenceKind.MISSING_POSTING, step)]
    assert told(postings=(sold(),)) == [(DifferenceKind.MISSING_AT_PROVIDER, step)]
    assert told(charge(), charge(number=2), postings=(sold(),)) == [(DifferenceKind.DOUBLED_CHARGE, "txn_2")]
    assert told(charge(), postings=(sold(), sold())) == [(DifferenceKind.BOOKED_TWICE, step)]
    assert told(charge(), postings=(sold(fee=100),)) == [(DifferenceKind.FEE_DIFFERS, step)]
    assert told(charge(), postings=(sold(4_000),)) == [(DifferenceKind.AMOUNT_DIFFERS, step)]


def test_the_repair_books_the_sale_and_then_nothing_differs() -> None:
    (found,) = loose_differences(LooseFacts(cards=(CardFact(CARD, (charge(),)),)))
    assert (found.repair.do, found.repair.kind, found.repair.reference) == (Do.POST, PostingKind.GIFT_CARD_SOLD, CARD)
    mended = Posted("case/cas_1", found.repair.kind, CARD, AT, found.repair.entries, f"gift-card/{CARD}")
    assert told(charge(), postings=(mended,)) == []
