"""The artisan's desk."""

from io import BytesIO

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from PIL import Image
from sqlalchemy import func, select, update

from core.database import Database
from models.tables.catalogue import PictureRendition, Stock
from tests.api.conftest import signed_in
from tests.support.marketplace import add_listing, add_shop

DESK = "/api/v1/shop/listings"
NEW = {
    "title": "Émile's tall jug, 900 ml",
    "description": "Thrown in two parts, glazed inside and out.\n\nHolds nine hundred millilitres.",
    "category": "ceramics",
    "materials": ["stoneware", "ash glaze"],
    "dimensions": "24 × 11 cm",
    "price_minor": 8_200,
    "weight_grams": 1_100,
    "lead_time_days": 14,
    "on_hand": 3,
}


def picture(width: int = 1_200, height: int = 900, kind: str = "JPEG", mode: str = "RGB", **save: object) -> bytes:
    buffer = BytesIO()
    Image.new(mode, (width, height), "teal").save(buffer, kind, **save)
    return buffer.getvalue()


async def _upload(client: AsyncClient, listing_id: str, data: bytes, alt: str = "A jug, from the side") -> Response:
    return await client.post(
        f"{DESK}/{listing_id}/pictures", files={"file": ("jug.jpg", data, "image/jpeg")}, data={"alt": alt}
    )


async def _draft(client: AsyncClient) -> str:
    answer = await client.post(DESK, json=NEW)
    assert answer.status_code == 201, answer.text
    listing_id: str = answer.json()["id"]
    return listing_id


@pytest.fixture
async def draft(keeper: AsyncClient, listing_id: str) -> str:
    """The jug, in a shop that has the mug too (so the category exists)."""
    return await _draft(keeper)


async def test_what_a_piece_is_for_the_tax_office_is_said_once_and_kept(keeper: AsyncClient, draft: str) -> None:
    assert (await keeper.get(f"{DESK}/{draft}")).json()["tax_class"] == "standard"
    changed = await keeper.patch(f"{DESK}/{draft}", json={"tax_class": "childrens_clothing"})
    assert (changed.status_code, changed.json()["tax_class"]) == (200, "childrens_clothing")
    assert (await keeper.patch(f"{DESK}/{draft}", json={"title": "Another jug"})).json()["tax_class"] == (
        "childrens_clothing"
    )
    assert (await keeper.patch(f"{DESK}/{draft}", json={"tax_class": "livestock"})).status_code == 422


async def test_from_a_draft_to_the_shop_window(keeper: AsyncClient, client: AsyncClient, draft: str) -> None:
    written = (await keeper.get(f"{DESK}/{draft}")).json()
    assert (written["status"], written["slug"]) == ("draft", "emile-s-tall-jug-900-ml")
    assert written["price"] == {"minor": 8_200, "currency": "USD", "text": "$82.00"}
    assert (await client.get(f"/api/v1/listings/{draft}")).status_code == 404

    early = await keeper.post(f"{DESK}/{draft}/publish")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_now")
    assert (await _upload(keeper, draft, picture())).status_code == 201
    for _ in range(2):
        assert (await keeper.post(f"{DESK}/{draft}/publish")).json()["status"] == "published"

    found = (await client.get("/api/v1/listings", params={"q": "jug"})).json()["items"]
    assert [card["title"] for card in found] == [NEW["title"]]
    shown = found[0]["picture"]
    assert (shown["alt"], shown["width"], shown["height"]) == ("A jug, from the side", 1_200, 900)
    served = await client.get(f"/pictures/{shown['content_id']}/640.webp")
    with Image.open(BytesIO(served.content)) as image:
        assert (image.format, image.size) == ("WEBP", (640, 480))

    assert (await keeper.post(f"{DESK}/{draft}/withdraw")).json()["status"] == "withdrawn"
    assert (await client.get("/api/v1/listings", params={"q": "jug"})).json()["items"] == []


