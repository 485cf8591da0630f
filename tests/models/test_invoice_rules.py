"""What stands on invoices and credit notes adds up, whatever is refunded in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ports import TaxComponent, TaxReason
from models.rules.invoices import (
    SHIPPING,
    Draft,
    InvoiceKind,
    Line,
    Refunded,
    credit_note,
    fees,
    notes,
    number,
    sale,
    tax_table,
)
from models.rules.refunds import (
    OrderedLine,
    OrderTerms,
    Share,
    part,
    remainder,
    together,
)
from models.rules.tax.rates import of
from models.types import Money


def vat(net: int, rate: int, where: str = "DE") -> TaxComponent:
    return TaxComponent("VAT", where, Money(net, "EUR"), rate, Money(of(net, rate), "EUR"), TaxReason.TAXABLE)


def books_and_mug() -> Draft:
    return sale(
        "EUR",
        [Line("book", "A book", 2, 3_000), Line("mug", "A mug", 1, 5_000)],
        800,
        {
            "book": [vat(3_000, 70_000)],
            "mug": [vat(5_000, 190_000)],
            SHIPPING: [vat(300, 70_000), vat(500, 190_000)],
        },
    )


def test_the_worked_example() -> None:
    sold = books_and_mug()
    table = [(row.rate_millionths, row.base_minor, row.tax_minor) for row in tax_table(sold.taxes)]
    assert table == [(70_000, 3_300, 231), (190_000, 5_500, 1_045)]
    assert (sold.net_minor, sold.tax_minor, sold.total_minor) == (8_800, 1_276, 10_076)
    note = credit_note(sold, [], Refunded(3_000, 300, 231, {"book": 2}))
    assert note.kind is InvoiceKind.CREDIT_NOTE
    assert [(line.item, line.quantity, line.net_minor) for line in note.lines] == [
        ("book", 2, 3_000),
        (SHIPPING, 1, 300),
    ]
    assert sum(row.tax_minor for row in note.taxes if row.item == "mug") == 0
    assert (note.net_minor, note.tax_minor) == (3_300, 231)
    rest = credit_note(sold, [note], Refunded(5_000, 500, 1_045, {"mug": 1}))
    left = [(row.rate_millionths, row.base_minor, row.tax_minor) for row in tax_table([*note.taxes, *rest.taxes])]
    assert sorted(left) == table


def test_an_agreed_amount_concerns_every_line_and_more_than_is_left_is_refused() -> None:
    sold = books_and_mug()
    note = credit_note(sold, [], Refunded(800, 0, 100, {}))
    assert [(line.item, line.net_minor) for line in note.lines] == [("book", 300), ("mug", 500)]
    with pytest.raises(ValueError, match="left"):
        credit_note(sold, [note], Refunded(7_201, 0, 0, {}))
    with pytest.raises(ValueError, match="shipping"):
        credit_note(sold, [note], Refunded(0, 801, 0, {}))


@st.composite
def refunded_orders(draw: st.DrawFn) -> tuple[Draft, list[Refunded]]:
    """An order of up to four lines, each taxed by one or two authorities, and parts of it that go back one by one."""
    rates = st.sampled_from([0, 40_000, 70_000, 99_750, 190_000])
    goods, taxes = [], {}
    for at in range(draw(st.integers(1, 4))):
        quantity, unit = draw(st.integers(1, 5)), draw(st.integers(1, 9_999))
        line = Line(f"l{at}", "Piece", quantity, quantity * unit)
        goods.append(line)
        taxes[line.item] = [
            vat(line.net_minor, draw(rates), where) for where in draw(st.sampled_from([["A"], ["A", "B"]]))
        ]
    shipping = draw(st.integers(0, 5_000))
    taxes[SHIPPING] = [vat(shipping, draw(rates), "A")]
    sold = sale("EUR", goods, shipping, taxes)
    terms = OrderTerms(
        tuple(
            OrderedLine(line.item, line.quantity, line.net_minor // line.quantity, sold.tax_of(line.item))
            for line in goods
        ),
        shipping,
        sold.tax_minor,
        0,
    )
    parts: list[Refunded] = []
    already: dict[str, int] = {}
    for line in goods:
        pieces = {line.item: draw(st.integers(0, line.quantity))}
        share = part(terms, already, pieces)
        if share.total_minor:
            parts.append(_refunded(share, pieces))
        already = together(already, pieces)
    rest = remainder(terms, already)
    if rest.total_minor and draw(st.booleans()):
        parts.append(_refunded(rest, {}))
    return sold, parts


def _refunded(share: Share, pieces: dict[str, int]) -> Refunded:
    return Refunded(share.items_minor, share.shipping_minor, share.tax_minor, {k: v for k, v in pieces.items() if v})


@given(refunded_orders())
def test_credit_notes_sum_to_the_refunds_and_never_exceed_the_invoice(case: tuple[Draft, list[Refunded]]) -> None:
    sold, parts = case
    made: list[Draft] = []
    for refunded in parts:
        note = credit_note(sold, made, refunded)
        assert note.net_minor == refunded.items_minor + refunded.shipping_minor
        assert note.tax_minor == refunded.tax_minor
        assert all(line.net_minor > 0 for line in note.lines)
        assert all(row.base_minor >= 0 and row.tax_minor >= 0 for row in note.taxes)
        made.append(note)
    for line in sold.lines:
        back_of_it = sum(one.net_minor for note in made for one in note.lines if one.item == line.item)
        assert back_of_it <= line.net_minor
    credited = {
        (row.name, row.jurisdiction, row.rate_millionths): row for row in tax_table([t for n in made for t in n.taxes])
    }
    for row in tax_table(sold.taxes):
        back = credited.get((row.name, row.jurisdiction, row.rate_millionths))
        assert back is None or (back.base_minor <= row.base_minor and back.tax_minor <= row.tax_minor)
    if sum(note.total_minor for note in made) == sold.total_minor:
        assert sum(note.tax_minor for note in made) == sold.tax_minor


def test_a_document_survives_being_stored() -> None:
    assert Draft.of_json(books_and_mug().as_json()) == books_and_mug()


def test_what_is_not_taxed_is_explained() -> None:
    def untaxed(reason: TaxReason) -> TaxComponent:
        return TaxComponent("VAT", "FR", Money(100, "EUR"), 0, Money(0, "EUR"), reason)

    for reason, code in [
        (TaxReason.REVERSE_CHARGE, "reverse_charge"),
        (TaxReason.ZERO_RATED_EXPORT, "export"),
        (TaxReason.EXEMPT, "exempt"),
        (TaxReason.OUT_OF_SCOPE, "out_of_scope"),
    ]:
        assert notes(sale("EUR", [Line("x", "X", 1, 100)], 0, {"x": [untaxed(reason)]})) == [code]
    assert notes(books_and_mug()) == []


def test_a_month_in_which_more_went_back_than_was_taken_is_a_credit() -> None:
    tax = TaxComponent("VAT", "DE", Money(-1_000, "EUR"), 190_000, Money(-190, "EUR"), TaxReason.TAXABLE)
    credit = fees("EUR", {"release": 595, "refund": -1_785}, [tax], -1_000)
    assert credit.kind is InvoiceKind.FEES_CREDIT
    assert [(line.item, line.net_minor) for line in credit.lines] == [("release", -500), ("refund", 1_500)]
    assert (credit.net_minor, credit.tax_minor, credit.total_minor) == (1_000, 190, 1_190)


def test_numbers_name_series_and_year() -> None:
    assert number(InvoiceKind.SALE, 2026, 42) == "INV-2026-000042"
    assert number(InvoiceKind.FEES, 2027, 1_234_567) == "FEE-2027-1234567"
