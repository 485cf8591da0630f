"""Invoices of payments and their credit notes: every part adds up to what was paid and to what went back."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ports import PostalAddress, TaxLine
from models.ports.pricing import TaxExemption
from models.rules.commission.charges import planned
from models.rules.commission.invoicing import (
    DEPOSIT,
    PAYMENT,
    WORK,
    GoneBack,
    Paid,
    advance,
    credited,
    tax_shares,
)
from models.rules.invoices import Draft, InvoiceKind, TaxPart, notes, part_of
from models.rules.money import step_of
from models.rules.tax.assess import SHIPPING, assess
from models.rules.tax.platform import PLATFORM
from models.types import Money
from tests.models.commission.contracts import desk


def part(tax: int, base: int = 128_000, *, where: str = "US-NY", rate: int = 40_000, item: str = WORK) -> TaxPart:
    return TaxPart(item, "Sales tax", where, rate, "taxable" if rate else "out_of_scope", base, tax)


def invoiced(currency: str, charges: Sequence[tuple[int, int]], taxes: Sequence[TaxPart]) -> list[Draft]:
    found: list[Draft] = []
    for at, (amount, tax) in enumerate(charges):
        found.append(advance(currency, Paid(PAYMENT if at else DEPOSIT, amount, tax, taxes), found))
    return found


def adds_up(draft: Draft, amount: int, tax: int) -> None:
    assert (draft.net_minor, draft.tax_minor, draft.total_minor) == (amount, tax, amount + tax)
    assert sum(draft.tax_of(line.item) for line in draft.lines) == tax, "line by line"


def test_the_worked_example() -> None:
    taxes = [part(5_120), part(5_120, where="US-NY-NYC")]
    charges = [(30_000, 2_400), (50_000, 4_000), (48_000, 3_840)]
    drafts = invoiced("USD", charges, taxes)
    assert [[one.tax_minor for one in draft.taxes] for draft in drafts] == [
        [1_200, 1_200],
        [2_000, 2_000],
        [1_920, 1_920],
    ]
    assert [[one.base_minor for one in draft.taxes] for draft in drafts] == [[30_000] * 2, [50_000] * 2, [48_000] * 2]
    assert {draft.kind for draft in drafts} == {InvoiceKind.ADVANCE}


def test_shipping_that_is_not_taxed_is_an_even_part_of_every_payment() -> None:
    taxes = [part(9_600, 120_000, rate=80_000), part(0, 8_000, rate=0, item=SHIPPING)]
    (first,) = invoiced("USD", [(32_000, 2_400)], taxes)
    assert [(one.rate_millionths, one.base_minor, one.tax_minor) for one in first.taxes] == [
        (80_000, 30_000, 2_400),
        (0, 2_000, 0),
    ]


def test_a_dearer_contract_settles_the_difference_with_its_next_payment() -> None:
    first = advance("EUR", Paid(DEPOSIT, 50_000, 9_500, [part(19_000, 100_000, where="DE", rate=190_000)]), [])
    raised = [part(20_900, 110_000, where="DE", rate=190_000)]
    last = advance("EUR", Paid(PAYMENT, 60_000, 11_400, raised), [first])
    assert [(one.base_minor, one.tax_minor) for one in last.taxes] == [(60_000, 11_400)]


def test_a_contract_from_before_taxes_were_kept_has_its_tax_in_one_sum() -> None:
    draft = advance("USD", Paid(DEPOSIT, 30_000, 2_400, ()), [])
    adds_up(draft, 30_000, 2_400)
    assert [(one.name, one.base_minor, one.tax_minor) for one in draft.taxes] == [("Tax", 30_000, 2_400)]
    untaxed = advance("JPY", Paid(DEPOSIT, 30_000, 0, ()), [])
    adds_up(untaxed, 30_000, 0)
    assert notes(untaxed) == ["out_of_scope"]


def test_a_tax_that_the_contract_does_not_know_is_a_defect() -> None:
    with pytest.raises(ValueError, match="has none"):
        advance("USD", Paid(DEPOSIT, 30_000, 2_400, [part(0, rate=0)]), [])


def place(line1: str, city: str, code: str, country: str, region: str = "") -> PostalAddress:
    return PostalAddress(name="Noor", line1=line1, city=city, postal_code=code, country=country, region=region)


BUSINESS = TaxExemption("txe_1", "vat_business", "EU", date(2026, 1, 1))
RESELLER = TaxExemption("txe_2", "reseller", "US-NY", date(2026, 1, 1))
ALBANY = place("1 Main", "Albany", "12207", "US", "NY")
MONTREAL = place("1 Rue", "Montréal", "H1A 0A1", "CA", "QC")
BERLIN = place("1 Weg", "Berlin", "10115", "DE")
LONDON = place("1 Lane", "London", "N1 9GU", "GB")
KYOTO = place("1-1", "Kyoto", "600-8216", "JP")
TAXED, FREE = "taxable", "out_of_scope"
LAWS = [
    ("USD", "US", ALBANY, (), {("US-NY", TAXED)}, ""),
    ("USD", "US", place("1 Main", "Portland", "97035", "US", "OR"), (), {("US-OR", FREE)}, "out_of_scope"),
    ("USD", "US", ALBANY, (RESELLER,), {("US-NY", "exempt")}, "exempt"),
    ("CAD", "CA", MONTREAL, (), {("CA", TAXED), ("CA-QC", TAXED)}, ""),
    ("EUR", "FR", BERLIN, (), {("DE", TAXED)}, ""),
    ("EUR", "FR", BERLIN, (BUSINESS,), {("DE", "reverse_charge")}, "reverse_charge"),
    ("GBP", "GB", LONDON, (), {("GB", TAXED)}, ""),
    ("EUR", "FR", KYOTO, (), {("FR", "zero_rated_export")}, "export"),
    ("JPY", "US", ALBANY, (), {("US-NY", TAXED)}, ""),
    ("KWD", "FR", BERLIN, (), {("DE", TAXED)}, ""),
]


@pytest.mark.parametrize(("currency", "sent_from", "to", "exemptions", "owed", "note"), LAWS)
def test_every_law_adds_up(
    *,
    currency: str,
    sent_from: str,
    to: PostalAddress,
    exemptions: tuple[TaxExemption, ...],
    owed: set[tuple[str, str]],
    note: str,
) -> None:
    terms = desk(currency=currency)
    lines = [
        TaxLine("com_1", WORK, Money(terms.price_minor, currency), shop_id="shp_1", sent_from=sent_from),
        TaxLine("com_1", SHIPPING, Money(terms.shipping_minor, currency), shop_id="shp_1", sent_from=sent_from),
    ]
    assessed = assess(lines, to, on=date(2026, 11, 23), platform=PLATFORM, exemptions=exemptions, rates=None)
    found = zip(lines, assessed, strict=True)
    taxes = [part_of(line.category, one) for line, result in found for one in result.components]
    whole = sum(one.tax_minor for one in taxes)
    charges = [(one.amount_minor, one.tax_minor) for one in planned(terms, whole)]
    drafts = invoiced(currency, charges, taxes)
    for draft, (amount, tax) in zip(drafts, charges, strict=True):
        adds_up(draft, amount, tax)
        assert {(one.jurisdiction, one.reason) for one in draft.taxes} == owed
        assert notes(draft) == ([note] if note else [])
    for jurisdiction, _ in owed:
        own = [one for draft in drafts for one in draft.taxes if one.jurisdiction == jurisdiction]
        due = [one for one in taxes if one.jurisdiction == jurisdiction]
        assert sum(one.tax_minor for one in own) == sum(one.tax_minor for one in due), jurisdiction
        assert sum(one.base_minor for one in own) == sum(one.base_minor for one in due), jurisdiction
    # Every base at its rate is its tax, but for what rounding has moved between two payments.
    for one in (one for draft in drafts for one in draft.taxes):
        assert abs(one.base_minor * one.rate_millionths / 10**6 - one.tax_minor) <= 2 * step_of(currency)


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from([0, 40_000, 99_750, 190_000])), min_size=1, max_size=4),
    st.data(),
)
def test_nothing_is_lost_whatever_is_charged_and_whatever_goes_back(
    rated: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Every charge's parts are its tax; all charges' parts are the contract's; all that went back is credited."""
    total = sum(amount for amount, _ in rated) + 1_000
    taxes = [part(total * rate // 10**6, total, where=f"P-{at}", rate=rate) for at, (_, rate) in enumerate(rated)]
    left, tax_left = total, sum(one.tax_minor for one in taxes)
    whole = tax_left
    charges: list[tuple[int, int]] = []
    while left:
        amount = data.draw(st.integers(1, left)) if len(charges) < 5 else left
        tax = tax_left * amount // left
        charges.append((amount, tax))
        left, tax_left = left - amount, tax_left - tax
    drafts = invoiced("USD", charges, taxes)
    for draft, (amount, tax) in zip(drafts, charges, strict=True):
        adds_up(draft, amount, tax)
    assert sum(draft.tax_minor for draft in drafts) == whole
    for one in taxes:
        parts = [own for draft in drafts for own in draft.taxes if own.jurisdiction == one.jurisdiction]
        assert (sum(own.tax_minor for own in parts), sum(own.base_minor for own in parts)) == (
            one.tax_minor,
            one.base_minor,
        )
    sold = {str(at): draft for at, draft in enumerate(drafts)}
    gone: dict[str, list[Draft]] = {}
    for _ in range(3):
        asked = []
        for name, draft in sold.items():
            rest = draft.total_minor - sum(note.total_minor for note in gone.get(name, []))
            if rest and (back := data.draw(st.integers(0, rest))):
                asked.append(GoneBack(f"r-{name}", name, back))
        tax_back = data.draw(st.none() | st.integers(0, max(1, whole)))
        for refund, note in list(credited(sold, gone, asked, tax_back)):
            assert note.total_minor == refund.amount_minor
            assert note.lines and all(own.tax_minor >= 0 for own in note.taxes)
            gone.setdefault(refund.charge_id, []).append(note)
    for name, draft in sold.items():
        rest = draft.total_minor - sum(note.total_minor for note in gone.get(name, []))
        if rest:
            ((_, note),) = credited(sold, gone, [GoneBack("last", name, rest)], None)
            gone.setdefault(name, []).append(note)
        for own in draft.taxes:
            same = [p for note in gone.get(name, []) for p in note.taxes if p.jurisdiction == own.jurisdiction]
            assert (sum(p.tax_minor for p in same), sum(p.base_minor for p in same)) == (own.tax_minor, own.base_minor)


def test_the_tax_of_a_step_is_credited_whole_where_its_charges_carried_it() -> None:
    assert tax_shares([(10_800, 10_000, 800), (5_000, 10_000, 800)], 1_170) == [800, 370]
    assert tax_shares([(5_000, 10_000, 800), (5_000, 10_000, 800)], 0) == [0, 0]
    assert tax_shares([(5_000, 10_000, 800)], 9_999) == [800], "no more than was invoiced"
    with pytest.raises(ValueError, match="more than"):
        tax_shares([(10_801, 10_000, 800)], None)
