"""Settling in another currency than the charge's, and dinars: the payment gateway against a sandbox that has a balance
in dollars and euros only."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from activities.gateways.stripe_books import StripeBooks
from activities.gateways.stripe_payments import StripePayments
from models.errors import InvalidInput, PartnerRefused
from models.ports import Payment, PaymentLine, PaymentRequest
from models.types import Money
from tests.support.sandbox import STRIPE_KEY, SandboxProcess, start_sandbox


@pytest.fixture(scope="module")
def dollars_and_euros(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = start_sandbox(tmp_path_factory.mktemp("settling"), SANDBOX_STRIPE_SETTLES="usd,eur")
    yield process
    process.stop()


@dataclass(frozen=True)
class Till:
    url: str
    gateway: StripePayments

    async def paid(self, reference: str, total: Money) -> Payment:
        request = PaymentRequest(
            reference=reference,
            lines=[PaymentLine("Mug", 1, total)],
            total=total,
            customer_email="ada@example.com",
            success_url="http://shop.example/back",
            cancel_url="http://shop.example/cart",
            expires_at=datetime.now(UTC) + timedelta(minutes=15),
        )
        payment = await self.gateway.create_payment(request, key=f"{reference}/create")
        async with httpx.AsyncClient(trust_env=False) as customer:
            await customer.post(
                f"{self.url}/_control/stripe/sessions/{payment.id}/pay", json={"card": "4242424242424242"}
            )
        return await self.gateway.capture_payment(payment.id, total, key=f"{reference}/capture")


@pytest.fixture
async def till(dollars_and_euros: SandboxProcess) -> AsyncIterator[Till]:
    gateway = StripePayments(STRIPE_KEY, api_base=dollars_and_euros.url)
    yield Till(dollars_and_euros.url, gateway)
    await gateway.aclose()


@pytest.mark.parametrize("total", [Money(7_600, "JPY"), Money(15_120, "KWD")])
async def test_a_charge_without_a_balance_of_its_own_is_settled_in_dollars(till: Till, total: Money) -> None:
    payment = await till.paid(f"checkout-{total.currency}", total)
    assert payment.captured == total
    settled = payment.settlement
    assert settled is not None
    assert settled.gross.currency == settled.fee.currency == settled.net.currency == "USD"
    assert settled.gross - settled.fee == settled.net
    assert settled.exchange_rate is not None
    major = Decimal(total.minor).scaleb(0 if total.currency == "JPY" else -3)
    assert abs(major * settled.exchange_rate * 100 - settled.gross.minor) <= 1
    assert await till.gateway.get_settlement(payment.intent_id or "") == settled

    operation = f"back-{total.currency}"
    back = await till.gateway.refund(payment.intent_id or "", total, operation=operation, key=operation)
    assert back.amount == total, "in the currency of the charge"
    assert back.settlement is not None
    assert back.settlement.gross == settled.gross * -1


async def test_a_charge_in_a_currency_of_ours_stays_in_it(till: Till) -> None:
    settled = (await till.paid("checkout-eur", Money(4_430, "EUR"))).settlement
    assert settled is not None
    assert (settled.gross, settled.exchange_rate) == (Money(4_430, "EUR"), None)


async def test_an_audit_sees_what_was_captured_and_what_was_settled(till: Till) -> None:
    settled = (await till.paid("checkout-audit", Money(9_900, "JPY"))).settlement
    books = StripeBooks(STRIPE_KEY, api_base=till.url)
    (charge,) = [charge async for charge in books.charges() if charge.reference == "checkout-audit"]
    await books.aclose()
    assert settled is not None
    assert (charge.captured, charge.settled, charge.net) == (Money(9_900, "JPY"), settled.gross, settled.net)


async def test_dinars_end_with_a_nought(till: Till) -> None:
    with pytest.raises(InvalidInput, match=r"steps of 0\.010"):
        await till.paid("checkout-fils", Money(15_125, "KWD"))
    payment = await till.paid("checkout-dinars", Money(15_120, "KWD"))
    with pytest.raises(PartnerRefused):
        await till.gateway.refund(payment.intent_id or "", Money(5_005, "KWD"), operation="odd", key="odd")
