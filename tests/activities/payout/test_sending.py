"""Money goes out once, whatever becomes of the provider's answers, and the books say where it is after every step."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import payout as module
from activities.payout import (
    Book,
    CameBack,
    Finish,
    GiveBack,
    LookUp,
    PayoutActivities,
    Recall,
    Seen,
    Send,
    Transferred,
)
from activities.payout_account import EnsureAccount, PayoutAccountActivities
from core.database import Database
from models.audited import Audited
from models.ports import PayoutState
from models.repositories import ledger_balances, payouts, payouts_connected
from models.rules.bookkeeping import AccountKind
from models.tables.audit import AuditEntry
from models.tables.catalogue import Shop
from models.tables.ledger import Entry, Posting
from models.tables.letters import Letter
from models.tables.payouts import Payout
from tests.activities.payout.conftest import EARNED, PAUSE, part, progress, scheduled, standing
from tests.support.marketplace import TestShop
from tests.support.payouts import OTHER_BANK, FakeProvider, give_bank


def send(shop: TestShop, account_id: str, step: str, tried: int = 1) -> Send:
    one = part(shop)
    return Send(one, account_id, f"{one.payout_id}/{step}-1/{tried}", progress(one.payout_id, 2))


async def books(database: Database, shop: TestShop) -> dict[str, int]:
    """What is not zero: of the shop, and what the provider lets go of."""
    async with database.transaction() as session:
        own = await ledger_balances.balances_of(session, shop.id)
        ours = await ledger_balances.balance(session, AccountKind.PROVIDER_AVAILABLE, "", "USD")
        assert await session.scalar(select(func.sum(Entry.amount_minor))) == 0
    found = {kind.value: money["USD"].minor for kind, money in own.items()} | {"provider": ours.minor}
    return {name: minor for name, minor in found.items() if minor}


async def ready(steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop) -> str:
    """The account's id, once the money is set aside."""
    await steps.set_aside(scheduled(shop))
    return (await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))).account_id


async def on_its_way(
    steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop
) -> tuple[str, Transferred, Seen]:
    account_id = await ready(steps, accounts, shop)
    transfer = await steps.transfer(send(shop, account_id, "transfer"))
    return account_id, transfer, await steps.pay_out(send(shop, account_id, "payout"))


async def test_each_step_books_once_until_the_bank_has_it(
    database: Database, steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop
) -> None:
    account_id = await ready(steps, accounts, shop)
    assert await books(database, shop) == {"provider": EARNED, "artisan_in_transit": -EARNED}
    for _ in range(2):
        await steps.transfer(send(shop, account_id, "transfer"))
    assert await books(database, shop) == {"connected_balance": EARNED, "artisan_in_transit": -EARNED}
    for _ in range(2):
        seen = await steps.pay_out(send(shop, account_id, "payout"))
    for _ in range(2):
        await steps.arrived(Book(part(shop), progress(part(shop).payout_id, 3, "arrived", "payout_arrived")))
    assert await books(database, shop) == {}
    await steps.finish(Finish(part(shop).payout_id, progress(part(shop).payout_id, 4, "paid_out")))
    async with database.transaction() as session:
        row = await payouts.get(session, part(shop).payout_id)
        letters = (await session.scalars(select(Letter.kind))).all()
        audited = (await session.scalars(select(AuditEntry.action))).all()
    assert (row.status, row.provider_payout_id, row.provider_account_id) == (
        "paid",
        seen.provider_payout_id,
        account_id,
    )
    assert row.ended_at is not None and row.paid_at is not None and row.arrives_on is not None
    assert letters == ["payout_sent"]
    assert audited == [Audited.PAYOUT_SENT]


@pytest.mark.parametrize("call", ["transfer", "pay_out"])
async def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_sent_twice(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
    *,
    call: str,
) -> None:
    account_id = await ready(steps, accounts, shop)
    provider.lost = {call: 1}
    for step, name in ((steps.transfer, "transfer"), (steps.pay_out, "payout")):
        for _ in range(3):
            try:
                await step(send(shop, account_id, name))
            except ApplicationError as error:
                assert not error.non_retryable
    assert (len(provider.transfers), len(provider.payouts)) == (1, 1)
    assert await books(database, shop) == {"connected_balance": EARNED, "artisan_in_transit": -EARNED}


