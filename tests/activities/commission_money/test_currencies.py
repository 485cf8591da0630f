"""A commission in a currency that the provider does not settle in: what came and went is booked as it was settled."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.database import Database
from models.rules.commission.endings import Ending
from tests.activities.commission_money.conftest import FEE_BP, agreed
from tests.activities.commission_money.test_verified import ends, told
from tests.contracts.conftest import Provider
from tests.models.commission.contracts import desk
from tests.support.sandbox import STRIPE_KEY, start_sandbox


@pytest.fixture
async def dollars_only(tmp_path: Path) -> AsyncIterator[Provider]:
    process = start_sandbox(tmp_path, SANDBOX_STRIPE_SETTLES="usd")
    provider = Provider.open("sandbox", process.url, STRIPE_KEY, stateful=True)
    yield provider
    await provider.gateway.aclose()
    process.stop()


async def test_what_is_charged_in_yen_is_settled_in_dollars(database: Database, dollars_only: Provider) -> None:
    contract = await agreed(database, dollars_only, desk(currency="JPY"))
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    charges = [await contract.charge(contract.payment(number)) for number in (1, 2)]
    assert {row.settled_currency for row in charges} == {"USD"}
    settled = sum(row.settled_minor or 0 for row in charges)
    fees = sum(row.fee_minor or 0 for row in charges)
    assert await contract.books("JPY") == {"order_held": -80_000, "tax_payable": -6_400, "fx_position": 86_400}
    assert await contract.books("USD") == {
        "provider_pending": settled - fees,
        "processing_fees": fees,
        "fx_position": -settled,
    }

    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.CUSTOMER_LEAVES)
    (refund,) = await contract.refunds()
    assert refund.amount_minor == 32_400
    assert refund.settled_minor is not None
    yen, dollars = await contract.books("JPY"), await contract.books("USD")
    assert "order_held" not in yen
    assert yen["artisan_payable"] + yen["artisan_reserve"] == -50_000 * (10_000 - FEE_BP) // 10_000
    assert yen["fx_position"] == 86_400 - 32_400
    assert dollars["provider_pending"] == settled - fees - refund.settled_minor
    assert dollars["fx_position"] == -(settled - refund.settled_minor)
    assert await told(contract) == {}
