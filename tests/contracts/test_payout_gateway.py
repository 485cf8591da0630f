"""The one suite that every `PayoutGateway` passes. A stateless provider runs what proves its requests well-formed."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from core import clock
from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import BankDetails, PayoutGateway, PayoutState
from tests.contracts.conftest import Provider
from tests.contracts.money_out import a_funded_account, an_account, code_of, sell, us_bank, usd
from tests.support.sandbox import STRIPE_KEY, SandboxProcess
from tests.support.searching import Needles, in_partners

LATELY = clock.now() - timedelta(hours=1)


class TestEveryProvider:
    """Well-formed requests, answers that can be read."""

    async def test_it_is_a_payout_gateway(self, provider: Provider) -> None:
        gateway: PayoutGateway = provider.payouts
        assert (await gateway.create_account("shp_1", "US", "USD", key="k")).id.startswith("acct_")

    async def test_accounts(self, provider: Provider) -> None:
        made = await provider.payouts.create_account("shp_1", "US", "USD", key="k")
        found = await provider.payouts.find_account("shp_1", since=LATELY)
        seen = await provider.payouts.get_account(made.id)
        link = await provider.payouts.account_link(
            made.id, return_url="http://shop.example/back", refresh_url="http://shop.example/again"
        )

        assert link.startswith("http")
        assert (seen.id, seen.country) == (made.id, "US")
        if provider.stateful:
            assert found == made == seen
            assert made.requirements_due[-1] == "external_account"
            assert (made.transfers_enabled, made.payouts_enabled, made.currencies) == (False, False, ())
            banked = await provider.payouts.set_bank_account(made.id, us_bank(), key="b")
            assert (banked.bank_last_four, banked.currencies) == ("6789", ("USD",))
            assert await provider.payouts.find_account("shp_2", since=LATELY) is None

    async def test_an_account_is_closed(self, provider: Provider) -> None:
        made = await provider.payouts.create_account("shp_1", "US", "USD", key="k")
        await provider.payouts.close_account(made.id, key="close")
        await provider.payouts.close_account(made.id, key="close")
        if provider.stateful:
            with pytest.raises(NotFound):
                await provider.payouts.get_account(made.id)
            assert await provider.payouts.find_account("shp_1", since=LATELY) is None

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


def as_in_the_specification(body: str) -> str:
    """Stripe documents bank details as a token or a dictionary; its OpenAPI file knows the token alone."""
    kept = [pair for pair in body.split("&") if not pair.startswith("external_account[")]
    return body if len(kept) == body.count("&") + 1 else "&".join([*kept, "external_account=btok_us"])


async def test_stripe_mock_accepts_every_request_that_we_send(sandbox: Provider, mock: Provider) -> None:
    """Money on its whole way out of the sandbox; then each request again, checked against Stripe's OpenAPI."""
    account = await a_funded_account(sandbox)
    await sandbox.payouts.create_account("shp_2", "MX", "MXN", key="abroad")
    await sandbox.payouts.find_account("shp_1", since=LATELY)
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
    closed = await sandbox.payouts.create_account("shp_3", "US", "USD", key="to close")
    await sandbox.payouts.close_account(closed.id, key="close")

    kinds = set()
    async with httpx.AsyncClient(base_url=mock.url, trust_env=False) as stripe_api:
        for request in sandbox.wire.sent:
            answer = await stripe_api.request(
                request.method,
                request.path,
                content=as_in_the_specification(request.body),
                headers={
                    "Authorization": "Bearer sk_test_123",
                    "Content-Type": "application/x-www-form-urlencoded",
                    **({"Stripe-Account": request.account} if request.account else {}),
                },
            )
            assert answer.status_code == 200, f"{request}: {answer.text}"
            kinds.add((request.method, request.path.partition("?")[0].split("/")[2], bool(request.account)))
    assert ("delete", "accounts", False) in kinds
    assert {("post", name, False) for name in ("accounts", "account_links", "transfers")} <= kinds
    assert {("post", "payouts", True), ("get", "balance", True), ("get", "balance_transactions", True)} <= kinds


