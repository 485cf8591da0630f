"""Promotions and codes in a checkout: frozen with it, counted with its stock, freed when it closes unpaid."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from temporalio.exceptions import ApplicationError

from core import clock
from models.repositories import invoicing, refunds
from models.rules.fees import FeeRule
from models.rules.refunds import worth
from models.tables.orders import Order, OrderLine
from models.tables.promotions import FeeRow, PromotionRow, PromotionUse
from models.tables.selling import Cart, CheckoutLine, CheckoutShop
from tests.activities.checkout.conftest import Case
from tests.support.buying import add_address, add_cart, fingerprint
from tests.support.marketplace import add_person


async def give(case: Case, code: str | None = "TEN", cart_id: str | None = None, **changes: Any) -> None:
    """Ten per cent off what the pottery makes, for a code that is in the cart."""
    row = {
        "id": f"pro_{code or 'all'}",
        "shop_id": case.pottery.id,
        "name": "Ten per cent",
        "code": code,
        "percent_bp": 1_000,
        "since": clock.now() - timedelta(hours=1),
        "until": clock.now() + timedelta(days=9),
        **changes,
    }
    async with case.database.transaction() as session:
        await session.execute(insert(PromotionRow).values(**row))
        await session.execute(update(Cart).where(Cart.id == (cart_id or case.cart_id)).values(code=code))


async def used(case: Case, promotion_id: str = "pro_TEN") -> tuple[int, list[str]]:
    async with case.database.transaction() as session:
        row = await session.get_one(PromotionRow, promotion_id)
        uses = await session.scalars(select(PromotionUse.state).where(PromotionUse.promotion_id == promotion_id))
        return row.used, sorted(uses)


async def another_buyer(case: Case) -> Case:
    """With one mug and the same code."""
    async with case.database.transaction() as session:
        buyer_id, _ = await add_person(session)
        cart_id = await add_cart(session, buyer_id, {case.mug: 1})
        address_id = await add_address(session, buyer_id)
        await session.execute(update(Cart).where(Cart.id == cart_id).values(code="TEN"))
    return replace(case, buyer_id=buyer_id, cart_id=cart_id, address_id=address_id)


async def test_what_comes_off_is_before_tax_and_fee_and_the_artisans(case: Case) -> None:
    """Mugs 96.00 less 9.60 are 86.40: tax 3.46 instead of 3.84, fee 5.62 instead of 6.24."""
    await give(case)
    frozen = await case.reserve(expected_total_minor=20_800 - 960 - 38)
    assert (frozen.items_minor, frozen.tax_minor, frozen.total_minor) == (17_640, 762, 19_802)
    async with case.database.transaction() as session:
        lines = {line.listing_id: line for line in await session.scalars(select(CheckoutLine))}
        shops = {shop.shop_id: shop for shop in await session.scalars(select(CheckoutShop))}
    mug, scarf = lines[case.mug], lines[case.scarf]
    assert (mug.discount_minor, mug.promotion_id, mug.fee_minor, mug.fee_rule_id) == (960, "pro_TEN", 562, None)
    assert (scarf.discount_minor, scarf.promotion_id, scarf.fee_minor) == (0, None, 585)
    assert (shops[case.pottery.id].items_minor, shops[case.pottery.id].fee_minor) == (8_640, 562)
    assert await used(case) == (1, ["held"])


async def test_an_order_its_invoice_and_its_pieces_are_what_was_paid(case: Case) -> None:
    await give(case)
    frozen = await case.reserve(expected_total_minor=None)
    sale = await case.steps.complete_sale(replace(case.sale(), amount_minor=frozen.total_minor))
    order_id = sale.order_ids[case.pottery.id]
    async with case.database.transaction() as session:
        order = await session.get_one(Order, order_id)
        line = (await session.scalars(select(OrderLine).where(OrderLine.order_id == order_id))).one()
        terms = await refunds.terms_of(session, order)
        (invoice,) = await invoicing.issue_for_order(session, order_id, clock.now())
    assert (order.items_minor, line.discount_minor, line.unit_price_minor) == (8_640, 960, 4_800)
    assert worth(terms, {case.mug: 1}).items_minor == 4_320
    assert invoice.draft.lines[0].net_minor == 8_640
    assert invoice.draft.lines[0].discount_minor == 960
    assert invoice.draft.total_minor == order.total_minor
    assert await used(case) == (1, ["used"])
    await case.steps.close_unpaid(case.close())
    assert await used(case) == (1, ["used"]), "what was paid with is not free again"


async def test_closing_unpaid_frees_the_use_once(case: Case) -> None:
    await give(case, most_uses=1)
    await case.reserve(expected_total_minor=None)
    await case.steps.close_unpaid(case.close())
    before = await fingerprint(case.database)
    assert await used(case) == (0, ["freed"])
    await case.steps.close_unpaid(case.close())
    assert await fingerprint(case.database) == before
    other = await another_buyer(case)
    await other.reserve(expected_total_minor=None)
    assert await used(case) == (1, ["freed", "held"])


async def test_the_last_use_goes_to_one_of_two(case: Case) -> None:
    await give(case, most_uses=1)
    other = await another_buyer(case)
    answers = await asyncio.gather(
        case.reserve(expected_total_minor=None), other.reserve(expected_total_minor=None), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, ApplicationError)]
    assert len(refused) == 1
    assert "used as often as it could be" in refused[0].message
    assert await used(case) == (1, ["held"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": clock.now() - timedelta(minutes=1)}, "is over"),
        ({"ended_at": clock.now()}, "is over"),
        ({"since": clock.now() + timedelta(days=1)}, "can't be used yet"),
        ({"most_uses": 3, "used": 3}, "as often as it could be"),
    ],
)
async def test_a_code_that_has_ended_meanwhile_is_told_and_leaves_no_trace(
    case: Case, changes: dict[str, Any], says: str
) -> None:
    await give(case, **changes)
    before = await fingerprint(case.database)
    refused = await case.refused(expected_total_minor=None)
    assert (refused.type, says in refused.message) == ("invalid_input", True)
    assert await fingerprint(case.database) == before


async def test_a_person_uses_a_code_as_often_as_it_allows(case: Case) -> None:
    await give(case, most_per_person=1)
    await case.reserve(expected_total_minor=None)
    await case.steps.complete_sale(replace(case.sale(), amount_minor=19_802))
    async with case.database.transaction() as session:
        cart_id = await add_cart(session, case.buyer_id, {case.mug: 1})
        await session.execute(update(Cart).where(Cart.id == cart_id).values(code="TEN"))
    refused = await replace(case, cart_id=cart_id).refused(expected_total_minor=None)
    assert "as often as one person can" in refused.message


async def test_a_discount_that_ended_is_a_changed_price(case: Case) -> None:
    await give(case, code=None)
    async with case.database.transaction() as session:
        await session.execute(update(PromotionRow).values(ended_at=clock.now()))
    refused = await case.refused(expected_total_minor=19_802)
    assert refused.type == "price_changed"
    assert (await case.reserve(expected_total_minor=20_800)).total_minor == 20_800


async def test_a_code_of_another_shop_takes_nothing_off(case: Case) -> None:
    await give(case)
    async with case.database.transaction() as session:
        buyer_id, _ = await add_person(session)
        cart_id = await add_cart(session, buyer_id, {case.scarf: 1})
        address_id = await add_address(session, buyer_id)
        await session.execute(update(Cart).where(Cart.id == cart_id).values(code="TEN"))
    other = replace(case, buyer_id=buyer_id, cart_id=cart_id, address_id=address_id)
    assert "No shop in your cart" in (await other.refused(expected_total_minor=None)).message


async def test_a_fee_rule_is_frozen_with_the_lines_it_was_for(case: Case) -> None:
    rule = FeeRule("fee_pots", 300, 50)
    async with case.database.transaction() as session:
        await session.execute(
            insert(FeeRow).values(
                id=rule.id,
                shop_id=case.pottery.id,
                currency="USD",
                rate_bp=rule.rate_bp,
                fixed_minor=rule.fixed_minor,
                since=clock.now() - timedelta(hours=1),
                administrator_id=case.buyer_id,
            )
        )
    await case.reserve()
    async with case.database.transaction() as session:
        lines = {line.listing_id: line for line in await session.scalars(select(CheckoutLine))}
    assert (lines[case.mug].fee_minor, lines[case.mug].fee_rule_id) == (288 + 50, "fee_pots")
    assert (lines[case.scarf].fee_minor, lines[case.scarf].fee_rule_id) == (585, None)


async def test_one_code_of_two_shops_never_has_two_checkouts_wait_for_each_other(case: Case) -> None:
    """Whoever places holds the codes' rows by shop; whoever closes frees them in the same order, whatever their ids."""
    first, last = sorted([case.pottery.id, case.weavers.id])
    await give(case, id="pro_z", shop_id=first)
    await give(case, id="pro_a", shop_id=last)
    await case.reserve(expected_total_minor=None)
    async with case.database.transaction() as placing:
        order = (
            select(PromotionRow.id)
            .where(PromotionRow.code == "TEN")
            .order_by(PromotionRow.shop_id)
            .limit(1)
            .with_for_update()
        )
        assert await placing.scalar(order) == "pro_z"
        closing = asyncio.ensure_future(case.steps.close_unpaid(case.close()))
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while not await placing.scalar(waits):
            await asyncio.sleep(0)
            await placing.execute(text("SELECT pg_stat_clear_snapshot()"))
        last_one = select(PromotionRow.id).where(PromotionRow.id == "pro_a").with_for_update(nowait=True)
        assert await placing.scalar(last_one) == "pro_a", "closing holds none of them while it waits for the first"
    await closing
    assert await used(case, "pro_z") == await used(case, "pro_a") == (0, ["freed"])
