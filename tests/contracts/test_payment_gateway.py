"""The one suite that every `PaymentGateway` passes. A stateless provider runs what proves its requests well-formed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe

from activities.gateways.keys import QUIET_SECONDS, WINDOW_SECONDS
from activities.gateways.stripe_payments import StripePayments
from core import clock
from models.errors import InvalidInput, NotFound, PartnerRefused, PartnerUnavailable
from models.ports import Payment, PaymentGateway, PaymentLine, PaymentRequest, PaymentState
from models.types import Money
from tests.contracts.conftest import Provider
from tests.support.sandbox import STRIPE_KEY, free_port


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def a_request(**changes: Any) -> PaymentRequest:
    values: dict[str, Any] = {
        "reference": "chk_1",
        "lines": [PaymentLine("Oak bowl", 2, usd(1000)), PaymentLine("Shipping", 1, usd(600))],
        "total": usd(2600),
        "customer_email": "buyer@example.com",
        "success_url": "http://shop.example/checkout/chk_1/return",
        "cancel_url": "http://shop.example/checkout/chk_1/return?back=1",
        "expires_at": clock.now() + timedelta(minutes=15),
        **changes,
    }
    return PaymentRequest(**values)


async def authorised(provider: Provider, **changes: Any) -> Payment:
    payment = await provider.gateway.create_payment(a_request(**changes), key="chk_1/create")
    assert await provider.pay(payment.id) == 200
    return payment


async def captured(provider: Provider) -> Payment:
    payment = await authorised(provider)
    return await provider.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")


class TestEveryProvider:
    """Well-formed requests, answers that can be read."""

    async def test_it_is_a_payment_gateway(self, provider: Provider) -> None:
        gateway: PaymentGateway = provider.gateway
        assert (await gateway.create_payment(a_request(), key="chk_1/create")).id.startswith("cs_test_")

    async def test_a_payment_is_created_and_found(self, provider: Provider) -> None:
        created = await provider.gateway.create_payment(a_request(), key="chk_1/create")
        found = await provider.gateway.get_payment(created.id)

        assert created.id.startswith("cs_test_")
        assert created.redirect_url is not None
        assert created.redirect_url.startswith("http")
        if provider.stateful:
            assert found.state is PaymentState.OPEN
            assert (found.id, found.total, found.reference) == (created.id, usd(2600), "chk_1")

    async def test_a_payment_is_cancelled(self, provider: Provider) -> None:
        created = await provider.gateway.create_payment(a_request(), key="chk_1/create")
        cancelled = await provider.gateway.cancel_payment(created.id, key="chk_1/cancel")

        assert provider.wire.sent[-1].path.endswith("/expire")
        if provider.stateful:
            assert cancelled.state is PaymentState.CANCELLED

    async def test_refunds_are_made_and_listed(self, provider: Provider) -> None:
        intent_id = (await captured(provider)).intent_id if provider.stateful else "pi_1PgafyB7WZ01zgkWSjxsAJo3"
        assert intent_id is not None
        made = await provider.gateway.refund(intent_id, usd(100), operation="op_1", key="op_1")
        found = await provider.gateway.find_refund(intent_id, "op_1")

        assert made.id.startswith("re_")
        if provider.stateful:
            assert found == made
            assert (made.amount, made.state, made.operation) == (usd(100), "succeeded", "op_1")
            assert made.settlement is not None
            assert (made.settlement.gross, made.settlement.fee, made.settlement.net) == (usd(-100), usd(0), usd(-100))
            assert await provider.gateway.find_refund(intent_id, "op_2") is None

    async def test_a_settlement_is_read(self, provider: Provider) -> None:
        if not provider.stateful:
            settlement = await provider.gateway.get_settlement("pi_1PgafyB7WZ01zgkWSjxsAJo3")
            assert settlement.balance_transaction_id.startswith("txn_")
            return
        payment = await captured(provider)
        settlement = await provider.gateway.get_settlement(payment.intent_id or "")

        assert (settlement.gross, settlement.fee, settlement.net) == (usd(2600), usd(105), usd(2495))
        assert settlement.available_on > clock.now() + timedelta(days=1)
        assert payment.settlement == settlement


async def test_stripe_mock_accepts_every_request_that_we_send(sandbox: Provider, mock: Provider) -> None:
    """A whole life of payments against the sandbox; then each request again, checked against Stripe's OpenAPI."""
    paid = await captured(sandbox)
    await sandbox.gateway.get_settlement(paid.intent_id or "")
    await sandbox.gateway.refund(paid.intent_id or "", usd(2600), operation="op_1", key="op_1")
    await sandbox.gateway.find_refund(paid.intent_id or "", "op_1")
    voided = await sandbox.gateway.create_payment(a_request(reference="chk_2"), key="chk_2/create")
    await sandbox.pay(voided.id)
    await sandbox.gateway.get_payment(voided.id)
    await sandbox.gateway.void_payment(voided.id, key="chk_2/void")
    closed = await sandbox.gateway.create_payment(a_request(reference="chk_3"), key="chk_3/create")
    await sandbox.gateway.cancel_payment(closed.id, key="chk_3/cancel")

    kinds = set()
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
            assert answer.status_code == 200, f"{sent}: {answer.text}"
            kinds.add((sent.method, sent.path.partition("?")[0].rsplit("/", 1)[-1]))
    assert {("post", name) for name in ("sessions", "expire", "capture", "cancel", "refunds")} <= kinds


