"""A commission over HTTP on real servers: bargained over, agreed on, paid and left; and bad input of every kind."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.auth import sessions
from api.auth.proof import Proof
from core import clock
from models.repositories import capacity, commission_talk
from models.tables.catalogue import Shop
from models.types import Role, new_id
from tests.support.marketplace import TestShop
from tests.support.running import Buyer, Json, Market, patiently

BRIEF = "For a niche of 120 x 80 cm, with two drawers. 🪵 مكتب من خشب الجوز"


def terms(version: int = 1, **changed: object) -> Json:
    """The walnut desk, begun today."""
    return {
        "version": version,
        "currency": "USD",
        "price_minor": 120_000,
        "milestones": [
            {"number": 1, "title": "Drawing", "amount_minor": 20_000, "days": 10},
            {"number": 2, "title": "Frame", "amount_minor": 60_000, "days": 30},
            {"number": 3, "title": "Finish", "amount_minor": 40_000, "days": 20},
        ],
        "deposit_minor": 30_000,
        "shipping_minor": 8_000,
        "starts_on": clock.now().date().isoformat(),
        **changed,
    }


@dataclass
class Two:
    """Both sides of one commission."""

    town: Market
    buyer: Buyer
    artisan: httpx.AsyncClient
    shop: TestShop
    id: str = ""

    async def ask(self, **changed: object) -> httpx.Response:
        body = {
            "shop": self.shop.slug,
            "title": "A walnut desk",
            "brief": BRIEF,
            "currency": "USD",
            "budget_minor": 130_000,
            "address_id": self.buyer.address_id,
            **changed,
        }
        return await self.buyer.http.post("/commissions", json=body)

    async def send(self, who: httpx.AsyncClient, path: str, body: Json | None = None, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await who.post(f"/commissions/{self.id}/{path}", json=body, headers=headers)

    async def did(self, who: httpx.AsyncClient, path: str, body: Json | None = None, key: str = "") -> Json:
        answer = await self.send(who, path, body, key)
        assert answer.status_code in {200, 201}, answer.text
        view: Json = answer.json()
        return view

    async def refused(self, who: httpx.AsyncClient, path: str, body: Json | None = None) -> tuple[int, str, str]:
        """Status, field and words; and nothing has changed by it."""
        before = await self.look(who)
        answer = await self.send(who, path, body)
        assert answer.status_code >= 400, answer.text
        error = answer.json()["error"]
        assert await self.look(who) == before
        return answer.status_code, str(error["details"].get("field", "")), error["message"]

    async def look(self, who: httpx.AsyncClient) -> Json:
        answer = await who.get(f"/commissions/{self.id}")
        assert answer.status_code == 200, answer.text
        view: Json = answer.json()
        return view

    async def papers(self, who: httpx.AsyncClient) -> Json:
        answer = await who.get(f"/commissions/{self.id}/invoices")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def until(self, *statuses: str) -> Json:
        async def reached() -> Json:
            view = await self.look(self.buyer.http)
            return view if view["status"] in statuses else {}

        return await patiently(reached)

    async def pay(self) -> None:
        """The deposit, on the provider's page."""

        async def opened() -> Json:
            view = (await self.buyer.http.get(f"/commissions/{self.id}/payment")).json()
            return view if view["state"] == "pay" else {}

        await self.buyer.pay((await patiently(opened))["url"])
        assert (await self.buyer.http.post(f"/commissions/{self.id}/payment/returned")).status_code == 202


@pytest.fixture
async def two(town: Market, buyer: Buyer, pottery: TestShop) -> Two:
    async with town.database.transaction() as session:
        token, _ = await sessions.open_for(session, pottery.owner_id, None, Proof(("password",), second_factor=True))
    return Two(town, buyer, town.client(token), pottery)


@pytest.fixture
async def asked(two: Two) -> Two:
    answer = await two.ask()
    assert answer.status_code == 201, answer.text
    two.id = answer.json()["id"]
    opened = answer.json()
    assert (opened["status"], may(opened)) == ("requested", {"decline"}), "without asking its process"

    async def begun() -> Json:
        view = await two.look(two.artisan)
        return view if view["timeline"] else {}

    await patiently(begun)
    return two