async def test_an_edit_is_searchable_at_once(keeper: AsyncClient, client: AsyncClient, listing_id: str) -> None:
    answer = await keeper.patch(f"{DESK}/{listing_id}", json={"title": "Celadon beaker", "price_minor": 100})
    assert (answer.json()["slug"], answer.json()["price"]["text"]) == ("celadon-beaker", "$1.00")
    assert answer.json()["description"].startswith("Thrown on the wheel")
    found = (await client.get("/api/v1/listings", params={"q": "celadon", "price_max": 100})).json()
    assert found["total"] == 1
    assert (await client.get("/api/v1/listings", params={"q": "speckled"})).json()["total"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "ab"),
        ("title", "x" * 141),
        ("title", "a\x00bc"),
        ("description", "short"),
        ("price_minor", 0),
        ("price_minor", -5),
        ("price_minor", 10**12),
        ("price_minor", "8200"),
        ("price_minor", 82.5),
        ("on_hand", -1),
        ("on_hand", 10**9),
        ("lead_time_days", 366),
        ("weight_grams", 0),
        ("materials", ["x"] * 13),
        ("materials", [""]),
        ("shop_id", "shp_other"),
    ],
)
async def test_a_listing_that_cannot_be_meant_names_its_field(keeper: AsyncClient, field: str, value: object) -> None:
    answer = await keeper.post(DESK, json={**NEW, field: value})
    assert answer.status_code == 422
    assert [name.split(".")[0] for name in answer.json()["error"]["details"]["fields"]] == [field]


async def test_an_unknown_category_is_refused(keeper: AsyncClient) -> None:
    answer = await keeper.post(DESK, json={**NEW, "category": "weapons"})
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, {"field": "category"})


async def test_another_shops_listing_is_not_there(
    app: FastAPI, database: Database, keeper: AsyncClient, listing_id: str
) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Other")
        theirs = await add_listing(session, other)
    for answer in (
        await keeper.get(f"{DESK}/{theirs}"),
        await keeper.patch(f"{DESK}/{theirs}", json={"title": "Mine now"}),
        await keeper.put(f"{DESK}/{theirs}/stock", json={"on_hand": 0}),
        await keeper.post(f"{DESK}/{theirs}/publish"),
        await keeper.post(f"{DESK}/{theirs}/withdraw"),
        await _upload(keeper, theirs, picture()),
        await keeper.put(f"{DESK}/{theirs}/pictures/order", json={"picture_ids": []}),
        await keeper.patch(f"{DESK}/{theirs}/pictures/pic_1", json={"alt": "Mine"}),
        await keeper.delete(f"{DESK}/{theirs}/pictures/pic_1"),
    ):
        assert answer.status_code == 404
    mine = (await keeper.get(DESK)).json()
    assert [line["id"] for line in mine["items"]] == [listing_id]
    assert (await (await signed_in(app, other.owner_email)).get(f"{DESK}/{theirs}")).status_code == 200


async def test_the_desk_is_for_artisans(buyer: AsyncClient, client: AsyncClient) -> None:
    assert (await client.get(DESK)).status_code == 401
    assert (await buyer.get(DESK)).status_code == 403


async def test_stock_never_falls_below_what_is_reserved(
    keeper: AsyncClient, client: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Stock).where(Stock.listing_id == listing_id).values(reserved=2))
    refused = await keeper.put(f"{DESK}/{listing_id}/stock", json={"on_hand": 1})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "stock_reserved")
    assert refused.json()["error"]["details"] == {"reserved": 2}
    told = (await keeper.put(f"{DESK}/{listing_id}/stock", json={"on_hand": 2})).json()
    assert (told["on_hand"], told["reserved"], told["available"]) == (2, 2, 0)
    assert (await client.get("/api/v1/listings", params={"in_stock": True})).json()["total"] == 0


