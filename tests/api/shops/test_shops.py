"""A shop and everything of it is hidden until an administrator approves it; the decision is made once and told."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import insert, select, update

from core.database import Database
from models.rules.letters import LetterKind
from models.tables.audit import AuditEntry
from models.tables.catalogue import Category, PictureRendition, Shop
from models.types import Role
from tests.api.conftest import open_client, signed_in
from tests.support.letters import newest_token, written
from tests.support.marketplace import PASSWORD, Piece, TestShop, add_listing, add_person, add_shop
from tests.support.signing_in import session_of

SHOP = {
    "shop_name": "Ebb & Flow",
    "craft": "ceramics",
    "story": "I throw pots by the sea, in a shed that was a boat house once.",
    "city": "Machias",
    "region": "me",
    "postal_code": "04654",
    "country": "US",
    "currency": "USD",
}
WREN = {"name": "Wren Alder", "email": "wren@example.com", "password": PASSWORD, "accept_terms": True, **SHOP}


@pytest.fixture(autouse=True)
async def ceramics(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(insert(Category).values(slug="ceramics", name="Ceramics", blurb="Clay.", position=1))


@pytest.fixture
async def administrator(app: FastAPI, database: Database) -> AsyncClient:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    return open_client(app, authorization=f"Bearer {token}")


@pytest.fixture
async def pending(database: Database) -> TestShop:
    async with database.transaction() as session:
        return await add_shop(session, name="Hidden", status="pending")


async def decide(administrator: AsyncClient, shop_id: str, *, approve: bool, reason: str = "Seen.") -> Response:
    return await administrator.post(
        f"/api/v1/admin/shops/{shop_id}/decision", json={"approve": approve, "reason": reason}
    )


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_an_artisan_registers_with_a_shop_that_waits(
    client: AsyncClient, database: Database, administrator: AsyncClient
) -> None:
    answer = await client.post("/api/v1/artisans", json=WREN)
    assert answer.status_code == 202, answer.text
    assert (await administrator.get("/api/v1/admin/shops")).json()["items"] == []  # nobody has confirmed anything yet
    token = await newest_token(database, LetterKind.VERIFY_EMAIL)
    entered = (await client.post("/api/v1/email-verifications", json={"token": token, "password": PASSWORD})).json()
    assert entered["person"]["role"] == "artisan"
    client.headers["authorization"] = f"Bearer {entered['token']}"
    own = (await client.get("/api/v1/shop")).json()
    assert (own["status"], own["shop_name"], own["region"], own["slug"]) == ("pending", "Ebb & Flow", "ME", "ebb-flow")
    assert (await client.get("/api/v1/shop/listings")).status_code == 200
    assert (await client.get("/api/v1/shops/ebb-flow")).status_code == 404
    waiting = (await administrator.get("/api/v1/admin/shops", params={"status": "pending"})).json()["items"]
    assert [(one["id"], one["owner_name"]) for one in waiting] == [(own["id"], "Wren Alder")]
    assert [kind for kind, _ in await written(database)] == ["verify_email", "shop_application_received"]


async def test_an_artisans_address_tells_nothing_either(client: AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        _, known = await add_person(session)
    unknown = await client.post("/api/v1/artisans", json=WREN)
    taken = await client.post("/api/v1/artisans", json={**WREN, "email": known})
    assert (unknown.status_code, unknown.text) == (taken.status_code, taken.text) == (202, unknown.text)
    assert await written(database) == [("verify_email", "wren@example.com"), ("already_registered", known)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("craft", "juggling"), ("country", "ZZ"), ("currency", "XXX"), ("story", "Short."), ("shop_name", " ")],
)
async def test_an_application_names_the_wrong_field(client: AsyncClient, field: str, value: str) -> None:
    answer = await client.post("/api/v1/artisans", json={**WREN, field: value})
    assert answer.status_code == 422
    details = answer.json()["error"]["details"]
    assert field in details.get("fields", {details.get("field"): ""})


async def test_a_customer_applies_with_their_own_account(buyer: AsyncClient, database: Database) -> None:
    applied = await buyer.post("/api/v1/shop", json=SHOP)
    assert applied.status_code == 201, applied.text
    assert (await buyer.get("/api/v1/me")).json()["role"] == "artisan"
    assert code_of(await buyer.post("/api/v1/shop", json=SHOP)) == (409, "shop_exists")
    async with database.transaction() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "permission.changed"))).all()
    assert [entry.details for entry in entries] == [{"from": "customer", "to": "artisan"}]


@pytest.mark.parametrize("status", ["pending", "refused", "suspended"])
async def test_nothing_of_a_shop_that_is_not_open_is_visible(
    app: FastAPI, client: AsyncClient, buyer: AsyncClient, database: Database, status: str
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session, name="Hidden", status=status)
        listing_id = await add_listing(session, shop, Piece(title="Secret bowl"))
        await session.execute(
            insert(PictureRendition).values(content_id="c0ffee", width=320, media_type="image/webp", body=b"RIFF")
        )
    hidden = [
        f"/api/v1/shops/{shop.slug}",
        f"/api/v1/shops/{shop.slug}/listings",
        f"/api/v1/listings/{listing_id}",
        f"/api/v1/listings?shop={shop.slug}",
        f"/l/{listing_id}/secret-bowl",
        f"/shops/{shop.slug}",
    ]
    for path in hidden:
        assert (await buyer.get(path)).status_code == 404, path
    assert (await client.get("/api/v1/listings?q=secret")).json()["total"] == 0
    assert (await client.get("/api/v1/listings")).json()["total"] == 0
    assert "Secret bowl" not in (await client.get("/", headers={"accept": "text/html"})).text
    assert (await buyer.post("/api/v1/cart/lines", json={"listing_id": listing_id})).status_code == 404
    seen = await client.get("/pictures/c0ffee/320.webp")
    assert seen.status_code == (200 if status == "suspended" else 404)  # old orders go on showing what was bought

    keeper = await signed_in(app, shop.owner_email)
    assert (await keeper.get(f"/api/v1/shop/listings/{listing_id}")).status_code == 200
    assert (await keeper.get("/api/v1/shop/listings/pictures/c0ffee/320.webp")).content == b"RIFF"


async def test_a_draft_is_seen_by_its_own_keeper_alone(
    app: FastAPI, client: AsyncClient, database: Database, shop: TestShop
) -> None:
    async with database.transaction() as session:
        await add_listing(session, shop, Piece(status="draft"))
        other = await add_shop(session, name="Elsewhere")
        await session.execute(
            insert(PictureRendition).values(content_id="c0ffee", width=320, media_type="image/webp", body=b"RIFF")
        )
    own = "/api/v1/shop/listings/pictures/c0ffee/320.webp"
    assert (await client.get("/pictures/c0ffee/320.webp")).status_code == 404
    assert (await client.get(own)).status_code == 401
    assert (await (await signed_in(app, other.owner_email)).get(own)).status_code == 404
    assert (await (await signed_in(app, shop.owner_email)).get(own)).status_code == 200


async def test_what_was_in_a_cart_can_not_be_bought_when_the_shop_closes(
    buyer: AsyncClient, database: Database, shop: TestShop, listing_id: str
) -> None:
    assert (await buyer.post("/api/v1/cart/lines", json={"listing_id": listing_id})).status_code == 200
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
    (group,) = (await buyer.get("/api/v1/cart")).json()["shops"]
    assert group["lines"][0]["available"] == 0
    assert (await buyer.post("/api/v1/cart/lines", json={"listing_id": listing_id})).status_code == 404


async def test_an_approval_shows_everything_that_was_prepared(
    client: AsyncClient, administrator: AsyncClient, database: Database, pending: TestShop
) -> None:
    async with database.transaction() as session:
        listing_id = await add_listing(session, pending, Piece(title="Secret bowl"))
    answer = await decide(administrator, pending.id, approve=True)
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    assert (await client.get(f"/api/v1/shops/{pending.slug}")).status_code == 200
    assert (await client.get(f"/api/v1/listings/{listing_id}")).status_code == 200
    assert (await client.get("/api/v1/listings?q=secret")).json()["total"] == 1
    assert await written(database) == [("shop_approved", pending.owner_email)]


async def test_the_first_decision_about_an_application_counts(
    administrator: AsyncClient, pending: TestShop, database: Database
) -> None:
    assert (await decide(administrator, pending.id, approve=False, reason="Tell us more.")).status_code == 200
    assert code_of(await decide(administrator, pending.id, approve=True)) == (409, "already_decided")
    assert code_of(await decide(administrator, "shp_nobody", approve=True)) == (404, "not_found")
    assert await written(database) == [("shop_refused", pending.owner_email)]
    async with database.transaction() as session:
        actions = (await session.scalars(select(AuditEntry.action).where(AuditEntry.subject == pending.id))).all()
    assert list(actions) == ["shop.refused"]


async def test_a_refused_application_is_changed_and_sent_again(
    app: FastAPI, administrator: AsyncClient, pending: TestShop
) -> None:
    keeper = await signed_in(app, pending.owner_email)
    assert code_of(await keeper.put("/api/v1/shop", json=SHOP)) == (409, "not_refused")
    await decide(administrator, pending.id, approve=False, reason="Tell us more.")
    assert (await keeper.get("/api/v1/shop")).json()["reason"] == "Tell us more."
    again = await keeper.put("/api/v1/shop", json={**SHOP, "currency": "EUR"})
    assert (again.status_code, again.json()["status"], again.json()["currency"]) == (200, "pending", "USD")
    assert (await decide(administrator, pending.id, approve=True)).status_code == 200


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.ARTISAN])
async def test_only_administrators_decide(app: FastAPI, database: Database, pending: TestShop, role: Role) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session, role)
    somebody = await signed_in(app, email)
    assert (await somebody.get("/api/v1/admin/shops")).status_code == 403
    assert (await decide(somebody, pending.id, approve=True)).status_code == 403


async def test_reading_applications_is_audited(
    administrator: AsyncClient, pending: TestShop, database: Database
) -> None:
    assert (await administrator.get("/api/v1/admin/shops")).status_code == 200
    async with database.transaction() as session:
        details = (await session.scalars(select(AuditEntry.details).where(AuditEntry.action == "data.read"))).all()
    assert list(details) == [{"what": "shop_applications", "rows": 1}]
