"""The one suite that every `CardGateway` passes: cards kept at a first payment and charged while nobody is there."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import CardCharge, CardGateway, ChargeState, KeptCard, PaymentState
from tests.contracts.conftest import Provider
from tests.contracts.test_payment_gateway import a_request, usd

BACK = "http://shop.example/commissions/com_1"
SAVED_CUSTOMER, SAVED_METHOD = "cus_9s6XGDTHzA66Po", "pm_1PgafyB7WZ01zgkWPQmVfZmC"
"""Ids of the form that a stateless provider wants; it knows every id."""


@dataclass(frozen=True)
class Keeper:
    """Somebody whose card is kept."""

    provider: Provider
    card: KeptCard
    payment_id: str

    async def charge(self, operation: str = "com_1/m2", minor: int = 5_400) -> CardCharge:
        return await self.provider.cards.charge(
            self.card.customer_id, self.card.method_id, usd(minor), operation=operation, key=operation
        )

    async def bring_back(self, charge: CardCharge, key: str = "com_1/m2/back") -> CardCharge:
        return await self.provider.cards.bring_back(charge.id, self.card.method_id, return_url=BACK, key=key)

    async def cards_do(self, away: str) -> None:
        shown = await self.provider.control(f"customers/{self.card.customer_id}/cards", "PUT", away=away)
        assert shown["cards"] == 1

    async def answer(self, url: str, answer: str = "complete") -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as customer:
            return await customer.post(url, data={"answer": answer})


async def keeper(provider: Provider, card: str = "4242424242424242", **changes: Any) -> Keeper:
    payment = await provider.gateway.create_payment(a_request(keep_card=True, **changes), key="com_1/deposit")
    assert await provider.cards.kept_card(payment.id) is None
    assert await provider.pay(payment.id, card) == 200
    kept = await provider.cards.kept_card(payment.id)
    assert kept is not None
    return Keeper(provider, kept, payment.id)


class TestEveryProvider:
    """Well-formed requests, answers that can be read."""

    async def test_it_is_a_card_gateway(self, provider: Provider) -> None:
        cards: CardGateway = provider.cards
        customer, method = SAVED_CUSTOMER, SAVED_METHOD
        if provider.stateful:
            kept = (await keeper(provider)).card
            customer, method = kept.customer_id, kept.method_id
        charge = await cards.charge(customer, method, usd(5_400), operation="com_1/m2", key="com_1/m2")
        assert charge.id.startswith("pi_")

    async def test_a_charge_is_looked_up_brought_back_and_cancelled(self, provider: Provider) -> None:
        charge_id = "pi_1PgafyB7WZ01zgkWSjxsAJo3"
        method = SAVED_METHOD
        if provider.stateful:
            somebody = await keeper(provider)
            await somebody.cards_do("insufficient_funds")
            charge_id, method = (await somebody.charge()).id, somebody.card.method_id
        assert (await provider.cards.get_charge(charge_id)).id.startswith("pi_")
        await provider.cards.bring_back(charge_id, method, return_url=BACK, key="back")
        await provider.cards.cancel_charge(charge_id, key="cancel")

    async def test_a_customer_is_forgotten(self, provider: Provider) -> None:
        customer = (await keeper(provider)).card.customer_id if provider.stateful else SAVED_CUSTOMER
        await provider.cards.forget_customer(customer, key="forget")
        await provider.cards.forget_customer(customer, key="forget-again")


async def test_the_first_payment_is_taken_at_once_and_keeps_the_card(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    paid = await sandbox.gateway.get_payment(somebody.payment_id)
    assert (paid.state, paid.captured) == (PaymentState.CAPTURED, usd(2_600))
    assert paid.settlement is not None
    assert (somebody.card.brand, somebody.card.last4) == ("visa", "4242")


async def test_an_ordinary_payment_keeps_no_card(sandbox: Provider) -> None:
    payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
    await sandbox.pay(payment.id)
    assert await sandbox.cards.kept_card(payment.id) is None


async def test_a_kept_card_is_charged_while_nobody_is_there(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    charge = await somebody.charge()
    assert (charge.state, charge.amount, charge.operation) == (ChargeState.PAID, usd(5_400), "com_1/m2")
    assert charge.settlement is not None
    assert charge.settlement.gross == usd(5_400)
    assert await somebody.charge() == charge
    assert await sandbox.cards.find_charge(somebody.card.customer_id, "com_1/m2") == charge
    assert await sandbox.cards.find_charge(somebody.card.customer_id, "com_1/m3") is None


async def test_a_card_that_asked_once_is_not_asked_again(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000002500003155")
    assert (await somebody.charge()).state is ChargeState.PAID


@pytest.mark.parametrize("reason", ["insufficient_funds", "expired_card", "lost_card"])
async def test_a_decline_is_a_result(sandbox: Provider, reason: str) -> None:
    somebody = await keeper(sandbox)
    await somebody.cards_do(reason)
    charge = await somebody.charge()
    assert (charge.state, charge.reason) == (ChargeState.DECLINED, reason)
    assert await somebody.charge() == charge, "the same operation is not tried twice by itself"


async def test_the_customer_comes_back_to_the_same_payment(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000002760003184")
    charge = await somebody.charge()
    assert (charge.state, charge.come_back_url) == (ChargeState.NEEDS_CUSTOMER, None)

    back = await somebody.bring_back(charge)
    assert back.id == charge.id
    assert back.come_back_url is not None
    assert await somebody.bring_back(charge, key="another/tab") == back

    answer = await somebody.answer(back.come_back_url)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    paid = await sandbox.cards.get_charge(charge.id)
    assert (paid.state, paid.reason) == (ChargeState.PAID, "")
    assert (await somebody.bring_back(charge, key="late")).state is ChargeState.PAID


async def test_a_bank_that_is_not_convinced_lets_them_try_again(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000002760003184")
    charge = await somebody.charge()
    first = await somebody.bring_back(charge)
    await somebody.answer(first.come_back_url or "", "fail")
    assert (await sandbox.cards.get_charge(charge.id)).state is ChargeState.NEEDS_CUSTOMER

    second = await somebody.bring_back(charge, key="com_1/m2/back-2")
    await somebody.answer(second.come_back_url or "")
    assert (await sandbox.cards.get_charge(charge.id)).state is ChargeState.PAID


async def test_proof_does_not_fill_an_empty_account(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000008260003178")
    charge = await somebody.charge()
    assert (charge.state, charge.reason) == (ChargeState.DECLINED, "insufficient_funds")
    back = await somebody.bring_back(charge)
    await somebody.answer(back.come_back_url or "")
    again = await sandbox.cards.get_charge(charge.id)
    assert (again.state, again.reason) == (ChargeState.DECLINED, "insufficient_funds")


async def test_a_cancelled_charge_is_never_paid(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000002760003184")
    charge = await somebody.charge()
    back = await somebody.bring_back(charge)
    cancelled = await sandbox.cards.cancel_charge(charge.id, key="com_1/m2/cancel")
    assert cancelled.state is ChargeState.CANCELLED
    assert (await somebody.answer(back.come_back_url or "")).status_code == 404
    assert (await sandbox.cards.cancel_charge(charge.id, key="again")).state is ChargeState.CANCELLED


async def test_a_cancellation_that_comes_too_late_says_paid(sandbox: Provider) -> None:
    somebody = await keeper(sandbox, "4000002760003184")
    charge = await somebody.charge()
    back = await somebody.bring_back(charge)

    async def the_customer_is_faster() -> None:
        await somebody.answer(back.come_back_url or "")

    sandbox.wire.before["/cancel"] = the_customer_is_faster
    assert (await sandbox.cards.cancel_charge(charge.id, key="cancel")).state is ChargeState.PAID


async def test_a_lost_answer_charges_once(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    await sandbox.once("timeout_after_success", "POST /v1/payment_intents")
    with pytest.raises(PartnerUnavailable):
        await somebody.charge()
    found = await sandbox.cards.find_charge(somebody.card.customer_id, "com_1/m2")
    assert found is not None
    assert found.state is ChargeState.PAID
    assert await somebody.charge() == found


async def test_a_crash_that_the_provider_remembers_charges_once(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    await sandbox.once("error_500_after_success", "POST /v1/payment_intents")
    with pytest.raises(PartnerUnavailable):
        await somebody.charge()
    charge = await somebody.charge()
    assert charge.state is ChargeState.PAID
    assert len([sent for sent in sandbox.wire.sent if sent.path == "/v1/payment_intents"]) >= 2
    listed = await sandbox.cards.find_charge(somebody.card.customer_id, "com_1/m2")
    assert listed == charge


async def test_another_card_replaces_the_kept_one(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    request = a_request(keep_card=True, reference="com_1", customer_id=somebody.card.customer_id)
    payment = await sandbox.gateway.create_payment(request, key="com_1/another-card")
    assert await sandbox.pay(payment.id, "5555555555554444") == 200
    newer = await sandbox.cards.kept_card(payment.id)
    assert newer is not None
    assert newer.customer_id == somebody.card.customer_id
    assert (newer.brand, newer.last4) == ("mastercard", "4444")
    assert newer.method_id != somebody.card.method_id


async def test_nobody_is_charged_with_somebody_elses_card(sandbox: Provider) -> None:
    one = await keeper(sandbox)
    payment = await sandbox.gateway.create_payment(a_request(keep_card=True, reference="com_2"), key="com_2/deposit")
    await sandbox.pay(payment.id)
    other = await sandbox.cards.kept_card(payment.id)
    assert other is not None
    with pytest.raises(PartnerRefused):
        await sandbox.cards.charge(one.card.customer_id, other.method_id, usd(100), operation="com_1/x", key="x")


async def test_a_forgotten_customer_can_not_be_charged(sandbox: Provider) -> None:
    somebody = await keeper(sandbox)
    await sandbox.cards.forget_customer(somebody.card.customer_id, key="forget")
    with pytest.raises((NotFound, PartnerRefused)):
        await somebody.charge()


async def test_stripe_mock_accepts_every_request_that_we_send(sandbox: Provider, mock: Provider) -> None:
    """A life of kept cards against the sandbox; then each request again, checked against Stripe's OpenAPI."""
    somebody = await keeper(sandbox, "4000002760003184")
    charge = await somebody.charge()
    await somebody.bring_back(charge)
    await sandbox.cards.cancel_charge(charge.id, key="cancel")
    await sandbox.cards.find_charge(somebody.card.customer_id, "com_1/m2")
    await sandbox.cards.forget_customer(somebody.card.customer_id, key="forget")
    async with httpx.AsyncClient(base_url=mock.url, trust_env=False) as stripe_api:
        for sent in sandbox.wire.sent:
            answer = await stripe_api.request(
                sent.method,
                sent.path,
                content=sent.body,
                headers={
                    "Authorization": "Bearer sk_test_123",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            assert answer.status_code == 200, (sent, answer.text)
