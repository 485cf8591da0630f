"""A story stands in public with both sides' word alone, as both have seen it, and no longer than either wants it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import text, update

from core import clock
from core.database import Database
from models.repositories import privacy_erasing
from models.repositories.privacy_sections import SECTIONS
from models.tables.catalogue import Shop
from tests.api.conftest import open_client, signed_in
from tests.support.letters import written
from tests.support.marketplace import TestShop, add_person
from tests.support.storied import add_tellable


@dataclass
class Scene:
    base: str
    pictures: list[str]
    shop: TestShop
    customer_id: str
    customer: AsyncClient
    keeper: AsyncClient
    stranger: AsyncClient
    public: AsyncClient

    def words(self, title: str = "A desk for a niche", *pictures: str) -> dict[str, Any]:
        chosen = pictures or tuple(self.pictures[:2])
        told = [{"id": one, "caption": f"Step {number}"} for number, one in enumerate(chosen, 1)]
        return {"title": title, "text": "It began with a plank.", "pictures": told}

    async def offered(self, title: str = "A desk for a niche") -> int:
        draft = (await self.keeper.put(self.base, json=self.words(title))).json()["draft"]
        answer = await self.keeper.post(f"{self.base}/offer", json={"version": draft["version"]})
        assert answer.status_code == 200, answer.text
        return int(draft["version"])

    async def shown(self, named: str = "not_at_all") -> str:
        """Its id in public."""
        given = {"version": await self.offered(), "named": named}
        answer = await self.customer.post(f"{self.base}/consent", json=given)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["public_path"]).removeprefix("/made/")


@pytest.fixture
async def scene(app: FastAPI, database: Database, shop: TestShop, keeper: AsyncClient) -> Scene:
    async with database.transaction() as session:
        done, pictures = await add_tellable(session, shop)
        _, other = await add_person(session)
    customer, stranger = await signed_in(app, done.customer_email), await signed_in(app, other)
    base = f"/api/v1/commissions/{done.id}/story"
    return Scene(base, pictures, shop, done.customer_id, customer, keeper, stranger, open_client(app))


async def test_with_both_words_it_stands_in_public_without_a_name(scene: Scene, database: Database) -> None:
    before = (await scene.public.get("/api/v1/stories", params={"shop": scene.shop.slug})).json()
    assert before["items"] == []
    story_id = await scene.shown()
    told = await scene.public.get(f"/api/v1/stories/{story_id}")
    body = told.json()
    assert (body["title"], body["made_for"]) == ("A desk for a niche", "")
    assert [one["caption"] for one in body["pictures"]] == ["Step 1", "Step 2"]
    assert told.headers["cache-control"] == "no-store"
    picture = await scene.public.get(body["pictures"][0]["src"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert picture.headers["cache-control"] == "no-store" and "etag" not in picture.headers
    listed = (await scene.public.get("/api/v1/stories", params={"shop": scene.shop.slug})).json()
    assert [one["id"] for one in listed["items"]] == [story_id]
    kinds = [kind for kind, _ in await written(database)]
    assert kinds[-2:] == ["story_offered", "story_agreed"]


@pytest.mark.parametrize("side", ["customer", "keeper"])
async def test_whoever_takes_it_back_page_and_pictures_are_gone_at_once(scene: Scene, side: str) -> None:
    story_id = await scene.shown()
    src = (await scene.public.get(f"/api/v1/stories/{story_id}")).json()["pictures"][0]["src"]
    client: AsyncClient = getattr(scene, side)
    assert (await client.post(f"{scene.base}/withdraw")).status_code == 200
    for address in (f"/api/v1/stories/{story_id}", src, f"/made/{story_id}"):
        gone = await scene.public.get(address, headers={"if-none-match": "*"})
        assert gone.status_code == 404, address
    assert (await scene.public.get("/api/v1/stories", params={"shop": scene.shop.slug})).json()["items"] == []


async def test_consent_is_to_what_was_read_and_to_nothing_newer(scene: Scene) -> None:
    read = await scene.offered()
    newer = await scene.offered("A desk, and who wanted it")
    late = await scene.customer.post(f"{scene.base}/consent", json={"version": read})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "not_now")
    assert "changed since you looked" in late.json()["error"]["message"]
    assert (await scene.customer.post(f"{scene.base}/consent", json={"version": newer})).status_code == 200


async def test_consent_and_a_new_offer_at_once_show_only_what_was_read(scene: Scene) -> None:
    read = await scene.offered()
    draft = (await scene.keeper.put(scene.base, json=scene.words("Another title"))).json()["draft"]["version"]
    agreed, asked = await asyncio.gather(
        scene.customer.post(f"{scene.base}/consent", json={"version": read}),
        scene.keeper.post(f"{scene.base}/offer", json={"version": draft}),
    )
    assert asked.status_code == 200
    shown = (await scene.customer.get(scene.base)).json()["shown"]
    assert (shown["title"] if shown else None) == ("A desk for a niche" if agreed.status_code == 200 else None)


async def test_what_was_agreed_stays_shown_until_the_change_is_agreed_too(scene: Scene) -> None:
    story_id = await scene.shown()
    newer = await scene.offered("A better title")
    address = f"/api/v1/stories/{story_id}"
    assert (await scene.public.get(address)).json()["title"] == "A desk for a niche"
    await scene.customer.post(f"{scene.base}/decline", json={"version": newer})
    assert (await scene.public.get(address)).json()["title"] == "A desk for a niche"
    newest = await scene.offered("A title that fits")
    await scene.customer.post(f"{scene.base}/consent", json={"version": newest, "named": "first_name"})
    seen = (await scene.public.get(address)).json()
    assert seen["title"] == "A title that fits" and seen["made_for"] and " " not in seen["made_for"]
    await scene.customer.post(f"{scene.base}/consent", json={"version": newest})
    assert (await scene.public.get(address)).json()["made_for"] == ""


async def test_a_declined_offer_comes_again_only_changed_and_three_times_at_most(scene: Scene) -> None:
    for title in ("One", "Two", "Three"):
        version = await scene.offered(title)
        assert (await scene.customer.post(f"{scene.base}/decline", json={"version": version})).status_code == 200
        same = await scene.keeper.post(f"{scene.base}/offer", json={"version": version})
        assert same.status_code == 409
    refused = await scene.keeper.put(scene.base, json=scene.words("Four"))
    assert refused.status_code == 409 and "asked 3 times" in refused.json()["error"]["message"]


async def test_only_pictures_of_approved_work_can_be_told(scene: Scene) -> None:
    for hidden in scene.pictures[2:]:
        refused = await scene.keeper.put(scene.base, json=scene.words("A desk", scene.pictures[0], hidden))
        assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "pictures")
    story_id = await scene.shown()
    for hidden in scene.pictures[2:]:
        assert (await scene.public.get(f"/api/v1/stories/{story_id}/pictures/{hidden}")).status_code == 404
    twice = await scene.keeper.put(scene.base, json=scene.words("A desk", scene.pictures[0], scene.pictures[0]))
    assert twice.status_code == 422


async def test_nobody_else_sees_or_answers_and_neither_side_speaks_for_the_other(scene: Scene) -> None:
    version = await scene.offered()
    for step, body in (("consent", {"version": version}), ("decline", {"version": version}), ("withdraw", {})):
        assert (await scene.stranger.post(f"{scene.base}/{step}", json=body)).status_code == 404
    assert (await scene.stranger.get(scene.base)).status_code == 404
    assert (await scene.keeper.post(f"{scene.base}/consent", json={"version": version})).status_code == 409
    assert (await scene.customer.put(scene.base, json=scene.words())).status_code == 403
    assert (await scene.customer.get(scene.base)).json()["choosable"] == []


async def test_a_draft_is_its_writers_alone(scene: Scene, database: Database) -> None:
    await scene.keeper.put(scene.base, json=scene.words("Not for anybody yet"))
    assert "Not for anybody yet" not in (await scene.customer.get(scene.base)).text
    section = next(one for one in SECTIONS if one.name == "commissions")
    async with database.transaction() as session:
        assert (await section.read(session, scene.customer_id))["stories"] == []
        assert len((await section.read(session, scene.shop.owner_id))["stories"]) == 1


async def test_before_its_end_nothing_is_told(app: FastAPI, database: Database, scene: Scene) -> None:
    async with database.transaction() as session:
        done, pictures = await add_tellable(session, scene.shop, "working")
    told = {**scene.words(), "pictures": [{"id": pictures[0]}]}
    refused = await scene.keeper.put(f"/api/v1/commissions/{done.id}/story", json=told)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_now")


@pytest.mark.parametrize("status", ["suspended", "refused"])
async def test_a_shop_that_is_not_open_tells_nothing(scene: Scene, database: Database, status: str) -> None:
    story_id = await scene.shown()
    src = (await scene.public.get(f"/api/v1/stories/{story_id}")).json()["pictures"][0]["src"]
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == scene.shop.id).values(status=status))
    for address in (f"/api/v1/stories/{story_id}", src):
        assert (await scene.public.get(address)).status_code == 404


@pytest.mark.parametrize("side", ["customer", "artisan"])
async def test_an_erasure_of_either_takes_it_away(scene: Scene, database: Database, side: str) -> None:
    story_id = await scene.shown("first_name")
    src = (await scene.public.get(f"/api/v1/stories/{story_id}")).json()["pictures"][0]["src"]
    person_id = scene.customer_id if side == "customer" else scene.shop.owner_id
    async with database.transaction() as session:
        assert await privacy_erasing.lock(session, person_id)
        await privacy_erasing.erase_person(session, person_id, f"erasure-{person_id}-1", clock.now())
    for address in (f"/api/v1/stories/{story_id}", src, f"/made/{story_id}"):
        assert (await scene.public.get(address)).status_code == 404
    async with database.transaction() as session:
        left = await session.execute(text("SELECT state, words_sealed, picture_ids, named FROM commission_stories"))
        assert [tuple(row) for row in left] == [("withdrawn", None, [], "not_at_all")]


@pytest.mark.parametrize("words", ["قصة طاولة", "🪵 A desk", "A\u200bdesk"], ids=["arabic", "emoji", "zero width"])
async def test_every_script_is_told_as_it_was_written(scene: Scene, words: str) -> None:
    version = await scene.offered(words)
    await scene.customer.post(f"{scene.base}/consent", json={"version": version})
    listed = (await scene.public.get("/api/v1/stories", params={"shop": scene.shop.slug})).json()
    assert [one["title"] for one in listed["items"]] == [words]


@pytest.mark.parametrize(
    "spoilt",
    [{"title": ""}, {"title": "\u200b"}, {"text": " "}, {"pictures": []}, {"title": "x" * 121}, {"price": 4}],
    ids=["no title", "an unseen title", "no text", "no pictures", "a long title", "more than asked"],
)
async def test_what_cant_be_told_is_refused(scene: Scene, spoilt: dict[str, Any]) -> None:
    assert (await scene.keeper.put(scene.base, json={**scene.words(), **spoilt})).status_code == 422
