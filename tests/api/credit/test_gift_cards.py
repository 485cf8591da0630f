"""Buying a gift card over HTTP: only what is listed, only one's own, once; and what becomes of it in our books."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from api.process_client import ProcessClient
from core import clock
from core.database import Database
from models.errors import InvalidInput, NotNow
from models.ports import Settlement
from models.repositories import credit_grants, gift_cards, letters
from models.rules.letters import LetterKind
from models.tables.credit import GiftCard
from models.tables.letters import Letter
from models.types import Money
from tests.api.credit.conftest import Somebody, add_somebody, owed_to
from workflows.gift_card_purchase.messages import GiftCardInput

CARDS = "/api/v1/gift-cards"


def settled(gross: Money, fee: Money) -> Settlement:
    return Settlement("txn_1", gross, fee, gross - fee, datetime(2026, 11, 30, tzinfo=UTC))


async def paid_card(database: Database, buyer: str, to: str = "") -> str:
    """As the process does it, twice: a step whose answer got lost is tried again."""
    usd = Money(5_000, "USD")
    async with database.transaction() as session:
        card_id = await gift_cards.want(session, buyer, usd, to)
        await gift_cards.page_opened(session, card_id, f"cs_{card_id}", "https://pay.example/1")
    for _ in range(2):
        async with database.transaction() as session:
            await gift_cards.sell(session, card_id, "pi_1", settled(usd, Money(175, "USD")), clock.now())
    return card_id


async def codes(database: Database, buyer: str) -> list[str]:
    """Of every letter, the oldest first."""
    async with database.transaction() as session:
        ids = (await session.scalars(select(Letter.id).where(Letter.person_id == buyer).order_by(Letter.id))).all()
        found = [await letters.find(session, one) for one in ids]
    return [gift_cards.code_of(database.keys, one.row) for one in found if one and one.row.key_id]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[GiftCardInput]:
    """The purchases that were handed to their process."""
    found: list[GiftCardInput] = []

    async def note(_self: ProcessClient, start: GiftCardInput) -> str:
        found.append(start)
        return "cs_1"

    monkeypatch.setattr(ProcessClient, "buy_gift_card", note)
    return found


async def test_two_clicks_are_one_card(somebody: Somebody, begun: list[GiftCardInput]) -> None:
    asked = {"currency": "USD", "amount_minor": 5_000, "to": "friend@example.com"}
    first, second = [await somebody.http.post(CARDS, json=asked) for _ in range(2)]
    assert first.status_code == second.status_code == 201, first.text
    assert len({one.card_id for one in begun}) == 1
    assert first.json()["redirect_url"].endswith(f"/gift-cards/{begun[0].card_id}")
    assert "friend" not in repr(begun)


@pytest.mark.parametrize("asked", [(5_001, "USD"), (4_000, "USD"), (1, "JPY"), (5_000, "GBP")])
async def test_what_is_not_listed_is_not_sold(
    somebody: Somebody, begun: list[GiftCardInput], asked: tuple[int, str]
) -> None:
    minor, currency = asked
    answer = await somebody.http.post(CARDS, json={"currency": currency, "amount_minor": minor})
    assert answer.status_code == 422, answer.text
    assert begun == []


async def test_somebody_elses_card_is_not_there(app: FastAPI, database: Database, somebody: Somebody) -> None:
    card_id = await paid_card(database, (await add_somebody(app, database)).id)
    assert (await somebody.http.get(f"{CARDS}/{card_id}")).status_code == 404
    assert (await somebody.http.post(f"{CARDS}/{card_id}/new-code")).status_code == 404
    assert (await somebody.http.get(CARDS)).json() == []


async def test_its_code_is_worth_what_was_paid_once(app: FastAPI, database: Database, somebody: Somebody) -> None:
    buyer = await add_somebody(app, database)
    card_id = await paid_card(database, buyer.id, "friend@example.com")
    [code] = await codes(database, buyer.id)
    assert [card["status"] for card in (await buyer.http.get(CARDS)).json()] == ["open"]
    assert (await redeem(somebody.http, code)) == 201
    assert (await redeem(buyer.http, code)) == 422
    assert await owed_to(database, somebody.id) == 5_000
    async with database.transaction() as session:
        row = await gift_cards.find(session, card_id)
        card = await session.get_one(GiftCard, card_id)
        kinds = (await session.scalars(select(Letter.kind).where(Letter.person_id == buyer.id))).all()
    assert (row.state, row.recipient_sealed, row.redirect_url) == ("paid", None, None)
    assert code not in card.code_hash
    assert LetterKind.GIFT_CARD_FOR_YOU.value in kinds


async def test_a_new_code_voids_the_old_one(app: FastAPI, database: Database, somebody: Somebody) -> None:
    buyer = await add_somebody(app, database)
    card_id = await paid_card(database, buyer.id)
    async with database.transaction() as session:
        await gift_cards.renew_code(session, card_id, clock.now())
    old, new = sorted(await codes(database, buyer.id), key=lambda one: one)
    answers = {await redeem(somebody.http, old), await redeem(somebody.http, new)}
    assert answers == {201, 422}
    async with database.transaction() as session:
        with pytest.raises(NotNow):
            await gift_cards.renew_code(session, card_id, clock.now())


async def test_what_was_paid_for_is_not_taken_back_and_what_was_not_is_worth_nothing(
    database: Database, somebody: Somebody
) -> None:
    card_id = await paid_card(database, somebody.id)
    async with database.transaction() as session:
        with pytest.raises(NotNow):
            await credit_grants.block(session, card_id, somebody.id)
        unpaid = await gift_cards.want(session, somebody.id, Money(2_500, "USD"), "")
        await gift_cards.close(session, unpaid, clock.now())
        assert await session.get(GiftCard, unpaid) is None
        with pytest.raises(InvalidInput):
            await gift_cards.want(session, somebody.id, Money(5_000, "JPY") * 7, "")


async def redeem(http: AsyncClient, code: str) -> int:
    return (await http.post("/api/v1/me/credit/redemptions", json={"code": code})).status_code


async def test_the_pages_show_what_is_sold_and_where_a_card_stands(app: FastAPI, database: Database) -> None:
    buyer = await add_somebody(app, database)
    card_id = await paid_card(database, buyer.id)
    pages = {path: await buyer.http.get(path) for path in ("/gift-cards", f"/gift-cards/{card_id}", "/account/credit")}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert "$100.00" in pages["/gift-cards"].text
    assert "Make a new code" in pages[f"/gift-cards/{card_id}"].text
    assert card_id in pages["/account/credit"].text
