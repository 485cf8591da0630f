"""Tax numbers of artisans: what one looks like in each country, and how people write it.

Only the form is checked, and the check digits of a Canadian business number. Whether a number is alive is known to the
authorities alone (VIES, HMRC, the Canada Revenue Agency); that question is not asked here.
Forms: the European Commission's "VAT identification number structure"; HMRC, VATREC2020; Canada Revenue Agency, RC2.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from models.errors import InvalidInput
from models.rules.tax.europe import EU


class TaxIdKind(StrEnum):
    EU_VAT = "eu_vat"
    GB_VAT = "gb_vat"
    CA_GST = "ca_gst"


_EU: dict[str, str] = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"[1-9]\d{8}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GR": r"\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"[1-9]\d{1,9}",
    "SE": r"\d{10}01",
    "SI": r"[1-9]\d{7}",
    "SK": r"[1-9]\d{9}",
}
_PREFIX = {"GR": "EL"}
"""Where the prefix is not the country's code."""
_GB = r"(\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})"
_CA = r"\d{9}RT\d{4}"


@dataclass(frozen=True, slots=True)
class TaxId:
    kind: TaxIdKind
    country: str
    number: str
    """In full, with the country's prefix where it has one: `DE123456789`, `123456782RT0001`."""


def kind_for(country: str) -> TaxIdKind | None:
    """What an artisan of this country may be registered with; None where their number makes no difference to us."""
    if country in EU:
        return TaxIdKind.EU_VAT
    return {"GB": TaxIdKind.GB_VAT, "CA": TaxIdKind.CA_GST}.get(country)


def checked_tax_id(country: str, typed: str) -> TaxId:
    """Raises `InvalidInput` for a number that this country does not give out."""
    kind = kind_for(country)
    if kind is None:
        raise InvalidInput("Our fees bear no tax where your shop is, so there is no number to give.", field="number")
    plain = re.sub(r"[\s.\-/]", "", typed).upper()
    prefix = "" if kind is TaxIdKind.CA_GST else _PREFIX.get(country, country)
    local = plain.removeprefix(prefix)
    form = {TaxIdKind.GB_VAT: _GB, TaxIdKind.CA_GST: _CA}.get(kind) or _EU[country]
    if not re.fullmatch(form, local, re.ASCII) or (kind is TaxIdKind.CA_GST and not _luhn(local[:9])):
        example = {TaxIdKind.CA_GST: "123456782 RT0001", TaxIdKind.GB_VAT: "GB 123 4567 89"}.get(kind)
        hint = f" It looks like {example}." if example else f" It begins with {prefix}."
        raise InvalidInput(f"This is no number of that country.{hint} Look at your registration.", field="number")
    return TaxId(kind, country, prefix + local)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
