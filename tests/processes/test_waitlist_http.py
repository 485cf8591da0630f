"""A place that is given up goes round: who waits is told why and until when, is offered it, takes it or loses it."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial

import httpx
import pytest

from api.auth import sessions
from api.auth.proof import Proof
from api.capacity.explaining import day
from models.repositories import capacity
from tests.support.marketplace import TestShop
from tests.support.running import Buyer, Json, Market, patiently
from workflows.waitlist import messages

STANDS = timedelta(seconds=8)
"""An offer in the test of one that runs out; everywhere else it is three days."""


@pytest.fixture
async def artisan(town: Market, pottery: TestShop) -> httpx.AsyncClient:
    """Of a shop with one place."""
    async with town.database.transaction() as session:
        await capacity.put(session, pottery.id, 1, 30)
        token, _ = await sessions.open_for(session, pottery.owner_id, None, Proof(("password",), second_factor=True))
    return town.client(token)


async def asked(buyer: Buyer, shop: TestShop, title: str) -> Json:
    """A wish that is sent to a shop."""
    answer = await buyer.http.post(
        "/commissions",
        json={
            "shop": shop.slug,
            "title": title,
            "brief": "For a niche of 120 x 80 cm.",
            "currency": "USD",
            "address_id": buyer.address_id,
        },
    )
    assert answer.status_code == 201, answer.text
    view: Json = answer.json()
    return view


async def look(buyer: Buyer, commission: Json) -> Json:
    answer = await buyer.http.get(f"/commissions/{commission['id']}")
    assert answer.status_code == 200, answer.text
    view: Json = answer.json()
    return view


async def place(buyer: Buyer, commission: Json) -> Json:
    answer = await buyer.http.get(f"/commissions/{commission['id']}/place")
    assert answer.status_code == 200, answer.text
    view: Json = answer.json()
    return view


def stands(buyer: Buyer, commission: Json, *states: str) -> Callable[[], Awaitable[Json]]:
    async def reached() -> Json:
        view = await place(buyer, commission)
        return view if view["state"] in states else {}

    return reached


def told(town: Market, buyer: Buyer, kind: str) -> Callable[[], Awaitable[bool]]:
    async def sent() -> bool:
        return kind in await town.mails_to(buyer.email)

    return sent


def begun(buyer: Buyer, commission: Json) -> Callable[[], Awaitable[Json]]:
    async def reached() -> Json:
        view = await look(buyer, commission)
        return view if view["status"] == "requested" else {}

    return reached


async def test_a_place_that_is_given_up_goes_to_who_is_next(
    town: Market, buyer: Buyer, pottery: TestShop, artisan: httpx.AsyncClient
) -> None:
    second, third = await town.buyer(), await town.buyer()
    free = (await buyer.http.get(f"/shops/{pottery.slug}/commission-terms")).json()
    assert free["text"].startswith("A place is free. Work could begin on ")
    first = await asked(buyer, pottery, "A walnut desk")
    taken = (await second.http.get(f"/shops/{pottery.slug}/commission-terms")).json()
    assert taken["text"].startswith("1 of 1 place is taken until ")
    assert "A request joins the waitlist. Work could begin on " in taken["text"]
    assert taken["promise"]["begins"] > free["promise"]["begins"]

    chair = await asked(second, pottery, "A chair")
    stool = await asked(third, pottery, "A stool")
    waits = await place(second, chair)
    assert waits["text"].startswith("You are next.")
    assert day(date.fromisoformat(taken["promise"]["begins"])) in waits["text"]
    later = await place(third, stool)
    assert later["text"].startswith("1 person is ahead of you.")
    early = await second.http.post(f"/commissions/{chair['id']}/place")
    assert early.status_code == 409

    declined = await artisan.post(f"/commissions/{first['id']}/decline", json={"reason": "no_time"})
    assert declined.status_code == 200, declined.text
    offered = await patiently(stands(second, chair, "offered"))
    assert offered["text"].startswith("There is a place for you until ")
    await patiently(told(town, second, "place_offered"))
    assert (await place(third, stool))["state"] == "waiting"
    for method, path in (("GET", "place"), ("POST", "place"), ("DELETE", "place")):
        not_theirs = await third.http.request(method, f"/commissions/{chair['id']}/{path}")
        assert not_theirs.status_code == 404
    for _ in range(2):  # the same click again is the same place
        took = await second.http.post(f"/commissions/{chair['id']}/place")
        assert (took.status_code, took.json()["state"]) == (200, "taken")
    view = await patiently(begun(second, chair))
    assert {one["action"] for one in view["actions"]} == {"decline"}
    assert (await third.http.delete(f"/commissions/{stool['id']}/place")).json()["state"] == "withdrawn"
    assert (await look(third, stool))["is_final"]


async def test_an_offer_that_nobody_takes_passes_on(
    town: Market, buyer: Buyer, pottery: TestShop, artisan: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "WaitlistInput", partial(messages.WaitlistInput, offer_stands=STANDS))
    second, third = await town.buyer(), await town.buyer()
    first = await asked(buyer, pottery, "A walnut desk")
    chair = await asked(second, pottery, "A chair")
    stool = await asked(third, pottery, "A stool")
    withdrawn = await buyer.http.post(f"/commissions/{first['id']}/decline", json={"reason": "changed_mind"})
    assert withdrawn.status_code == 200, withdrawn.text

    await patiently(stands(second, chair, "offered"))
    await patiently(stands(third, stool, "offered"))
    took = await third.http.post(f"/commissions/{stool['id']}/place")
    assert (took.status_code, took.json()["state"]) == (200, "taken")
    assert (await place(second, chair))["state"] == "passed"
    late = await second.http.post(f"/commissions/{chair['id']}/place")
    assert late.status_code == 409
    assert "not taken in time" in late.json()["error"]["message"]
    assert (await look(second, chair))["is_final"]
    await patiently(told(town, second, "place_passed"))
    begins = await patiently(begun(third, stool))
    board = (await artisan.get("/shop/commissions", params={"waiting_on": "me"})).json()["items"]
    assert [one["id"] for one in board] == [begins["id"]]


async def test_whose_list_has_ended_begins_it_anew(
    town: Market, buyer: Buyer, pottery: TestShop, artisan: httpx.AsyncClient
) -> None:
    """Nobody waits after the first round, so its process is over when the next place is given up."""
    second, third = await town.buyer(), await town.buyer()
    first = await asked(buyer, pottery, "A walnut desk")
    chair = await asked(second, pottery, "A chair")
    assert (await artisan.post(f"/commissions/{first['id']}/decline", json={"reason": "other"})).status_code == 200
    await patiently(stands(second, chair, "offered"))
    assert (await second.http.post(f"/commissions/{chair['id']}/place")).status_code == 200
    await patiently(begun(second, chair))
    stool = await asked(third, pottery, "A stool")
    left = await second.http.post(f"/commissions/{chair['id']}/decline", json={"reason": "changed_mind"})
    assert left.status_code == 200, left.text
    await patiently(stands(third, stool, "offered"))
    await patiently(told(town, third, "place_offered"))
