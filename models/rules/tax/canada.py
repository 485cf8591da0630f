"""GST, HST, PST, RST and QST, each with its own line, at the place that the parcel goes to.

Sources: Excise Tax Act, s. 165 and Schedule VI (GST/HST; zero-rated exports in part V), New Harmonized Value-added Tax
System Regulations (point-of-sale rebates on printed books and children's clothing), Act respecting the Québec sales
tax, s. 16 (9.975 %, on the price without GST), BC Provincial Sales Tax Act (facilitators since 1 July 2022),
Saskatchewan Provincial Sales Tax Act (2020), Manitoba Retail Sales Tax Act (1 December 2021). A platform that runs the
sale is the supplier for GST/HST since 1 July 2021 (ss. 211.1 to 211.25) of goods that are sent within Canada. What
comes from abroad is taxed at the border, by the Border Services Agency and to the addressee.
"""

from dataclasses import dataclass
from datetime import date

from models.ports.pricing import TaxClass
from models.rules.tax.rates import Rate, rates

GST = rates("5")


@dataclass(frozen=True, slots=True)
class Province:
    """`hst` takes the place of GST where it is set; `own` is added to it."""

    hst: tuple[Rate, ...] = ()
    own_name: str = ""
    own: tuple[Rate, ...] = ()
    relieved: frozenset[TaxClass] = frozenset()
    """What bears the federal 5 % alone."""


_BOOKS = frozenset({TaxClass.BOOK})
_BOOKS_AND_CHILDREN = _BOOKS | {TaxClass.CHILDRENS_CLOTHING}

PROVINCES: dict[str, Province] = {
    "AB": Province(),
    "BC": Province(own_name="PST", own=rates("7"), relieved=_BOOKS_AND_CHILDREN),
    "MB": Province(own_name="RST", own=rates("7"), relieved=_BOOKS_AND_CHILDREN),
    "NB": Province(hst=rates("15"), relieved=_BOOKS),
    "NL": Province(hst=rates("15"), relieved=_BOOKS),
    "NS": Province(hst=rates("15", ("14", date(2025, 4, 1))), relieved=_BOOKS_AND_CHILDREN),
    "NT": Province(),
    "NU": Province(),
    "ON": Province(hst=rates("13"), relieved=_BOOKS_AND_CHILDREN),
    "PE": Province(hst=rates("15"), relieved=_BOOKS_AND_CHILDREN),
    "QC": Province(own_name="QST", own=rates("9.975"), relieved=_BOOKS),
    "SK": Province(own_name="PST", own=rates("6"), relieved=_BOOKS_AND_CHILDREN),
    "YT": Province(),
}
REGIONS = frozenset(PROVINCES)
