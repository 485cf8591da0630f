"""Whatever a commission's money goes through, the books balance after every step, and bank and books say the same."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.commission.charges import planned, shares, trimmed
from models.rules.commission.contract import Milestone, Stage
from models.rules.commission.endings import Ending, settle
from models.rules.commission_postings import Back, given_back, of_settlement, of_surplus, still_to_release
from models.rules.order_postings import release
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder, sale
from tests.models.commission.contracts import contracts, desk, stages_of, taxes

COMMISSION, SHOP = "com_1", "shp_1"
Books = dict[AccountKind, int]


def booked(books: Books, entries: list[LedgerEntry]) -> None:
    assert sum(entry.amount.minor for entry in entries) == 0
    for entry in entries:
        books[entry.kind] += entry.amount.minor


def test_the_worked_example() -> None:
    """An approved drawing and a frame under way, and the artisan leaves."""
    made = planned(desk(), 10_240)[:2]
    settlement = settle(desk(), stages_of(desk(), 1, Stage.WORKING), shares(desk(), 650, made), Ending.ARTISAN_LEAVES)
    back = of_settlement(settlement.by_milestone, settlement.released)
    assert back == Back(held_minor=60_000, taken_minor=18_700, fee_minor=1_300, tax_minor=6_400)
    assert still_to_release(settlement.by_milestone, settlement.released) == Share(0, 0, 0, 0)


@given(st.data())
def test_every_end_conserves(data: st.DataObject) -> None:
    """Any contract, at any point, ended in any way, sent back over any charges."""
    terms = data.draw(contracts())
    tax = data.draw(taxes(terms))
    fee_bp = data.draw(st.integers(0, 2_000))
    plan = planned(terms, tax)
    made = plan[: data.draw(st.integers(1, len(plan)))]
    held = shares(terms, fee_bp, made)
    funded = [number for number, share in held.items() if all(one.before > number for one in plan[len(made) :])]
    reached = data.draw(st.integers(0, len(funded)))
    stage = data.draw(st.sampled_from([Stage.FUNDED, Stage.WORKING, Stage.SUBMITTED]))
    stages = stages_of(terms, reached, stage if reached < len(funded) else Stage.PLANNED)
    books: Books = defaultdict(int)
    for charge in made:
        booked(books, sale([SoldOrder(COMMISSION, charge.amount_minor, 0, charge.tax_minor)], 0, terms.currency))
    for number, at in stages.items():
        if at is Stage.APPROVED:
            share = Share(held[number].items_minor, 0, held[number].tax_minor, held[number].fee_minor)
            booked(books, release(COMMISSION, SHOP, share, terms.currency))

    settlement = settle(terms, stages, held, data.draw(st.sampled_from(Ending)), data.draw(st.integers(0, 10_000)))
    back = of_settlement(settlement.by_milestone, settlement.released)
    kept = still_to_release(settlement.by_milestone, settlement.released)
    booked(books, release(COMMISSION, SHOP, kept, terms.currency))
    start = 0
    for charge in reversed(made):
        part = min(charge.total_minor, back.total_minor - start)
        stretch = back.stretch(start, part)
        assert stretch.total_minor == part
        booked(books, given_back(COMMISSION, SHOP, stretch, terms.currency))
        start += part

    assert start == back.total_minor == settlement.back_minor
    assert min(back.held_minor, back.taken_minor, back.fee_minor, back.tax_minor) >= 0
    paid = sum(charge.total_minor for charge in made)
    assert books[AccountKind.ORDER_HELD] == 0
    assert books[AccountKind.PROVIDER_PENDING] == paid - settlement.back_minor
    assert books[AccountKind.ARTISAN_PAYABLE] == -settlement.kept_minor
    assert books[AccountKind.TAX_PAYABLE] <= 0


@given(st.data())
def test_every_surplus_conserves(data: st.DataObject) -> None:
    """What is held after a change is what the charges, cut to the new contract, say."""
    terms = data.draw(contracts())
    plan = planned(terms, data.draw(taxes(terms)))
    made = plan[: data.draw(st.integers(1, len(plan)))]
    left = data.draw(st.integers(1, len(terms.milestones)))
    cheaper = desk(
        currency=terms.currency,
        milestones=tuple(Milestone(one.number, one.amount_minor, one.days) for one in terms.milestones[:left]),
        shipping_minor=data.draw(st.integers(0, terms.shipping_minor)),
        deposit_minor=terms.milestones[0].amount_minor,
    )
    kept, back_minor = trimmed(cheaper, data.draw(taxes(cheaper)), made)
    back = of_surplus(back_minor, sum(charge.amount_minor for charge in made), cheaper)
    assert sum(charge.amount_minor for charge in made) - back.held_minor == sum(one.amount_minor for one in kept)
    assert sum(charge.tax_minor for charge in made) - back.tax_minor == sum(one.tax_minor for one in kept)