class TestAccounts:
    async def test_an_artisan_gives_what_is_wanted_on_the_providers_page(self, sandbox: Provider) -> None:
        made = await sandbox.payouts.create_account("shp_1", "US", "USD", key="k")
        link = await sandbox.payouts.account_link(
            made.id, return_url="http://shop.example/back", refresh_url="http://shop.example/again"
        )
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(link)).status_code == 200
            wrong = await browser.post(link, data={"first_name": "Ada"})
            done = await browser.post(link, data={"first_name": "Ada", "last_name": "Potter", "agree": "yes"})
            again = await browser.get(link)
            opened = await sandbox.payouts.account_link(
                made.id, return_url="http://shop.example/back", refresh_url="http://shop.example/again"
            )
            await browser.get(opened)
            twice = await browser.get(opened)
        seen = await sandbox.payouts.get_account(made.id)

        assert wrong.status_code == 422
        assert done.headers["location"] == "http://shop.example/back"
        assert twice.headers["location"] == "http://shop.example/again"
        assert again.headers["location"] == "http://shop.example/back"
        assert (seen.transfers_enabled, seen.payouts_enabled) == (True, False)
        assert seen.requirements_due == ("external_account",)
        assert seen.disabled_reason == "requirements.past_due"

    async def test_what_is_past_due_comes_first_and_once(self, sandbox: Provider) -> None:
        account = await an_account(sandbox)
        await sandbox.control(f"accounts/{account.id}/require", requirements=["individual.id_number"], seconds=3600)
        warned = await sandbox.payouts.get_account(account.id)
        await sandbox.control(f"accounts/{account.id}/require", requirements=["company.tax_id"])
        paused = await sandbox.payouts.get_account(account.id)

        assert warned.payouts_enabled
        assert warned.requirements_due == ("individual.id_number",)
        assert warned.due_by is not None
        assert timedelta(minutes=55) < warned.due_by - clock.now() < timedelta(minutes=65)
        assert (paused.payouts_enabled, paused.transfers_enabled, paused.due_by) == (False, False, None)
        assert sorted(paused.requirements_due) == ["company.tax_id", "individual.id_number"]

    async def test_a_bank_account_takes_the_place_of_the_one_before(self, sandbox: Provider) -> None:
        account = await an_account(sandbox)
        again = await sandbox.payouts.set_bank_account(account.id, us_bank("000999999991"), key="other")
        euros = BankDetails("Ada Potter", "DE", "EUR", iban="DE89370400440532013000")
        both = await sandbox.payouts.set_bank_account(account.id, euros, key="euros")

        assert (again.bank_last_four, again.currencies) == ("9991", ("USD",))
        assert both.currencies == ("EUR", "USD")

    @pytest.mark.parametrize(
        "bank",
        [
            BankDetails("Ada", "US", "USD", routing_number="110000001", account_number="000123456789"),
            BankDetails("Ada", "US", "USD", routing_number="990000000", account_number="000123456789"),
            BankDetails("Ada", "US", "USD", routing_number="110000000", account_number="12"),
            BankDetails("Ada", "DE", "EUR", iban="DE89370400440532013001"),
        ],
    )
    async def test_details_that_no_bank_has(self, sandbox: Provider, bank: BankDetails) -> None:
        made = await sandbox.payouts.create_account("shp_1", bank.country, bank.currency, key="k")
        with pytest.raises(PartnerRefused) as refused:
            await sandbox.payouts.set_bank_account(made.id, bank, key="b")

        assert refused.value.details["code"] == "bank_account"
        told = repr(refused.value.details) + str(refused.value)
        assert (bank.iban or bank.account_number) not in told
        assert refused.value.__cause__ is None
        assert (await sandbox.payouts.get_account(made.id)).currencies == ()

    async def test_a_crash_makes_no_second_account(self, sandbox: Provider) -> None:
        for fault in ("timeout_after_success", "error_500_after_success"):
            await sandbox.once(fault, "POST /v1/accounts")
            with pytest.raises(PartnerUnavailable):
                await sandbox.payouts.create_account(fault, "US", "USD", key=fault)
            made = await sandbox.payouts.create_account(fault, "US", "USD", key=fault)
            assert await sandbox.payouts.find_account(fault, since=LATELY) == made
        async with httpx.AsyncClient(trust_env=False) as control:
            known = await control.get(f"{sandbox.url}/_control/stripe/accounts")
        assert len(known.json()["accounts"]) == 2

    async def test_accounts_that_nobody_knows(self, sandbox: Provider) -> None:
        since = clock.now()
        account = await an_account(sandbox)
        for ask in (
            sandbox.payouts.get_account("acct_no"),
            sandbox.payouts.get_payout("acct_no", "po_1"),
            sandbox.payouts.get_payout(account.id, "po_no"),
            sandbox.payouts.find_payout("acct_no", since=since, operation="op"),
            sandbox.payouts.transfer("acct_no", usd(1), group="g", operation="op", key="k"),
            sandbox.payouts.reverse("tr_no", usd(1), operation="op", key="k"),
            sandbox.payouts.balance("acct_no"),
        ):
            with pytest.raises(NotFound):
                await ask

    async def test_the_first_of_many_accounts_is_found(self, sandbox: Provider) -> None:
        first = await sandbox.payouts.create_account("shp_1", "US", "USD", key="first")
        for number in range(101):
            await sandbox.payouts.create_account(f"shp_{number + 1}", "US", "USD", key=f"later/{number}")
        found = await sandbox.payouts.find_account("shp_1", since=LATELY)
        assert found is not None
        assert found.id == first.id
        later = clock.now() + timedelta(days=1)
        assert await sandbox.payouts.find_account("shp_1", since=later) is None, "only those made since then are read"


