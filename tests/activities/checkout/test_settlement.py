"""A charge that the provider settles in another currency: booked as it was settled, at a gain or a loss."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from core import clock
from core.database import Database
from models.repositories import checkouts, exchanges, refunds
from models.repositories.refunds import Wanted
from models.rules.bookkeeping import AccountKind
from models.tables.selling import Cart
from models.types import Money, RefundState
from tests.activities.checkout.conftest import Case
from tests.activities.checkout.test_currencies import balances
from tests.support.currencies import publish_rates


@pytest.mark.parametrize(("currency", "worth"), [("JPY", 149), ("KWD", 149)])
async def test_the_difference_to_the_rate_of_the_day_is_booked(
    database: Database, case: Case, currency: str, worth: int
) -> None:
    async with database.transaction() as session:
        await publish_rates(session)
        await session.execute(update(Cart).where(Cart.id == case.cart_id).values(currency=currency))
    frozen = await case.reserve(expected_total_minor=None)
    charged = Money(frozen.total_minor, currency)
    async with database.transaction() as session:
        await checkouts.save_payment(
            session, case.checkout_id, "cs_1", state="captured", amount=charged, intent_id="pi_1", fee_minor=640
        )
        ours = await exchanges.worth_when_placed(session, case.checkout_id, charged, "USD")
        assert ours is not None
        assert abs(ours.minor - 21_200) < 300, "some 208 dollars of goods and taxes, with our margin"
        settled = Money(ours.minor - worth, "USD")
        await exchanges.keep_settlement(session, case.checkout_id, charged, settled)
    due = clock.now() + timedelta(days=5)
    sale = replace(
        case.sale(),
        amount_minor=charged.minor,
        provider_fee_minor=640,
        ship_by={case.pottery.id: due, case.weavers.id: due},
    )
    order_id = (await case.steps.complete_sale(sale)).order_ids[case.pottery.id]
    assert await balances(database, AccountKind.PROVIDER_PENDING) == {"USD": settled.minor - 640}
    assert await balances(database, AccountKind.FX_RESULT) == {"USD": worth}
    assert await balances(database, AccountKind.FX_POSITION) == {currency: charged.minor, "USD": -ours.minor}

    async with database.transaction() as session:
        refund = await refunds.reserve(session, order_id, "back", Wanted({case.mug: 2}), reason="problem")
        assert refund is not None
        part = settled.minor * refund.amount_minor // charged.minor
        await exchanges.keep_refunds_settlement(session, "back", Money(-part, "USD"))
    async with database.transaction() as session:
        await refunds.note_taken(session, "back", "re_1", RefundState.SUCCEEDED, actor="refund-1", now=clock.now())
    left = await balances(database, AccountKind.PROVIDER_PENDING)
    assert left == {"USD": settled.minor - 640 - part}
    async with database.transaction() as session:
        assert await refunds.note_failed(session, "back", "re_1", actor="refund-1")
    assert await balances(database, AccountKind.PROVIDER_PENDING) == {"USD": settled.minor - 640}
    assert await balances(database, AccountKind.FX_RESULT) == {"USD": worth}