def codes(view: Json) -> list[str]:
    return [line["what"] for line in view["timeline"]]


def may(view: Json) -> set[str]:
    return {one["action"] for one in view["actions"]}


async def test_from_a_wish_to_a_contract_that_is_left(asked: Two) -> None:
    two, customer, artisan = asked, asked.buyer.http, asked.artisan
    first = await two.look(artisan)
    assert first["brief"] == BRIEF
    assert may(first) == {"quote", "decline"}

    quoted = await two.did(artisan, "offers", terms(note="Oiled, not varnished."))
    assert quoted["offer"]["is_mine"]
    seen = await two.look(customer)
    assert seen["offer"]["note"] == "Oiled, not varnished."
    assert seen["mandate"]["most"]["minor"] == 128_000

    countered = await two.did(customer, "offers", terms(2, revisions=3))
    assert [one["field"] for one in countered["versions"][0]["differences"]] == ["revisions"]
    wrong_sum = await two.refused(artisan, "acceptance", {"version": 2, "most_minor": 127_999})
    assert wrong_sum[0] == 409
    own = await two.refused(customer, "acceptance", {"version": 2, "most_minor": 128_000})
    assert own == (409, "", "This offer is your own: the other side accepts it.")
    old = await two.refused(artisan, "acceptance", {"version": 1, "most_minor": 128_000})
    assert "newer offer" in old[2]

    body = {"version": 2, "most_minor": 128_000}
    accepted = await two.did(artisan, "acceptance", body, key="yes-to-the-second")
    again = await two.did(artisan, "acceptance", body, key="yes-to-the-second")
    assert again == accepted
    due = await two.until("awaiting_deposit")
    assert codes(due).count("offer_accepted") == 1
    assert due["plan"]["agreed"]["minor"] == 128_000 + due["plan"]["tax"]["minor"]

    await two.pay()
    working = await two.until("working")
    assert working["plan"]["paid"]["minor"] == working["plan"]["held"]["minor"] > 30_000
    assert working["plan"]["card"]
    assert working["milestones"][0]["stage"] == "working"
    (invoice,) = (await two.papers(artisan))["invoices"]
    assert working["plan"]["charges"][0]["invoice"].endswith(f"/{two.id}/invoices")
    assert invoice["total"] == working["plan"]["paid"]
    assert [row["jurisdiction"] for row in invoice["taxes"]] == ["US-NY"]
    assert sum(row["tax"]["minor"] for row in invoice["taxes"]) == invoice["tax"]["minor"] > 0

    back = working["leaving"]["back"]["minor"]
    stale = await two.refused(customer, "leave", {"shown_back_minor": back + 1})
    assert "has changed" in stale[2]
    await two.did(customer, "leave", {"shown_back_minor": back})
    ended = await two.until("ended")
    assert ended["leaving"]["back"]["minor"] == back
    assert ended["plan"]["back"]["minor"] == back
    assert ended["actions"] == []
    late = await two.refused(customer, "leave", {"shown_back_minor": back})
    assert late[0] == 409

    async def credited() -> Json:
        papers = await two.papers(customer)
        return papers if papers["credit_notes"] else {}

    (note,) = (await patiently(credited))["credit_notes"]
    assert (note["total"]["minor"], note["corrects"]) == (back, invoice["number"])


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"currency": "EUR"}, "currency", "asked in USD"),
        ({"price_minor": 119_999}, "price", "add up to 1200.00"),
        ({"starts_on": (clock.now().date() - timedelta(days=2)).isoformat()}, "starts_on", "in the past"),
        ({"deposit_minor": 19_999}, "deposit", "pays for the first milestone"),
        ({"revisions": 11}, "revisions", "0 to 10"),
        ({"reserved_bp": 6_000}, "begun_bp", "0 and 100 per cent"),
        ({"version": 2}, "", "in the meantime"),
        (
            {"milestones": [{"number": 1, "title": "All", "amount_minor": 120_000, "days": 731}]},
            "milestones",
            "two years",
        ),
    ],
)
async def test_terms_that_nobody_may_offer(asked: Two, changed: dict[str, Any], field: str, words: str) -> None:
    status, named, said = await asked.refused(asked.artisan, "offers", terms(**changed))
    assert status in {409, 422}
    assert named == field
    assert words in said
    # What was refused is nowhere to be seen, and its number is free.
    assert (await asked.did(asked.artisan, "offers", terms()))["versions"][0]["version"] == 1


