"""`GET /ecb/eurofxref-daily.xml` and `/ecb/eurofxref-hist-90d.xml`, in the European Central Bank's format.

`PUT /_control/rates` replaces what is published from then on, for tests and tours: `{"day": "2026-11-20", "rates":
{"USD": "1.1"}}`, or nothing for the sandbox's own.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.rates.figures import published_on, rates_of

DAYS = 90
Published = Mapping[date, Mapping[str, Decimal]]


class RateRoutes:
    def __init__(self) -> None:
        self._replaced: Published = {}

    def routes(self) -> list[Route]:
        return [
            Route("/ecb/eurofxref-daily.xml", self.daily, methods=["GET"]),
            Route("/ecb/eurofxref-hist-90d.xml", self.past, methods=["GET"]),
            Route("/_control/rates", self.replace, methods=["PUT"]),
        ]

    async def daily(self, _: Request) -> Response:
        published = self._published()
        newest = max(published)
        return _file({newest: published[newest]})

    async def past(self, _: Request) -> Response:
        return _file(self._published())

    async def replace(self, request: Request) -> Response:
        try:
            given: dict[str, Any] = await request.json() if await request.body() else {}
            self._replaced = (
                {date.fromisoformat(given["day"]): {code: Decimal(rate) for code, rate in given["rates"].items()}}
                if given
                else {}
            )
        except (AttributeError, InvalidOperation, KeyError, TypeError, ValueError):
            return JSONResponse({"error": {"message": "Send a day and its rates as strings, or nothing."}}, 422)
        return JSONResponse({"days": [day.isoformat() for day in self._published()]})

    def _published(self) -> Published:
        if self._replaced:
            return self._replaced
        today = datetime.now(UTC).date()
        days = sorted({published_on(today - timedelta(days=back)) for back in range(DAYS)}, reverse=True)
        return {day: rates_of(day) for day in days}


def _file(published: Published) -> Response:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">',
        "\t<gesmes:subject>Reference rates</gesmes:subject>",
        "\t<gesmes:Sender>\n\t\t<gesmes:name>The sandbox, in place of the European Central Bank</gesmes:name>"
        "\n\t</gesmes:Sender>",
        "\t<Cube>",
    ]
    for day, rates in published.items():
        lines.append(f"\t\t<Cube time='{day.isoformat()}'>")
        lines += [f"\t\t\t<Cube currency='{code}' rate='{rate}'/>" for code, rate in rates.items()]
        lines.append("\t\t</Cube>")
    lines += ["\t</Cube>", "</gesmes:Envelope>"]
    return Response("\n".join(lines) + "\n", media_type="text/xml")
