"""How much credit a checkout uses, who of its orders it pays for, and where refunds go: worked cases, and any sequence
of them."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from models.errors import CreditChanged, DomainError, InvalidInput
from models.rules import credit_postings, order_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry, undone
from models.rules.credit import card_part, refuse_grant, refuse_unusable, shared, usable
from models.rules.money import LEAST, step_of
from models.rules.refunds import Share, share_of_amount
from models.rules.sale_postings import SoldOrder, sale
from models.types import MAX_MINOR, Money

CURRENCIES = st.sampled_from(sorted(LEAST))


@pytest.mark.parametrize(
    ("currency", "total", "available", "used"),
    [
        ("USD", 4_000, 10_000, 4_000),
        ("USD", 4_000, 4_000, 4_000),
        ("USD", 4_000, 1_500, 1_500),
        ("USD", 4_000, 3_980, 3_950),
        ("USD", 4_000, 3_999, 3_950),
        ("USD", 40, 30, 0),
        ("USD", 40, 40, 40),
        ("USD", 4_000, 0, 0),
        ("JPY", 3_000, 2_990, 2_950),
        ("KWD", 5_000, 1_234, 1_230),
        ("KWD", 5_000, 4_995, 4_800),
    ],
)
def test_what_a_checkout_can_use(currency: str, total: int, available: int, used: int) -> None:
    assert usable(Money(total, currency), Money(available, currency)).minor == used


@given(CURRENCIES, st.integers(0, 10**6), st.integers(0, 10**7))
def test_what_can_be_used_is_never_refused(currency: str, steps: int, available: int) -> None:
    total, has = Money(steps * step_of(currency), currency), Money(available, currency)
    used = usable(total, has)
    refuse_unusable(total, has, used)
    assert 0 <= used.minor <= min(total.minor, has.minor)
    rest = total.minor - used.minor
    assert rest == 0 or rest >= LEAST[currency] or total.minor < LEAST[currency]


@pytest.mark.parametrize(
    ("available", "wanted", "error"),
    [
        (999, 1_000, CreditChanged),
        (0, 1, CreditChanged),
        (9_000, 4_001, InvalidInput),
        (9_000, 3_951, InvalidInput),
        (9_000, -1, InvalidInput),
    ],
)
def test_what_cannot_be_used(available: int, wanted: int, error: type[DomainError]) -> None:
    with pytest.raises(error):
        refuse_unusable(Money(4_000, "USD"), Money(available, "USD"), Money(wanted, "USD"))


def test_credit_of_another_currency_is_none() -> None:
    with pytest.raises(ValueError, match="own currency"):
        usable(Money(4_000, "USD"), Money(4_000, "EUR"))


@given(CURRENCIES, st.lists(st.integers(1, 10**5), min_size=1, max_size=6), st.data())
def test_orders_share_it_and_none_gets_more_than_it_costs(currency: str, steps: list[int], data: st.DataObject) -> None:
    step = step_of(currency)
    totals = [count * step for count in steps]
    credit = data.draw(st.integers(0, sum(steps))) * step
    parts = shared(Money(credit, currency), totals)
    assert sum(parts) == credit
    assert all(0 <= part <= total and part % step == 0 for part, total in zip(parts, totals, strict=True))


def test_the_worked_refunds() -> None:
    left, gone = 8_600, []
    for amount in (5_000, 5_000, 600):
        card = card_part(amount, left)
        left -= card
        gone.append((card, amount - card))
    assert gone == [(5_000, 0), (3_600, 1_400), (0, 600)]


@pytest.mark.parametrize("minor", [0, -1, 100_001, MAX_MINOR])
def test_what_nobody_means_to_give(minor: int) -> None:
    with pytest.raises(InvalidInput):
        refuse_grant(Money(minor, "USD"))


@dataclass
class Bought:
    """One order, in the world without accounts."""

    left: Share
    card_left: int
    back: list[tuple[list[LedgerEntry], int, int]] = field(default_factory=list)


class CreditMachine(RuleBasedStateMachine):
    """Any sequence of granting, redeeming, keeping, closing, capturing and refunding, as the repositories do it,
    against a plain count of what the person may spend."""

    def __init__(self) -> None:
        super().__init__()
        self.books: dict[tuple[AccountKind, str], int] = {}
        self.spendable, self.kept, self.cards, self.paid_in, self.given = 0, 0, 0, 0, 0
        self.orders: list[Bought] = []

    def post(self, entries: list[LedgerEntry]) -> None:
        assert sum(entry.amount.minor for entry in entries) == 0
        for entry in entries:
            key = (entry.kind, entry.owner)
            self.books[key] = self.books.get(key, 0) + entry.amount.minor

    @rule(minor=st.integers(1, 20_000))
    def granted(self, minor: int) -> None:
        self.post(credit_postings.credit_granted("usr", Money(minor, "USD")))
        self.spendable += minor
        self.given += minor

    @rule(minor=st.integers(1, 20_000))
    def card_redeemed(self, minor: int) -> None:
        self.cards += 1
        card = f"gft_{self.cards}"
        self.post(credit_postings.gift_card_issued(card, Money(minor, "USD")))
        self.post(credit_postings.gift_card_redeemed(card, "usr", Money(minor, "USD")))
        self.spendable += minor
        self.given += minor

    @rule(sums=st.tuples(st.integers(1, 9_000), st.integers(0, 900), st.integers(0, 900)), ends=st.booleans())
    def checkout(self, sums: tuple[int, int, int], ends: bool) -> None:
        items, shipping, tax = sums
        total = Money(sum(sums), "USD")
        used = usable(total, Money(self.spendable, "USD"))
        if used.minor:
            refuse_unusable(total, Money(self.spendable, "USD"), used)
            with pytest.raises(CreditChanged):  # a second tab, while the first one keeps it
                refuse_unusable(
                    Money(10**6, "USD"), Money(self.spendable - used.minor, "USD"), Money(self.spendable, "USD")
                )
        if not ends:
            return
        paid_by = [credit_postings.credit_spent("usr", used)] if used.minor else []
        order_id = f"ord_{len(self.orders)}"
        self.post(sale([SoldOrder(order_id, items, shipping, tax)], 0, "USD", paid_by))
        self.spendable -= used.minor
        self.paid_in += total.minor - used.minor
        self.orders.append(Bought(Share(items, shipping, tax, 0), total.minor - used.minor))

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 100), minor=st.integers(1, 12_000))
    def refunded(self, which: int, minor: int) -> None:
        number = which % len(self.orders)
        order = self.orders[number]
        share = share_of_amount(order.left, minor)
        if not share.total_minor:
            return
        by_card = card_part(share.total_minor, order.card_left)
        to_card = share_of_amount(share, by_card)
        to_credit = share - to_card
        assert min(to_credit.items_minor, to_credit.shipping_minor, to_credit.tax_minor) >= 0
        if by_card:
            entries = order_postings.refund(f"ord_{number}", to_card, "USD")
            self.post(entries)
            order.back.append((entries, by_card, number))
        if to_credit.total_minor:
            paid_to = [credit_postings.credit_given_back("usr", Money(to_credit.total_minor, "USD"))]
            self.post(order_postings.refund(f"ord_{number}", to_credit, "USD", paid_to))
        order.left -= share
        order.card_left -= by_card
        self.spendable += to_credit.total_minor
        self.paid_in -= by_card

    @precondition(lambda self: any(order.back for order in self.orders))
    @rule(again=st.booleans())
    def the_bank_sends_it_back(self, again: bool) -> None:
        order = next(order for order in self.orders if order.back)
        entries, _, _ = order.back[-1]
        self.post(undone(entries))
        self.post(entries)  # and is tried once more: credit moves with neither

    @precondition(lambda self: self.spendable)
    @rule()
    def given_up(self) -> None:
        self.post(credit_postings.credit_forfeited("usr", Money(self.spendable, "USD")))
        self.given -= self.spendable
        self.spendable = 0

    @invariant()
    def the_books_agree(self) -> None:
        assert sum(self.books.values()) == 0
        assert self.books.get((AccountKind.STORE_CREDIT, "usr"), 0) == -self.spendable <= 0
        assert self.books.get((AccountKind.PROVIDER_PENDING, ""), 0) == self.paid_in >= 0
        assert self.books.get((AccountKind.FEES_EARNED, ""), 0) == self.given
        assert all(minor == 0 for (kind, _), minor in self.books.items() if kind is AccountKind.GIFT_CARDS)
        for number, order in enumerate(self.orders):
            assert self.books.get((AccountKind.ORDER_HELD, f"ord_{number}"), 0) == -order.left.held_minor


def test_any_sequence_keeps_the_books() -> None:
    run_state_machine_as_test(CreditMachine, settings=settings(max_examples=60, stateful_step_count=25, deadline=None))
