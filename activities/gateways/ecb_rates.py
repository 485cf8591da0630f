"""The European Central Bank's reference rates behind the `RateSource` port.

Published around 16:00 CET on every working day of its payment system, free of charge, for information and not for
trading. Owns the format of its files. It knows no dinar: who wants one configures a copy of the format that does.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
"""

import ssl
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

import httpx

from activities.gateways.bounded_http import BoundedTransport
from models.errors import NotFound, PartnerUnavailable
from models.ports import DayRates

DAILY, PAST = "eurofxref-daily.xml", "eurofxref-hist-90d.xml"
CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
PATIENCE = httpx.Timeout(10.0, connect=3.0)
CODE = 3
MOST, LEAST = Decimal(10) ** 9, Decimal(10) ** -9
"""A rate outside of these is a mistake of somebody's, or mischief."""


class EcbRates:
    """`base_url` ends before `/eurofxref-daily.xml`."""

    def __init__(self, base_url: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"User-Agent": "ArtisanConnect"},
            timeout=PATIENCE,
            transport=BoundedTransport(tls=tls),
            trust_env=False,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def rates(self, day: date) -> DayRates:
        """The file of the day first; for a day before it, the one of the last 90."""
        for file in (DAILY, PAST):
            published = [found for found in await self._read(file) if found.day <= day]
            if published:
                return max(published, key=lambda found: found.day)
        raise NotFound(f"The exchange rates of {day.isoformat()} are no longer published.")

    async def _read(self, file: str) -> list[DayRates]:
        try:
            answer = await self._client.get(f"/{file}")
        except httpx.HTTPError as error:
            raise PartnerUnavailable("The source of exchange rates did not answer.") from error
        if answer.status_code != httpx.codes.OK:
            raise PartnerUnavailable(f"The source of exchange rates answered {answer.status_code}.")
        try:
            return _days(answer.content)
        except (ElementTree.ParseError, UnicodeDecodeError, InvalidOperation, KeyError, ValueError) as error:
            raise PartnerUnavailable("The source of exchange rates sent something else.") from error


def _days(body: bytes) -> list[DayRates]:
    """Raises `ValueError` for a file without a single day, and whatever its parts raise for one that is none."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ValueError("no file of rates declares anything")
    root = ElementTree.fromstring(body.decode("utf-8"))  # noqa: S314 - bounded in size, and declares no entities
    days = [_day(cube) for cube in root.iter(CUBE) if "time" in cube.attrib]
    if not days:
        raise ValueError("there is no day in it")
    return days


def _day(cube: ElementTree.Element) -> DayRates:
    rates = {row.attrib["currency"]: _rate(row.attrib) for row in cube.iter(CUBE) if "currency" in row.attrib}
    if not rates or any(len(code) != CODE or not code.isascii() or not code.isupper() for code in rates):
        raise ValueError("a day without currencies")
    return DayRates("EUR", date.fromisoformat(cube.attrib["time"]), rates)


def _rate(attributes: Mapping[str, str]) -> Decimal:
    rate = Decimal(attributes["rate"])
    if not rate.is_finite() or not LEAST <= rate <= MOST:
        raise ValueError(f"{rate} is no rate")
    return rate
