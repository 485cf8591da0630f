"""`ProviderBooks`: every movement once, in each account's own books, page by page, with our reference if it has one."""

from datetime import timedelta

import pytest

from activities.gateways.stripe_transactions import PAGE, StripeTransactions
from core import clock
from models.errors import NotFound, PartnerUnavailable
from models.ports import BookedTransaction, ProviderBooks
from models.types import Money
from tests.contracts.conftest import Provider
from tests.contracts.money_out import CLOSED, a_funded_account, an_account, sell, us_bank, usd
from tests.support.sandbox import STRIPE_KEY, free_port

DAY = timedelta(days=1)


async def booked(provider: Provider, account_id: str | None = None) -> list[BookedTransaction]:
    """The first page, the oldest first."""
    now = clock.now()
    page = await provider.books.transactions(since=now - DAY, before=now + DAY, account_id=account_id)
    return list(page.transactions)[::-1]


async def test_every_provider_is_read(provider: Provider) -> None:
    books: ProviderBooks = provider.books
    if provider.stateful:
        await sell(provider, usd(1000))
    page = await books.transactions(since=clock.now() - DAY, before=clock.now() + DAY)
    (first, *_) = page.transactions

    assert first.id.startswith("txn_")
    assert first.net == first.amount - first.fee


async def test_our_books_name_what_we_did(sandbox: Provider) -> None:
    account = await a_funded_account(sandbox)
    intent_id = await sell(sandbox, usd(2600), "4242424242424242")
    refund = await sandbox.gateway.refund(intent_id, usd(600), operation="op_refund", key="r")
    sent = await sandbox.payouts.transfer(account.id, usd(100), group="g", operation="op_sent", key="t")
    back = await sandbox.payouts.reverse(sent.id, usd(40), operation="op_back", key="b")
    _sale, _funded, sale, refunded, transferred, reversed_ = await booked(sandbox)

    assert (sale.type, sale.amount, sale.fee, sale.net) == ("charge", usd(2600), usd(105), usd(2495))
    assert sale.reference == "chk_1"
    assert sale.source.startswith("ch_")
    assert DAY < sale.available_on - sale.created_at <= 2 * DAY
    assert (refunded.type, refunded.net, refunded.source) == ("refund", usd(-600), refund.id)
    assert refunded.reference == "op_refund"
    assert (transferred.type, transferred.net, transferred.source) == ("transfer", usd(-100), sent.id)
    assert (transferred.reference, transferred.available_on) == ("op_sent", transferred.created_at)
    assert (reversed_.type, reversed_.net, reversed_.source) == ("transfer_reversal", usd(40), back.id)
    assert reversed_.reference == "op_back"


async def test_an_accounts_own_books(sandbox: Provider) -> None:
    account = await a_funded_account(sandbox, us_bank(CLOSED))
    sent = await sandbox.payouts.find_transfer(account.id, group="pay_0", operation="op_0")
    assert sent is not None
    await sandbox.payouts.reverse(sent.id, usd(500), operation="op_back", key="b")
    out = await sandbox.payouts.pay_out(account.id, usd(4500), operation="op_out", key="o")
    await sandbox.control("hurry")
    lines = await booked(sandbox, account.id)

    assert [(line.type, line.net) for line in lines] == [
        ("payment", usd(5000)),
        ("payment_refund", usd(-500)),
        ("payout", usd(-4500)),
        ("payout_failure", usd(4500)),
    ]
    assert lines[0].source == sent.id
    assert lines[1].source.startswith("trr_")
    assert [(line.source, line.reference) for line in lines[2:]] == [(out.id, "op_out"), (out.id, "op_out")]
    assert sum(line.net.minor for line in lines) == 4500
    assert {line.type for line in await booked(sandbox)} == {"charge", "transfer", "transfer_reversal"}


async def test_what_is_in_the_books_is_what_is_in_the_balance(sandbox: Provider) -> None:
    account = await a_funded_account(sandbox)
    for currency, minor in (("USD", 3000), ("EUR", 4000), ("KWD", 12_340)):
        await sell(sandbox, Money(minor, currency), "4242424242424242")
    await sandbox.payouts.pay_out(account.id, usd(700), operation="op_out", key="o")

    for account_id in (None, account.id):
        lines, balance = await booked(sandbox, account_id), await sandbox.payouts.balance(account_id)
        for currency in {line.net.currency for line in lines}:
            total = sum(line.net.minor for line in lines if line.net.currency == currency)
            parts = [*balance.available, *balance.pending]
            assert total == sum(money.minor for money in parts if money.currency == currency)
            now = clock.now()
            there = [line for line in lines if line.available_on <= now and line.net.currency == currency]
            assert balance.available_in(currency).minor == sum(line.net.minor for line in there)


async def test_pages_join_without_gap_or_overlap_while_more_is_booked(sandbox: Provider) -> None:
    account = await an_account(sandbox)
    await sell(sandbox, usd(100_000))
    for number in range(PAGE + 20):
        await sandbox.payouts.transfer(account.id, usd(1), group="g", operation=f"op_{number}", key=f"k{number}")
    since, before = clock.now() - DAY, clock.now() + DAY
    first = await sandbox.books.transactions(since=since, before=before)
    await sandbox.payouts.transfer(account.id, usd(1), group="g", operation="late", key="late")
    second = await sandbox.books.transactions(since=since, before=before, cursor=first.cursor)
    again = await sandbox.books.transactions(since=since, before=before, cursor=first.cursor)

    seen = [line.reference for line in [*first.transactions, *second.transactions]]
    assert len(first.transactions) == PAGE
    assert seen == [f"op_{number}" for number in reversed(range(PAGE + 20))] + ["chk_1"]
    assert (second, second.cursor) == (again, "")


async def test_the_window_has_its_first_moment_and_not_its_last(sandbox: Provider) -> None:
    await sell(sandbox, usd(1000))
    (sale,) = await booked(sandbox)
    at, second = sale.created_at, timedelta(seconds=1)

    for since, before, count in ((at, at + second, 1), (at - second, at, 0), (at + second, at + DAY, 0)):
        page = await sandbox.books.transactions(since=since, before=before)
        assert (len(page.transactions), page.cursor) == (count, "")


async def test_books_that_cannot_be_read(sandbox: Provider) -> None:
    since, before = clock.now() - DAY, clock.now()
    for unknown in ({"cursor": "txn_no"}, {"account_id": "acct_no"}):
        with pytest.raises(NotFound):
            await sandbox.books.transactions(since=since, before=before, **unknown)
    for key, url in (("sk_test_wrong", sandbox.url), (STRIPE_KEY, f"http://127.0.0.1:{free_port()}")):
        stranger = StripeTransactions(key, api_base=url)
        with pytest.raises(PartnerUnavailable):
            await stranger.transactions(since=since, before=before)
        await stranger.aclose()
