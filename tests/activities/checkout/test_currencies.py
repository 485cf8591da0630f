"""One charge for shops of two currencies: frozen in both, booked in both, refunded in the buyer's."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from activities.checkout import CheckoutActivities
from activities.fulfillment import FulfillmentActivities, ReleaseFunds
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.rule_risk import RuleRisk
from activities.gateways.table_tax import TableTax
from core import clock
from core.database import Database
from models.repositories import checkouts, refunds
from models.repositories.rates import Rates
from models.repositories.refunds import Wanted
from models.rules.baskets import Basket
from models.rules.bookkeeping import AccountKind
from models.rules.money import step_of
from models.tables.catalogue import ShippingProfile
from models.tables.currencies import CheckoutExchange, FxQuote
from models.tables.ledger import Account, Entry
from models.tables.orders import Order
from models.tables.selling import Cart, CartLine, Checkout, CheckoutLine
from models.types import CheckoutStatus, RefundState
from tests.activities.checkout.conftest import Case, progress
from tests.support.buying import add_address, add_cart
from tests.support.currencies import ask_price, publish_rates
from tests.support.marketplace import Piece, add_listing, add_person, add_shop

CURRENCIES = ("JPY", "KWD", "EUR")


@pytest.fixture
async def case(database: Database, steps: CheckoutActivities) -> Case:
    """Two mugs of a pottery in the US at USD 48.00, a scarf of weavers who keep euros at EUR 90.00; to New York."""
    async with database.transaction() as session:
        await publish_rates(session)
        buyer_id, _ = await add_person(session)
        pottery = await add_shop(session, name="Pottery")
        weavers = await add_shop(session, name="Weavers", currency="EUR")
        mug = await add_listing(session, pottery, Piece(on_hand=5))
        scarf = await add_listing(session, weavers, Piece(title="Indigo scarf", price_minor=9_000, on_hand=1))
        return Case(
            database=database,
            steps=steps,
            buyer_id=buyer_id,
            cart_id=await add_cart(session, buyer_id, {mug: 2, scarf: 1}),
            address_id=await add_address(session, buyer_id),
            pottery=pottery,
            weavers=weavers,
            mug=mug,
            scarf=scarf,
        )


async def choose(case: Case, currency: str) -> None:
    async with case.database.transaction() as session:
        await session.execute(update(Cart).where(Cart.id == case.cart_id).values(currency=currency))


async def frozen_exchanges(case: Case) -> dict[str, CheckoutExchange]:
    async with case.database.transaction() as session:
        rows = await session.scalars(select(CheckoutExchange).where(CheckoutExchange.checkout_id == case.checkout_id))
        return {row.shop_id: row for row in rows}


async def balances(database: Database, kind: AccountKind, owner: str = "") -> dict[str, int]:
    """By currency."""
    async with database.transaction() as session:
        rows = await session.execute(
            select(Entry.currency, Entry.amount_minor)
            .join(Account, Account.id == Entry.account_id)
            .where(Account.kind == kind.value, Account.owner == owner)
        )
        found: dict[str, int] = {}
        for currency, minor in rows:
            found[currency] = found.get(currency, 0) + minor
    return {currency: minor for currency, minor in found.items() if minor}


@pytest.mark.parametrize("currency", CURRENCIES)
async def test_two_currencies_of_shops_are_one_charge_and_each_is_owed_its_own(case: Case, currency: str) -> None:
    await choose(case, currency)
    frozen = await case.reserve(expected_total_minor=None)
    assert frozen.currency == currency
    assert frozen.total_minor % step_of(currency) == 0
    assert sum(shop.total_minor for shop in frozen.shops) == frozen.total_minor
    exchanged = await frozen_exchanges(case)
    pottery = exchanged[case.pottery.id]
    assert (pottery.currency, pottery.items_minor, pottery.shipping_minor, pottery.fee_minor) == (
        "USD",
        9_600,
        800,
        624,
    )
    assert set(exchanged) == ({case.pottery.id} if currency == "EUR" else {case.pottery.id, case.weavers.id})
    async with case.database.transaction() as session:
        checkout = await session.get_one(Checkout, case.checkout_id)
        lines = (await session.scalars(select(CheckoutLine))).all()
        quote = await session.get_one(FxQuote, pottery.quote_id)
    assert (checkout.currency, checkout.total_minor) == (currency, frozen.total_minor)
    assert all(line.unit_price_minor % step_of(currency) == 0 for line in lines)
    assert (quote.base, quote.quote, quote.billionths) == ("USD", currency, pottery.billionths)


async def test_without_a_choice_the_first_piece_decides(case: Case) -> None:
    frozen = await case.reserve(expected_total_minor=None)
    assert frozen.currency == "USD"
    assert set(await frozen_exchanges(case)) == {case.weavers.id}


async def test_an_artisans_own_price_is_charged_as_it_is(case: Case) -> None:
    await choose(case, "JPY")
    async with case.database.transaction() as session:
        await ask_price(session, case.mug, "JPY", 7_000)
        await session.execute(
            update(CartLine).where(CartLine.listing_id == case.mug).values(unit_price_minor=7_000, shown_currency="JPY")
        )
    await case.reserve(expected_total_minor=None)
    async with case.database.transaction() as session:
        line = await session.get_one(CheckoutLine, (case.checkout_id, case.mug))
    assert line.unit_price_minor == 7_000
    rate = (await frozen_exchanges(case))[case.pottery.id].billionths
    owed = (await frozen_exchanges(case))[case.pottery.id].items_minor
    assert abs(owed * rate - 14_000 * 10**9 * 100) * 2 <= rate


async def test_a_price_list_that_appeared_since_is_shown_first(case: Case) -> None:
    await choose(case, "JPY")
    async with case.database.transaction() as session:
        await ask_price(session, case.mug, "JPY", 7_000)
    refused = await case.refused(expected_total_minor=None)
    assert refused.type == "price_changed"
    assert refused.details[0]["listing_ids"] == [case.mug]


async def test_the_total_that_was_shown_holds_until_its_rate_ends_and_then_is_asked_for_again(
    database: Database, case: Case
) -> None:
    await choose(case, "JPY")
    shown = await shown_now(case)
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        async with database.transaction() as session:
            await publish_rates(session, USD=1_000_000_000)
        assert await shown_now(case) != shown
        kept = await fresh(database).reserve_and_freeze(replace(case.request(), expected_total_minor=shown))
        assert kept.total_minor == shown


async def test_an_expired_quote_shows_the_new_total_and_takes_nothing(database: Database, case: Case) -> None:
    await choose(case, "JPY")
    shown = await shown_now(case)
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        async with database.transaction() as session:
            await publish_rates(session, USD=1_000_000_000)
    with time_machine.travel(clock.now() + timedelta(hours=27), tick=False):
        stale = Case(**{**case.__dict__, "steps": fresh(database)})
        refused = await stale.refused(expected_total_minor=shown)
        assert refused.type == "price_changed"
        assert (await stale.reserve(expected_total_minor=refused.details[0]["total_minor"])).currency == "JPY"


async def test_without_any_rate_the_way_out_is_said(database: Database, case: Case) -> None:
    await choose(case, "KWD")
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        refused = await Case(**{**case.__dict__, "steps": fresh(database)}).refused(expected_total_minor=None)
    assert refused.type == "currency_mismatch"
    assert "Choose USD" in refused.message
    assert await case.stock() == {case.mug: (5, 0), case.scarf: (1, 0)}


async def test_less_than_a_card_carries_is_refused(database: Database, steps: CheckoutActivities) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session, currency="KWD")
        button = await add_listing(session, shop, Piece(price_minor=10))
        buyer_id, _ = await add_person(session)
        cart_id = await add_cart(session, buyer_id, {button: 1})
        address_id = await add_address(session, buyer_id, "DE", "")
        await session.execute(update(ShippingProfile).values(abroad_first_minor=100))
    case = Case(database, steps, buyer_id, cart_id, address_id, shop, shop, button, button)
    refused = await case.refused(expected_total_minor=None)
    assert refused.type == "invalid_input"
    assert "KWD 0.200" in refused.message


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
async def test_release_pays_the_artisan_in_theirs_and_a_later_refund_takes_its_part_back(
    database: Database, case: Case, currency: str
) -> None:
    await choose(case, currency)
    frozen = await case.reserve(expected_total_minor=None)
    sale = replace(case.sale(), amount_minor=frozen.total_minor)
    order_id = (await case.steps.complete_sale(sale)).order_ids[case.pottery.id]
    async with database.transaction() as session:
        order = await session.get_one(Order, order_id)
    assert await balances(database, AccountKind.ORDER_HELD, order_id) == {
        currency: -(order.items_minor + order.shipping_minor)
    }
    await give_back(database, order_id, "refund-before", Wanted({case.mug: 1}))
    told = progress(f"fulfillment-{order_id}", CheckoutStatus.PAID)
    steps = FulfillmentActivities(database)
    await steps.release_funds(ReleaseFunds(order_id, f"{order_id}/release", {}, told))
    await steps.release_funds(ReleaseFunds(order_id, f"{order_id}/release", {}, told))
    payable = await artisans(database, case.pottery.id)
    half = -(9_600 + 800 - 624) // 2
    assert abs(payable["USD"] - half) <= (0 if currency == "JPY" else 2), "of ten fils, one mug has more than the other"
    position = await balances(database, AccountKind.FX_POSITION)
    assert position["USD"] == -payable["USD"]

    await give_back(database, order_id, "refund-part", Wanted(amount_minor=order.items_minor // 4))
    assert 0 > (await artisans(database, case.pottery.id))["USD"] > payable["USD"]
    await give_back(database, order_id, "refund-rest", Wanted({case.mug: 1}))
    assert await artisans(database, case.pottery.id) == {}, "all of it, exactly"
    assert await balances(database, AccountKind.ORDER_HELD, order_id) == {}
    assert await balances(database, AccountKind.FX_POSITION) == {}, "nothing of it is left to anybody"
    async with database.transaction() as session:
        order = await session.get_one(Order, order_id)
        assert order.refunded_minor == order.total_minor
        rows = await refunds.of_order(session, order_id)
    assert all(row.currency == currency and row.amount_minor % step_of(currency) == 0 for row in rows[:1])


async def test_a_refund_that_came_back_puts_everything_where_it_was(database: Database, case: Case) -> None:
    await choose(case, "JPY")
    frozen = await case.reserve(expected_total_minor=None)
    sale = await case.steps.complete_sale(replace(case.sale(), amount_minor=frozen.total_minor))
    order_id = sale.order_ids[case.pottery.id]
    told = progress(f"fulfillment-{order_id}", CheckoutStatus.PAID)
    await FulfillmentActivities(database).release_funds(ReleaseFunds(order_id, f"{order_id}/release", {}, told))
    before = await artisans(database, case.pottery.id)
    await give_back(database, order_id, "refund-one", Wanted({case.mug: 1}))
    async with database.transaction() as session:
        assert await refunds.note_failed(session, "refund-one", "re_refund-one", actor="refund-1")
    assert await artisans(database, case.pottery.id) == before == {"USD": -9_776}


async def artisans(database: Database, shop_id: str) -> dict[str, int]:
    """What is theirs: payable, and kept in reserve."""
    payable = await balances(database, AccountKind.ARTISAN_PAYABLE, shop_id)
    reserve = await balances(database, AccountKind.ARTISAN_RESERVE, shop_id)
    found = {code: payable.get(code, 0) + reserve.get(code, 0) for code in payable | reserve}
    return {code: minor for code, minor in found.items() if minor}


async def give_back(database: Database, order_id: str, operation: str, wanted: Wanted) -> None:
    async with database.transaction() as session:
        assert await refunds.reserve(session, order_id, operation, wanted, reason="problem") is not None
    async with database.transaction() as session:
        await refunds.note_taken(
            session, operation, f"re_{operation}", RefundState.SUCCEEDED, actor="refund-1", now=clock.now()
        )


async def shown_now(case: Case) -> int:
    """The total that the till shows."""
    async with case.database.transaction() as session:
        cart = await session.get_one(Cart, case.cart_id)
        pieces, _ = await checkouts.cart_pieces(session, cart)
        shops = await checkouts.shop_facts(session, {piece.line.shop_id for piece in pieces})
        to = await checkouts.postal_address(session, case.address_id, case.buyer_id)
        basket = Basket(pieces, {shop_id: facts.terms for shop_id, facts in shops.items()}, cart.currency)
        return basket.quote(await Rates().exchange(session), to, TableTax()).total_minor


def fresh(database: Database) -> CheckoutActivities:
    """Another worker: it keeps no quotes yet."""
    return CheckoutActivities(database, TableTax(), RuleRisk(), PostgresSearch)
