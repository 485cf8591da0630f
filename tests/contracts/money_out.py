"""What the suites of money out begin with: sales that fill our balance, and accounts that may be paid."""

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from core import clock
from models.errors import PartnerRefused
from models.ports import BankDetails, ConnectedAccount, PaymentLine, PaymentRequest
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


async def code_of(refused: Awaitable[object]) -> str:
    """Awaits what must be refused; the port's word for why."""
    with pytest.raises(PartnerRefused) as told:
        await refused
    return str(told.value.details["code"])
