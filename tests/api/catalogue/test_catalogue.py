"""Browsing, listings, shops, pictures."""

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import insert, update

from core.database import Database
from models.tables.catalogue import Listing, PictureRendition
from tests.support.marketplace import Piece, TestShop, add_listing, add_shop, ago


async def test_a_listing_tells_what_a_buyer_must_know(client: AsyncClient, listing_id: str, shop: TestShop) -> None:
    answer = await client.get(f"/api/v1/listings/{listing_id}")
    assert answer.status_code == 200
    told = answer.json()
    assert told["price"] == {"minor": 4_800, "currency": "USD", "text": "$48.00"}
    assert told["available"] == 5
    assert not told["one_of_a_kind"]
    assert told["shop"]["slug"] == shop.slug
    assert told["shipping"]["home_first"]["text"] == "$6.00"
    assert told["shipping"]["abroad_more"]["minor"] == 700
    assert [picture["alt"] for picture in told["pictures"]] == ["Speckled mug on a table"]
    assert "set-cookie" not in answer.headers


async def test_an_unknown_or_withdrawn_listing_is_not_found(
    client: AsyncClient, database: Database, listing_id: str
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Listing).where(Listing.id == listing_id).values(status="withdrawn"))
    for wanted in (listing_id, "lst_00000000000000000000000000", "x" * 5_000):
        answer = await client.get(f"/api/v1/listings/{wanted}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


async def test_pages_are_cut_and_counted(client: AsyncClient, database: Database, shop: TestShop) -> None:
    async with database.transaction() as session:
        for number in range(5):
            await add_listing(session, shop, Piece(title=f"Bowl {number}", published_at=ago(days=number)))
    first = (await client.get("/api/v1/listings", params={"sort": "newest", "per_page": 2})).json()
    assert [card["title"] for card in first["items"]] == ["Bowl 0", "Bowl 1"]
    assert (first["total"], first["total_is_floor"], first["pages"]) == (5, False, 3)
    last = (await client.get("/api/v1/listings", params={"sort": "newest", "per_page": 2, "page": 3})).json()
    assert [card["title"] for card in last["items"]] == ["Bowl 4"]
    beyond = (await client.get("/api/v1/listings", params={"page": 9, "per_page": 2})).json()
    assert (beyond["items"], beyond["total"]) == ([], 5)


async def test_a_shop_and_what_it_sells(client: AsyncClient, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        other = await add_shop(session, name="Third Ridge")
        await add_listing(session, other, Piece(title="Walnut board", category="woodwork"))
    shop = (await client.get(f"/api/v1/shops/{other.slug}")).json()
    assert (shop["name"], shop["story"]) == ("Third Ridge", "It began in a shed.")
    sold = (await client.get(f"/api/v1/shops/{other.slug}/listings")).json()
    assert [card["title"] for card in sold["items"]] == ["Walnut board"]
    by_query = (await client.get("/api/v1/listings", params={"shop": other.slug})).json()
    assert by_query["items"] == sold["items"]
    assert (await client.get("/api/v1/shops/nowhere/listings")).status_code == 404
    assert (await client.get("/api/v1/listings", params={"shop": "nowhere"})).status_code == 404


async def test_categories_are_listed(client: AsyncClient, listing_id: str) -> None:
    assert (await client.get("/api/v1/categories")).json() == [
        {"slug": "ceramics", "name": "Ceramics", "blurb": "All ceramics."}
    ]


async def test_queries_nobody_can_mean_are_refused_with_the_field(client: AsyncClient) -> None:
    for query, field in (
        ({"page": "0"}, "page"),
        ({"per_page": "1000"}, "per_page"),
        ({"page": "9" * 30}, "page"),
        ({"price_min": "-1"}, "price_min"),
        ({"sort": "cheapest"}, "sort"),
        ({"currency": "usd"}, "currency"),
        ({"q": "x" * 201}, "q"),
    ):
        answer = await client.get("/api/v1/listings", params=query)
        assert answer.status_code == 422, query
        assert field in answer.json()["error"]["details"]["fields"]
    answer = await client.get("/api/v1/listings", params={"price_min": 200, "price_max": 100})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"field": "price_min"}


async def test_a_picture_may_be_kept_for_ever(client: AsyncClient, database: Database, listing_id: str) -> None:
    async with database.transaction() as session:
        await session.execute(
            insert(PictureRendition).values(content_id="c0ffee", width=320, media_type="image/webp", body=b"RIFF")
        )
    answer = await client.get("/pictures/c0ffee/320.webp")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"RIFF", "image/webp")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await client.get("/pictures/c0ffee/320.webp", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for missing in ("c0ffee/640.webp", "nothing/320.webp"):
        assert (await client.get(f"/pictures/{missing}")).status_code == 404
    assert (await client.get("/pictures/c0ffee/99999999999.webp")).status_code == 422


async def test_the_home_page_shows_several_makers(app: FastAPI, database: Database) -> None:
    from api.catalogue.service import CatalogueService

    async with database.transaction() as session:
        busy, quiet = await add_shop(session, name="Busy"), await add_shop(session, name="Quiet")
        for number in range(4):
            await add_listing(session, busy, Piece(title=f"Mug {number}", published_at=ago(hours=number)))
        await add_listing(session, quiet, Piece(title="Only one", on_hand=1, published_at=ago(days=3)))
        await add_listing(session, quiet, Piece(title="Sold out", on_hand=0))
    async with database.transaction() as session:
        home = await CatalogueService(app.state.parts.reader, app.state.parts.search(session)).home()
    assert [card.title for card in home.newest] == ["Mug 0", "Mug 1", "Only one", "Mug 2", "Mug 3"]
    assert [card.title for card in home.one_of_a_kind] == ["Only one"]
    assert {shop.name for shop in home.featured_shops} == {"Busy", "Quiet"}
    assert [category.slug for category in home.categories] == ["ceramics"]
