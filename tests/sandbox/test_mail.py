"""Mail goes in over HTTP and can be read by people and by tests."""

import json
from typing import Any

import httpx
import pytest

from tests.support.sandbox import MAIL_KEY

LETTER = {
    "from": "ArtisanConnect <hello@example.com>",
    "to": "Buyer@example.com",
    "subject": "Your bowl is on its way <b>",
    "text": "Hello\nthere",
    "html": "<p>Hello</p><script>alert(1)</script>",
    "tag": "shipped",
}


@pytest.fixture
async def mail(sandbox: str) -> Any:
    async with httpx.AsyncClient(
        base_url=sandbox, headers={"Authorization": f"Bearer {MAIL_KEY}"}, trust_env=False
    ) as client:
        yield client


async def test_a_message_is_kept_once_a_key(mail: httpx.AsyncClient) -> None:
    first = await mail.post("/mail/v1/messages", json=LETTER, headers={"Idempotency-Key": "m1"})
    again = await mail.post("/mail/v1/messages", json=LETTER, headers={"Idempotency-Key": "m1"})

    assert first.status_code == 201
    assert again.json() == first.json()
    found = (await mail.get("/mail/v1/messages", params={"to": "buyer@example.com"})).json()["messages"]
    assert [(message["subject"], message["tag"]) for message in found] == [(LETTER["subject"], "shipped")]


async def test_messages_are_found_by_tag_and_address(mail: httpx.AsyncClient) -> None:
    for number in range(3):
        await mail.post("/mail/v1/messages", json={**LETTER, "tag": f"t{number % 2}", "to": f"{number}@example.com"})

    async def count(**params: str) -> int:
        return len((await mail.get("/mail/v1/messages", params=params)).json()["messages"])

    assert await count() == 3
    assert await count(tag="t0") == 2
    assert await count(tag="t0", to="2@example.com") == 1
    assert await count(limit="1") == 1
    assert (await mail.get("/mail/v1/messages?limit=many")).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"to": ""},
        {"to": "nobody"},
        {"to": "a@b\nBcc: c@d"},
        {"subject": ""},
        {"text": 7},
        {"html": None},
        {"subject": "\ud800"},
    ],
)
async def test_what_is_no_message_is_refused(mail: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await mail.post("/mail/v1/messages", content=json.dumps({**LETTER, **change}))
    assert answer.status_code == 422
    assert (await mail.get("/mail/v1/messages")).json() == {"messages": []}


async def test_strangers_and_garbage_are_turned_away(mail: httpx.AsyncClient) -> None:
    assert (await mail.get("/mail/v1/messages", headers={"Authorization": "Bearer no"})).status_code == 401
    assert (await mail.post("/mail/v1/messages", content=b"\xff{")).status_code == 400


async def test_people_read_it_without_its_scripts(mail: httpx.AsyncClient) -> None:
    sent = (await mail.post("/mail/v1/messages", json=LETTER)).json()["id"]
    inbox = await mail.get("/mail/")
    page = await mail.get(f"/mail/{sent}")
    body = await mail.get(f"/mail/{sent}/body")

    assert "Your bowl is on its way &lt;b&gt;" in inbox.text
    assert "Buyer@example.com" in page.text
    assert '<iframe sandbox="allow-popups' in page.text
    assert "alert(1)" not in page.text
    assert "default-src 'none'" in body.headers["content-security-policy"]
    assert "sandbox" in body.headers["content-security-policy"]
    assert (await mail.get("/mail/msg_none")).status_code == 404
    assert "yet" in (await mail.get("/mail/", params={"to": "else@example.com"})).text
