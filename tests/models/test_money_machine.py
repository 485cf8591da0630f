"""Any sequence of what can happen to money, against a plain count of who paid what and who has it.

The machine books with the product's builders and keeps beside them its own idea of the world, in which there are no
accounts: what customers paid, what went back to them, what stands in artisans' banks. After every step the books must
agree with it, to the minor unit and in every currency.
"""

from collections import defaultdict
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.rules import (
    credit_postings,
    fx_postings,
    payout_postings,
    provider_postings,
    refund_postings,
    reserve_postings,
)
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import OrderedLine, OrderTerms, Share, part, together
from models.rules.sale_postings import SoldOrder, sale
from models.types import Money
from tests.models.money_world import (
    ANY,
    CARD,
    OWED,
    OWED_OR_EARNED,
    PERSON,
    RATE,
    SETTLED_IN,
    SHOPS,
    SMALL,
    Payout,
    Refunded,
    Sold,
    at_rate,
)


class MoneyMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[tuple[AccountKind, str, str], int] = defaultdict(int)
        self.orders: list[Sold] = []
        self.payouts: list[Payout] = []
        self.customers: dict[str, int] = defaultdict(int)
        """Paid, less what went back, by the currency of the charge."""
        self.converted: dict[str, int] = defaultdict(int)
        """What became owed in another currency than it was paid in: out of this one negative, into it positive."""
        self.provider: dict[str, int] = defaultdict(int)
        """What the provider itself would say we have there."""
        self.available: dict[str, int] = defaultdict(int)
        """Of that, what it lets go of."""
        self.expected: dict[tuple[AccountKind, str, str], int] = defaultdict(int)
        """Of cards, credit, reserves and debts, as their owners would say."""
        self.earned: dict[str, int] = defaultdict(int)
        """What orders have brought each shop, in its currency, less what refunds took again."""

    def book(self, entries: Sequence[LedgerEntry]) -> None:
        sums: dict[str, int] = defaultdict(int)
        for entry in entries:
            sums[entry.amount.currency] += entry.amount.minor
            self.balances[entry.kind, entry.owner, entry.amount.currency] += entry.amount.minor
        assert not any(sums.values()), sums

    def payable(self, shop: str) -> int:
        return -self.balances[AccountKind.ARTISAN_PAYABLE, shop, SHOPS[shop]]

    def total(self, kinds: Sequence[AccountKind], currency: str) -> int:
        return sum(minor for (kind, _, of), minor in self.balances.items() if kind in kinds and of == currency)

    # Orders

    @initialize(counts=st.tuples(st.integers(1, 3), st.integers(1, 3)))
    def a_market_that_has_sold_before(self, counts: tuple[int, int]) -> None:
        """Or most sequences would be over before there is something to pay out."""
        between = (("shp_usd", "USD"), ("shp_eur", "JPY"), ("shp_eur", "EUR"))
        for number in range(counts[0]):
            self.sell(between[number], [(4_999, 2, 333)], (501, 77, 7), (117, 91, 90), 0)
        for _ in range(min(counts)):
            self.deliver(0)
        if counts[1] == 1:  # and has been paid for what came back then
            self.payout_begins("shp_usd", 20_000)
            self.payout_moves(0, [1, 1], "USD", (1, 1))
            self.refund(0, True, (1, 1), 0)
            self.debt("shp_usd", 4_000)

    @rule(
        between=st.tuples(st.sampled_from(sorted(SHOPS)), st.sampled_from(sorted(SETTLED_IN))),
        prices=st.lists(st.tuples(SMALL, st.integers(1, 3), st.integers(0, 900)), min_size=1, max_size=2),
        extras=st.tuples(st.integers(0, 900), st.integers(0, 300), st.integers(0, 100)),
        rates=st.tuples(RATE, RATE, RATE),
        card=ANY,
        off=st.sampled_from([0, 0, 7, 33, 100]),
    )
    def sell(
        self,
        between: tuple[str, str],
        prices: list[tuple[int, int, int]],
        extras: tuple[int, int, int],
        rates: tuple[int, int, int],
        card: int,
        *,
        off: int = 0,
    ) -> None:
        """`off` is what the shop takes off its first line, in per cent."""
        shop, currency = between
        lines = [
            OrderedLine(f"lst_{n}", count, price, tax, discount_minor=0 if n else price * count * off // 100)
            for n, (price, count, tax) in enumerate(prices)
        ]
        shipping, provider_fee, fee_percent = extras
        items = sum(line.net_minor for line in lines)
        tax = sum(line.tax_minor for line in lines) + shipping // 10
        terms = OrderTerms(lines, shipping, tax, items * fee_percent // 100)
        sold = Sold(f"ord_{len(self.orders)}", shop, currency, terms, rates[0])
        of_card = (AccountKind.GIFT_CARDS, CARD, currency)
        spent = min(card, self.expected[of_card], sold.left.total_minor)
        charged, into = sold.left.total_minor - spent, SETTLED_IN[currency]
        crossing = into != currency
        settled = Money(at_rate(charged, rates[1]) if crossing else charged, into)
        order, by_card = SoldOrder(sold.id, items, shipping, tax), Money(spent, currency)
        paid_by = [credit_postings.gift_card_spent(CARD, by_card)] if spent else []
        entries = fx_postings.sale(
            [order],
            currency,
            settled=settled,
            fee=Money(provider_fee, into),
            at_frozen=Money(at_rate(charged, rates[2]), into) if crossing else None,
            paid_by=paid_by,
        )
        if not crossing:
            assert entries == sale([order], provider_fee, currency, paid_by)
        self.book(entries)
        self.expected[of_card] -= spent
        self.customers[currency] += charged
        self.provider[into] += settled.minor - provider_fee
        self.orders.append(sold)

    @precondition(lambda self: any(order.released is None and order.left.held_minor for order in self.orders))
    @rule(pick=ANY)
    def deliver(self, pick: int) -> None:
        waiting = [order for order in self.orders if order.released is None and order.left.held_minor]
        order = waiting[pick % len(waiting)]
        order.released, order.newest = order.left, None
        owed = Money(order.owed(order.released), SHOPS[order.shop])
        self.book(fx_postings.release(order.id, order.shop, order.released, order.currency, owed))
        self._convert(order, order.released, owed.minor)
        self.earned[order.shop] += owed.minor

    @precondition(lambda self: any(order.left.total_minor for order in self.orders))
    @rule(pick=ANY, whole=st.booleans(), rates=st.tuples(RATE, RATE), as_credit=ANY)
    def refund(self, pick: int, whole: bool, rates: tuple[int, int], as_credit: int) -> None:
        open_orders = [order for order in self.orders if order.left.total_minor]
        order = open_orders[pick % len(open_orders)]
        left = {of: count - order.back.get(of, 0) for of, count in order.terms.pieces.items()}
        one = next(of for of, count in left.items() if count)
        pieces = left if whole else {one: 1}
        share = part(order.terms, order.back, pieces)
        into, credit = SETTLED_IN[order.currency], as_credit % (share.total_minor + 1)
        given = [credit_postings.credit_given_back(PERSON, Money(credit, order.currency))] if credit else []
        crossing = into != order.currency
        back = share.total_minor - credit
        settled = Money(at_rate(back, rates[0]) if crossing else back, into)
        promised = Money(at_rate(back, rates[1]), into) if crossing else None
        taken = 0
        if order.released is None:
            entries = fx_postings.refund(
                order.id, share, order.currency, settled=settled, at_frozen=promised, paid_to=given
            )
        else:
            kept = order.released - share
            taken = order.owed(order.released) - order.owed(kept)
            owed = Money(taken, SHOPS[order.shop])
            entries = fx_postings.after_release(
                order.shop, share, order.currency, taken=owed, settled=settled, at_frozen=promised, paid_to=given
            )
            if settled.currency == owed.currency == order.currency:
                assert entries == refund_postings.after_release(order.shop, share, order.currency, given)
            order.released = kept
        self._book_refund(order, Refunded(entries, pieces, back, settled, share, taken, credit), 1)
        order.back = together(order.back, pieces)

    @precondition(lambda self: any(order.newest for order in self.orders))
    @rule(pick=ANY)
    def refund_fails(self, pick: int) -> None:
        sent = [order for order in self.orders if order.newest]
        order = sent[pick % len(sent)]
        assert order.newest is not None
        undone = order.newest
        order.back = {of: count - undone.pieces.get(of, 0) for of, count in order.back.items()}
        if order.released is not None:
            order.released = order.left
        self._book_refund(order, undone, -1)
        order.newest = None

    def _book_refund(self, order: Sold, refund: Refunded, sign: int) -> None:
        self.book(refund.entries if sign > 0 else refund_postings.failed(refund.entries))
        self.customers[order.currency] -= sign * refund.back
        self.provider[refund.settled.currency] -= sign * refund.settled.minor
        self.expected[AccountKind.STORE_CREDIT, PERSON, order.currency] += sign * refund.credit
        if order.released is not None:
            self._convert(order, refund.share, refund.taken, -sign)
            self.earned[order.shop] -= sign * refund.taken
        order.newest = refund

    def _convert(self, order: Sold, share: Share, owed: int, sign: int = 1) -> None:
        if SHOPS[order.shop] != order.currency:
            self.converted[order.currency] -= sign * (share.held_minor - share.fee_minor)
            self.converted[SHOPS[order.shop]] += sign * owed

    @precondition(lambda self: any(order.released or order.disputed for order in self.orders))
    @rule(pick=ANY, won=st.booleans(), fee=st.integers(0, 1_500), rates=st.tuples(RATE, RATE))
    def dispute(self, pick: int, won: bool, fee: int, rates: tuple[int, int]) -> None:
        """The contested order's money is kept back; decided, it is let go of, or goes back to the buyer with a fee."""
        contested = [order for order in self.orders if order.released or order.disputed]
        order = contested[pick % len(contested)]
        currency = SHOPS[order.shop]
        of = (AccountKind.ARTISAN_RESERVE, order.shop, currency)
        if not order.disputed and order.released is not None:
            order.disputed = max(0, min(order.owed(order.released), self.payable(order.shop)))
            if order.disputed:
                self.book(reserve_postings.taken(order.shop, Money(order.disputed, currency)))
                self.expected[of] += order.disputed
            return
        let_go = min(order.disputed, self.expected[of])
        if let_go:
            self.book(reserve_postings.released(order.shop, Money(let_go, currency)))
            self.expected[of] -= let_go
        order.disputed = 0
        if not won:
            if fee:
                self.provider_takes_a_fee(fee, "dispute")
            if order.left.total_minor:
                self.refund(self._place(order), True, rates, 0)

    def _place(self, order: Sold) -> int:
        """Where `refund` finds it."""
        return [one for one in self.orders if one.left.total_minor].index(order)

    # Artisans: few rules with many outcomes each, or a payout would hardly ever reach its bank

    @rule(shop=st.sampled_from(sorted(SHOPS)), amount=SMALL, back=st.booleans())
    def reserve(self, shop: str, amount: int, back: bool) -> None:
        of = (AccountKind.ARTISAN_RESERVE, shop, SHOPS[shop])
        amount = min(amount, self.expected[of] if back else self.payable(shop))
        if amount > 0:
            self.book((reserve_postings.released if back else reserve_postings.taken)(shop, Money(amount, SHOPS[shop])))
            self.expected[of] += -amount if back else amount

    @rule(shop=st.sampled_from(sorted(SHOPS)), amount=SMALL)
    def debt(self, shop: str, amount: int) -> None:
        """What a shop owes is put under a plan; what it has pays an instalment."""
        of = (AccountKind.ARTISAN_DEBT, shop, SHOPS[shop])
        planned, repaid = min(amount, -self.payable(shop)), min(amount, -self.expected[of], self.payable(shop))
        if planned > 0:
            self.book(payout_postings.debt_planned(shop, Money(planned, SHOPS[shop])))
            self.expected[of] -= planned
        elif repaid > 0:
            self.book(payout_postings.instalment(shop, Money(repaid, SHOPS[shop])))
            self.expected[of] += repaid

    @rule(shop=st.sampled_from(sorted(SHOPS)), amount=st.integers(1, 20_000))
    def payout_begins(self, shop: str, amount: int) -> None:
        aside = Money(max(min(amount, self.payable(shop)), 0), SHOPS[shop])
        if aside.minor:
            self.book(payout_postings.set_aside(shop, aside))
            self.payouts.append(Payout(shop, aside))

    @precondition(lambda self: self.payouts)
    @rule(
        pick=ANY,
        ways=st.lists(st.integers(0, 3), min_size=1, max_size=6),
        sent=st.sampled_from(["USD", "EUR"]),
        rates=st.tuples(RATE, RATE),
    )
    def payout_moves(self, pick: int, ways: list[int], sent: str, rates: tuple[int, int]) -> None:
        payout = self.payouts[pick % len(self.payouts)]
        for way in ways:
            if payout in self.payouts:
                self._move(payout, sent, rates, onwards=way > 0)
                self.nobody_is_paid_twice_and_nobody_is_forgotten()

    def _move(self, payout: Payout, sent: str, rates: tuple[int, int], *, onwards: bool) -> None:
        """To the connected account and to the bank, or back from where it is."""
        shop, amount = payout.shop, payout.amount
        if payout.where == "aside" and onwards:
            left, promised = self._converted(payout, sent, rates)
            self.book(fx_postings.transferred(shop, amount, left, promised))
            self.provider[sent] -= left.minor
            self.available[sent] -= left.minor
            payout.where, payout.sent = "there", sent
        elif payout.where == "aside":
            self.book(payout_postings.given_back(shop, amount))
            self.payouts.remove(payout)
        elif payout.where == "there" and onwards:
            self.book(payout_postings.paid(shop, amount))
            payout.where = "bank"
        elif payout.where == "there":
            came, promised = self._converted(payout, payout.sent, rates)
            self.book(fx_postings.reversed_transfer(shop, amount, came, promised))
            self.provider[payout.sent] += came.minor
            self.available[payout.sent] += came.minor
            payout.where = "aside"
        elif not onwards:
            self.book(payout_postings.returned(shop, amount))
            payout.where = "there"

    def _converted(self, payout: Payout, into: str, rates: tuple[int, int]) -> tuple[Money, Money | None]:
        if payout.amount.currency == into:
            return payout.amount, None
        return Money(at_rate(payout.amount.minor, rates[0]), into), Money(at_rate(payout.amount.minor, rates[1]), into)

    # The provider, cards and credit

    @rule(currency=st.sampled_from(["USD", "EUR"]), share=st.integers(1, 3))
    def becomes_available(self, currency: str, share: int) -> None:
        pending = self.balances[AccountKind.PROVIDER_PENDING, "", currency] // share
        if pending:
            self.book(provider_postings.became_available(Money(pending, currency)))
            self.available[currency] += pending

    @rule(amount=SMALL, what=st.sampled_from(["fee", "dispute", "won"]))
    def provider_takes_a_fee(self, amount: int, what: str) -> None:
        builder = {
            "fee": provider_postings.fee,
            "dispute": provider_postings.dispute_fee,
            "won": provider_postings.dispute_fee_returned,
        }[what]
        self.book(builder(Money(amount, "USD")))
        self.provider["USD"] += amount if what == "won" else -amount

    @rule(amount=SMALL, currency=st.sampled_from(["USD", "EUR"]), fee=st.integers(0, 50), bought=st.booleans())
    def gift_card(self, amount: int, currency: str, fee: int, bought: bool) -> None:
        self.expected[AccountKind.GIFT_CARDS, CARD, currency] += amount
        if bought:
            self.book(credit_postings.gift_card_sold(CARD, Money(amount, currency), Money(fee, currency)))
            self.customers[currency] += amount
            self.provider[currency] += amount - fee
        else:
            self.book(credit_postings.gift_card_issued(CARD, Money(amount, currency)))

    @rule(currency=st.sampled_from(["USD", "EUR"]))
    def card_expires(self, currency: str) -> None:
        of_card = (AccountKind.GIFT_CARDS, CARD, currency)
        if left := self.expected[of_card]:
            self.book(credit_postings.gift_card_expired(CARD, Money(left, currency)))
            self.expected[of_card] = 0

    @rule(amount=SMALL, currency=st.sampled_from(sorted(SETTLED_IN)))
    def grant_credit(self, amount: int, currency: str) -> None:
        self.book(credit_postings.credit_granted(PERSON, Money(amount, currency)))
        self.expected[AccountKind.STORE_CREDIT, PERSON, currency] += amount

    @rule(currency=st.sampled_from(sorted(SETTLED_IN)))
    def close_the_position(self, currency: str) -> None:
        left = self.balances[AccountKind.FX_POSITION, "", currency]
        if left:
            self.book(fx_postings.closed(Money(left, currency)))

    # What must hold

    @invariant()
    def every_currency_sums_to_zero(self) -> None:
        for currency in SETTLED_IN:
            assert self.total(list(AccountKind), currency) == 0

    @invariant()
    def what_customers_paid_is_somebodys(self) -> None:
        """What went back, fees, tax, the artisans', and what is in flight."""
        for currency in SETTLED_IN:
            paid_out = sum(
                payout.amount.minor
                for payout in self.payouts
                if payout.where == "bank" and payout.amount.currency == currency
            )
            ours_and_theirs = -self.total(OWED_OR_EARNED, currency)
            assert self.customers[currency] + self.converted[currency] == ours_and_theirs + paid_out

    @invariant()
    def each_order_is_held_until_it_is_delivered_or_refunded(self) -> None:
        for order in self.orders:
            held = -self.balances[AccountKind.ORDER_HELD, order.id, order.currency]
            assert held == (0 if order.released is not None else order.left.held_minor) >= 0

    @invariant()
    def tax_is_owed_for_what_was_not_refunded(self) -> None:
        for currency in SETTLED_IN:
            due = sum(order.left.tax_minor for order in self.orders if order.currency == currency)
            assert -self.balances[AccountKind.TAX_PAYABLE, "", currency] == due

    @invariant()
    def nobody_is_paid_twice_and_nobody_is_forgotten(self) -> None:
        for shop, currency in SHOPS.items():
            mine = [payout for payout in self.payouts if payout.shop == shop]
            there, bank = (sum(p.amount.minor for p in mine if p.where == where) for where in ("there", "bank"))
            under_way = sum(p.amount.minor for p in mine if p.where != "bank")
            owed = -sum(self.balances[kind, shop, currency] for kind in (*OWED, AccountKind.ARTISAN_DEBT))
            assert self.earned[shop] == owed + bank
            assert self.balances[AccountKind.CONNECTED_BALANCE, shop, currency] == there
            assert -self.balances[AccountKind.ARTISAN_IN_TRANSIT, shop, currency] == under_way

    @invariant()
    def the_provider_says_the_same(self) -> None:
        for currency in SETTLED_IN:
            ours = self.total([AccountKind.PROVIDER_PENDING, AccountKind.PROVIDER_AVAILABLE], currency)
            assert ours == self.provider[currency]
            assert self.balances[AccountKind.PROVIDER_AVAILABLE, "", currency] == self.available[currency]

    @invariant()
    def owners_say_the_same(self) -> None:
        for (kind, owner, currency), minor in self.expected.items():
            assert -self.balances[kind, owner, currency] == minor


def test_any_sequence_keeps_every_invariant() -> None:
    run_state_machine_as_test(MoneyMachine, settings=settings(max_examples=200, stateful_step_count=50, deadline=None))
