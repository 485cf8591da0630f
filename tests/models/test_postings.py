"""Whatever is sold, released or refunded: the entries of a posting sum to zero, and so does a whole order's life."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.rules import (
    credit_postings,
    fx_postings,
    order_postings,
    payout_postings,
    provider_postings,
    refund_postings,
    reserve_postings,
)
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.correction_postings import correction
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from models.types import CURRENCY_DECIMALS, MAX_MINOR, Money

AMOUNTS = st.integers(0, 10**8)
CURRENCIES = st.sampled_from(sorted(CURRENCY_DECIMALS))


@st.composite
def sold_orders(draw: st.DrawFn) -> list[SoldOrder]:
    return [
        SoldOrder(f"ord_{number}", draw(st.integers(1, 10**8)), draw(AMOUNTS), draw(AMOUNTS))
        for number in range(draw(st.integers(1, 6)))
    ]


@st.composite
def shares(draw: st.DrawFn) -> Share:
    items = draw(AMOUNTS)
    return Share(items, draw(AMOUNTS), draw(AMOUNTS), draw(st.integers(0, items)))


def totals(entries: Iterable[LedgerEntry]) -> dict[AccountKind, int]:
    sums: dict[AccountKind, int] = defaultdict(int)
    for entry in entries:
        sums[entry.kind] += entry.amount.minor
    return sums


def net(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """By currency."""
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.amount.currency] += entry.amount.minor
    return dict(sums)


@given(sold_orders(), AMOUNTS, CURRENCIES)
def test_a_sale_sums_to_zero_and_books_every_order(orders: list[SoldOrder], fee: int, currency: str) -> None:
    entries = sale(orders, fee, currency)
    assert net(entries) == {currency: 0}
    booked = totals(entries)
    paid = sum(order.items_minor + order.shipping_minor + order.tax_minor for order in orders)
    assert booked[AccountKind.PROVIDER_PENDING] == paid - fee
    assert booked[AccountKind.PROCESSING_FEES] == fee
    assert booked[AccountKind.TAX_PAYABLE] == -sum(order.tax_minor for order in orders)
    held = {entry.owner: -entry.amount.minor for entry in entries if entry.kind is AccountKind.ORDER_HELD}
    assert held == {order.order_id: order.items_minor + order.shipping_minor for order in orders}


@given(shares(), CURRENCIES)
def test_a_release_and_a_refund_of_any_part_sum_to_zero(share: Share, currency: str) -> None:
    released = order_postings.release("ord_1", "shp_1", share, currency)
    refunded = order_postings.refund("ord_1", share, currency)
    assert net(released) == net(refunded) == {currency: 0}
    assert totals(released)[AccountKind.ARTISAN_PAYABLE] == share.fee_minor - share.held_minor
    assert totals(refunded)[AccountKind.PROVIDER_PENDING] == -share.total_minor
    assert AccountKind.FEES_EARNED not in totals(refunded), "of what was refunded no fee is taken"


@given(shares(), shares(), AMOUNTS, CURRENCIES)
def test_an_order_that_is_partly_refunded_and_partly_released_leaves_nothing_held(
    refunded: Share, released: Share, fee: int, currency: str
) -> None:
    order = SoldOrder(
        "ord_1",
        refunded.items_minor + released.items_minor,
        refunded.shipping_minor + released.shipping_minor,
        refunded.tax_minor + released.tax_minor,
    )
    life = [
        *sale([order], fee, currency),
        *order_postings.refund("ord_1", refunded, currency),
        *order_postings.release("ord_1", "shp_1", released, currency),
    ]
    left = totals(life)
    assert left[AccountKind.ORDER_HELD] == 0
    assert left[AccountKind.TAX_PAYABLE] == -released.tax_minor
    assert left[AccountKind.ARTISAN_PAYABLE] == released.fee_minor - released.held_minor
    assert left[AccountKind.FEES_EARNED] == -released.fee_minor
    # what the provider still owes us is exactly what we owe others and have earned
    assert left[AccountKind.PROVIDER_PENDING] == released.total_minor - fee


@pytest.mark.parametrize(
    "builder",
    [
        payout_postings.set_aside,
        payout_postings.transferred,
        payout_postings.reversed_transfer,
        payout_postings.paid,
        payout_postings.returned,
        payout_postings.given_back,
        payout_postings.debt_planned,
        payout_postings.instalment,
        payout_postings.plan_ended,
        reserve_postings.taken,
        reserve_postings.released,
        credit_postings.gift_card_issued,
        credit_postings.gift_card_spent,
        credit_postings.gift_card_given_back,
        credit_postings.gift_card_expired,
        credit_postings.credit_granted,
        credit_postings.credit_spent,
        credit_postings.credit_given_back,
    ],
)
@pytest.mark.parametrize("minor", [0, -1])
def test_a_move_of_nothing_or_backwards_is_refused(builder: Callable[[str, Money], object], minor: int) -> None:
    with pytest.raises(ValueError, match="an amount is positive"):
        builder("owner", Money(minor, "USD"))


@pytest.mark.parametrize("builder", [provider_postings.fee, provider_postings.dispute_fee])
def test_a_fee_is_positive(builder: Callable[[Money], object]) -> None:
    with pytest.raises(ValueError, match="an amount is positive"):
        builder(Money(-1, "USD"))


SHARE = Share(9_000, 1_000, 600, 585)
REFUSED: dict[str, Callable[[], object]] = {
    "more credit than the order": lambda: sale(
        [SoldOrder("o", 100, 0, 0)], 0, "USD", [credit_postings.credit_spent("p", Money(101, "USD"))]
    ),
    "credit in another currency": lambda: sale(
        [SoldOrder("o", 100, 0, 0)], 0, "USD", [credit_postings.credit_spent("p", Money(50, "EUR"))]
    ),
    "a debit among what a refund gives back": lambda: order_postings.refund(
        "o", SHARE, "USD", [credit_postings.credit_spent("p", Money(5, "USD"))]
    ),
    "more given back than refunded": lambda: refund_postings.after_release(
        "s", SHARE, "USD", [credit_postings.credit_given_back("p", Money(10_601, "USD"))]
    ),
    "settled for another amount in the same currency": lambda: fx_postings.refund(
        "o", SHARE, "USD", settled=Money(10_599, "USD")
    ),
    "sold for another amount in the same currency": lambda: fx_postings.sale(
        [SoldOrder("o", 100, 0, 0)], "USD", settled=Money(99, "USD"), fee=Money(1, "USD")
    ),
    "a fee in another currency than the settlement": lambda: fx_postings.sale(
        [SoldOrder("o", 100, 0, 0)], "EUR", settled=Money(110, "USD"), fee=Money(1, "EUR")
    ),
    "a promise in another currency than the settlement": lambda: fx_postings.refund(
        "o", SHARE, "EUR", settled=Money(10_000, "USD"), at_frozen=Money(9_000, "GBP")
    ),
    "a negative settlement": lambda: fx_postings.refund("o", SHARE, "EUR", settled=Money(-1, "USD")),
    "nothing that became something": lambda: fx_postings.release("o", "s", Share(0, 0, 0, 0), "EUR", Money(1, "USD")),
    "a position of nothing": lambda: fx_postings.closed(Money(0, "USD")),
    "nothing that becomes available": lambda: provider_postings.became_available(Money(0, "USD")),
    "a correction of nothing": lambda: correction(AccountKind.TAX_PAYABLE, "", Money(0, "USD")),
    "a correction of corrections": lambda: correction(AccountKind.CORRECTIONS, "", Money(1, "USD")),
    "beyond what any amount may be": lambda: order_postings.release("o", "s", Share(MAX_MINOR, MAX_MINOR, 0, 0), "USD"),
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        wrong()


@given(sold_orders(), AMOUNTS, CURRENCIES, shares())
def test_where_no_currency_is_crossed_the_same_is_booked(
    orders: list[SoldOrder], fee: int, currency: str, share: Share
) -> None:
    total = Money(sum(order.held_minor + order.tax_minor for order in orders), currency)
    assert fx_postings.sale(orders, currency, settled=total, fee=Money(fee, currency)) == sale(orders, fee, currency)
    owed, back = Money(share.held_minor - share.fee_minor, currency), Money(share.total_minor, currency)
    assert fx_postings.release("o", "s", share, currency, owed) == order_postings.release("o", "s", share, currency)
    assert fx_postings.refund("o", share, currency, settled=back) == order_postings.refund("o", share, currency)
    assert fx_postings.after_release("s", share, currency, taken=owed, settled=back) == refund_postings.after_release(
        "s", share, currency
    )


@given(shares(), AMOUNTS, AMOUNTS, AMOUNTS)
def test_every_currency_of_a_crossing_sums_to_zero_and_the_difference_is_gain_or_loss(
    share: Share, settled: int, promised: int, owed: int
) -> None:
    assume(share.total_minor and share.held_minor > share.fee_minor)
    refunded = fx_postings.after_release(
        "s", share, "EUR", taken=Money(owed, "GBP"), settled=Money(settled, "USD"), at_frozen=Money(promised, "USD")
    )
    assert net(refunded) == {"EUR": 0, "GBP": 0, "USD": 0}
    assert totals(refunded)[AccountKind.FX_RESULT] == settled - promised, "paying more than was promised is a loss"
    assert net(refund_postings.failed(refunded)) == {"EUR": 0, "GBP": 0, "USD": 0}
