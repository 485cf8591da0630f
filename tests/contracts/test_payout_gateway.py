"""The one suite that every `PayoutGateway` passes. A stateless provider runs what proves its requests well-formed."""

from datetime import timedelta

import httpx

from core import clock
from models.ports import BankDetails, ConnectedAccount, PaymentLine, PaymentRequest, PayoutGateway, PayoutState
from models.types import Money
from tests.contracts.conftest import Provider

AT_ONCE = "4000000000000077"
"""A card whose money is available as soon as it is captured."""
CLOSED, NONE = "000111111113", "000111111116"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def us_bank(account_number: str = "000123456789") -> BankDetails:
    return BankDetails("Ada Potter", "US", "USD", routing_number="110000000", account_number=account_number)


async def sell(provider: Provider, total: Money, card: str = AT_ONCE) -> str:
    """Our balance has the total less the provider's fee. Returns the payment."""
    payment = await provider.gateway.create_payment(
        PaymentRequest(
            reference="chk_1",
            lines=[PaymentLine("Oak bowl", 1, total)],
            total=total,
            customer_email="buyer@example.com",
            success_url="http://shop.example/done",
            cancel_url="http://shop.example/back",
            expires_at=clock.now() + timedelta(minutes=15),
        ),
        key=f"sale/{clock.now().timestamp()}",
    )
    assert await provider.pay(payment.id, card) == 200
    done = await provider.gateway.capture_payment(payment.id, total, key=f"capture/{payment.id}")
    assert done.intent_id is not None
    return done.intent_id


async def an_account(provider: Provider, bank: BankDetails | None = None, shop_id: str = "shp_1") -> ConnectedAccount:
    """One that may be paid, through the provider's page and all."""
    bank = bank or us_bank()
    made = await provider.payouts.create_account(shop_id, bank.country, bank.currency, key=f"{shop_id}/account")
    await provider.payouts.set_bank_account(made.id, bank, key=f"{shop_id}/bank")
    await provider.control(f"accounts/{made.id}/complete")
    return await provider.payouts.get_account(made.id)


async def a_funded_account(provider: Provider, bank: BankDetails | None = None, minor: int = 5000) -> ConnectedAccount:
    """With so much of its own on the provider's side."""
    account = await an_account(provider, bank)
    await sell(provider, Money(minor * 2, account.currencies[0]))
    amount = Money(minor, account.currencies[0])
    await provider.payouts.transfer(account.id, amount, group="pay_0", operation="op_0", key="op_0")
    return account


