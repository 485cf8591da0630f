"""Administrators set fees and plans; artisans read what holds and why; nothing reaches back."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, text

from core import clock
from core.database import Database
from models.tables.audit import AuditEntry
from models.types import Role
from tests.api.conftest import open_client
from tests.support.marketplace import Piece, TestShop, add_listing, add_person
from tests.support.signing_in import session_of

RULES = "/api/v1/admin/fee-rules"
HTML = {"accept": "text/html"}


@pytest.fixture
async def administrator(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


async def put(administrator: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await administrator.post(RULES, json=given)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fees_of(keeper: AsyncClient) -> list[tuple[str, str, int]]:
    answer = await keeper.get("/api/v1/shop/fees")
    assert answer.status_code == 200, answer.text
    return [(row["category"], row["text"], row["example"]["minor"]) for row in answer.json()["fees"]]


async def test_what_holds_is_said_with_its_reason(
    administrator: AsyncClient, keeper: AsyncClient, shop: TestShop, database: Database
) -> None:
    async with database.transaction() as session:
        await add_listing(session, shop, Piece(category="ceramics"))
    assert await fees_of(keeper) == [("", "6.5 % for every shop", 650)]
    await put(administrator, rate_bp=700)
    await put(administrator, rate_bp=600, category="ceramics")
    await put(administrator, rate_bp=500, fixed_minor=30, minimum_minor=100, currency="USD", plan="plus")
    assert await fees_of(keeper) == [("ceramics", "6 % for this category", 600), ("", "7 % for every shop", 700)]
    answer = await administrator.put(f"/api/v1/admin/shops/{shop.id}/plan", json={"plan": "plus"})
    assert answer.json() == {"shop_id": shop.id, "plan": "plus"}
    assert await fees_of(keeper) == [("", "5 % + $0.30, at least $1.00 with your plan", 530)]
    await put(administrator, rate_bp=400, shop_id=shop.id)
    assert await fees_of(keeper) == [("", "4 % agreed with your shop", 400)]
    page = await keeper.get("/studio/fees", headers=HTML)
    assert "4 % agreed with your shop" in page.text
    async with database.transaction() as session:
        noted = (await session.scalars(select(AuditEntry.action).where(AuditEntry.subject == shop.id))).all()
    assert {"shop.plan_changed", "fee_rule.set"} <= set(noted)


async def test_a_rule_ends_the_one_before_and_can_be_ended(administrator: AsyncClient, keeper: AsyncClient) -> None:
    first = (await put(administrator, rate_bp=700))["rule"]
    second = await put(administrator, rate_bp=800)
    assert second["ended"]["id"] == first["id"]
    assert second["ended"]["state"] == "over"
    ended = await administrator.post(f"{RULES}/{second['rule']['id']}/end")
    assert (ended.status_code, ended.json()["state"]) == (200, "over")
    again = await administrator.post(f"{RULES}/{second['rule']['id']}/end")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "fee_rule_over")
    assert (await administrator.post(f"{RULES}/fee_none/end")).status_code == 404
    assert await fees_of(keeper) == [("", "6.5 % for every shop", 650)]


async def test_planned_rules_do_not_overlap(administrator: AsyncClient) -> None:
    soon, later = clock.now() + timedelta(days=3), clock.now() + timedelta(days=9)
    planned = await put(administrator, rate_bp=700, since=soon.isoformat(), until=later.isoformat())
    assert planned["rule"]["state"] == "planned"
    for since, until in ((None, None), (soon - timedelta(days=1), later), (soon, None)):
        given = {"rate_bp": 600, "since": since and since.isoformat(), "until": until and until.isoformat()}
        answer = await administrator.post(RULES, json=given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "fee_rule_overlaps"), answer.text
    await put(administrator, rate_bp=600, until=soon.isoformat())
    await put(administrator, rate_bp=500, since=later.isoformat())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rate_bp": 650, "since": "2020-01-01T00:00:00Z"}, "since"),
        ({"rate_bp": 650, "fixed_minor": 30}, "currency"),
        ({"rate_bp": 650, "plan": "gold"}, "plan"),
        ({"rate_bp": 650, "category": "nothing"}, "category"),
        ({"rate_bp": 650, "shop_id": "shp_none"}, "shop_id"),
        ({"rate_bp": 650, "shop_id": "shp_none", "plan": "plus"}, "shop_id"),
    ],
)
async def test_rules_that_make_no_sense(administrator: AsyncClient, given: dict[str, Any], field: str) -> None:
    answer = await administrator.post(RULES, json=given)
    assert (answer.status_code, answer.json()["error"]["details"].get("field")) == (422, field), answer.text


@pytest.mark.parametrize("rate", [-1, 5_001, 10**30, "650", 6.5, None])
async def test_rates_that_are_none(administrator: AsyncClient, rate: object) -> None:
    assert (await administrator.post(RULES, json={"rate_bp": rate})).status_code == 422


async def test_a_rule_is_never_changed_or_deleted(administrator: AsyncClient, database: Database) -> None:
    await put(administrator, rate_bp=700)
    for statement in ("UPDATE fee_rules SET rate_bp = 1", "DELETE FROM fee_rules"):
        with pytest.raises(Exception, match="ended, never changed"):
            async with database.transaction() as session:
                await session.execute(text(statement))


async def test_the_page_sets_and_ends(administrator: AsyncClient, shop: TestShop) -> None:
    refused = await administrator.post("/admin/fees", data={"rate": "seven", "fixed": "0.30"}, headers=HTML)
    assert refused.status_code == 422
    assert "Write a percentage like 6.5" in refused.text
    assert "in which currency" in refused.text
    form = {"rate": "6,25", "fixed": "0.30", "currency": "USD", "plan": "plus", "since": "", "until": ""}
    assert (await administrator.post("/admin/fees", data=form, headers=HTML)).status_code == 303
    page = await administrator.get("/admin/fees", headers=HTML)
    assert "6.25 % + $0.30" in page.text
    (rule,) = (await administrator.get(RULES)).json()["items"]
    assert (await administrator.post(f"/admin/fees/{rule['id']}/end", headers=HTML)).status_code == 303
    assert (await administrator.post(f"/admin/fees/{rule['id']}/end", headers=HTML)).status_code == 409
    plan = {"shop": shop.id, "plan": "studio"}
    assert (await administrator.post("/admin/fees/plan", data=plan, headers=HTML)).status_code == 303
    unknown = await administrator.post("/admin/fees/plan", data={**plan, "shop": "shp_none"}, headers=HTML)
    assert (unknown.status_code, "no such shop" in unknown.text) == (404, True)


async def test_only_administrators_set_fees(keeper: AsyncClient, buyer: AsyncClient, shop: TestShop) -> None:
    for client in (keeper, buyer):
        assert (await client.post(RULES, json={"rate_bp": 0})).status_code == 403
        assert (await client.put(f"/api/v1/admin/shops/{shop.id}/plan", json={"plan": "plus"})).status_code == 403
    assert (await buyer.get("/api/v1/shop/fees")).status_code in {403, 404}
