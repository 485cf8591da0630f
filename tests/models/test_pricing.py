"""What a cart costs: the totals of any cart add up, to the minor unit, in every currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.gateways.table_tax import TableTax
from models.errors import CurrencyMismatch, InvalidInput
from models.ports import PostalAddress
from models.rules.fees import flat
from models.rules.pricing import PricedLine, Quote, ShopTerms, quote
from models.rules.tax.assess import REGIONS
from models.types import CURRENCY_DECIMALS, MAX_MINOR, Money

DESTINATIONS = [
    *((country, region) for country in REGIONS for region in sorted(REGIONS[country])),
    ("DE", ""),
    ("JP", ""),
]


def address(country: str = "US", region: str = "NY") -> PostalAddress:
    return PostalAddress("Ada Byron", "1 Mill Lane", "Albany", region, "12207", country)


def terms(shop_id: str, *, country: str = "US", fee_bp: int = 650, ships_abroad: bool = True) -> ShopTerms:
    return ShopTerms(shop_id, f"Shop {shop_id}", country, 600, 200, 1_800, 700, ships_abroad, 2, flat(fee_bp))


def line(listing_id: str, shop_id: str, minor: int, quantity: int = 1, currency: str = "USD") -> PricedLine:
    return PricedLine(listing_id, shop_id, "ceramics", "Mug", quantity, Money(minor, currency), 400, 5)


@dataclass(frozen=True)
class Case:
    lines: list[PricedLine]
    terms: dict[str, ShopTerms]
    to: PostalAddress

    def quote(self) -> Quote:
        return quote(self.lines, self.terms, self.to, TableTax())


@st.composite
def carts(draw: st.DrawFn) -> Case:
    currency = draw(st.sampled_from(sorted(CURRENCY_DECIMALS)))
    shop_ids = [f"s{number}" for number in range(draw(st.integers(1, 4)))]
    fees = st.integers(0, 3_000)
    prices = st.integers(0, 50_000)
    offered = {
        shop_id: ShopTerms(
            shop_id=shop_id,
            name=shop_id,
            country=draw(st.sampled_from(["US", "CA", "JP"])),
            home_first_minor=draw(prices),
            home_more_minor=draw(prices),
            abroad_first_minor=draw(prices),
            abroad_more_minor=draw(prices),
            ships_abroad=True,
            handling_days=draw(st.integers(0, 9)),
            fees=flat(draw(fees)),
        )
        for shop_id in shop_ids
    }
    lines = [
        PricedLine(
            listing_id=f"l{number}",
            shop_id=draw(st.sampled_from(shop_ids)),
            category="ceramics",
            title="Bowl",
            quantity=draw(st.integers(1, 20)),
            unit=Money(draw(st.integers(1, 10**7)), currency),
            weight_grams=300,
            lead_time_days=draw(st.integers(0, 60)),
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    return Case(lines, offered, address(*draw(st.sampled_from(DESTINATIONS))))


def half_up(amount: int, rate_bp: int) -> int:
    return int((Decimal(amount) * rate_bp / 10_000).quantize(Decimal(1), ROUND_HALF_UP))


@given(carts())
def test_the_totals_of_any_cart_add_up(cart: Case) -> None:
    quoted = cart.quote()
    goods = sum(one.unit.minor * one.quantity for one in cart.lines)
    assert quoted.items_minor == goods
    assert quoted.total_minor == quoted.items_minor + quoted.shipping_minor + quoted.tax_minor
    assert quoted.total_minor == sum(shop.total_minor for shop in quoted.shops)
    assert sum(shop.pieces for shop in quoted.shops) == sum(one.quantity for one in cart.lines)
    assert quoted.currency == cart.lines[0].unit.currency


@given(carts())
def test_each_lines_tax_and_each_shops_on_shipping_are_the_sums_of_their_components(cart: Case) -> None:
    """How a component comes about is the tax engine's own test."""
    quoted = cart.quote()
    for one in quoted.lines:
        assert one.tax_minor == sum(part.tax.minor for part in one.taxes)
    for shop in quoted.shops:
        on_goods = sum(one.tax_minor for one in quoted.lines if one.line.shop_id == shop.shop_id)
        assert shop.tax_minor == on_goods + sum(part.tax.minor for part in shop.shipping_taxes)


