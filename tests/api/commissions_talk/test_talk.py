"""The conversation inside a commission: who reads it, what is refused, and pictures that nobody else sees."""

from dataclasses import dataclass
from io import BytesIO

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from PIL import Image
from sqlalchemy import select

from activities.data_export import gather
from core.database import Database
from models.repositories import commission_talk, commissions
from models.repositories.commissions import NewCommission
from models.tables.commission_talk import CommissionPicture
from tests.api.conftest import signed_in
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_person


@dataclass
class Talk:
    base: str
    customer: AsyncClient
    keeper: AsyncClient
    stranger: AsyncClient


@pytest.fixture
async def talk(app: FastAPI, database: Database, shop: TestShop, keeper: AsyncClient) -> Talk:
    async with database.transaction() as session:
        customer_id, email = await add_person(session)
        _, other = await add_person(session)
        address_id = await add_address(session, customer_id)
        asked = NewCommission(shop.id, customer_id, address_id, "USD", "A desk", "Of walnut, for a niche.", 650)
        commission_id = await commissions.add(session, asked)
    base = f"/api/v1/commissions/{commission_id}"
    return Talk(base, await signed_in(app, email), keeper, await signed_in(app, other))


def jpeg(side: int = 240) -> bytes:
    buffer = BytesIO()
    made = Image.new("RGB", (side, side), "teal")
    exif = made.getexif()
    exif[0x010F] = "A camera that names its owner"
    made.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


async def upload(client: AsyncClient, talk: Talk, purpose: str = "message", data: bytes | None = None) -> str:
    files = {"file": ("a.jpg", jpeg() if data is None else data, "image/jpeg")}
    answer = await client.post(f"{talk.base}/pictures", files=files, data={"purpose": purpose})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_both_sides_write_and_see_what_was_read(talk: Talk) -> None:
    picture_id = await upload(talk.customer, talk)
    sent = await talk.customer.post(f"{talk.base}/messages", json={"text": "Like this one?", "pictures": [picture_id]})
    assert sent.status_code == 201, sent.text
    seen = (await talk.keeper.get(f"{talk.base}/messages")).json()
    assert [(one["text"], one["mine"], len(one["pictures"])) for one in seen["messages"]] == [
        ("Like this one?", False, 1)
    ]
    assert seen["unread"] == 1
    await talk.keeper.post(f"{talk.base}/messages/read", json={"up_to": seen["next_after"]})
    assert (await talk.keeper.get(f"{talk.base}/messages")).json()["unread"] == 0
    own = (await talk.customer.get(f"{talk.base}/messages")).json()["messages"][0]
    assert own["mine"] and own["read_at"] is not None