async def test_before_anything_is_sent_again_it_is_looked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_AFTER", 0)
    account_id = await ready(steps, accounts, shop)
    retried = ActivityEnvironment()
    retried.info = retried.info.__class__(**{**retried.info.__dict__, "attempt": 2})
    provider.asked.clear()
    await retried.run(steps.transfer, send(shop, account_id, "transfer"))
    assert provider.asked == ["find_transfer", "find_transfer", "transfer"]


async def test_another_key_after_the_providers_memory_is_gone_finds_what_was_done(
    steps: PayoutActivities, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    """The provider in memory knows no keys at all: only looking keeps it from paying twice."""
    account_id, _, first = await on_its_way(steps, accounts, shop)
    await steps.transfer(send(shop, account_id, "transfer", tried=9))
    again = await steps.pay_out(send(shop, account_id, "payout", tried=9))
    assert again.provider_payout_id == first.provider_payout_id
    assert (len(provider.transfers), len(provider.payouts)) == (1, 1)


@pytest.mark.parametrize("was_paid", [False, True])
async def test_what_comes_back_is_recalled_and_payable_again_and_the_artisan_is_told(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
    *,
    was_paid: bool,
) -> None:
    _, transfer, _ = await on_its_way(steps, accounts, shop)
    one, told = part(shop), progress(part(shop).payout_id, 5)
    if was_paid:
        await steps.arrived(Book(one, told))
    for _ in range(2):
        await steps.came_back(CameBack(one, was_paid, told))
    assert await books(database, shop) == {"connected_balance": EARNED, "artisan_in_transit": -EARNED}
    provider.lost = {"reverse": 1}
    recall = Recall(one, transfer.transfer_id, f"{one.payout_id}/reversal-1/1", told)
    with pytest.raises(ApplicationError):
        await steps.recall(recall)
    for _ in range(2):
        await steps.recall(recall)
    assert len(provider.reversals) == 1
    assert await books(database, shop) == {"provider": EARNED, "artisan_in_transit": -EARNED}
    for _ in range(2):
        await steps.give_back(GiveBack(one, "no_account", None, told))
    assert await books(database, shop) == {"provider": EARNED, "artisan_payable": -EARNED}
    assert (await standing(database, shop)).available_minor == EARNED
    async with database.transaction() as session:
        letter = (await session.scalars(select(Letter).where(Letter.kind == "payout_failed"))).one()
        keys = (await session.scalars(select(Posting.step_key).where(Posting.reference == one.payout_id))).all()
    assert letter.details["problem"] == "bank_details_wrong"
    operations = {it.operation for it in provider.transfers} | {it.operation for it in provider.reversals}
    assert operations <= set(keys), "what the provider did is found in the books by its operation"


async def test_a_second_attempt_books_beside_the_first(
    database: Database, steps: PayoutActivities, accounts: PayoutAccountActivities, shop: TestShop
) -> None:
    account_id, transfer, _ = await on_its_way(steps, accounts, shop)
    one, told = part(shop), progress(part(shop).payout_id, 5)
    await steps.came_back(CameBack(one, False, told))
    await steps.recall(Recall(one, transfer.transfer_id, "key", told))
    await steps.give_back(GiveBack(one, "could_not_process", None, told))
    assert (await steps.set_aside(scheduled(shop, attempt=2))).amount_minor == EARNED
    two = part(shop, attempt=2)
    await steps.transfer(Send(two, account_id, "key-2", told))
    await steps.pay_out(Send(two, account_id, "key-3", told))
    await steps.arrived(Book(two, told))
    assert await books(database, shop) == {}
    async with database.transaction() as session:
        row = await payouts.get(session, one.payout_id)
        assert await session.scalar(select(func.count()).select_from(Payout)) == 1
    assert (row.attempt, row.status) == (2, "paid")


async def test_a_shop_that_is_suspended_meanwhile_is_sent_nothing(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    account_id = await ready(steps, accounts, shop)
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
    with pytest.raises(ApplicationError) as refused:
        await steps.transfer(send(shop, account_id, "transfer"))
    assert refused.value.non_retryable
    assert refused.value.details[0]["code"] == "shop_suspended"
    assert provider.transfers == []
    assert (await accounts.ensure_account(EnsureAccount(shop.id))).problem == "shop_suspended"


async def test_a_shop_that_is_suspended_on_the_way_is_not_paid_out(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    account_id = await ready(steps, accounts, shop)
    await steps.transfer(send(shop, account_id, "transfer"))
    async with database.transaction() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
    with pytest.raises(ApplicationError) as refused:
        await steps.pay_out(send(shop, account_id, "payout"))
    assert refused.value.details[0]["code"] == "shop_suspended"
    assert provider.payouts == []


async def test_details_that_are_changed_on_the_way_get_nothing_and_what_was_sent_before_is_found(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    await steps.set_aside(scheduled(shop))
    meant = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    transfer, pay_out = (
        replace(send(shop, meant.account_id, step), bank_changed_at=meant.bank_changed_at)
        for step in ("transfer", "payout")
    )
    await steps.transfer(transfer)
    async with database.transaction() as session:
        await give_bank(session, shop, OTHER_BANK, saved=timedelta())
    await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    with pytest.raises(ApplicationError) as refused:
        await steps.pay_out(pay_out)
    assert refused.value.non_retryable
    assert refused.value.details[0]["code"] == "bank_changed"
    assert provider.payouts == []
    assert await steps.transfer(transfer) == Transferred(provider.transfers[0].id)


async def test_another_amount_than_was_asked_is_never_booked(
    database: Database,
    steps: PayoutActivities,
    accounts: PayoutAccountActivities,
    provider: FakeProvider,
    shop: TestShop,
) -> None:
    account_id = await ready(steps, accounts, shop)
    wrong = part(shop, EARNED - 1)
    await provider.transfer(
        account_id, wrong.amount, group=wrong.payout_id, operation=wrong.operation("transfer"), key="by hand"
    )
    with pytest.raises(ValueError, match="was asked"):
        await steps.transfer(send(shop, account_id, "transfer"))
    assert (await books(database, shop))["provider"] == EARNED


async def test_the_provider_is_asked_where_a_payout_is_and_a_silent_one_again(
    steps: PayoutActivities, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    account_id, _, sent = await on_its_way(steps, accounts, shop)
    provider.turn(PayoutState.FAILED, "account_closed")
    look = LookUp(account_id, sent.provider_payout_id)
    assert await steps.look_up(look) == Seen(sent.provider_payout_id, PayoutState.FAILED, "account_closed")
    for unanswered in (LookUp(account_id, "po_unknown"), LookUp("acct_unknown", "po_unknown")):
        with pytest.raises(ApplicationError) as unknown:
            await steps.look_up(unanswered)
        assert not unknown.value.non_retryable, "a question that is refused is no answer"


# The account at the provider


async def test_an_account_is_opened_once_and_learns_the_bank_details_once(
    database: Database, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    provider.lost = {"create_account": 1, "set_bank_account": 1}
    for _ in range(2):
        with pytest.raises(ApplicationError):
            await accounts.ensure_account(EnsureAccount(shop.id))
    for _ in range(2):
        seen = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    assert (seen.problem, seen.account_id) == ("", provider.accounts[shop.id].id)
    assert (provider.asked.count("create_account"), provider.asked.count("find_account")) == (1, 1), (
        "accounts are listed only where one may have been opened without our knowing"
    )
    assert provider.asked.count("set_bank_account") == 2, "an answer that got lost is asked for once more"
    assert (provider.banks[0].routing_number, provider.banks[0].currency) == ("110000000", "USD")
    assert "110000000" not in repr(provider.banks[0])
    async with database.transaction() as session:
        changed = await give_bank(session, shop, OTHER_BANK, saved=timedelta())
    seen = await accounts.ensure_account(EnsureAccount(shop.id, PAUSE))
    assert provider.banks[-1].account_number == OTHER_BANK.account_number
    assert seen.paused_until == changed + PAUSE


async def test_details_that_no_bank_has_are_told_once_and_kept_from_being_tried(
    database: Database, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    provider.refuses = {"set_bank_account": ["bank_account"]}
    for _ in range(2):
        assert (await accounts.ensure_account(EnsureAccount(shop.id))).problem == "bank_account"
    async with database.transaction() as session:
        assert (await session.scalars(select(Letter.kind))).all() == ["bank_details_refused"]
        mirrored = await payouts_connected.find(session, shop.id)
    assert mirrored is not None and mirrored.bank_refused == "bank_account"


async def test_what_the_provider_wants_is_mirrored(
    database: Database, accounts: PayoutAccountActivities, provider: FakeProvider, shop: TestShop
) -> None:
    provider.able = False
    assert (await accounts.ensure_account(EnsureAccount(shop.id))).problem == "payouts_disabled"
    async with database.transaction() as session:
        mirrored = await payouts_connected.find(session, shop.id)
    assert mirrored is not None and not mirrored.payouts_enabled
