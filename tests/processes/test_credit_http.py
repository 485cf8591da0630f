"""Buying with store credit over HTTP, on real servers: all of it, a part of it, given back, refunded."""

import asyncio

from sqlalchemy import select

from models.repositories import ledger, store_credit
from models.rules.bookkeeping import AccountKind, PostingKind
from models.rules.credit_postings import credit_granted
from models.tables.ledger import Account, Entry, Posting
from models.tables.selling import Payment
from models.types import Money, new_id
from tests.support.running import Buyer, Market


async def grant(town: Market, buyer: Buyer, minor: int) -> None:
    async with town.database.transaction() as session:
        entries = credit_granted(buyer.id, Money(minor, "USD"))
        await ledger.post(session, f"grant/{new_id('grt')}", PostingKind.CREDIT_GRANTED, buyer.id, entries)


async def left(town: Market, buyer: Buyer) -> int:
    async with town.database.transaction() as session:
        return (await store_credit.available(session, buyer.id, "USD")).minor


async def booked(town: Market, checkout_id: str) -> dict[str, int]:
    async with town.database.transaction() as session:
        rows = await session.execute(
            select(Account.kind, Entry.amount_minor)
            .join(Entry, Entry.account_id == Account.id)
            .join(Posting, Posting.id == Entry.posting_id)
            .where(Posting.reference == checkout_id)
        )
        found: dict[str, int] = {}
        for kind, minor in rows:
            found[kind] = found.get(kind, 0) + minor
        return found


async def test_credit_for_all_of_it_is_an_order_at_once(town: Market, buyer: Buyer, mug: str) -> None:
    await grant(town, buyer, 50_000)
    await buyer.fill({mug: 1})
    sessions = await town.sessions()
    preview = (await buyer.http.get("/checkouts/preview", params={"address_id": buyer.address_id})).json()
    assert preview["credit"] == preview["total"]
    assert preview["left_to_pay"]["minor"] == 0
    total = preview["total"]["minor"]
    placed = await buyer.place(expected_total_minor=total, credit_minor=total)
    assert (placed["payment_id"], placed["credit"]["minor"]) == ("", total)
    assert placed["redirect_url"] == f"{town.url}/checkout/{placed['checkout_id']}/return"
    view = await buyer.until(placed["checkout_id"], "paid")
    assert [line["what"] for line in view["timeline"]] == ["checkout_placed", "paid_with_credit", "checkout_paid"]
    assert len(view["orders"]) == 1
    assert await left(town, buyer) == 50_000 - total
    assert await town.sessions() == sessions
    assert (await booked(town, placed["checkout_id"]))[AccountKind.STORE_CREDIT] == total
    assert AccountKind.PROVIDER_PENDING not in await booked(town, placed["checkout_id"])

    order = view["orders"][0]["id"]
    assert (await buyer.http.post(f"/orders/{order}/cancellation", json={})).status_code in {200, 202}

    async def back() -> int:
        return (await left(town, buyer)) == 50_000

    for _ in range(100):
        if await back():
            break
        await asyncio.sleep(0.2)
    assert await left(town, buyer) == 50_000


async def test_the_card_pays_what_credit_leaves(town: Market, buyer: Buyer, mug: str) -> None:
    await grant(town, buyer, 1_000)
    await buyer.fill({mug: 1})
    preview = (await buyer.http.get("/checkouts/preview", params={"address_id": buyer.address_id})).json()
    assert preview["credit"]["minor"] == 1_000
    total = preview["total"]["minor"]
    placed = await buyer.place(expected_total_minor=total, credit_minor=1_000)
    assert await left(town, buyer) == 0
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    async with town.database.transaction() as session:
        payment = await session.get_one(Payment, placed["checkout_id"])
    assert payment.amount_minor == total - 1_000
    settled = await town.provider(f"balance_transactions/{payment.balance_transaction_id}")
    assert settled["amount"] == total - 1_000
    found = await booked(town, placed["checkout_id"])
    assert (found[AccountKind.STORE_CREDIT], found[AccountKind.PROVIDER_PENDING]) == (1_000, settled["net"])


async def test_a_checkout_that_is_given_up_gives_the_credit_back(town: Market, buyer: Buyer, mug: str) -> None:
    await grant(town, buyer, 1_000)
    await buyer.fill({mug: 1})
    placed = await buyer.place(credit_minor=1_000)
    assert await left(town, buyer) == 0
    answer = await buyer.http.post(f"/checkouts/{placed['checkout_id']}/abandon")
    assert answer.json()["status"] == "abandoned"
    assert await left(town, buyer) == 1_000


async def test_more_than_there_is_says_what_is_left_and_keeps_the_cart(town: Market, buyer: Buyer, mug: str) -> None:
    await grant(town, buyer, 1_000)
    await buyer.fill({mug: 1})
    refused = await buyer.try_to_place(credit_minor=1_001)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "credit_changed")
    assert refused.json()["error"]["details"]["available_minor"] == 1_000
    assert (await buyer.try_to_place(credit_minor=-1)).status_code == 422
    assert (await buyer.http.get("/cart")).json()["status"] == "open"
    assert await left(town, buyer) == 1_000
    placed = await buyer.place(credit_minor=1_000)
    assert placed["credit"]["minor"] == 1_000