class TestEveryProvider:
    """Well-formed requests, answers that can be read."""

    async def test_it_is_a_payout_gateway(self, provider: Provider) -> None:
        gateway: PayoutGateway = provider.payouts
        assert (await gateway.create_account("shp_1", "US", "USD", key="k")).id.startswith("acct_")

    async def test_accounts(self, provider: Provider) -> None:
        made = await provider.payouts.create_account("shp_1", "US", "USD", key="k")
        found = await provider.payouts.find_account("shp_1")
        seen = await provider.payouts.get_account(made.id)
        banked = await provider.payouts.set_bank_account(made.id, us_bank(), key="b")
        link = await provider.payouts.account_link(
            made.id, return_url="http://shop.example/back", refresh_url="http://shop.example/again"
        )

        assert link.startswith("http")
        assert (seen.id, seen.country) == (made.id, "US")
        if provider.stateful:
            assert found == made == seen
            assert made.requirements_due[-1] == "external_account"
            assert (made.transfers_enabled, made.payouts_enabled, made.currencies) == (False, False, ())
            assert (banked.bank_last_four, banked.currencies) == ("6789", ("USD",))
            assert await provider.payouts.find_account("shp_2") is None

    async def test_transfers_and_reversals(self, provider: Provider) -> None:
        if not provider.stateful:
            seen = await provider.payouts.transfer("acct_1", usd(1), group="g", operation="op", key="k")
            assert seen.id.startswith("tr_")
            await provider.payouts.find_transfer("acct_1", group="g", operation="op")
            await provider.payouts.reverse("tr_1", usd(1), operation="op", key="k2")
            await provider.payouts.find_reversal("tr_1", operation="op")
            return
        account = await an_account(provider)
        await sell(provider, usd(10_000))
        made = await provider.payouts.transfer(account.id, usd(6000), group="pay_1", operation="op_1", key="op_1")
        back = await provider.payouts.reverse(made.id, usd(1500), operation="op_2", key="op_2")
        found = await provider.payouts.find_transfer(account.id, group="pay_1", operation="op_1")

        assert (made.account_id, made.amount, made.reversed, made.operation) == (account.id, usd(6000), usd(0), "op_1")
        assert found is not None
        assert (found.id, found.reversed) == (made.id, usd(1500))
        assert (back.transfer_id, back.amount, back.operation) == (made.id, usd(1500), "op_2")
        assert await provider.payouts.find_reversal(made.id, operation="op_2") == back
        for group, operation in (("pay_1", "op_9"), ("pay_9", "op_1")):
            assert await provider.payouts.find_transfer(account.id, group=group, operation=operation) is None
        assert await provider.payouts.find_reversal(made.id, operation="op_9") is None
        assert (await provider.payouts.balance(account.id)).available_in("USD") == usd(4500)
        assert (await provider.payouts.balance()).available_in("USD") == usd(10_000 - 320 - 4500)

    async def test_payouts(self, provider: Provider) -> None:
        since = clock.now()
        if not provider.stateful:
            made = await provider.payouts.pay_out("acct_1", usd(1), operation="op", key="k")
            assert made.id.startswith("po_")
            await provider.payouts.find_payout("acct_1", since=since, operation="op")
            await provider.payouts.get_payout("acct_1", "po_1")
            await provider.payouts.balance("acct_1")
            assert provider.wire.sent[-1].account == "acct_1"
            return
        account = await a_funded_account(provider)
        made = await provider.payouts.pay_out(account.id, usd(3000), operation="op_1", key="op_1")
        found = await provider.payouts.find_payout(account.id, since=since, operation="op_1")

        assert found == made == await provider.payouts.get_payout(account.id, made.id)
        assert (made.account_id, made.amount, made.operation) == (account.id, usd(3000), "op_1")
        assert (made.state, made.failure) == (PayoutState.PENDING, "")
        assert clock.now().date() <= made.arrival <= (clock.now() + timedelta(days=2)).date()
        assert await provider.payouts.find_payout(account.id, since=since, operation="op_9") is None
        assert (await provider.payouts.balance(account.id)).available_in("USD") == usd(2000)


async def test_stripe_mock_accepts_every_request_that_we_send(sandbox: Provider, mock: Provider) -> None:
    """Money on its whole way out of the sandbox; then each request again, checked against Stripe's OpenAPI."""
    account = await a_funded_account(sandbox)
    await sandbox.payouts.create_account("shp_2", "MX", "MXN", key="abroad")
    await sandbox.payouts.find_account("shp_1")
    await sandbox.payouts.account_link(account.id, return_url="http://a.example", refresh_url="http://b.example")
    sent = await sandbox.payouts.find_transfer(account.id, group="pay_0", operation="op_0")
    assert sent is not None
    await sandbox.payouts.reverse(sent.id, usd(100), operation="op_2", key="op_2")
    await sandbox.payouts.find_reversal(sent.id, operation="op_2")
    out = await sandbox.payouts.pay_out(account.id, usd(3000), operation="op_1", key="op_1")
    await sandbox.payouts.find_payout(account.id, since=clock.now(), operation="op_1")
    await sandbox.payouts.get_payout(account.id, out.id)
    await sandbox.payouts.balance(account.id)
    await sandbox.books.transactions(since=clock.now() - timedelta(days=1), before=clock.now(), account_id=account.id)

    kinds = set()
    async with httpx.AsyncClient(base_url=mock.url, trust_env=False) as stripe_api:
        for request in sandbox.wire.sent:
            answer = await stripe_api.request(
                request.method,
                request.path,
                content=request.body,
                headers={
                    "Authorization": "Bearer sk_test_123",
                    "Content-Type": "application/x-www-form-urlencoded",
                    **({"Stripe-Account": request.account} if request.account else {}),
                },
            )
            assert answer.status_code == 200, f"{request}: {answer.text}"
            kinds.add((request.method, request.path.partition("?")[0].split("/")[2], bool(request.account)))
    assert {("post", name, False) for name in ("accounts", "account_links", "transfers")} <= kinds
    assert {("post", "payouts", True), ("get", "balance", True), ("get", "balance_transactions", True)} <= kinds
