"""The `RateSource` port against the sandbox's copy of the European Central Bank's files, and against what is none."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from activities.gateways.ecb_rates import EcbRates
from deploy.sandbox.rates.figures import published_on, rates_of
from models.errors import NotFound, PartnerUnavailable
from models.types import CURRENCY_DECIMALS

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>{days}</Cube></gesmes:Envelope>"""
DAY = "<Cube time='2026-11-20'><Cube currency='USD' rate='{rate}'/></Cube>"
MISCHIEF = '<!DOCTYPE x [<!ENTITY a "1.1">]>' + FILE.format(days=DAY.format(rate="&a;"))


async def publish(sandbox_url: str, rates: object) -> None:
    """From now on; None is the sandbox's own."""
    async with httpx.AsyncClient(trust_env=False) as client:
        body = b"" if rates is None else json.dumps(rates).encode()
        (await client.put(f"{sandbox_url}/_control/rates", content=body)).raise_for_status()


@pytest.fixture
async def source(sandbox_url: str) -> AsyncIterator[EcbRates]:
    await publish(sandbox_url, None)
    gateway = EcbRates(f"{sandbox_url}/ecb")
    yield gateway
    await gateway.aclose()


def today() -> date:
    return datetime.now(UTC).date()


async def test_the_newest_rates_are_those_of_the_last_working_day(source: EcbRates) -> None:
    found = await source.rates(today())
    assert (found.base, found.day) == ("EUR", published_on(today()))
    assert found.rates == rates_of(found.day)
    assert set(CURRENCY_DECIMALS) - {"EUR"} <= set(found.rates)


async def test_a_past_day_has_its_own(source: EcbRates) -> None:
    asked = today() - timedelta(days=30)
    found = await source.rates(asked)
    assert found.day == published_on(asked)
    assert found.rates == rates_of(found.day)


async def test_what_is_longer_ago_than_the_files_reach_is_not_found(source: EcbRates) -> None:
    with pytest.raises(NotFound, match="no longer published"):
        await source.rates(today() - timedelta(days=200))


async def test_rates_are_read_as_they_are_written(source: EcbRates, sandbox_url: str) -> None:
    given = {"day": "2026-11-20", "rates": {"USD": "1.10430", "JPY": "171.2", "KWD": "0.339050001"}}
    await publish(sandbox_url, given)
    found = await source.rates(date(2026, 11, 22))
    assert found.day == date(2026, 11, 20)
    assert {code: str(rate) for code, rate in found.rates.items()} == given["rates"]
    assert found.rates["USD"] == Decimal("1.1043")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Somebody who answers every question alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, ""),
        (302, ""),
        (200, ""),
        (200, "<html>down for maintenance</html>"),
        (200, FILE.format(days="")),
        (200, FILE.format(days="<Cube time='2026-11-20'/>")),
        (200, FILE.format(days=DAY.format(rate="0"))),
        (200, FILE.format(days=DAY.format(rate="-1.1"))),
        (200, FILE.format(days=DAY.format(rate="NaN"))),
        (200, FILE.format(days=DAY.format(rate="1e400"))),
        (200, FILE.format(days=DAY.format(rate="1,1"))),
        (200, FILE.format(days=DAY.format(rate="1.1").replace("2026-11-20", "yesterday"))),
        (200, FILE.format(days=DAY.format(rate="1.1").replace("USD", "usd"))),
        (200, MISCHIEF),
        (200, FILE.format(days=DAY.format(rate="1.1") + " " * 300_000)),
    ],
)
async def test_what_is_no_file_of_rates_is_no_rate(status: int, body: str) -> None:
    with answering(status, body.encode()) as url:
        gateway = EcbRates(url)
        with pytest.raises(PartnerUnavailable):
            await gateway.rates(date(2026, 11, 22))
        await gateway.aclose()


async def test_silence_is_no_rate() -> None:
    gateway = EcbRates("http://127.0.0.1:9/ecb")
    with pytest.raises(PartnerUnavailable, match="did not answer"):
        await gateway.rates(today())
    await gateway.aclose()
