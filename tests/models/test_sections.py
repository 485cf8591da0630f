"""A person's own copy holds what they have everywhere, opened, and nobody's secrets."""

import json

import pytest
from sqlalchemy import insert

from activities.data_export import gather
from core import clock
from core.database import Database
from models.repositories import identities, letters, payout_accounts, privacy_consents
from models.repositories.payout_accounts import BankAccount
from models.rules.consents import Purpose
from models.tables.factors import CodeSecret, RecoveryCode
from tests.support.buying import add_address
from tests.support.marketplace import TestShop, add_listing, add_shop
from tests.support.orders import PaidOrder, add_paid_order
from tests.support.signing_in import session_of

IBAN = "DE89370400440532013000"


@pytest.fixture
async def keeper(database: Database) -> tuple[TestShop, PaidOrder]:
    """An artisan with everything that one may have, and somebody who bought from them."""
    async with database.transaction() as session:
        shop = await add_shop(session)
        listing_id = await add_listing(session, shop)
        order = await add_paid_order(session, shop, {listing_id: 1})
        person_id, now = shop.owner_id, clock.now()
        await add_address(session, person_id)
        await session_of(session, person_id)
        await letters.write(session, "new_sign_in", person_id)
        await privacy_consents.record(session, person_id, {Purpose.NEWSLETTER: True}, "account", now)
        await payout_accounts.save(session, shop.id, person_id, BankAccount("Wren Alder", iban=IBAN), now)
        await identities.link(
            session, person_id, "lantern", issuer="https://l.example", subject="s", email="wren@l.example", now=now
        )
        await session.execute(insert(CodeSecret).values(user_id=person_id, state="active", sealed=b"shared-secret"))
        await session.execute(insert(RecoveryCode).values(user_id=person_id, code_hash="hash-of-a-code"))
    return shop, order


async def test_it_holds_what_a_maker_has_and_nothing_of_whom_they_sold_to(
    database: Database, keeper: tuple[TestShop, PaidOrder]
) -> None:
    shop, order = keeper
    async with database.transaction() as session:
        files = await gather(session, shop.owner_id)
    text = json.dumps(files)
    assert files["account"]["account"]["email"] == shop.owner_email
    assert files["shop"]["payout_account"]["iban"] == IBAN
    assert files["sign_ins"]["outside_accounts"][0]["email"] == "wren@l.example"
    assert [sale["id"] for sale in files["shop"]["sales"]] == [order.id]
    assert files["shop"]["books"]
    for hidden in ("shared-secret", "hash-of-a-code", "sealed", "_hash", order.buyer_id, order.buyer_email):
        assert hidden not in text, hidden
    assert "1 Mill Lane" not in json.dumps(files["shop"]), "a sale tells no address"


async def test_a_buyers_copy_tells_their_order_and_nothing_of_others(
    database: Database, keeper: tuple[TestShop, PaidOrder]
) -> None:
    shop, order = keeper
    async with database.transaction() as session:
        files = await gather(session, order.buyer_id)
    assert [one["id"] for one in files["orders"]["orders"]] == [order.id]
    assert files["buying"]["payments"][0]["intent_id"] == order.intent_id
    assert files["shop"] == {}
    assert shop.owner_email not in json.dumps(files)
    assert shop.owner_id not in json.dumps(files)
