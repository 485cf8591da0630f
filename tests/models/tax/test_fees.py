"""The tax in the platform's commission, by where the artisan is and what they are registered for; their numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInput
from models.ports import TaxReason
from models.rules.tax.canada import PROVINCES
from models.rules.tax.europe import EU
from models.rules.tax.fees import FeeTax, fee_tax
from models.rules.tax.identifiers import TaxId, checked_tax_id, kind_for
from models.rules.tax.platform import PLATFORM, Platform
from models.types import Money

TODAY = date(2026, 11, 22)
NUMBERS = {"DE": "DE123456789", "IE": "IE1234567WA", "GB": "GB123456789", "CA": "123456782RT0001"}


def taxed(
    minor: int, country: str, region: str = "", *, registered: bool = False, platform: Platform = PLATFORM
) -> FeeTax:
    tax_id = checked_tax_id(country, NUMBERS[country]) if registered else None
    return fee_tax(Money(minor, "EUR"), country=country, region=region, tax_id=tax_id, on=TODAY, platform=platform)


CASES = {
    "at home": (taxed(1_230, "IE"), 1_000, [("VAT", "IE", 230, "taxable")]),
    "at home, registered": (taxed(1_230, "IE", registered=True), 1_000, [("VAT", "IE", 230, "taxable")]),
    "another state, registered": (taxed(1_190, "DE", registered=True), 1_190, [("VAT", "DE", 0, "reverse_charge")]),
    "another state, not registered": (taxed(1_190, "DE"), 1_000, [("VAT", "DE", 190, "taxable")]),
    "britain, registered": (taxed(1_200, "GB", registered=True), 1_200, [("VAT", "GB", 0, "reverse_charge")]),
    "britain, not registered": (taxed(1_200, "GB"), 1_000, [("VAT", "GB", 200, "taxable")]),
    "ontario": (taxed(1_130, "CA", "ON"), 1_000, [("HST", "CA-ON", 130, "taxable")]),
    "quebec": (
        taxed(11_498, "CA", "QC"),
        10_000,
        [("GST", "CA", 500, "taxable"), ("QST", "CA-QC", 998, "taxable")],
    ),
    "canada, registered": (taxed(1_130, "CA", "ON", registered=True), 1_130, [("GST/HST", "CA", 0, "reverse_charge")]),
    "united states": (taxed(1_000, "US", "NY"), 1_000, [("Tax", "US", 0, "out_of_scope")]),
    "japan": (taxed(1_000, "JP"), 1_000, [("Tax", "JP", 0, "out_of_scope")]),
    "given back": (taxed(-1_190, "DE"), -1_000, [("VAT", "DE", -190, "taxable")]),
    "a number of another country": (
        fee_tax(
            Money(1_190, "EUR"),
            country="DE",
            region="",
            tax_id=checked_tax_id("GB", NUMBERS["GB"]),
            on=TODAY,
            platform=PLATFORM,
        ),
        1_000,
        [("VAT", "DE", 190, "taxable")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_commission(name: str) -> None:
    found, net, taxes = CASES[name]
    assert found.net.minor == net
    assert [(one.name, one.jurisdiction, one.tax.minor, one.reason.value) for one in found.components] == taxes


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from([*((country, "") for country in sorted(EU)), ("GB", ""), *(("CA", p) for p in PROVINCES)]),
)
def test_net_and_taxes_are_the_commission_exactly(minor: int, place: tuple[str, str]) -> None:
    found = taxed(minor, *place)
    assert found.net.minor + sum(one.tax.minor for one in found.components) == minor
    for one in found.components:
        assert one.reason is TaxReason.TAXABLE
        exact = found.net.minor * one.rate_millionths / 1_000_000
        assert abs(one.tax.minor - exact) <= 1.5


GOOD = [
    ("DE", "de 123 456 789", "DE123456789"),
    ("GR", "EL123456789", "EL123456789"),
    ("GR", "123456789", "EL123456789"),
    ("AT", "ATU12345678", "ATU12345678"),
    ("NL", "NL123456789B01", "NL123456789B01"),
    ("IE", "1234567WA", "IE1234567WA"),
    ("GB", "GB 123 4567 89", "GB123456789"),
    ("CA", "123456782 RT0001", "123456782RT0001"),
]


@pytest.mark.parametrize(("country", "typed", "number"), GOOD)
def test_a_number_is_kept_as_its_authority_writes_it(country: str, typed: str, number: str) -> None:
    kind = kind_for(country)
    assert kind is not None
    assert checked_tax_id(country, typed) == TaxId(kind, country, number)


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("DE", "DE12345678"),
        ("DE", "FR12345678901"),
        ("FR", "FRIO123456789"),
        ("CA", "123456789RT0001"),  # its check digit is wrong
        ("CA", "123456782"),
        ("GB", "GB12345678"),
        ("DE", "DE١٢٣٤٥٦٧٨٩"),
        ("DE", ""),
    ],
)
def test_what_is_no_number_there_is_refused(country: str, typed: str) -> None:
    with pytest.raises(InvalidInput, match="no number of that country"):
        checked_tax_id(country, typed)


def test_where_no_tax_is_due_on_fees_no_number_is_asked_for() -> None:
    assert kind_for("US") is None
    with pytest.raises(InvalidInput, match="no number to give"):
        checked_tax_id("US", "12-3456789")


def test_every_member_state_has_a_form() -> None:
    for country in EU:
        with pytest.raises(InvalidInput):
            checked_tax_id(country, "?")
