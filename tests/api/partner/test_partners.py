"""Partners with a token: each within what its client is bound to, and not a step further."""

import asyncio
import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from core import clock
from models.repositories import oauth_clients
from models.tables.oauth import OAuthClient
from models.tables.orders import Order
from tests.api.partner.conftest import SECRET, Partners
from tests.api.webhooks.conftest import TRACKING
from tests.support.marketplace import add_listing, add_shop
from tests.support.orders import add_paid_order


async def test_a_courier_reports_on_its_own_parcel_and_the_process_hears(partners: Partners) -> None:
    await partners.door.label(attempt=1)
    token = await partners.token(partners.courier_id)
    answers = [await partners.report(token, TRACKING) for _ in range(2)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"received":true}')}
    (row,) = await partners.door.settle()
    assert (row.source, row.subject, row.type, row.attempt) == ("courier:swift", TRACKING, "delivered", 1)
    assert partners.door.processes.completed == [(partners.door.order.id, "par_swift", 1, "delivered")]


async def test_a_report_and_a_signed_callback_are_one_event(partners: Partners) -> None:
    await partners.door.label(attempt=1)
    token = await partners.token(partners.courier_id)
    answers = await asyncio.gather(*(partners.report(token, TRACKING, location="Albany") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    (row,) = await partners.door.settle()
    assert row.payload["location"] == "Albany"


@pytest.mark.parametrize(
    ("attempt", "tracking", "changes", "status", "code"),
    [
        (1, "SW999", {}, 404, "not_found"),
        (0, TRACKING, {}, 409, "not_handed_over"),
        (1, TRACKING, {"attempt": 2}, 409, "conflict"),
        (1, TRACKING, {"attempt": 0}, 422, "invalid_input"),
        (1, TRACKING, {"type": "eaten_by_a_dog"}, 422, "invalid_input"),
        (1, TRACKING, {"occurred_at": "2026-11-22T10:00:00"}, 422, "invalid_input"),
        (1, TRACKING, {"id": "e" * 101}, 422, "invalid_input"),
        (1, TRACKING, {"courier": "hearth"}, 422, "invalid_input"),
    ],
)
async def test_what_can_not_be_meant_is_refused(
    partners: Partners, attempt: int, *, tracking: str, changes: dict[str, object], status: int, code: str
) -> None:
    await partners.door.label(attempt=attempt)
    answer = await partners.report(await partners.token(partners.courier_id), tracking, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await partners.door.rows() == []


async def test_another_couriers_parcel_is_like_one_that_is_not_there(partners: Partners) -> None:
    await partners.door.label(attempt=1, courier="hearth", tracking="HE1")
    token = await partners.token(partners.courier_id)
    theirs, nobodys = await partners.report(token, "HE1"), await partners.report(token, "HE2")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["error"]["message"] == nobodys.json()["error"]["message"]
    assert await partners.door.rows() == []


async def test_customer_records_see_their_shops_orders_and_nobodys_name(partners: Partners) -> None:
    order = partners.door.order
    async with partners.door.database.transaction() as session:
        other = await add_shop(session, name="Loom Hill")
        await add_paid_order(session, other, {await add_listing(session, other): 1})
    answer = await partners.orders(await partners.token(partners.crm_id))
    (shown,) = answer.json()["items"]
    assert (shown["id"], shown["status"]) == (order.id, "awaiting_acceptance")
    assert shown["totals"]["total"] == {"minor": order.total_minor, "currency": "USD", "text": "$108.16"}
    assert set(shown) == {"id", "number", "status", "placed_at", "ship_by", "totals"}
    for personal in ("Ada", "Byron", order.buyer_id, order.buyer_email, "Mill Lane", "12207"):
        assert personal not in json.dumps(answer.json())


async def test_customer_records_read_page_by_page_and_miss_nothing(
    partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.partner import routes

    monkeypatch.setattr(routes, "PER_PAGE", 2)
    async with partners.door.database.transaction() as session:
        shop = partners.door.order.shop
        listing_id = await add_listing(session, shop)
        ids = [partners.door.order.id, *[(await add_paid_order(session, shop, {listing_id: 1})).id for _ in range(4)]]
        await session.execute(
            update(Order).where(Order.id == ids[0]).values(created_at=clock.now() - timedelta(days=9))
        )
    token = await partners.token(partners.crm_id)
    seen, after = [], ""
    while True:
        page = (await partners.orders(token, after=after)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == ids
    recent = await partners.orders(token, placed_since=(clock.now() - timedelta(days=1)).isoformat())
    assert [one["id"] for one in recent.json()["items"]] == ids[1:3]
    for wrong in ({"after": "'; drop table orders"}, {"placed_since": "yesterday"}):
        assert (await partners.orders(token, **wrong)).status_code == 422


async def test_each_kind_has_its_own_scope(partners: Partners) -> None:
    courier, crm = await partners.token(partners.courier_id), await partners.token(partners.crm_id)
    await partners.door.label(attempt=1)
    for answer in (await partners.orders(courier), await partners.report(crm, TRACKING)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_scope")
        assert answer.headers["www-authenticate"].startswith('Bearer error="insufficient_scope"')
    for asked in ("orders:read", "parcels:report shop", "openid"):
        refused = await partners.ask(partners.courier_id, scope=asked)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("sent", "auth", "status", "error"),
    [
        ({}, (None, "wrong"), 401, "invalid_client"),
        ({}, ("cli_nobody", SECRET), 401, "invalid_client"),
        ({"client_secret": "own"}, None, 401, "invalid_client"),
        ({"client_id": "own"}, None, 401, "invalid_client"),
        ({}, None, 401, "invalid_client"),
        ({"client_id": "own", "client_secret": "own"}, (None, "own"), 400, "invalid_request"),
        ({"client_id": "cli_other"}, (None, "own"), 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, (None, "own"), 400, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, (None, "own"), 400, "invalid_client"),
        ({"grant_type": ""}, (None, "own"), 400, "unsupported_grant_type"),
    ],
)
async def test_a_client_that_does_not_prove_itself_gets_nothing(
    partners: Partners, sent: dict[str, str], auth: tuple[str | None, str] | None, status: int, error: str
) -> None:
    own = {"client_id": partners.courier_id, "client_secret": SECRET + partners.courier_id}
    form = {"grant_type": "client_credentials"} | {k: own[k] if v == "own" else v for k, v in sent.items()}
    if auth is not None:
        name, secret = auth
        given = (name or partners.courier_id, own["client_secret"] if secret == "own" else secret)
        answer = await partners.http.post("/oauth/token", data=form, auth=given)
    else:
        answer = await partners.http.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_header_that_nobody_can_read_is_no_proof(partners: Partners) -> None:
    for header in ("Basic", "Basic é", "Basic %%%", "Basic /w==", "Basic bm9jb2xvbg=="):
        answer = await partners.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers=[(b"authorization", header.encode())],
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_what_an_administrator_takes_away_is_gone_at_once(partners: Partners) -> None:
    token = await partners.token(partners.crm_id)
    async with partners.door.database.transaction() as session:
        await session.execute(update(OAuthClient).where(OAuthClient.id == partners.crm_id).values(scopes=["none"]))
    assert (await partners.orders(token)).status_code == 403
    async with partners.door.database.transaction() as session:
        await oauth_clients.revoke(session, partners.crm_id, clock.now())
    answer = await partners.orders(token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_token")
    assert (await partners.ask(partners.crm_id)).status_code == 401


async def test_a_token_lives_for_ten_minutes(partners: Partners) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        token = await partners.token(partners.crm_id)
        moment.shift(timedelta(minutes=9, seconds=59))
        assert (await partners.orders(token)).status_code == 200
        moment.shift(timedelta(seconds=1))
        assert (await partners.orders(token)).status_code == 401
