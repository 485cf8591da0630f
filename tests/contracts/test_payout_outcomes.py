"""Every way in which money out can go: refused and why, arrived, failed, returned, and outcomes nobody told us."""

from typing import Any

import httpx
import pytest

from activities.gateways.stripe_payouts import StripePayouts
from core import clock
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import BankDetails, PayoutState
from models.types import Money
from tests.contracts.conftest import Provider
from tests.contracts.money_out import CLOSED, NONE, a_funded_account, an_account, code_of, sell, us_bank, usd
from tests.support.sandbox import STRIPE_KEY, free_port


class TestRefusals:
    async def test_pending_money_is_not_sent_and_the_same_key_works_once_it_has_come(self, sandbox: Provider) -> None:
        account = await an_account(sandbox)
        await sell(sandbox, usd(10_000), "4242424242424242")

        def send() -> Any:
            return sandbox.payouts.transfer(account.id, usd(5000), group="g", operation="op_1", key="op_1")

        for _ in range(3):
            assert await code_of(send()) == "balance_insufficient"
        await sandbox.control("hurry")
        sent = await send()

        assert sandbox.wire.keys[-1] == "op_1~4"
        assert await send() == sent
        assert (await sandbox.control("money-out", "GET"))["transferred"] == {"usd": {"count": 1, "amount": 5000}}

    async def test_a_connected_account_pays_out_no_more_than_it_has(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        out = sandbox.payouts.pay_out(account.id, usd(5001), operation="op_1", key="op_1")
        assert await code_of(out) == "balance_insufficient"
        sent = await sandbox.payouts.find_transfer(account.id, group="pay_0", operation="op_0")
        assert sent is not None
        await sandbox.payouts.pay_out(account.id, usd(4000), operation="op_2", key="op_2")
        back = sandbox.payouts.reverse(sent.id, usd(1001), operation="op_3", key="op_3")
        assert await code_of(back) == "balance_insufficient"
        assert (await sandbox.payouts.reverse(sent.id, usd(1000), operation="op_4", key="op_4")).amount == usd(1000)

    async def test_money_that_may_not_leave_the_region(self, sandbox: Provider) -> None:
        async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {STRIPE_KEY}"}) as api:
            made = await api.post(
                f"{sandbox.url}/v1/accounts",
                data={
                    "country": "JP",
                    "default_currency": "jpy",
                    "capabilities[transfers][requested]": "true",
                    "capabilities[card_payments][requested]": "true",
                    "external_account[object]": "bank_account",
                    "external_account[country]": "JP",
                    "external_account[currency]": "jpy",
                    "external_account[account_number]": "0001234",
                },
            )
        account_id = made.json()["id"]
        await sandbox.control(f"accounts/{account_id}/complete")
        await sell(sandbox, Money(10_000, "JPY"))
        sent = sandbox.payouts.transfer(account_id, Money(100, "JPY"), group="g", operation="op", key="k")
        assert await code_of(sent) == "region"

    @pytest.mark.parametrize(("country", "currency"), [("DE", "EUR"), ("GB", "GBP"), ("KW", "KWD")])
    async def test_money_that_may(self, sandbox: Provider, country: str, currency: str) -> None:
        """Within the region at once; abroad, under the other agreement, after a day."""
        ibans = {"DE": "DE89370400440532013000", "GB": "GB82WEST12345698765432", "KW": "KW81CBKU0000000000001234560101"}
        account = await an_account(sandbox, BankDetails("Ada", country, currency, iban=ibans[country]))
        await sell(sandbox, Money(20_000, currency))
        amount = Money(10_000, currency)
        await sandbox.payouts.transfer(account.id, amount, group="g", operation="op", key="k")
        held = await sandbox.payouts.balance(account.id)

        if country == "KW":
            assert (list(held.pending), held.available_in(currency)) == ([amount], Money(0, currency))
            await sandbox.control("hurry")
        assert (await sandbox.payouts.balance(account.id)).available_in(currency) == amount
        assert (await sandbox.payouts.pay_out(account.id, amount, operation="op_1", key="k1")).amount == amount

    async def test_accounts_that_cannot_be_paid(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)

        def send(key: str, currency: str = "USD") -> Any:
            money = Money(100, currency)
            return sandbox.payouts.transfer(account.id, money, group="g", operation=key, key=key)

        def out(key: str, currency: str = "USD") -> Any:
            return sandbox.payouts.pay_out(account.id, Money(100, currency), operation=key, key=key)

        assert await code_of(send("a", "EUR")) == "no_bank_account"
        assert await code_of(out("b", "EUR")) == "no_bank_account"
        await sandbox.control(f"accounts/{account.id}/restrict", reason="rejected.fraud")
        assert (await sandbox.payouts.get_account(account.id)).disabled_reason == "rejected.fraud"
        assert await code_of(send("c")) == "payouts_disabled"
        assert await code_of(out("d")) == "payouts_disabled"
        await sandbox.control(f"accounts/{account.id}/restrict", reason="")
        assert (await send("c")).operation == "c"
        assert (await out("d")).operation == "d"

    async def test_more_than_was_sent_is_not_taken_back(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        sent = await sandbox.payouts.find_transfer(account.id, group="pay_0", operation="op_0")
        assert sent is not None
        with pytest.raises(PartnerRefused):
            await sandbox.payouts.reverse(sent.id, usd(5001), operation="op_1", key="op_1")
        await sandbox.payouts.reverse(sent.id, usd(5000), operation="op_2", key="op_2")
        with pytest.raises(PartnerRefused):
            await sandbox.payouts.reverse(sent.id, usd(1), operation="op_3", key="op_3")
        repeated = await sandbox.payouts.reverse(sent.id, usd(5000), operation="op_2", key="op_2/lost")
        assert repeated.operation == "op_2"
        assert (await sandbox.payouts.balance(account.id)).available_in("USD") == usd(0)


class TestBanks:
    """What becomes of a payout."""

    async def test_it_arrives(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        made = await sandbox.payouts.pay_out(account.id, usd(5000), operation="op_1", key="op_1")
        await sandbox.control("hurry")
        assert (await sandbox.payouts.get_payout(account.id, made.id)).state is PayoutState.PAID

    @pytest.mark.parametrize(("number", "code"), [(CLOSED, "account_closed"), (NONE, "no_account")])
    async def test_it_fails_and_works_with_corrected_details(self, sandbox: Provider, number: str, code: str) -> None:
        account = await a_funded_account(sandbox, us_bank(number))
        made = await sandbox.payouts.pay_out(account.id, usd(5000), operation="op_1", key="op_1")
        await sandbox.control("hurry")
        failed = await sandbox.payouts.get_payout(account.id, made.id)
        paused = await sandbox.payouts.get_account(account.id)

        assert (failed.state, failed.failure) == (PayoutState.FAILED, code)
        assert (paused.payouts_enabled, paused.requirements_due) == (False, ("external_account",))
        assert (await sandbox.payouts.balance(account.id)).available_in("USD") == usd(5000)
        again = sandbox.payouts.pay_out(account.id, usd(5000), operation="op_2", key="op_2")
        assert await code_of(again) == "payouts_disabled"
        await sandbox.payouts.set_bank_account(account.id, us_bank(), key="corrected")
        await sandbox.payouts.pay_out(account.id, usd(5000), operation="op_2", key="op_2")
        await sandbox.control("hurry")
        found = await sandbox.payouts.find_payout(account.id, since=clock.now(), operation="op_2")
        assert found is not None
        assert found.state is PayoutState.PAID

    async def test_it_is_returned_after_it_was_paid(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        made = await sandbox.payouts.pay_out(account.id, usd(2000), operation="op_1", key="op_1")
        await sandbox.control("hurry")
        await sandbox.control(f"payouts/{made.id}/return", failure_code="account_frozen")
        returned = await sandbox.payouts.get_payout(account.id, made.id)

        assert (returned.state, returned.failure) == (PayoutState.FAILED, "account_frozen")
        assert (await sandbox.payouts.balance(account.id)).available_in("USD") == usd(5000)


CRASHES = ["timeout_after_success", "error_500", "error_500_after_success"]


class TestUnknownOutcomes:
    """The provider answers late, never, or with a crash that it will remember for a day."""

    @pytest.mark.parametrize("fault", CRASHES)
    async def test_money_moves_once(self, sandbox: Provider, fault: str) -> None:
        account = await a_funded_account(sandbox)
        sent = await sandbox.payouts.find_transfer(account.id, group="pay_0", operation="op_0")
        assert sent is not None
        moves: list[tuple[str, Any]] = [
            (
                "POST /v1/transfers",
                lambda: sandbox.payouts.transfer(account.id, usd(700), group="g", operation="op_1", key="op_1"),
            ),
            (
                "POST /v1/transfers/*/reversals",
                lambda: sandbox.payouts.reverse(sent.id, usd(300), operation="op_2", key="op_2"),
            ),
            ("POST /v1/payouts", lambda: sandbox.payouts.pay_out(account.id, usd(900), operation="op_3", key="op_3")),
        ]
        for match, move in moves:
            await sandbox.once(fault, match)
            with pytest.raises(PartnerUnavailable):
                await move()
            done = await move()
            assert (await move()).id == done.id

        out = await sandbox.control("money-out", "GET")
        assert out["transferred"] == {"usd": {"count": 2, "amount": 5700}}
        assert out["reversed"] == {"usd": {"count": 1, "amount": 300}}
        assert out["paid_out"] == {"usd": {"count": 1, "amount": 900}}

    async def test_a_day_later_the_lookups_still_know(self, sandbox: Provider) -> None:
        account = await a_funded_account(sandbox)
        await sandbox.once("timeout_after_success", "POST /v1/payouts")
        with pytest.raises(PartnerUnavailable):
            await sandbox.payouts.pay_out(account.id, usd(900), operation="op_1", key="op_1")
        assert (await sandbox.control("forget-keys"))["forgotten"] > 0

        found = await sandbox.payouts.find_payout(account.id, since=clock.now(), operation="op_1")
        assert found is not None
        assert found.amount == usd(900)
        # Sent again all the same, it would be paid twice: that is what the look-up is for.
        await sandbox.payouts.pay_out(account.id, usd(900), operation="op_1", key="op_1")
        assert (await sandbox.control("money-out", "GET"))["paid_out_more_than_once"] == ["op_1"]

    async def test_refused_for_want_of_money_that_this_very_transfer_took(self, sandbox: Provider) -> None:
        account = await an_account(sandbox)
        await sell(sandbox, usd(10_000))
        left = (await sandbox.payouts.balance()).available_in("USD")
        await sandbox.once("timeout_after_success", "POST /v1/transfers")
        with pytest.raises(PartnerUnavailable):
            await sandbox.payouts.transfer(account.id, left, group="g", operation="op_1", key="op_1")
        await sandbox.control("forget-keys")
        known = await sandbox.payouts.transfer(account.id, left, group="g", operation="op_1", key="op_1")
        assert known.amount == left
        assert (await sandbox.control("money-out", "GET"))["transferred"]["usd"]["count"] == 1

    async def test_a_provider_that_is_away_or_knows_no_key(self, sandbox: Provider) -> None:
        for key, url in (("sk_test_wrong", sandbox.url), (STRIPE_KEY, f"http://127.0.0.1:{free_port()}")):
            stranger = StripePayouts(key, api_base=url)
            with pytest.raises(PartnerUnavailable):
                await stranger.pay_out("acct_1", usd(1), operation="op", key="k")
            await stranger.aclose()
