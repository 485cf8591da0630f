"""VAT of the European Union's member states and of the United Kingdom.

Sources. Rates: the European Commission's "Taxes in Europe" database and the states' own notices of changes. Place of
supply and the one-stop shop: Directive 2006/112/EC, arts. 33, 369a ff.; deemed supplier and import scheme for
consignments of at most EUR 150: arts. 14a(1), 369l ff. (since 1 July 2021); intra-Community supply to a business:
art. 138; export: art. 146; services to a business: arts. 44, 196. Territories: art. 6. United Kingdom: VAT Act 1994
s. 2, Schedule 8 groups 3 (books) and 16 (children's clothing), s. 30(6) (export); consignments of at most GBP 135 sent
from abroad through a marketplace: s. 77A ff. as amended by Finance Act 2020 Schedule 18 (since 1 January 2021).

Denmark's end of VAT on books is not in the table before its day is law. Regional rates of Madeira, the Azores, Corsica
and the Greek islands are not in it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from models.ports.pricing import TaxClass
from models.rules.tax.rates import Rate, rates

STANDARD: Mapping[str, tuple[Rate, ...]] = {
    "AT": rates("20"),
    "BE": rates("21"),
    "BG": rates("20"),
    "CY": rates("19"),
    "CZ": rates("21"),
    "DE": rates("19"),
    "DK": rates("25"),
    "EE": rates("20", ("22", date(2024, 1, 1)), ("24", date(2025, 7, 1))),
    "ES": rates("21"),
    "FI": rates("24", ("25.5", date(2024, 9, 1))),
    "FR": rates("20"),
    "GR": rates("24"),
    "HR": rates("25"),
    "HU": rates("27"),
    "IE": rates("21", ("23", date(2021, 3, 1))),
    "IT": rates("22"),
    "LT": rates("21"),
    "LU": rates("17", ("16", date(2023, 1, 1)), ("17", date(2024, 1, 1))),
    "LV": rates("21"),
    "MT": rates("18"),
    "NL": rates("21"),
    "PL": rates("23"),
    "PT": rates("23"),
    "RO": rates("19", ("21", date(2025, 8, 1))),
    "SE": rates("25"),
    "SI": rates("22"),
    "SK": rates("20", ("23", date(2025, 1, 1))),
    "GB": rates("20"),
}
"""The general rate of each state; the United Kingdom's, too."""

REDUCED: Mapping[TaxClass, Mapping[str, tuple[Rate, ...]]] = {
    TaxClass.BOOK: {
        "AT": rates("10"),
        "BE": rates("6"),
        "BG": rates("9"),
        "CY": rates("5", ("3", date(2023, 7, 14))),
        "CZ": rates("10", ("0", date(2024, 1, 1))),
        "DE": rates("7"),
        "EE": rates("9"),
        "ES": rates("4"),
        "FI": rates("10", ("14", date(2025, 1, 1)), ("13.5", date(2026, 1, 1))),
        "FR": rates("5.5"),
        "GB": rates("0"),
        "GR": rates("6"),
        "HR": rates("5"),
        "HU": rates("5"),
        "IE": rates("0"),
        "IT": rates("4"),
        "LT": rates("9", ("5", date(2026, 1, 1))),
        "LU": rates("3"),
        "LV": rates("12", ("5", date(2022, 1, 1))),
        "MT": rates("5"),
        "NL": rates("9"),
        "PL": rates("5"),
        "PT": rates("6"),
        "RO": rates("5", ("11", date(2025, 8, 1))),
        "SE": rates("6"),
        "SI": rates("5"),
        "SK": rates("10", ("5", date(2025, 1, 1))),
    },
    TaxClass.CHILDRENS_CLOTHING: {"GB": rates("0"), "IE": rates("0")},
}

EU = frozenset(STANDARD) - {"GB"}
IMPORT_LIMIT = {"EU": ("EUR", 150), "GB": ("GBP", 135)}
"""Up to so much, in whole units of the currency, the marketplace collects on a consignment from abroad; the goods'
value alone counts. Above it the addressee pays import VAT."""

PART_OF = {"MC": "FR", "IM": "GB"}
"""Countries by their ISO code that are one VAT territory with another: Monaco, the Isle of Man."""
OUTSIDE: Mapping[str, Sequence[str]] = {
    "ES": ("35", "38", "51", "52"),
    "FR": ("971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988"),
    "FI": ("22",),
    "DE": ("27498", "78266"),
    "IT": ("23041",),
}
"""Postal codes of a member state where its VAT is not: the Canary Islands, Ceuta and Melilla, the overseas departments,
Åland, Heligoland and Büsingen, Livigno. What is sent there is an export."""


def vat_territory(country: str, postal_code: str = "") -> str:
    """The country whose VAT holds at an address; empty for a part of a member state where it does not."""
    country = PART_OF.get(country, country)
    code = postal_code.replace(" ", "").replace("-", "").upper().removeprefix(country)
    return "" if code.startswith(tuple(OUTSIDE.get(country, ()))) else country


def vat_rates(country: str, tax_class: TaxClass) -> tuple[Rate, ...]:
    """Of the EU's member states and the United Kingdom."""
    return REDUCED.get(tax_class, {}).get(country, STANDARD[country])