@pytest.mark.parametrize(
    "words",
    ["مرحبا، هل يمكن أن يكون أغمق؟", "שלום, אפשר כהה יותר?", "🪵🪑 schön!", "한국어로 써도 되나요?"],
    ids=["arabic", "hebrew", "emoji", "korean"],
)
async def test_every_script_comes_back_as_it_was_written(talk: Talk, words: str) -> None:
    await talk.customer.post(f"{talk.base}/messages", json={"text": words})
    assert (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"][0]["text"] == words


@pytest.mark.parametrize(
    "words", ["Write to jo@example.com", "Call +49 30 901820", "jo\u200b@example.com", "jo at mail dot example"]
)
async def test_a_way_around_the_platform_is_sent_only_after_the_warning_and_is_marked(talk: Talk, words: str) -> None:
    refused = await talk.keeper.post(f"{talk.base}/messages", json={"text": words})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "contact_leak")
    assert (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"] == []
    sent = await talk.keeper.post(f"{talk.base}/messages", json={"text": words, "confirm": True})
    assert sent.status_code == 201
    assert (await talk.customer.get(f"{talk.base}/messages")).json()["messages"][0]["leak_warned"]


async def test_the_same_message_sent_twice_is_one(talk: Talk) -> None:
    for _ in range(2):
        await talk.customer.post(
            f"{talk.base}/messages", json={"text": "Once."}, headers={"Idempotency-Key": "the-same-one"}
        )
    assert len((await talk.keeper.get(f"{talk.base}/messages")).json()["messages"]) == 1


async def test_nobody_else_reads_writes_or_looks(talk: Talk) -> None:
    picture_id = await upload(talk.customer, talk, "brief")
    for answer in (
        await talk.stranger.get(f"{talk.base}/messages"),
        await talk.stranger.post(f"{talk.base}/messages", json={"text": "Hello"}),
        await talk.stranger.get(f"{talk.base}/pictures/{picture_id}"),
        await talk.stranger.put(f"{talk.base}/quiet", json={"quiet": True}),
    ):
        assert answer.status_code == 404, answer.text
    assert (await talk.keeper.get(f"{talk.base}/pictures/{picture_id}")).status_code == 200


async def test_a_picture_loses_what_it_says_of_its_owner(talk: Talk) -> None:
    picture_id = await upload(talk.customer, talk, "brief")
    shown = await talk.keeper.get(f"{talk.base}/pictures/{picture_id}", params={"size": "small"})
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["cache-control"].startswith("private")
    assert not dict(Image.open(BytesIO(shown.content)).getexif())


async def test_a_copy_of_somebodys_data_names_where_their_pictures_open(talk: Talk, database: Database) -> None:
    picture_id = await upload(talk.customer, talk, "brief")
    async with database.transaction() as session:
        shower = await session.scalar(select(CommissionPicture.by_id).where(CommissionPicture.id == picture_id))
        assert shower is not None
        copied = (await gather(session, shower))["commissions"]
    (one,) = copied["what_you_showed"]
    assert (await talk.customer.get(one["address"])).headers["content-type"] == "image/webp"


async def test_a_picture_is_sent_once_and_by_who_uploaded_it(talk: Talk) -> None:
    picture_id = await upload(talk.customer, talk)
    theirs = await talk.keeper.post(f"{talk.base}/messages", json={"text": "Mine?", "pictures": [picture_id]})
    assert theirs.status_code == 404
    for expected in (201, 404):
        answer = await talk.customer.post(f"{talk.base}/messages", json={"text": "See", "pictures": [picture_id]})
        assert answer.status_code == expected
    assert (await talk.customer.delete(f"{talk.base}/pictures/{picture_id}")).status_code == 404


@pytest.mark.parametrize(
    ("purpose", "milestone", "status"),
    [("proof", None, 422), ("proof", "1", 403), ("brief", "1", 422), ("wish", None, 422)],
)
async def test_a_picture_for_what_it_cannot_be_for(
    talk: Talk, purpose: str, milestone: str | None, status: int
) -> None:
    files = {"file": ("a.jpg", jpeg(), "image/jpeg")}
    given = {"purpose": purpose, **({"milestone": milestone} if milestone else {})}
    answer = await talk.customer.post(f"{talk.base}/pictures", files=files, data=given)
    assert answer.status_code == status, answer.text


async def test_two_hundred_megabytes_are_refused_before_they_are_read(talk: Talk) -> None:
    answer = await talk.customer.post(
        f"{talk.base}/pictures", content=b"x", headers={"content-length": "200000000", "content-type": "image/jpeg"}
    )
    assert answer.status_code == 413


async def test_what_is_no_picture_is_refused_in_words(talk: Talk) -> None:
    files = {"file": ("a.jpg", b"%PDF-1.7 not a picture", "image/jpeg")}
    answer = await talk.customer.post(f"{talk.base}/pictures", files=files, data={"purpose": "brief"})
    assert (answer.status_code, "JPEG" in answer.json()["error"]["message"]) == (422, True), answer.text


async def test_there_is_an_end_to_pictures(talk: Talk) -> None:
    for _ in range(10):
        await upload(talk.customer, talk)
    files = {"file": ("a.jpg", jpeg(), "image/jpeg")}
    answer = await talk.customer.post(f"{talk.base}/pictures", files=files, data={"purpose": "message"})
    assert answer.status_code == 422


@pytest.mark.parametrize("words", ["\u200b\u200d\u2060", "\u202e", "   "], ids=["zero width", "turned around", "blank"])
async def test_what_nobody_can_see_is_no_message(talk: Talk, words: str) -> None:
    answer = await talk.customer.post(f"{talk.base}/messages", json={"text": words})
    assert answer.status_code == 422


async def test_no_order_to_read_backwards_is_kept(talk: Talk) -> None:
    await talk.customer.post(f"{talk.base}/messages", json={"text": "Paid \u202e00.01 DSU"})
    assert (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"][0]["text"] == "Paid 00.01 DSU"


async def test_a_long_conversation_answers_with_what_was_just_said(talk: Talk, database: Database) -> None:
    commission_id = talk.base.rsplit("/", 1)[1]
    async with database.transaction() as session:
        customer_id = (await commissions.get(session, commission_id)).customer_id
        for number in range(120):
            await commission_talk.add_message(session, commission_id, customer_id, f"m{number}", (), leak_warned=False)
    sent = (await talk.keeper.post(f"{talk.base}/messages", json={"text": "And now?"})).json()
    assert [(one["text"], one["sequence"]) for one in sent["messages"]] == [("And now?", 121)]
    assert sent["next_after"] == 121