async def test_a_wish_that_nobody_may_make(two: Two, weavers: TestShop) -> None:
    async def field(**changed: object) -> tuple[int, str]:
        answer = await two.ask(**changed)
        return answer.status_code, str(answer.json()["error"]["details"].get("field", ""))

    assert await field(currency="EUR") == (422, "currency")
    assert await field(wanted_by=clock.now().date().isoformat()) == (422, "wanted_by")
    assert (await field(shop="no-such-shop"))[0] == 404
    assert (await field(address_id=new_id("adr")))[0] == 404
    assert (await field(budget_minor=0))[0] == 422
    assert (await field(colour="red"))[0] == 422
    assert (await field(title="  "))[0] == 422
    warned = await two.ask(brief="Call me on +1 212 555 0100 about the desk.")
    assert warned.json()["error"]["code"] == "contact_leak"
    assert (await two.ask(brief="Call me on +1 212 555 0100 about the desk.", confirm=True)).status_code == 201
    own = await two.artisan.post(
        "/commissions",
        json={
            "shop": two.shop.slug,
            "title": "For myself",
            "brief": "A desk for my own room.",
            "currency": "USD",
            "address_id": two.buyer.address_id,
        },
    )
    assert own.status_code == 409


async def test_other_people_see_nothing(asked: Two) -> None:
    stranger = await asked.town.buyer()
    assert (await stranger.http.get(f"/commissions/{asked.id}")).status_code == 404
    for path, body in (
        ("offers", terms()),
        ("decline", {"reason": "other"}),
        ("leave", {"shown_back_minor": 0}),
        ("payment", None),
        ("milestones/1/proof", {}),
        ("milestones/1/answer", {"answer": "approve"}),
    ):
        assert (await asked.send(stranger.http, path, body)).status_code == 404
    _, _, admin = await asked.town.person(Role.ADMINISTRATOR)
    assert (await admin.get(f"/commissions/{asked.id}")).status_code == 404
    assert (await admin.get(f"/admin/commissions/{asked.id}")).status_code == 200


async def test_with_a_shop_that_has_been_closed_nothing_new_is_agreed(asked: Two) -> None:
    async def put(status: str) -> None:
        async with asked.town.database.transaction() as session:
            await session.execute(update(Shop).where(Shop.id == asked.shop.id).values(status=status))

    await asked.did(asked.artisan, "offers", terms())
    most = {"version": 1, "most_minor": 128_000}
    await put("suspended")
    try:
        for who, path, body in ((asked.artisan, "offers", terms(2)), (asked.buyer.http, "acceptance", most)):
            status, _, words = await asked.refused(who, path, body)
            assert (status, "closed at the moment" in words) == (409, True)
    finally:
        await put("approved")
    await asked.did(asked.buyer.http, "acceptance", most)


async def test_another_card_is_asked_for_only_where_a_payment_waits(asked: Two) -> None:
    status, _, words = await asked.refused(asked.buyer.http, "payment", {"another_card": True})
    assert (status, "No payment waits" in words) == (409, True)
    assert (await asked.refused(asked.buyer.http, "payment", {"another_card": "perhaps"}))[0] == 422
    assert (await asked.refused(asked.buyer.http, "payment", {"other_card": True}))[0] == 422
    assert (await asked.send(asked.artisan, "payment", {"another_card": True})).status_code == 404


async def test_lists_say_whose_turn_it_is(asked: Two) -> None:
    async def ids(who: httpx.AsyncClient, path: str, **params: str) -> list[str]:
        answer = await who.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await ids(asked.buyer.http, "/commissions") == [asked.id]
    assert await ids(asked.artisan, "/shop/commissions", waiting_on="me") == [asked.id]
    assert await ids(asked.artisan, "/shop/commissions", waiting_on="other") == []
    await asked.did(asked.artisan, "offers", terms())
    assert await ids(asked.buyer.http, "/commissions", waiting_on="me") == [asked.id]
    await asked.did(asked.buyer.http, "decline", {"reason": "too_dear"})
    assert await ids(asked.artisan, "/shop/commissions", waiting_on="ended") == [asked.id]
    assert await ids(asked.artisan, "/shop/commissions", before=asked.id) == []
    view = await asked.look(asked.artisan)
    assert view["timeline"][-1]["text"].endswith("It costs more than it should.")