class TestClosing:
    """An account that nobody needs any more."""

    async def test_not_while_money_lies_there(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        assert await code_of(sandbox.payouts.close_account(account.id, key="close")) == "balance_not_zero"
        assert (await sandbox.payouts.get_account(account.id)).bank_last_four == "6789"
        since = clock.now()
        await sandbox.payouts.pay_out(account.id, usd(5000), operation="op_1", key="op_1")
        await sandbox.payouts.close_account(account.id, key="close")

        for ask in (
            sandbox.payouts.get_account(account.id),
            sandbox.payouts.set_bank_account(account.id, us_bank(), key="again"),
            sandbox.payouts.transfer(account.id, usd(1), group="g", operation="op_2", key="op_2"),
            sandbox.payouts.find_payout(account.id, since=since, operation="op_1"),
            sandbox.payouts.balance(account.id),
        ):
            with pytest.raises(NotFound):
                await ask

    @pytest.mark.parametrize("fault", ["timeout_after_success", "error_500_after_success"])
    async def test_an_answer_that_got_lost_is_looked_for(self, sandbox: Provider, fault: str) -> None:
        made = await sandbox.payouts.create_account("shp_1", "US", "USD", key="k")
        await sandbox.once(fault, f"DELETE /v1/accounts/{made.id}")
        await sandbox.payouts.close_account(made.id, key="close")

    async def test_a_provider_that_did_nothing_is_asked_again(self, sandbox: Provider) -> None:
        made = await sandbox.payouts.create_account("shp_1", "US", "USD", key="k")
        await sandbox.once("error_500", f"DELETE /v1/accounts/{made.id}")
        with pytest.raises(PartnerUnavailable):
            await sandbox.payouts.close_account(made.id, key="close")
        assert await sandbox.payouts.get_account(made.id) == made

    async def test_who_its_holder_was_is_not_kept(self, sandbox: Provider, contract_sandbox: SandboxProcess) -> None:
        """Neither in the account, nor in what was told or answered about it; another's stays."""
        account = await an_account(sandbox)
        other = await an_account(sandbox, us_bank("000999999991"), shop_id="shp_2")
        holder = Needles(["Ada Potter"])
        assert "sandbox.account" in in_partners(contract_sandbox.state, holder)
        await sandbox.payouts.close_account(account.id, key="close")
        assert (await sandbox.payouts.get_account(other.id)).bank_last_four == "9991"
        await sandbox.payouts.close_account(other.id, key="close")
        assert in_partners(contract_sandbox.state, holder) == set()


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("accounts", stripe.Account),
        ("transfers", stripe.Transfer),
        ("payouts", stripe.Payout),
        ("balance_transactions", stripe.BalanceTransaction),
        ("events", stripe.Event),
    ],
)
async def test_the_sandbox_invents_no_fields(sandbox: Provider, path: str, model: Any) -> None:
    """Every field that the sandbox shows is one that the SDK knows of the real Stripe."""
    account = await a_funded_account(sandbox)
    await sandbox.payouts.pay_out(account.id, usd(100), operation="o", key="p")
    ours = path in {"accounts", "transfers"}
    headers = {"Authorization": f"Bearer {STRIPE_KEY}", **({} if ours else {"Stripe-Account": account.id})}
    async with httpx.AsyncClient(trust_env=False) as api:
        answer = await api.get(f"{sandbox.url}/v1/{path}", headers=headers)
    (*_, first) = answer.json()["data"]

    assert set(first) <= set(model.__annotations__)
    assert {"id", "object", "created"} <= set(first)
