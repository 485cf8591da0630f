"""A withdrawal through every real part: the API, the processes, Stripe's own SDK, the provider's account page and its
webhooks; with answers that get lost on the way."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from core import clock
from core.database import Database
from models.repositories import ledger_balances
from models.rules.bookkeeping import AccountKind
from models.tables.payouts import ConnectedAccount, PayoutAccount
from tests.support.marketplace import TestShop
from tests.support.payouts import earn
from tests.support.running import Buyer, Json, Market, patiently
from tests.support.signing_in import session_of

EARNED = 4_000
GOOD = {"kind": "us", "holder": "Wren Alder", "routing_number": "110000000", "account_number": "000123456789"}
CLOSED = {**GOOD, "account_number": "000111111113"}


@pytest.fixture
async def keeper(town: Market, database: Database, buyer: Buyer, pottery: TestShop, mug: str) -> httpx.AsyncClient:
    """The shop's keeper, after a sale whose money the provider has let go of."""
    await buyer.fill({mug: 1})
    placed = await buyer.place()
    await buyer.pay(placed["redirect_url"])
    await buyer.until(placed["checkout_id"], "paid")
    assert (await town.partner.post("/_control/stripe/hurry")).status_code == 200
    async with database.transaction() as session:
        await earn(session, pottery, EARNED)
        token = await session_of(session, pottery.owner_id, two_factors=True)
    return town.client(token)


async def give_bank(town: Market, database: Database, keeper: httpx.AsyncClient, shop: TestShop, bank: Json) -> None:
    """Saves the details, does what the provider wants, and lets the pause after a change pass."""
    assert (await keeper.put("/shop/payout-account", json=bank)).status_code == 200

    async def known() -> str:
        async with database.transaction() as session:
            row = await session.get(ConnectedAccount, shop.id)
            return row.provider_id if row is not None and row.bank_learned_at is not None else ""

    account_id = await patiently(known)
    done = await town.partner.post(f"/_control/stripe/accounts/{account_id}/complete")
    assert done.status_code == 200, done.text

    async def able() -> bool:
        return not (await keeper.get("/shop/balance")).json()["provider_wants"]

    await patiently(able)
    long_ago = clock.now() - timedelta(days=4)
    async with database.transaction() as session:
        await session.execute(update(PayoutAccount).where(PayoutAccount.shop_id == shop.id).values(changed_at=long_ago))
        await session.execute(
            update(ConnectedAccount).where(ConnectedAccount.shop_id == shop.id).values(bank_learned_at=long_ago)
        )


async def until(keeper: httpx.AsyncClient, payout_id: str, *statuses: str) -> Json:
    async def reached() -> Json:
        view: Json = (await keeper.get(f"/shop/payouts/{payout_id}")).json()
        return view if view["status"] in statuses else {}

    return await patiently(reached, 60)


async def told(town: Market, shop: TestShop, kind: str) -> bool:
    return kind in await town.mails_to(shop.owner_email)


async def moved(town: Market) -> Json:
    """What the provider says that went out, and what went out more than once."""
    answer: Json = (await town.partner.get("/_control/stripe/money-out")).json()
    return answer


async def books(database: Database, shop: TestShop) -> dict[AccountKind, int]:
    async with database.transaction() as session:
        found = await ledger_balances.balances_of(session, shop.id)
    return {kind: money["USD"].minor for kind, money in found.items() if money["USD"].minor}


async def test_a_withdrawal_reaches_the_bank_once_though_answers_get_lost(
    town: Market, database: Database, keeper: httpx.AsyncClient, pottery: TestShop
) -> None:
    await give_bank(town, database, keeper, pottery, GOOD)
    before = await moved(town)
    await town.faults(
        once=[
            {"match": "POST /v1/transfers", "fault": "timeout_after_success"},
            {"match": "POST /v1/payouts", "fault": "timeout_after_success"},
        ],
        timeout_seconds=0.2,
    )
    asked = await keeper.post("/shop/withdrawals", json={"currency": "USD"}, headers={"Idempotency-Key": "all"})
    assert asked.status_code == 201, asked.text
    payout_id = asked.json()["id"]
    await until(keeper, payout_id, "money_on_its_way")
    assert await books(database, pottery) == {
        AccountKind.ARTISAN_IN_TRANSIT: -EARNED,
        AccountKind.CONNECTED_BALANCE: EARNED,
    }
    await town.partner.post("/_control/stripe/hurry")
    arrived = await until(keeper, payout_id, "arrived")
    assert [line["what"] for line in arrived["timeline"]] == [
        *("withdrawal_requested", "payout_transferred", "payout_sent", "payout_arrived"),
    ]
    assert await books(database, pottery) == {}
    after = await moved(town)
    for step in ("transferred", "paid_out"):
        assert after[f"{step}_more_than_once"] == []
        assert after[step]["usd"]["amount"] - before[step].get("usd", {"amount": 0})["amount"] == EARNED
    assert await patiently(lambda: told(town, pottery, "payout_sent"))


async def test_a_closed_bank_account_brings_the_money_back_and_says_what_to_do(
    town: Market, database: Database, keeper: httpx.AsyncClient, pottery: TestShop
) -> None:
    await give_bank(town, database, keeper, pottery, CLOSED)
    asked = await keeper.post("/shop/withdrawals", json={"currency": "USD", "amount_minor": EARNED})
    assert asked.status_code == 201, asked.text
    payout_id = asked.json()["id"]
    await until(keeper, payout_id, "money_on_its_way")
    await town.partner.post("/_control/stripe/hurry")
    failed = await until(keeper, payout_id, "awaiting_details")
    assert failed["problem"] == "bank_account_closed"
    assert await books(database, pottery) == {AccountKind.ARTISAN_PAYABLE: -EARNED}
    again = await keeper.post("/shop/withdrawals", json={"currency": "USD"})
    assert again.json()["error"]["details"]["reason"] == "bank_details_failed"
    assert await patiently(lambda: told(town, pottery, "payout_failed"))
    corrected = await keeper.put("/shop/payout-account", json=GOOD)
    assert corrected.status_code == 200

    async def heard() -> bool:
        view: Json = (await keeper.get(f"/shop/payouts/{payout_id}")).json()
        return bool(view["timeline"][-1]["what"] == "details_corrected")

    assert await patiently(heard), "and from here on only the pause is waited for"
