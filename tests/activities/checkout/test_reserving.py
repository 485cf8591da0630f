"""Reserving and freezing: all of it or no trace of it, and the same answer however often it is asked."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import delete, insert, select, update
from temporalio.exceptions import ApplicationErrorCategory

from core import clock
from models.repositories import taxes
from models.tables.catalogue import Listing, ShippingProfile, Stock
from models.tables.promotions import FeeRow
from models.tables.selling import Cart, CartLine, Checkout, CheckoutLine, CheckoutShop, Reservation
from models.tables.taxes import TaxLine
from tests.activities.checkout.conftest import Case
from tests.support.buying import add_address, add_cart, fingerprint
from tests.support.marketplace import Piece, add_listing, add_person, add_shop


async def change(case: Case, *statements: object) -> None:
    async with case.database.transaction() as session:
        for statement in statements:
            await session.execute(statement)  # type: ignore[call-overload] # UPDATE and DELETE alike


async def test_everything_the_buyer_agreed_to_is_frozen(case: Case) -> None:
    frozen = await case.reserve()
    assert (frozen.items_minor, frozen.shipping_minor, frozen.tax_minor) == (18_600, 1_400, 800)
    assert frozen.total_minor == 20_800
    assert [(shop.shop_id, shop.artisan_id, shop.pieces, shop.total_minor) for shop in frozen.shops] == [
        (case.pottery.id, case.pottery.owner_id, 2, 9_600 + 800 + 384 + 32),
        (case.weavers.id, case.weavers.owner_id, 1, 9_000 + 600 + 360 + 24),
    ]
    assert await case.stock() == {case.mug: (5, 2), case.scarf: (1, 1)}
    assert await case.cart() == ("checking_out", 1)
    async with case.database.transaction() as session:
        checkout = await session.get_one(Checkout, case.checkout_id)
        lines = (await session.scalars(select(CheckoutLine).order_by(CheckoutLine.unit_price_minor))).all()
        shops = (await session.scalars(select(CheckoutShop).order_by(CheckoutShop.fee_minor))).all()
    assert (checkout.total_minor, checkout.currency) == (20_800, "USD")
    assert [(line.quantity, line.tax_minor, line.tax_rate_bp) for line in lines] == [(2, 384, 400), (1, 360, 400)]
    assert [shop.fee_minor for shop in shops] == [585, 624]  # 6.5 % of the goods


async def test_every_tax_is_frozen_line_by_line(case: Case) -> None:
    await case.reserve()
    async with case.database.transaction() as session:
        rows = (await session.scalars(select(TaxLine).order_by(TaxLine.tax_minor))).all()
    assert [(row.item, row.name, row.jurisdiction, row.rate_millionths, row.tax_minor) for row in rows] == [
        ("shipping", "Sales tax", "US-NY", 40_000, 24),
        ("shipping", "Sales tax", "US-NY", 40_000, 32),
        (case.scarf, "Sales tax", "US-NY", 40_000, 360),
        (case.mug, "Sales tax", "US-NY", 40_000, 384),
    ]


async def test_a_buyers_certificate_lifts_the_tax_and_stands_beside_it(case: Case) -> None:
    async with case.database.transaction() as session:
        granted = await taxes.grant_exemption(
            session,
            case.buyer_id,
            "ST-120-4711",
            kind="reseller",
            jurisdiction="US-NY",
            valid_from=date(2026, 1, 1),
            valid_to=None,
            by=case.buyer_id,
        )
    assert (await case.reserve(expected_total_minor=20_000)).tax_minor == 0
    async with case.database.transaction() as session:
        rows = (await session.scalars(select(TaxLine))).all()
    assert {(row.reason, row.exemption_id) for row in rows} == {("exempt", granted)}


async def test_later_prices_fees_and_rates_do_not_reach_what_is_frozen(case: Case) -> None:
    first = await case.reserve()
    await change(
        case,
        update(Listing).values(price_minor=1),
        insert(FeeRow).values(id="fee_1", rate_bp=5_000, since=clock.now(), administrator_id=case.buyer_id),
        update(ShippingProfile).values(home_first_minor=9_999),
    )
    assert await case.reserve() == first


async def test_the_retry_of_an_answer_that_was_lost_reserves_nothing_more(case: Case) -> None:
    first = await case.reserve()
    before = await fingerprint(case.database)
    assert await case.reserve() == first
    assert await fingerprint(case.database) == before


async def test_two_attempts_at_the_same_moment_are_one(case: Case) -> None:
    answers = await asyncio.gather(*(case.reserve() for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert await case.stock() == {case.mug: (5, 2), case.scarf: (1, 1)}
    async with case.database.transaction() as session:
        assert len((await session.scalars(select(Reservation))).all()) == 2


async def test_a_crash_before_the_commit_leaves_no_trace_and_the_retry_succeeds(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await fingerprint(case.database)

    async def crash(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("activities.checkout.record_progress", crash)
        with pytest.raises(ConnectionError):
            await case.reserve()
    assert await fingerprint(case.database) == before
    assert (await case.reserve()).total_minor == 20_800


class TestRefusals:
    """Each names its reason, is final, and leaves every table as it was."""

    async def refuse(self, case: Case, code: str, **changes: object) -> dict[str, object]:
        before = await fingerprint(case.database)
        refused = await case.refused(**changes)
        assert (refused.type, refused.non_retryable) == (code, True)
        assert refused.category is ApplicationErrorCategory.BENIGN
        assert await fingerprint(case.database) == before
        details: dict[str, object] = refused.details[0]
        return details

    async def test_an_unknown_cart(self, case: Case) -> None:
        await self.refuse(case, "not_found", cart_id="crt_unknown")

    async def test_somebody_elses_cart(self, case: Case) -> None:
        async with case.database.transaction() as session:
            other, _ = await add_person(session)
        await self.refuse(case, "not_found", buyer_id=other)

    async def test_somebody_elses_address(self, case: Case) -> None:
        async with case.database.transaction() as session:
            other, _ = await add_person(session)
            address = await add_address(session, other)
        await self.refuse(case, "not_found", address_id=address)

    async def test_an_unknown_address(self, case: Case) -> None:
        await self.refuse(case, "not_found", address_id="adr_unknown")

    async def test_a_cart_that_is_ordered(self, case: Case) -> None:
        await change(case, update(Cart).values(status="ordered"))
        await self.refuse(case, "cart_not_open")

    async def test_an_attempt_that_is_over(self, case: Case) -> None:
        await change(case, update(Cart).values(attempt=2))
        await self.refuse(case, "cart_not_open")

    async def test_a_second_payment_while_the_first_is_open(self, case: Case) -> None:
        await case.reserve()
        await self.refuse(case, "cart_not_open", checkout_id=f"checkout-{case.cart_id}-2", attempt=2)

    async def test_an_empty_cart(self, case: Case) -> None:
        await change(case, delete(CartLine))
        await self.refuse(case, "invalid_input")

    async def test_pieces_that_somebody_else_was_faster_with(self, case: Case) -> None:
        await change(case, update(Stock).where(Stock.listing_id == case.scarf).values(reserved=1))
        assert await self.refuse(case, "out_of_stock") == {"left": {case.scarf: 0}}

    async def test_more_pieces_than_there_are(self, case: Case) -> None:
        await change(case, update(CartLine).where(CartLine.listing_id == case.mug).values(quantity=6))
        assert await self.refuse(case, "out_of_stock", expected_total_minor=None) == {"left": {case.mug: 5}}

    async def test_a_piece_that_was_withdrawn(self, case: Case) -> None:
        await change(case, update(Listing).where(Listing.id == case.scarf).values(status="withdrawn"))
        assert await self.refuse(case, "invalid_input") == {"gone": [case.scarf]}

    async def test_a_price_that_has_changed_since_the_cart(self, case: Case) -> None:
        await change(case, update(Listing).where(Listing.id == case.mug).values(price_minor=5_000))
        assert await self.refuse(case, "price_changed", expected_total_minor=None) == {
            "listing_ids": [case.mug],
            "total_minor": 20_800 + 400 + 16,
        }

    async def test_another_total_than_the_page_showed(self, case: Case) -> None:
        details = await self.refuse(case, "price_changed", expected_total_minor=20_799)
        assert details == {"listing_ids": [], "total_minor": 20_800}

    async def test_a_country_that_a_shop_does_not_send_to(self, case: Case) -> None:
        await change(
            case,
            update(ShippingProfile).where(ShippingProfile.shop_id == case.weavers.id).values(ships_abroad=False),
        )
        async with case.database.transaction() as session:
            abroad = await add_address(session, case.buyer_id, "DE", "")
        assert await self.refuse(case, "invalid_input", address_id=abroad) == {"shop_id": case.weavers.id}

    async def test_two_currencies(self, case: Case) -> None:
        async with case.database.transaction() as session:
            foreign = await add_listing(session, await add_shop(session, name="Loja", currency="EUR"), Piece())
            buyer, _ = await add_person(session)
            cart = await add_cart(session, buyer, {case.mug: 1, foreign: 1})
            address = await add_address(session, buyer)
        await self.refuse(case, "currency_mismatch", buyer_id=buyer, cart_id=cart, address_id=address)