async def test_who_comes_when_all_places_are_taken_waits(two: Two) -> None:
    async with two.town.database.transaction() as session:
        await capacity.put(session, two.shop.id, 1, 30)
    two.id = (await two.ask()).json()["id"]
    await two.until("requested")
    second = (await two.ask(title="Another desk")).json()
    assert (second["status"], second["is_final"], second["is_live"]) == ("place_waiting", False, True)
    assert may(second) == {"leave_waitlist"}
    two.id = second["id"]
    status, _, words = await two.refused(two.buyer.http, "decline", {"reason": "changed_mind"})
    assert (status, words) == (409, "This request waits for a place, so nothing can be done about it yet.")
    listed = (await two.buyer.http.get("/commissions")).json()["items"]
    assert [one["status"] for one in listed] == ["place_waiting", "requested"]
    async with two.town.database.transaction() as session:
        await capacity.put(session, two.shop.id, 0, 30)
    closed = await two.ask(title="A third desk")
    assert closed.status_code == 409
    assert len((await two.buyer.http.get("/commissions")).json()["items"]) == 2


async def test_work_is_shown_revised_and_approved(asked: Two) -> None:
    two, customer, artisan = asked, asked.buyer.http, asked.artisan
    await two.did(artisan, "offers", terms())
    await two.did(customer, "acceptance", {"version": 1, "most_minor": 128_000})
    await two.pay()
    await two.until("working")
    blind = await two.refused(artisan, "milestones/1/proof", {})
    assert "Add a picture" in blind[2]
    picture = commission_talk.NewPicture(two.id, two.shop.owner_id, "proof", 1, "The drawing", 8, 8, b"small", b"large")
    async with two.town.database.transaction() as session:
        await commission_talk.add_picture(session, picture)
    not_theirs = await two.refused(customer, "milestones/1/proof", {})
    assert not_theirs[0] == 403
    early = await two.refused(customer, "milestones/1/answer", {"answer": "approve"})
    assert "no proof" in early[2]

    shown = await two.did(artisan, "milestones/1/proof", {"note": "Both drawers are on the left."})
    assert shown["status"] == "in_review"
    assert shown["milestones"][0]["proofs"][0]["alt"] == "The drawing"
    own = await two.refused(artisan, "milestones/1/answer", {"answer": "approve"})
    assert own[0] == 403
    silent = await two.refused(customer, "milestones/1/answer", {"answer": "revise"})
    assert silent[0] == 422
    elsewhere = await two.refused(
        customer, "milestones/1/answer", {"answer": "revise", "note": "Mail ada@home.example"}
    )
    assert elsewhere[:2] == (409, "note")
    wish = {"answer": "revise", "note": "One drawer lower, please."}
    revised = await two.did(customer, "milestones/1/answer", wish, key="lower")
    assert (revised["status"], revised["milestones"][0]["revisions_used"]) == ("working", 1)
    assert await two.did(customer, "milestones/1/answer", wish, key="lower") == revised
    async with two.town.database.transaction() as session:
        said = [message.body for message in await commission_talk.messages(session, two.id)]
    assert said == ["Both drawers are on the left.", "One drawer lower, please."]

    seen_before = await two.refused(artisan, "milestones/1/proof", {})
    assert "Add a picture" in seen_before[2], "the customer would judge what they have judged already"
    async with two.town.database.transaction() as session:
        await commission_talk.add_picture(session, picture)
    await two.did(artisan, "milestones/1/proof", {})
    await two.did(customer, "milestones/1/answer", {"answer": "approve"})
    view = await two.until("working")
    assert [one["stage"] for one in view["milestones"]] == ["approved", "working", "planned"]
    released, held = view["plan"]["released"]["minor"], view["plan"]["held"]["minor"]
    assert released == view["milestones"][0]["held"]["minor"]
    assert released + held == view["plan"]["paid"]["minor"]
    again = await two.refused(customer, "milestones/1/answer", {"answer": "approve"})
    assert "approved already" in again[2]

    dearer = terms(2, price_minor=130_000)
    dearer["milestones"][2]["amount_minor"] = 50_000
    changed = await two.did(artisan, "changes", dearer)
    assert [(one["field"], one["milestone"]) for one in changed["change"]["differences"]] == [
        ("price", None),
        ("amount", 3),
    ]
    await two.did(customer, "changes/answer", {"version": 2, "agree": False})
    touched = terms(3, price_minor=119_000)
    touched["milestones"][0]["amount_minor"] = 19_000
    begun = await two.refused(customer, "changes", touched)
    assert begun[1] == "milestones.1"
    parting = await two.did(artisan, "end-offers", {"agreed_bp": 2_500})
    assert parting["end_offer"]["is_mine"]
    back = (await two.look(customer))["end_offer"]["consequence"]["back"]["minor"]
    await two.did(customer, "end-offers/answer", {"agreed_bp": 2_500, "agree": True})
    ended = await two.until("ended")
    assert (ended["leaving"]["ending"], ended["plan"]["back"]["minor"]) == ("agreed", back)


