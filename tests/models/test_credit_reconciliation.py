"""The night's comparison knows credit: the provider has charged, and sent back, the card's part alone."""

from dataclasses import replace
from datetime import UTC, datetime

from models.rules import order_postings
from models.rules.bookkeeping import LedgerEntry
from models.rules.credit_postings import credit_given_back, credit_spent
from models.rules.reconciliation import Line, OrderFact, Posted, RefundFact, SaleFacts
from models.rules.reconciliation.differences import DifferenceKind
from models.rules.reconciliation.sales import sale_differences
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.types import Money, RefundState

AT = datetime(2026, 11, 1, tzinfo=UTC)
CHECKOUT, ORDER, BUYER = "checkout-crt_1-1", "ord_1", "usr_1"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def posted(step: str, kind: str, reference: str, entries: list[LedgerEntry]) -> Posted:
    return Posted(step, kind, reference, AT, tuple(entry for entry in entries if entry.amount.minor))


def line(type_: str, minor: int, reference: str) -> Line:
    return Line(f"txn_{type_}", "", type_, usd(minor), usd(0), "src", reference, AT, AT)


def sold(credit: int) -> SaleFacts:
    """USD 106.00, of which `credit` is paid with store credit; then both parts of a refund of all of it."""
    paid_by = [credit_spent(BUYER, usd(credit))]
    card = 10_600 - credit
    by_card, by_credit = Share(9_000 - credit, 1_000, 600, 500), Share(credit, 0, 0, 85)
    refunds, postings, lines = [], [], []
    if card:
        refunds.append(RefundFact("op", ORDER, usd(card), by_card, RefundState.SUCCEEDED, after_release=False))
        postings.append(posted("op", "refund", ORDER, order_postings.refund(ORDER, by_card, "USD")))
        lines = [line("charge", card, CHECKOUT), line("refund", -card, "op")]
    else:
        by_credit = Share(9_000, 1_000, 600, 585)
    refunds.append(
        RefundFact(
            "op/credit", ORDER, usd(credit), by_credit, RefundState.SUCCEEDED, after_release=False, to_credit=True
        )
    )
    back = [credit_given_back(BUYER, usd(credit))]
    postings.append(posted("op/credit", "refund", ORDER, order_postings.refund(ORDER, by_credit, "USD", back)))
    first = posted(
        f"{CHECKOUT}/capture", "sale", CHECKOUT, sale([SoldOrder(ORDER, 9_000, 1_000, 600)], 0, "USD", paid_by)
    )
    return SaleFacts(
        checkout_id=CHECKOUT,
        paid=True,
        total=usd(10_600),
        tax_minor=600,
        fee_minor=0,
        settled=None,
        worth=None,
        orders=(OrderFact(ORDER, "shp_1", 9_000, 1_000, 600, 585, delivered=False, released=False, over=True),),
        refunds=tuple(refunds),
        postings=(first, *postings),
        lines=tuple(lines),
        paid_by=tuple(paid_by),
    )


def kinds(facts: SaleFacts) -> set[DifferenceKind]:
    return {found.kind for found in sale_differences(facts)}


def test_a_sale_that_credit_paid_in_part_agrees() -> None:
    assert sale_differences(sold(2_000)) == []


def test_a_sale_that_credit_paid_for_whole_is_none_of_the_providers() -> None:
    assert sale_differences(sold(10_600)) == []


def test_a_charge_of_the_whole_price_is_seen() -> None:
    facts = sold(2_000)
    lines = (replace(facts.lines[0], amount=usd(10_600)), facts.lines[1])
    assert DifferenceKind.AMOUNT_DIFFERS in kinds(replace(facts, lines=lines))


def test_credit_that_was_not_booked_is_seen() -> None:
    facts = sold(2_000)
    wrong = posted(f"{CHECKOUT}/capture", "sale", CHECKOUT, sale([SoldOrder(ORDER, 9_000, 1_000, 600)], 0, "USD"))
    assert kinds(replace(facts, postings=(wrong, *facts.postings[1:])))


def test_credit_that_did_not_come_back_is_seen() -> None:
    facts = sold(2_000)
    assert kinds(replace(facts, postings=facts.postings[:-1]))