async def test_a_repeated_creation_makes_one_listing(keeper: AsyncClient, listing_id: str) -> None:
    key = {"Idempotency-Key": "write-the-jug"}
    first = await keeper.post(DESK, json=NEW, headers=key)
    again = await keeper.post(DESK, json=NEW, headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (await keeper.get(DESK)).json()["total"] == 2


async def test_pictures_are_ordered_described_and_removed(keeper: AsyncClient, database: Database, draft: str) -> None:
    for number in range(3):
        await _upload(keeper, draft, picture(800 + number, 600), alt=f"View {number}")
    shown = (await keeper.get(f"{DESK}/{draft}")).json()["pictures"]
    ids = [one["id"] for one in shown]
    turned = await keeper.put(f"{DESK}/{draft}/pictures/order", json={"picture_ids": ids[::-1]})
    assert [one["alt"] for one in turned.json()["pictures"]] == ["View 2", "View 1", "View 0"]
    for wrong in ([], ids[:2], [*ids, ids[0]], [*ids[:2], "pic_other"]):
        assert (await keeper.put(f"{DESK}/{draft}/pictures/order", json={"picture_ids": wrong})).status_code == 422
    named = await keeper.patch(f"{DESK}/{draft}/pictures/{ids[2]}", json={"alt": "From above"})
    assert named.json()["picture"]["alt"] == "From above"
    gone = await keeper.delete(f"{DESK}/{draft}/pictures/{ids[2]}")
    assert [one["id"] for one in gone.json()["pictures"]] == [ids[1], ids[0]]
    assert (await keeper.get(f"{DESK}/pictures/{shown[2]['content_id']}/320.webp")).status_code == 404
    assert (await keeper.delete(f"{DESK}/{draft}/pictures/{ids[2]}")).status_code == 404
    assert (await keeper.patch(f"{DESK}/{draft}/pictures/{ids[2]}", json={"alt": "Gone"})).status_code == 404


async def test_a_shared_picture_outlives_one_of_its_listings(
    keeper: AsyncClient, database: Database, draft: str
) -> None:
    other = await _draft(keeper)
    shared = picture()
    told = [(await _upload(keeper, one, shared)).json()["pictures"][0] for one in (draft, other)]
    assert told[0]["content_id"] == told[1]["content_id"]
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(PictureRendition)) == 3
    await keeper.delete(f"{DESK}/{draft}/pictures/{told[0]['id']}")
    assert (await keeper.get(f"{DESK}/pictures/{told[0]['content_id']}/320.webp")).status_code == 200


async def test_the_last_picture_of_a_published_piece_stays(keeper: AsyncClient, listing_id: str) -> None:
    only = (await keeper.get(f"{DESK}/{listing_id}")).json()["pictures"][0]["id"]
    answer = await keeper.delete(f"{DESK}/{listing_id}/pictures/{only}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_now")


async def test_ten_pictures_are_enough(keeper: AsyncClient, draft: str) -> None:
    data = picture(300, 300)
    statuses = [(await _upload(keeper, draft, data)).status_code for _ in range(11)]
    assert statuses == [201] * 10 + [422]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"GIF89a not a picture", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422),
        (picture()[:2_000], 422),
        (picture(kind="GIF"), 422),
        (picture(199, 900), 422),
        (picture(9_000, 9_000, "PNG", "1"), 422),
        (picture(16_000, 16_000, "PNG", "1"), 422),
        (b"\xff\xd8" + b"x" * 8_000_001, 413),
        (b"\xff\xd8" + b"x" * 9_000_000, 413),
    ],
    ids=["empty", "text", "svg", "cut off", "gif", "small", "81 MP", "bomb", "over 8 MB", "body too large"],
)
async def test_what_is_no_fit_picture_is_refused(keeper: AsyncClient, draft: str, data: bytes, status: int) -> None:
    answer = await _upload(keeper, draft, data)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == {422: "invalid_input", 413: "too_large"}[status]
    assert (await keeper.get(f"{DESK}/{draft}")).json()["pictures"] == []


@pytest.mark.parametrize("alt", ["", "  ", "ab", "x" * 301, "two\nlines"])
async def test_a_picture_needs_words(keeper: AsyncClient, draft: str, alt: str) -> None:
    answer = await _upload(keeper, draft, picture(300, 300), alt)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]["fields"]) == ["alt"]


async def test_pictures_lose_their_metadata_and_stand_upright(keeper: AsyncClient, draft: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010E] = "taken at home"
    told = (await _upload(keeper, draft, picture(1_200, 900, exif=exif))).json()["pictures"][0]
    assert (told["width"], told["height"]) == (900, 1_200)
    served = (await keeper.get(f"{DESK}/pictures/{told['content_id']}/320.webp")).content
    assert b"taken at home" not in served
    with Image.open(BytesIO(served)) as image:
        assert image.size == (320, 427)
        assert not image.getexif()


async def test_a_transparent_picture_stands_on_white(keeper: AsyncClient, draft: str) -> None:
    clear = BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(clear, "PNG")
    told = (await _upload(keeper, draft, clear.getvalue())).json()["pictures"][0]
    served = (await keeper.get(f"{DESK}/pictures/{told['content_id']}/960.webp")).content
    with Image.open(BytesIO(served)) as image:
        assert image.size == (400, 400)
        assert image.convert("RGB").getpixel((200, 200)) == (255, 255, 255)