async def test_our_team_stops_the_clocks_lets_it_go_on_and_decides(asked: Two) -> None:
    two = asked
    await two.did(two.artisan, "offers", terms())
    await two.did(two.buyer.http, "acceptance", {"version": 1, "most_minor": 128_000})
    _, _, admin = await two.town.person(Role.ADMINISTRATOR)
    early = await admin.post(f"/admin/commissions/{two.id}/pause")
    assert early.status_code == 409
    await two.pay()
    await two.until("working")
    paused = await admin.post(f"/admin/commissions/{two.id}/pause")
    assert paused.status_code == 200, paused.text
    assert (paused.json()["status"], may(paused.json())) == ("paused", {"resume", "decide"})
    waiting = (await admin.get("/admin/commissions")).json()["items"]
    assert (two.id, "administrator") in {(one["id"], one["waiting_on"]) for one in waiting}
    number = paused.json()["number"]
    found = (await admin.get("/admin/commissions", params={"number": number})).json()["items"]
    assert [(one["id"], "title" in one) for one in found] == [(two.id, False)]
    assert (await admin.get("/admin/commissions", params={"number": "CC-"})).status_code == 422
    left = await two.refused(two.buyer.http, "leave", {"shown_back_minor": 0})
    assert "paused" in left[2]
    assert (await admin.post(f"/admin/commissions/{two.id}/resume")).json()["status"] == "working"

    early = await admin.get(f"/admin/commissions/{two.id}/decision", params={"artisan_bp": 4_000})
    assert early.status_code == 409, "only what is paused is decided"
    await admin.post(f"/admin/commissions/{two.id}/pause")
    for share in (-1, 10_001, "half"):
        bad = await admin.get(f"/admin/commissions/{two.id}/decision", params={"artisan_bp": share})
        assert bad.status_code == 422, bad.text
    shown = await admin.get(f"/admin/commissions/{two.id}/decision", params={"artisan_bp": 4_000})
    back = shown.json()["back"]["minor"]
    assert back + shown.json()["kept"]["minor"] == (await two.look(two.artisan))["plan"]["held"]["minor"]
    path, decision = f"/admin/commissions/{two.id}/decision", {"artisan_bp": 4_000, "shown_back_minor": back}
    assert (await two.buyer.http.post(path, json=decision)).status_code in {403, 404}
    stale = await admin.post(path, json={**decision, "shown_back_minor": back + 1})
    assert (stale.status_code, stale.json()["error"]["details"]["back_minor"]) == (409, back)
    assert (await admin.post(path, json=decision)).status_code == 200
    await two.until("ended")
    ended = await two.look(two.buyer.http)
    assert (ended["leaving"]["ending"], ended["plan"]["back"]["minor"]) == ("decided", back)
    assert (await admin.post(path, json=decision)).status_code == 409
