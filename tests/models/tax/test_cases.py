"""Worked cases of each jurisdiction, and the days on which its law changed. The sources stand at the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest

from activities.gateways.table_tax import TableTax
from models.ports import PostalAddress, TaxClass, TaxExemption, TaxLine, TaxReason, TaxResult
from models.rules.tax import us
from models.rules.tax.assess import SHIPPING, assess
from models.rules.tax.platform import PLATFORM, Platform
from models.rules.tax.rates import LONG_AGO, rate_on, rates
from models.types import Money

TODAY = date(2026, 11, 22)
NET = {"USD": Fraction(1), "EUR": Fraction(9, 10), "GBP": Fraction(4, 5)}
"""What a dollar is worth."""


@dataclass(frozen=True)
class Sale:
    """One line of goods and its shipping."""

    to: str
    """`US-NY`, `DE`, or `ES 35001` with a postal code."""
    sent_from: str = "US"
    tax_class: str = "standard"
    minor: int = 10_000
    currency: str = "USD"
    quantity: int = 1
    shipping: int = 1_000
    on: date = TODAY
    exemptions: tuple[TaxExemption, ...] = ()
    rates: Mapping[str, Fraction] | None = None
    platform: Platform = PLATFORM

    def taxed(self) -> tuple[TaxResult, TaxResult]:
        place, _, postal_code = self.to.partition(" ")
        country, _, region = place.partition("-")
        goods, shipping = TableTax(self.platform).assess(
            [
                TaxLine(
                    "mug",
                    "ceramics",
                    Money(self.minor, self.currency),
                    self.quantity,
                    TaxClass(self.tax_class),
                    "shop",
                    self.sent_from,
                ),
                TaxLine(
                    "shop", SHIPPING, Money(self.shipping, self.currency), shop_id="shop", sent_from=self.sent_from
                ),
            ],
            PostalAddress("Ada Byron", "1 Mill Lane", "Here", region, postal_code, country),
            at=self.on,
            exemptions=self.exemptions,
            rates=self.rates,
        )
        return goods, shipping


Told = list[tuple[str, str, str, int]]


def told(result: TaxResult) -> Told:
    """(name and jurisdiction, rate in per cent, reason, tax)."""
    return [
        (f"{one.name} {one.jurisdiction}", str(Fraction(one.rate_millionths, 10_000)), one.reason.value, one.tax.minor)
        for one in result.components
    ]


def one(name: str, rate: str, tax: int, reason: str = "taxable") -> Told:
    return [(name, str(Fraction(rate)), reason, tax)]


CASES: dict[str, tuple[Sale, Told, int]] = {
    # United States: (sale, taxes on the goods, tax on shipping)
    "new york taxes shipping": (Sale("US-NY"), one("Sales tax US-NY", "4", 400), 40),
    "california does not": (Sale("US-CA"), one("Sales tax US-CA", "7.25", 725), 0),
    "minnesota has three decimals": (Sale("US-MN"), one("Sales tax US-MN", "6.875", 688), 69),
    "oregon has none": (Sale("US-OR"), one("Sales tax US-OR", "0", 0, "out_of_scope"), 0),
    "from abroad, the facilitator collects too": (Sale("US-TX", "MX"), one("Sales tax US-TX", "6.25", 625), 63),
    "a region that is none": (Sale("US-ZZ"), one("Sales tax US-ZZ", "0", 0, "out_of_scope"), 0),
    "pennsylvania: clothes": (Sale("US-PA", tax_class="clothing"), one("Sales tax US-PA", "0", 0, "exempt"), 0),
    "new jersey: clothes": (Sale("US-NJ", tax_class="clothing"), one("Sales tax US-NJ", "0", 0, "exempt"), 0),
    "vermont: clothes": (Sale("US-VT", tax_class="clothing"), one("Sales tax US-VT", "0", 0, "exempt"), 0),
    "minnesota: clothes": (Sale("US-MN", tax_class="clothing"), one("Sales tax US-MN", "0", 0, "exempt"), 0),
    "connecticut: clothes": (Sale("US-CT", tax_class="clothing"), one("Sales tax US-CT", "6.35", 635), 64),
    "new york: a coat below 110": (
        Sale("US-NY", tax_class="clothing", minor=10_999),
        one("Sales tax US-NY", "0", 0, "exempt"),
        0,
    ),
    "new york: a coat at 110": (
        Sale("US-NY", tax_class="clothing", minor=11_000),
        one("Sales tax US-NY", "4", 440),
        40,
    ),
    "new york: three coats of 60": (
        Sale("US-NY", tax_class="clothing", minor=18_000, quantity=3),
        one("Sales tax US-NY", "0", 0, "exempt"),
        0,
    ),
    "massachusetts: what is above 175 of each": (
        Sale("US-MA", tax_class="clothing", minor=40_000, quantity=2),
        [*one("Sales tax US-MA", "6.25", 313), *one("Sales tax US-MA", "0", 0, "exempt")],
        0,
    ),
    "rhode island: what is above 250, and its part of shipping": (
        Sale("US-RI", tax_class="childrens_clothing", minor=30_000),
        [*one("Sales tax US-RI", "7", 350), *one("Sales tax US-RI", "0", 0, "exempt")],
        12,  # 7 % of 1.67, the taxed sixth of 10.00
    ),
    "new york: a coat in yen without a rate is taxed": (
        Sale("US-NY", tax_class="clothing", currency="JPY"),
        one("Sales tax US-NY", "4", 400),
        40,
    ),
    # Canada
    "ontario": (Sale("CA-ON", "CA", currency="CAD"), one("HST CA-ON", "13", 1300), 130),
    "quebec: each rounded by itself": (
        Sale("CA-QC", "CA", currency="CAD"),
        [*one("GST CA", "5", 500), *one("QST CA-QC", "9.975", 998)],
        150,
    ),
    "british columbia": (
        Sale("CA-BC", "CA", currency="CAD"),
        [*one("GST CA", "5", 500), *one("PST CA-BC", "7", 700)],
        120,
    ),
    "british columbia: a book": (
        Sale("CA-BC", "CA", "book", currency="CAD"),
        [*one("GST CA", "5", 500), *one("PST CA-BC", "0", 0, "exempt")],
        50,
    ),
    "ontario: a book bears the federal part": (
        Sale("CA-ON", "CA", "book", currency="CAD"),
        one("HST CA-ON", "5", 500),
        50,
    ),
    "saskatchewan": (
        Sale("CA-SK", "CA", currency="CAD"),
        [*one("GST CA", "5", 500), *one("PST CA-SK", "6", 600)],
        110,
    ),
    "alberta": (Sale("CA-AB", "CA", currency="CAD"), one("GST CA", "5", 500), 50),
    "from the united states the border taxes": (Sale("CA-ON"), one("Tax CA", "0", 0, "out_of_scope"), 0),
    "canadian exports are zero-rated": (
        Sale("JP", "CA", currency="CAD"),
        one("GST CA", "0", 0, "zero_rated_export"),
        0,
    ),
    # European Union
    "germany to france": (Sale("FR", "DE", currency="EUR"), one("VAT FR", "20", 2000), 200),
    "germany at home": (Sale("DE", "DE", currency="EUR"), one("VAT DE", "19", 1900), 190),
    "a book to germany": (Sale("DE", "AT", "book", currency="EUR"), one("VAT DE", "7", 700), 70),
    "a book to ireland": (Sale("IE", "FR", "book", currency="EUR"), one("VAT IE", "0", 0), 0),
    "finland": (Sale("FI", "DE", currency="EUR"), one("VAT FI", "25.5", 2550), 255),
    "from abroad up to 150 euros": (
        Sale("DE", rates=NET, minor=16_666),
        one("VAT DE", "19", 3167),
        190,
    ),
    "from abroad above it": (Sale("DE", rates=NET, minor=16_667), one("Tax DE", "0", 0, "out_of_scope"), 0),
    "from abroad, worth unknown": (Sale("DE"), one("Tax DE", "0", 0, "out_of_scope"), 0),
    "from the united kingdom above it": (
        Sale("DE", "GB", currency="GBP", minor=20_000, rates={"EUR": Fraction(6, 5)}),
        one("VAT GB", "0", 0, "zero_rated_export"),
        0,
    ),
    "to the canary islands": (
        Sale("ES 35001", "FR", currency="EUR"),
        one("VAT FR", "0", 0, "zero_rated_export"),
        0,
    ),
    "to monaco as to france": (Sale("MC 98000", "DE", currency="EUR"), one("VAT FR", "20", 2000), 200),
    "exports": (Sale("JP", "FR", currency="EUR"), one("VAT FR", "0", 0, "zero_rated_export"), 0),
    # United Kingdom
    "at home": (Sale("GB", "GB", currency="GBP"), one("VAT GB", "20", 2000), 200),
    "a book": (Sale("GB", "GB", "book", currency="GBP"), one("VAT GB", "0", 0), 0),
    "children's clothes": (Sale("GB", "GB", "childrens_clothing", currency="GBP"), one("VAT GB", "0", 0), 0),
    "from abroad at 135 pounds": (Sale("GB", currency="GBP", minor=13_500), one("VAT GB", "20", 2700), 200),
    "from abroad above 135": (
        Sale("GB", currency="GBP", minor=13_501),
        one("Tax GB", "0", 0, "out_of_scope"),
        0,
    ),
    "british exports": (Sale("US-OR", "GB", currency="GBP"), one("Sales tax US-OR", "0", 0, "out_of_scope"), 0),
    # Elsewhere
    "mexico at home": (Sale("MX", "MX", currency="MXN"), one("Tax MX", "0", 0, "out_of_scope"), 0),
    "three decimals": (Sale("US-NY", currency="KWD", minor=14_260), one("Sales tax US-NY", "4", 570), 40),
    "no decimals": (Sale("US-NY", currency="JPY", minor=4_812), one("Sales tax US-NY", "4", 192), 40),
}


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case(name: str) -> None:
    sale, goods, on_shipping = CASES[name]
    taxed, shipping = sale.taxed()
    assert told(taxed) == goods
    assert taxed.tax.minor == sum(tax for *_, tax in goods)
    assert shipping.tax.minor == on_shipping


CHANGES = {
    "estonia": (Sale("EE", "DE", currency="EUR"), date(2025, 7, 1), "22", "24"),
    "slovakia": (Sale("SK", "DE", currency="EUR"), date(2025, 1, 1), "20", "23"),
    "romania": (Sale("RO", "DE", currency="EUR"), date(2025, 8, 1), "19", "21"),
    "luxembourg, and back": (Sale("LU", "DE", currency="EUR"), date(2024, 1, 1), "16", "17"),
    "finland": (Sale("FI", "DE", currency="EUR"), date(2024, 9, 1), "24", "25.5"),
    "czech books": (Sale("CZ", "DE", "book", currency="EUR"), date(2024, 1, 1), "10", "0"),
    "nova scotia": (Sale("CA-NS", "CA", currency="CAD"), date(2025, 4, 1), "15", "14"),
    "louisiana": (Sale("US-LA"), date(2025, 1, 1), "4.45", "5"),
    "south dakota": (Sale("US-SD"), date(2023, 7, 1), "4.5", "4.2"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_day_of_supply_decides_the_rate(name: str) -> None:
    sale, day, before, after = CHANGES[name]
    for on, rate in ((date.fromordinal(day.toordinal() - 1), before), (day, after)):
        assert told(Sale(**{**vars(sale), "on": on}).taxed()[0])[0][1] == str(Fraction(rate))


BEGINS = {
    "a facilitator law": (Sale("US-MO"), date(2023, 1, 1)),
    "british columbia's": (Sale("CA-BC", "CA", currency="CAD"), date(2022, 7, 1)),
    "the one-stop shop": (Sale("FR", "DE", currency="EUR"), date(2021, 7, 1)),
}


@pytest.mark.parametrize("name", BEGINS)
def test_nothing_is_collected_before_the_law_or_the_registration(name: str) -> None:
    sale, day = BEGINS[name]
    earlier = Sale(**{**vars(sale), "on": date.fromordinal(day.toordinal() - 1)}).taxed()[0].components[-1]
    assert (earlier.reason, earlier.tax.minor) == (TaxReason.OUT_OF_SCOPE, 0)
    later = Sale(**{**vars(sale), "on": day}).taxed()[0].components[-1]
    assert later.reason is TaxReason.TAXABLE and later.tax.minor > 0


def test_a_platform_below_the_threshold_registers_nowhere_and_collects_nothing() -> None:
    small = Platform("Small", (), "US", {}, {})
    assert Sale("US-NY", platform=small).taxed()[0].tax.minor == 0
    assert not us.must_register("NY", 499_999, 100)
    assert not us.must_register("NY", 600_000, 99), "New York wants both"
    assert us.must_register("NY", 500_000, 100)
    assert us.must_register("GA", 5_000, 200)
    assert us.must_register("TX", 500_000, 0)
    assert not us.must_register("OR", 10**9, 10**6)


def certificate(jurisdiction: str, kind: str = "reseller", until: date | None = None) -> TaxExemption:
    return TaxExemption("txe_1", kind, jurisdiction, date(2026, 1, 1), until)


def test_a_certificate_lifts_its_own_tax_on_its_days_and_is_named() -> None:
    exempt, shipping = Sale("US-NY", exemptions=(certificate("US-NY"),)).taxed()
    assert told(exempt) == one("Sales tax US-NY", "0", 0, "exempt")
    assert exempt.components[0].because == "txe_1"
    assert shipping.tax.minor == 0
    assert Sale("US-TX", exemptions=(certificate("US-NY"),)).taxed()[0].tax.minor == 625
    assert Sale("US-NY", exemptions=(certificate("US-NY"),), on=date(2025, 12, 31)).taxed()[0].tax.minor == 400
    ended = certificate("US-NY", until=date(2026, 6, 30))
    assert Sale("US-NY", exemptions=(ended,), on=date(2026, 6, 30)).taxed()[0].tax.minor == 0
    assert Sale("US-NY", exemptions=(ended,), on=date(2026, 7, 1)).taxed()[0].tax.minor == 400


def test_a_certificate_of_a_province_leaves_the_federal_tax() -> None:
    taxed, _ = Sale("CA-BC", "CA", currency="CAD", exemptions=(certificate("CA-BC"),)).taxed()
    assert told(taxed) == [*one("GST CA", "5", 500), *one("PST CA-BC", "0", 0, "exempt")]


def test_a_european_business_accounts_for_the_tax_itself_but_not_at_home() -> None:
    business = (certificate("EU", "vat_business"),)
    abroad, shipping = Sale("FR", "DE", currency="EUR", exemptions=business).taxed()
    assert told(abroad) == one("VAT FR", "0", 0, "reverse_charge")
    assert shipping.components[0].reason is TaxReason.REVERSE_CHARGE
    assert Sale("DE", "DE", currency="EUR", exemptions=business).taxed()[0].tax.minor == 1900


def test_shipping_is_divided_over_the_goods_that_it_carries() -> None:
    """A book and a mug to Germany: shipping of 8.00 is 3.00 at 7 % and 5.00 at 19 %."""
    to = PostalAddress("Ada", "1 Mill Lane", "Berlin", "", "10115", "DE")
    _, _, shipping = assess(
        [
            TaxLine("book", "paper", Money(3_000, "EUR"), 1, TaxClass.BOOK, "shop", "DE"),
            TaxLine("mug", "ceramics", Money(5_000, "EUR"), 1, TaxClass.STANDARD, "shop", "DE"),
            TaxLine("shop", SHIPPING, Money(800, "EUR"), shop_id="shop", sent_from="DE"),
        ],
        to,
        on=TODAY,
        platform=PLATFORM,
    )
    assert [(part.base.minor, part.tax.minor) for part in shipping.components] == [(300, 21), (500, 95)]


def test_a_limit_counts_each_shops_goods_by_themselves() -> None:
    """Two shops abroad send two consignments, and each is below the limit."""
    to = PostalAddress("Ada", "1 Mill Lane", "Leeds", "", "LS1 1AA", "GB")
    lines = [TaxLine(shop, "ceramics", Money(10_000, "GBP"), 1, TaxClass.STANDARD, shop, "US") for shop in ("a", "b")]
    assert [result.tax.minor for result in assess(lines, to, on=TODAY, platform=PLATFORM)] == [2_000, 2_000]
    together = [TaxLine(one, "ceramics", Money(10_000, "GBP"), 1, TaxClass.STANDARD, "a", "US") for one in "xy"]
    assert [result.tax.minor for result in assess(together, to, on=TODAY, platform=PLATFORM)] == [0, 0]


def test_a_day_before_the_tables_is_not_guessed() -> None:
    with pytest.raises(LookupError, match="2020-12-31"):
        rate_on(rates("19"), date(2020, 12, 31))
    assert rate_on(rates("19"), LONG_AGO) == 190_000
    with pytest.raises(ValueError, match="order"):
        rates("19", ("20", date(2025, 1, 1)), ("21", date(2024, 1, 1)))
