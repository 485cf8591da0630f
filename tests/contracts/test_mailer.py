"""The `Mailer` port against the sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from activities.gateways.mail_http import HttpMailer
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import Mail, Mailer
from tests.support.sandbox import MAIL_KEY

LETTER = Mail(
    "buyer@example.com", "Thank you", "Your order is in good hands.", html="<p>Thank you</p>", tag="order_paid"
)


@pytest.fixture
async def mailer(sandbox_url: str) -> AsyncIterator[HttpMailer]:
    gateway = HttpMailer(f"{sandbox_url}/mail/v1", MAIL_KEY, "ArtisanConnect <hello@example.com>")
    yield gateway
    await gateway.aclose()


async def inbox(url: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {MAIL_KEY}"}) as reader:
        messages: list[dict[str, Any]] = (await reader.get(f"{url}/mail/v1/messages")).json()["messages"]
    return messages


async def test_a_letter_arrives_once(mailer: Mailer, sandbox_url: str) -> None:
    for _ in range(2):
        await mailer.send(LETTER, key="chk_1/paid")

    (message,) = await inbox(sandbox_url)
    assert (message["to"], message["subject"], message["tag"]) == ("buyer@example.com", "Thank you", "order_paid")
    assert (message["from"], message["html"]) == ("ArtisanConnect <hello@example.com>", "<p>Thank you</p>")


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500"])
async def test_a_letter_arrives_once_whatever_happens(mailer: Mailer, sandbox_url: str, fault: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as control:
        settings = {"timeout_seconds": 0.2, "once": [{"match": "POST /mail/v1/messages", "fault": fault}]}
        await control.put(f"{sandbox_url}/_control/faults", json=settings)

    with pytest.raises(PartnerUnavailable):
        await mailer.send(LETTER, key="chk_1/paid")
    await mailer.send(LETTER, key="chk_1/paid")

    assert len(await inbox(sandbox_url)) == 1


async def test_an_address_that_cannot_be_one_is_refused(mailer: Mailer) -> None:
    with pytest.raises(PartnerRefused):
        await mailer.send(Mail("nobody", "Hello", "Hello"), key="k")


async def test_a_mail_brings_lines_of_its_own_head(mailer: Mailer, sandbox_url: str) -> None:
    stop = {"List-Unsubscribe": "<https://shop.example/quiet/x>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    await mailer.send(replace(LETTER, headers=stop), key="talk/1")

    (message,) = await inbox(sandbox_url)
    assert message["headers"] == stop


@pytest.mark.parametrize(
    "headers", [{"X-A": "b\r\nBcc: c@example.com"}, {"X A": "b"}, {"To": "c@example.com"}, {"X-A": "schön"}]
)
async def test_a_line_that_would_be_two_or_another_is_refused(mailer: Mailer, headers: dict[str, str]) -> None:
    with pytest.raises(PartnerRefused):
        await mailer.send(replace(LETTER, headers=headers), key="k")
