"""Each way in which the provider's books can differ from ours is named; what is on its way is no difference."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from activities.gateways.stripe_books import BookedCharge, BookedRefund, ChargeState, OpenPage, StripeBooks
from activities.gateways.stripe_payments import StripePayments
from core import clock
from deploy.verify import provider
from models.errors import PartnerUnavailable
from models.ports import PaymentLine, PaymentRequest
from models.types import Money
from tests.support.sandbox import STRIPE_KEY, SandboxProcess, start_sandbox
from tests.verify.conftest import Market

USD = "USD"


async def told(market: Market) -> dict[str, list[str]]:
    """Check → its violations in words."""
    found = await provider.examine(market.connection, market.books, clock.now())
    return {line.about: [violation.sentence for violation in line.violations] for line in found if line.violations}


async def test_books_that_agree(market: Market) -> None:
    assert await told(market) == {}
    found = await provider.examine(market.connection, market.books, clock.now())
    assert [line.count for line in found] == [2, 5, 1, 1]
    assert found[1].note == "agreed: USD 25477 in minor units, after fees"


async def test_charged_twice(market: Market) -> None:
    market.books.booked.append(replace(market.books.booked[0], id="ch_again"))
    seen = await told(market)
    assert seen["nobody is charged twice"] == [f"checkout {market.paid} was charged 2 times: ch_paid, ch_again"]


async def test_charged_for_nothing(market: Market) -> None:
    market.books.booked += [
        BookedCharge("ch_1", market.unpaid, ChargeState.CAPTURED, Money(900, USD), Money(30, USD)),
        BookedCharge("ch_2", "checkout-nobody-1", ChargeState.CAPTURED, Money(900, USD), Money(30, USD)),
    ]
    assert await told(market) == {
        "ledger and provider agree on every payment": [
            f"checkout {market.unpaid} ended unpaid, but ch_1 was captured",
            "ch_2 was captured for checkout-nobody-1, which we do not know",
        ]
    }


async def test_an_open_checkout_may_be_ahead_of_our_books(market: Market) -> None:
    market.books.booked.append(BookedCharge("ch_1", market.open, ChargeState.CAPTURED, Money(900, USD), Money(30, USD)))
    assert await told(market) == {}


async def test_paid_here_and_not_there(market: Market) -> None:
    market.books.booked[:] = [charge for charge in market.books.booked if charge.reference != market.paid]
    assert (await told(market))["ledger and provider agree on every payment"] == [
        f"checkout {market.paid} is paid, but the provider captured nothing"
    ]


@pytest.mark.parametrize(
    ("fee", "captured", "says"),
    [
        (Money(634, USD), Money(20_800, USD), "the ledger has 20167 at the provider, it says 20166"),
        (Money(633, USD), Money(20_900, USD), "the ledger has 20167 at the provider, it says 20267"),
        (Money(633, "EUR"), Money(20_800, "EUR"), "was booked in another currency: ch_paid"),
    ],
    ids=["another fee", "another amount", "another currency"],
)
async def test_booked_otherwise_there(market: Market, fee: Money, captured: Money, says: str) -> None:
    market.books.booked[0] = replace(market.books.booked[0], fee=fee, captured=captured)
    assert says in (await told(market))["ledger and provider agree on every payment"][0]


async def test_money_set_aside_and_pages_left_open(market: Market) -> None:
    market.books.booked.append(
        BookedCharge("ch_1", market.unpaid, ChargeState.AUTHORISED, Money(0, USD), Money(0, USD))
    )
    market.books.pages.append(OpenPage(f"cs_{market.unpaid}", market.unpaid))
    assert await told(market) == {
        "what ended unpaid can't be paid any more": [
            f"checkout {market.unpaid} ended unpaid, but ch_1 still sets money aside",
            f"checkout {market.unpaid} is over, but its payment page cs_{market.unpaid} is open",
        ]
    }


async def test_released_money_is_nobodys_concern(market: Market) -> None:
    market.books.booked += [
        BookedCharge("ch_1", market.unpaid, ChargeState.RELEASED, Money(0, USD), Money(0, USD)),
        BookedCharge("ch_2", "", ChargeState.CAPTURED, Money(500, USD), Money(30, USD)),
    ]
    assert await told(market) == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("gone", "is in our books, but the provider did not send it, or failed to"),
        ("failed", "is in our books, but the provider did not send it, or failed to"),
        ("twice", "was sent 2 times: re_1, re_2"),
        ("less", "we booked 9"),
        ("by hand", "re_2 was refunded by hand and is in nobody's books"),
        ("unknown to an ended order", "which is not in our books"),
    ],
)
async def test_refunds_that_differ(market: Market, change: str, says: str) -> None:
    books, known = market.books, market.books.sent[0]
    match change:
        case "gone":
            books.sent = []
        case "failed":
            books.sent = [replace(known, failed=True)]
        case "twice":
            books.sent = [known, replace(known, id="re_2")]
        case "less":
            books.sent = [replace(known, amount=Money(1, USD))]
        case "by hand":
            books.sent = [known, BookedRefund("re_2", "", Money(5, USD), failed=False)]
        case _:
            operation = f"fulfillment-{market.refunded_order}/refund-more"
            books.sent = [known, BookedRefund("re_2", operation, Money(5, USD), failed=False)]
    found = (await told(market))["ledger and provider agree on every refund"]
    assert len(found) == 1
    assert says in found[0]


async def test_an_open_order_may_be_ahead_of_our_books(market: Market) -> None:
    operation = f"fulfillment-{market.sent_order}/refund-par_1"
    market.books.sent.append(BookedRefund("re_2", operation, Money(5, USD), failed=False))
    assert await told(market) == {}


# The same listings, as the provider's own HTTP answers them


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxProcess]:
    running = start_sandbox(tmp_path)
    yield running
    running.stop()


async def test_reads_what_the_provider_lists(sandbox: SandboxProcess) -> None:
    payments = StripePayments(STRIPE_KEY, api_base=sandbox.url)
    books = StripeBooks(STRIPE_KEY, api_base=sandbox.url)

    async def paid(reference: str, *cards: str) -> tuple[str, str]:
        request = PaymentRequest(
            reference=reference,
            lines=[PaymentLine("Mug", 1, Money(4_800, USD))],
            total=Money(4_800, USD),
            customer_email="ada@example.com",
            success_url="http://shop.example/back",
            cancel_url="http://shop.example/back",
            expires_at=clock.now() + timedelta(minutes=5),
        )
        payment = await payments.create_payment(request, key=f"{reference}/create")
        async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as customer:
            for card in cards:
                await customer.post(f"/_control/stripe/sessions/{payment.id}/pay", json={"card": card})
        return payment.id, (await payments.get_payment(payment.id)).intent_id or ""

    amount, good, bad = Money(4_800, USD), "4242424242424242", "4000000000000002"
    captured, intent = await paid("checkout-a-1", bad, good)
    await payments.capture_payment(captured, amount, key="checkout-a-1/capture")
    refund = await payments.refund(intent, Money(100, USD), operation="fulfillment-a/refund-1", key="refund-1")
    await paid("checkout-b-1", good)
    released, _ = await paid("checkout-c-1", good)
    await payments.void_payment(released, key="checkout-c-1/void")
    waiting, _ = await paid("checkout-d-1", bad)

    charges = {(found.reference, found.state): found async for found in books.charges()}
    assert set(charges) == {
        ("checkout-a-1", ChargeState.DECLINED),
        ("checkout-a-1", ChargeState.CAPTURED),
        ("checkout-b-1", ChargeState.AUTHORISED),
        ("checkout-c-1", ChargeState.RELEASED),
        ("checkout-d-1", ChargeState.DECLINED),
    }
    booked = charges["checkout-a-1", ChargeState.CAPTURED]
    settlement = await payments.get_settlement(intent)
    assert (booked.captured, booked.fee) == (amount, settlement.fee)
    assert charges["checkout-b-1", ChargeState.AUTHORISED].captured == Money(0, USD)
    sent = [found async for found in books.refunds()]
    assert sent == [BookedRefund(refund.id, "fulfillment-a/refund-1", Money(100, USD), failed=False)]
    pages = [found async for found in books.open_pages(clock.now() - timedelta(hours=1))]
    assert pages == [OpenPage(waiting, "checkout-d-1")]
    assert [found async for found in books.open_pages(clock.now() + timedelta(hours=1))] == []
    await books.aclose()
    await payments.aclose()


async def test_a_silent_provider_is_said_to_be_silent() -> None:
    books = StripeBooks(STRIPE_KEY, api_base="http://127.0.0.1:9")
    with pytest.raises(PartnerUnavailable):
        _ = [found async for found in books.charges()]
    await books.aclose()
