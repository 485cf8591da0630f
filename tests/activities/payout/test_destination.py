"""A payout goes to the bank account for which its money was set aside, and the last of several changes stands."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.payout import PayoutActivities, Send
from activities.payout_account import AccountSeen, EnsureAccount, PayoutAccountActivities
from core import clock
from core.database import Database
from models.ports import BankDetails, ConnectedAccount
from models.repositories import payout_accounts, payouts
from models.repositories.payout_accounts import BankAccount
from models.tables.payouts import Payout
from tests.activities.payout.conftest import PAUSE, part, progress, scheduled
from tests.support.marketplace import TestShop
from tests.support.payouts import BANK, OTHER_BANK, FakeProvider


async def row(database: Database, shop: TestShop) -> Payout:
    async with database.transaction() as session:
        return await payouts.get(session, part(shop).payout_id)


async def save(database: Database, shop: TestShop, bank: BankAccount) -> None:
    async with database.transaction() as session:
        await payout_accounts.save(session, shop.id, shop.owner_id, bank, clock.now())


def send(shop: TestShop, account: AccountSeen, step: str) -> Send:
    one = part(shop)
    return Send(one, account.account_id, f"{one.payout_id}/{step}-1/1", progress(one.payout_id, 2))


@pytest.mark.parametrize("known", [True, False])
async def test_the_bank_account_is_frozen_with_the_money_and_named(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
    *,
    known: bool,
) -> None:
    """Where the provider does not know it yet, as soon as it does."""
    if known:
        await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    await steps.set_aside(scheduled(shop))
    frozen = (await row(database, shop)).destination
    assert bool(frozen) is known
    account = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    await steps.transfer(send(shop, account, "transfer"))
    await steps.pay_out(send(shop, account, "payout"))
    assert provider.destinations == [(await row(database, shop)).destination]
    assert provider.destinations == [provider.accounts[shop.id].banks["USD"]]


async def test_another_bank_account_than_the_frozen_one_gets_nothing(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    """Changed at the provider between our look and our sending: nothing in our tables tells."""
    account = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    await steps.set_aside(scheduled(shop))
    await steps.transfer(send(shop, account, "transfer"))
    await provider.set_bank_account(account.account_id, BankDetails("Mallory", "US", "USD"), key="elsewhere")
    with pytest.raises(ApplicationError) as refused:
        await steps.pay_out(send(shop, account, "payout"))
    assert refused.value.details[0]["code"] == "bank_changed"
    assert (provider.payouts, provider.destinations) == ([], [])


async def test_two_changes_within_seconds_end_with_the_last_one(
    database: Database,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first one's request reaches the provider after the second one's."""
    await accounts.ensure_account(EnsureAccount(shop.id))
    await save(database, shop, OTHER_BANK)
    at_the_door, go_on = asyncio.Event(), asyncio.Event()
    tell = provider.set_bank_account

    async def slow_once(account_id: str, bank: BankDetails, *, key: str) -> ConnectedAccount:
        if bank.account_number == OTHER_BANK.account_number:
            at_the_door.set()
            await go_on.wait()
        return await tell(account_id, bank, key=key)

    monkeypatch.setattr(provider, "set_bank_account", slow_once)
    first = asyncio.ensure_future(accounts.ensure_account(EnsureAccount(shop.id, PAUSE)))
    await at_the_door.wait()
    await save(database, shop, BANK)
    second = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    go_on.set()
    outcome = await first
    assert provider.banks[-1].account_number == BANK.account_number
    assert outcome.bank_changed_at == second.bank_changed_at
    assert outcome.paused_until is not None and outcome.paused_until > clock.now() + timedelta(days=2)


async def test_details_that_older_ones_have_displaced_are_told_once_more(
    database: Database, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    """A worker died after its late request was carried out."""
    seen = await accounts.ensure_account(EnsureAccount(shop.id))
    await provider.set_bank_account(seen.account_id, BankDetails("Wren", "US", "USD", account_number="1"), key="late")
    for _ in range(2):
        await accounts.ensure_account(EnsureAccount(shop.id))
    assert [bank.account_number for bank in provider.banks] == [BANK.account_number, "1", BANK.account_number]