class TestStates:
    """What becomes of a payment, in the port's words."""

    async def test_an_authorised_payment_tells_what_risk_needs(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        assert await sandbox.pay(payment.id, "4000000000000002") == 402
        assert (await sandbox.gateway.get_payment(payment.id)).state is PaymentState.OPEN
        assert await sandbox.pay(payment.id, "4000000000009995") == 402
        assert await sandbox.pay(payment.id, "4000002760000016") == 200

        seen = await sandbox.gateway.get_payment(payment.id)

        assert (seen.state, seen.declines, seen.card_country) == (PaymentState.AUTHORISED, 2, "DE")
        assert (seen.risk_level, seen.captured, seen.redirect_url) == ("normal", None, None)
        assert seen.capture_before is not None
        assert timedelta(days=6) < seen.capture_before - clock.now() <= timedelta(days=7)

    async def test_three_d_secure_is_open_until_it_is_passed(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        assert await sandbox.pay(payment.id, "4000002500003155", "fail") == 402
        assert (await sandbox.gateway.get_payment(payment.id)).state is PaymentState.OPEN
        assert await sandbox.pay(payment.id, "4000002500003155") == 200
        assert (await sandbox.gateway.get_payment(payment.id)).state is PaymentState.AUTHORISED

    async def test_the_highest_risk_is_told(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        await sandbox.pay(payment.id, "4100000000000019")
        assert (await sandbox.gateway.get_payment(payment.id)).risk_level == "highest"

    async def test_capture_takes_the_money_once(self, sandbox: Provider) -> None:
        payment = await authorised(sandbox)
        first = await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")
        again = await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")
        other_key = await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture-again")

        assert first == again == other_key
        assert (first.state, first.captured) == (PaymentState.CAPTURED, usd(2600))
        assert (await sandbox.stats())["captured"] == {"usd": {"charges": 1, "amount": 2600}}

    async def test_what_cannot_be_captured_is_refused(self, sandbox: Provider) -> None:
        unpaid = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        with pytest.raises(PartnerRefused, match="open"):
            await sandbox.gateway.capture_payment(unpaid.id, usd(2600), key="a")
        await sandbox.gateway.cancel_payment(unpaid.id, key="b")
        with pytest.raises(PartnerRefused, match="cancelled"):
            await sandbox.gateway.capture_payment(unpaid.id, usd(2600), key="c")
        paid = await sandbox.gateway.create_payment(a_request(reference="chk_2"), key="chk_2/create")
        await sandbox.pay(paid.id)
        with pytest.raises(PartnerRefused, match="amount_too_large"):
            await sandbox.gateway.capture_payment(paid.id, usd(2601), key="d")
        await sandbox.gateway.capture_payment(paid.id, usd(2600), key="e")
        with pytest.raises(PartnerRefused, match="another amount"):
            await sandbox.gateway.capture_payment(paid.id, usd(2500), key="f")

    async def test_cancelling_never_voids_a_payment(self, sandbox: Provider) -> None:
        payment = await authorised(sandbox)
        assert (await sandbox.gateway.cancel_payment(payment.id, key="c")).state is PaymentState.AUTHORISED
        await sandbox.gateway.capture_payment(payment.id, usd(2600), key="d")
        assert (await sandbox.gateway.cancel_payment(payment.id, key="e")).state is PaymentState.CAPTURED

    async def test_a_customer_may_be_faster_than_the_cancelling(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")

        async def pay() -> None:
            assert await sandbox.pay(payment.id) == 200

        sandbox.wire.before["/expire"] = pay
        assert (await sandbox.gateway.cancel_payment(payment.id, key="c")).state is PaymentState.AUTHORISED

    async def test_cancelling_twice_is_cancelling_once(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        states = [(await sandbox.gateway.cancel_payment(payment.id, key="c")).state for _ in range(2)]
        assert states == [PaymentState.CANCELLED] * 2
        assert await sandbox.pay(payment.id) == 409

    async def test_voiding_gives_an_authorisation_back(self, sandbox: Provider) -> None:
        payment = await authorised(sandbox)
        states = [(await sandbox.gateway.void_payment(payment.id, key="v")).state for _ in range(2)]
        assert states == [PaymentState.CANCELLED] * 2
        assert (await sandbox.stats())["cancelled"] == 1

    async def test_voiding_an_open_payment_closes_it_and_a_captured_one_stays(self, sandbox: Provider) -> None:
        unpaid = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        assert (await sandbox.gateway.void_payment(unpaid.id, key="v")).state is PaymentState.CANCELLED
        paid = await sandbox.gateway.create_payment(a_request(reference="chk_2"), key="chk_2/create")
        await sandbox.pay(paid.id)
        await sandbox.gateway.capture_payment(paid.id, usd(2600), key="c")
        assert (await sandbox.gateway.void_payment(paid.id, key="w")).state is PaymentState.CAPTURED

    async def test_a_capture_between_look_and_void_is_told(self, sandbox: Provider) -> None:
        payment = await authorised(sandbox)

        async def capture() -> None:
            await sandbox.gateway.capture_payment(payment.id, usd(2600), key="c")

        sandbox.wire.before["/cancel"] = capture
        assert (await sandbox.gateway.void_payment(payment.id, key="v")).state is PaymentState.CAPTURED

    async def test_an_uncaptured_payment_has_no_settlement_yet(self, sandbox: Provider) -> None:
        payment = await sandbox.gateway.get_payment((await authorised(sandbox)).id)
        with pytest.raises(PartnerUnavailable, match="not booked"):
            await sandbox.gateway.get_settlement(payment.intent_id or "")

    async def test_more_than_was_captured_is_not_refunded(self, sandbox: Provider) -> None:
        intent_id = (await captured(sandbox)).intent_id or ""
        with pytest.raises(PartnerRefused):
            await sandbox.gateway.refund(intent_id, usd(2601), operation="op_1", key="op_1")
        await sandbox.gateway.refund(intent_id, usd(2600), operation="op_2", key="op_2")
        with pytest.raises(PartnerRefused, match="charge_already_refunded"):
            await sandbox.gateway.refund(intent_id, usd(1), operation="op_3", key="op_3")
        repeated = await sandbox.gateway.refund(intent_id, usd(2600), operation="op_2", key="op_2-lost-key")
        assert repeated.operation == "op_2"
        assert (await sandbox.stats())["refunded"] == {"usd": {"refunds": 1, "amount": 2600}}


class TestUnknownOutcomes:
    """The partner answers late, never, or with a crash that it will remember for a day."""

    @pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
    async def test_a_payment_is_created_in_the_end(self, sandbox: Provider, fault: str) -> None:
        await sandbox.once(fault, "POST /v1/checkout/sessions")
        request = a_request()

        with pytest.raises(PartnerUnavailable):
            await sandbox.gateway.create_payment(request, key="chk_1/create")
        payment = await sandbox.gateway.create_payment(request, key="chk_1/create")
        again = await sandbox.gateway.create_payment(request, key="chk_1/create")

        assert (payment.state, again.id) == (PaymentState.OPEN, payment.id)
        assert await sandbox.pay(payment.id) == 200

    @pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
    async def test_money_is_captured_once(self, sandbox: Provider, fault: str) -> None:
        payment = await authorised(sandbox)
        await sandbox.once(fault, "POST /v1/payment_intents/*/capture")

        with pytest.raises(PartnerUnavailable):
            await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")
        done = await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")

        assert done.captured == usd(2600)
        assert (await sandbox.stats())["captured"] == {"usd": {"charges": 1, "amount": 2600}}

    @pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
    async def test_money_is_refunded_once(self, sandbox: Provider, fault: str) -> None:
        intent_id = (await captured(sandbox)).intent_id or ""
        await sandbox.once(fault, "POST /v1/refunds")

        with pytest.raises(PartnerUnavailable):
            await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")
        done = await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")

        assert done.amount == usd(700)
        assert await sandbox.gateway.find_refund(intent_id, "op_1") == done
        assert (await sandbox.stats())["refunded"] == {"usd": {"refunds": 1, "amount": 700}}

    @pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
    async def test_a_payment_is_cancelled_or_voided_in_the_end(self, sandbox: Provider, fault: str) -> None:
        unpaid = await sandbox.gateway.create_payment(a_request(), key="chk_1/create")
        await sandbox.once(fault, "POST /v1/checkout/sessions/*/expire")
        with pytest.raises(PartnerUnavailable):
            await sandbox.gateway.cancel_payment(unpaid.id, key="c")
        assert (await sandbox.gateway.cancel_payment(unpaid.id, key="c")).state is PaymentState.CANCELLED

        paid = await sandbox.gateway.create_payment(a_request(reference="chk_2"), key="chk_2/create")
        await sandbox.pay(paid.id)
        await sandbox.once(fault, "POST /v1/payment_intents/*/cancel")
        with pytest.raises(PartnerUnavailable):
            await sandbox.gateway.void_payment(paid.id, key="v")
        assert (await sandbox.gateway.void_payment(paid.id, key="v")).state is PaymentState.CANCELLED

    async def test_several_crashes_in_a_row_are_outlived(self, sandbox: Provider) -> None:
        payment = await authorised(sandbox)
        await sandbox.once("error_500", "POST /v1/payment_intents/*/capture", times=3)
        for _ in range(3):
            with pytest.raises(PartnerUnavailable):
                await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")
        assert (await sandbox.gateway.capture_payment(payment.id, usd(2600), key="chk_1/capture")).captured == usd(2600)

    async def test_a_long_outage_leaves_nothing_stuck(self, sandbox: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        intent_id = (await captured(sandbox)).intent_id or ""
        window = datetime.fromtimestamp(clock.now().timestamp() // WINDOW_SECONDS * WINDOW_SECONDS, UTC)
        await sandbox.faults(rates={"error_500": 1})
        monkeypatch.setattr(clock, "now", lambda: window + timedelta(seconds=QUIET_SECONDS))
        for _ in range(8):
            with pytest.raises(PartnerUnavailable):
                # Reads fail too, as they would.
                await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")
        for number in range(2, 6):
            await sandbox.faults(once=[{"match": "POST /v1/refunds", "fault": "error_500", "times": 1}])
            with pytest.raises(PartnerUnavailable):
                await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")
            assert sandbox.wire.keys[-1] == f"op_1~{number}"
        await sandbox.faults()
        monkeypatch.setattr(clock, "now", lambda: window + timedelta(seconds=WINDOW_SECONDS))
        with pytest.raises(PartnerUnavailable, match="keeps failing"):
            await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")
        monkeypatch.setattr(clock, "now", lambda: window + timedelta(seconds=WINDOW_SECONDS + QUIET_SECONDS))
        done = await sandbox.gateway.refund(intent_id, usd(700), operation="op_1", key="op_1")

        assert done.amount == usd(700)
        assert (await sandbox.stats())["refunded"] == {"usd": {"refunds": 1, "amount": 700}}

    async def test_a_partner_that_is_away_or_slow_is_unavailable(self, sandbox: Provider) -> None:
        nobody = StripePayments(STRIPE_KEY, api_base=f"http://127.0.0.1:{free_port()}")
        with pytest.raises(PartnerUnavailable, match="did not answer"):
            await nobody.get_payment("cs_test_1")
        await nobody.aclose()
        await sandbox.faults(latency_ms=2000)
        impatient = StripePayments(STRIPE_KEY, api_base=sandbox.url, read=0.2)
        with pytest.raises(PartnerUnavailable, match="did not answer"):
            await impatient.get_payment("cs_test_1")
        await impatient.aclose()

    async def test_a_wrong_key_waits_for_an_operator(self, sandbox: Provider) -> None:
        stranger = StripePayments("sk_test_wrong", api_base=sandbox.url)
        with pytest.raises(PartnerUnavailable, match="operator"):
            await stranger.create_payment(a_request(), key="k")
        await stranger.aclose()

    async def test_ids_that_nobody_knows(self, sandbox: Provider) -> None:
        for ask in (sandbox.gateway.get_payment("cs_test_no"), sandbox.gateway.get_settlement("pi_no")):
            with pytest.raises(NotFound):
                await ask

    async def test_a_key_used_for_something_else_is_refused(self, sandbox: Provider) -> None:
        await sandbox.gateway.create_payment(a_request(), key="k")
        with pytest.raises(PartnerRefused):
            await sandbox.gateway.create_payment(a_request(customer_email="else@example.com"), key="k")

    async def test_no_word_of_the_partner_reaches_our_errors(self, sandbox: Provider) -> None:
        with pytest.raises(PartnerRefused) as refused:
            await sandbox.gateway.create_payment(a_request(success_url="s" * 6000), key="k")
        assert "sss" not in str(refused.value) + repr(refused.value.details)


class TestRequests:
    async def test_lines_must_sum_to_the_total(self, sandbox: Provider) -> None:
        with pytest.raises(InvalidInput):
            await sandbox.gateway.create_payment(a_request(total=usd(2601)), key="k")
        assert sandbox.wire.sent == []

    async def test_more_lines_than_stripe_takes_are_folded(self, sandbox: Provider) -> None:
        lines = [PaymentLine(f"Cup {number}", 1, usd(number)) for number in range(1, 131)]
        payment = await sandbox.gateway.create_payment(a_request(lines=lines, total=usd(sum(range(1, 131)))), key="k")
        assert payment.total == usd(8515)

    @pytest.mark.parametrize(("currency", "minor", "fee"), [("JPY", 2600, 105), ("KWD", 12_340, 388), ("EUR", 999, 59)])
    async def test_every_kind_of_currency(self, sandbox: Provider, *, currency: str, minor: int, fee: int) -> None:
        total = Money(minor, currency)
        payment = await authorised(sandbox, lines=[PaymentLine("Vase", 1, total)], total=total)
        done = await sandbox.gateway.capture_payment(payment.id, total, key="c")
        assert done.captured == total
        assert done.settlement is not None
        assert done.settlement.fee == Money(fee, currency)

    async def test_a_repeat_a_minute_later_is_the_same_request(
        self, sandbox: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = a_request()
        first = await sandbox.gateway.create_payment(request, key="k")
        later = clock.now() + timedelta(minutes=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert (await sandbox.gateway.create_payment(request, key="k")).id == first.id


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("checkout/sessions", stripe.checkout.Session),
        ("payment_intents", stripe.PaymentIntent),
        ("charges", stripe.Charge),
        ("refunds", stripe.Refund),
        ("balance_transactions", stripe.BalanceTransaction),
        ("events", stripe.Event),
    ],
)
async def test_the_sandbox_invents_no_fields(sandbox: Provider, path: str, model: Any) -> None:
    """Every field that the sandbox shows is one that the SDK knows of the real Stripe."""
    payment = await captured(sandbox)
    await sandbox.gateway.refund(payment.intent_id or "", usd(1), operation="o", key="r")
    async with httpx.AsyncClient(trust_env=False) as api:
        answer = await api.get(f"{sandbox.url}/v1/{path}", headers={"Authorization": f"Bearer {STRIPE_KEY}"})
    (*_, first) = answer.json()["data"]

    assert set(first) <= set(model.__annotations__)
    assert {"id", "object", "created"} <= set(first)