@given(carts())
def test_the_fee_is_a_part_of_the_goods_alone(cart: Case) -> None:
    for shop in cart.quote().shops:
        assert shop.fee_minor == half_up(shop.items_minor, cart.terms[shop.shop_id].fees.otherwise.rate_bp)
        assert 0 <= shop.fee_minor <= shop.items_minor


@given(carts())
def test_shops_come_in_the_order_of_their_first_line(cart: Case) -> None:
    quoted = cart.quote()
    assert [shop.shop_id for shop in quoted.shops] == list(dict.fromkeys(one.shop_id for one in cart.lines))
    assert [one.line for one in quoted.lines] == cart.lines


@given(carts())
def test_shipping_is_one_first_piece_and_more_of_the_others(cart: Case) -> None:
    for shop in cart.quote().shops:
        own = cart.terms[shop.shop_id]
        home = own.country == cart.to.country
        first = own.home_first_minor if home else own.abroad_first_minor
        more = own.home_more_minor if home else own.abroad_more_minor
        assert shop.shipping_minor == first + more * (shop.pieces - 1)


@given(carts())
def test_the_promise_is_handling_and_the_slowest_line(cart: Case) -> None:
    for shop in cart.quote().shops:
        slowest = max(one.lead_time_days for one in cart.lines if one.shop_id == shop.shop_id)
        assert shop.ship_within_days == cart.terms[shop.shop_id].handling_days + slowest


@given(carts(), st.sampled_from(sorted(CURRENCY_DECIMALS)))
def test_two_currencies_in_a_cart_are_refused(cart: Case, other: str) -> None:
    if other == cart.lines[0].unit.currency:
        return
    cart.lines.append(line("stranger", cart.lines[0].shop_id, 100, currency=other))
    with pytest.raises(CurrencyMismatch):
        cart.quote()


def test_the_worked_example() -> None:
    offered = {"pots": terms("pots"), "wool": ShopTerms("wool", "Wool", "US", 500, 0, 0, 0, False, 1, flat(650))}
    quoted = quote(
        [line("mug", "pots", 2_400, quantity=2), line("scarf", "wool", 8_000)], offered, address(), TableTax()
    )
    assert [one.tax_minor for one in quoted.lines] == [192, 320]
    assert [shop.shipping_minor for shop in quoted.shops] == [800, 500]
    assert [shop.tax_minor for shop in quoted.shops] == [192 + 32, 320 + 20]
    assert [shop.fee_minor for shop in quoted.shops] == [312, 520]
    assert quoted.total_minor == 14_664


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 4_800), ("USD", 4_800), ("KWD", 14_250)])
def test_minor_units_are_the_currencys_own(currency: str, minor: int) -> None:
    """4 % of JPY 4,800 is 192 yen, of USD 48.00 is 1.92, of KWD 14.250 is 0.570: nothing is divided by a hundred."""
    quoted = quote([line("mug", "pots", minor, currency=currency)], {"pots": terms("pots")}, address(), TableTax())
    assert quoted.lines[0].tax_minor == minor * 4 // 100
    assert quoted.currency == currency


def test_an_empty_cart_and_a_country_that_a_shop_does_not_send_to_are_refused() -> None:
    with pytest.raises(InvalidInput, match="empty"):
        quote([], {}, address(), TableTax())
    home_only = {"pots": terms("pots", ships_abroad=False)}
    with pytest.raises(InvalidInput, match="own country") as refused:
        quote([line("mug", "pots", 100)], home_only, address("DE", ""), TableTax())
    assert refused.value.details == {"shop_id": "pots"}
    assert quote([line("mug", "pots", 100)], home_only, address(), TableTax()).total_minor > 0


@pytest.mark.parametrize("quantities", [(999,), (500, 500), (499, 499)])
def test_a_sum_that_no_payment_can_carry_is_refused_in_words(quantities: tuple[int, ...]) -> None:
    """The last cart is refused for its tax alone."""
    lines = [line(f"l{n}", "pots", MAX_MINOR // 998, quantity) for n, quantity in enumerate(quantities)]
    with pytest.raises(InvalidInput, match="fewer pieces"):
        quote(lines, {"pots": terms("pots")}, address(), TableTax())
