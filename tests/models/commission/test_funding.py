"""How a commission gets its money: what hints, tiny remainders and late answers of the bank do to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import InvalidInput, NotNow
from models.rules.commission import advancing, altering, bargaining, funding, making
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission, Do, Status
from models.rules.commission.results import Outcome, Result, hear
from tests.models.commission.contracts import TODAY, desk

CUSTOMER, ARTISAN = "usr_customer", "usr_artisan"
START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def do_tasks(it: Commission, *outcomes: Outcome, at: datetime = START) -> None:
    """All that is to be done; the bank answers with `outcomes`, one after the other, and then with PAID."""
    answers = list(outcomes)
    while it.tasks:
        task = it.tasks.pop(0)
        is_money = task.do in {Do.CHARGE, Do.LOOK_UP, Do.CLOSE_DEPOSIT, Do.CANCEL_CHARGE}
        outcome = (answers.pop(0) if answers else Outcome.PAID) if is_money else Outcome.DONE
        hear(it, task, Result(Outcome.OPEN if task.do is Do.OPEN_DEPOSIT else outcome), at)


def awaiting_deposit(**changed: object) -> Commission:
    it = Commission("com_1", CUSTOMER, ARTISAN, "USD", 1_000, CommissionDeadlines(), START)
    bargaining.make_offer(it, ARTISAN, replace(desk(**changed), starts_on=TODAY), START)
    bargaining.accept(it, CUSTOMER, START)
    do_tasks(it)
    assert it.status is Status.AWAITING_DEPOSIT
    return it


def test_hints_put_off_no_look_of_our_own_however_many_come() -> None:
    it = awaiting_deposit()
    looks_at = funding.looks_at(it)
    assert looks_at == START + timedelta(minutes=10)
    for _ in range(100):
        funding.take_hint(it)
        funding.take_hint(it)
        assert [task.do for task in it.tasks] == [Do.LOOK_UP], "two hints at once are one question"
        do_tasks(it, Outcome.OPEN)
        assert funding.looks_at(it) == looks_at


def test_a_look_lies_within_the_calendar_after_any_number_of_looks() -> None:
    it = awaiting_deposit()
    it.looks = 10_000
    looks_at, gives_up_at = funding.looks_at(it), funding.gives_up_at(it)
    assert looks_at is not None and gives_up_at is not None
    assert looks_at > gives_up_at


def working(**changed: object) -> Commission:
    """The deposit is paid, and the first milestone under way."""
    it = awaiting_deposit(**changed)
    funding.take_hint(it)
    do_tasks(it)
    assert it.status is Status.WORKING
    return it


def test_a_change_that_leaves_less_to_be_paid_than_a_card_carries_is_refused() -> None:
    """Everything is paid by the deposit but the shipping, 80.00, which is charged before the last milestone."""
    it = working(milestones=desk().milestones[:1], deposit_minor=20_000, shipping_minor=0)
    dearer = replace(it.contract, shipping_minor=30)
    with pytest.raises(InvalidInput, match=r"leave USD 0\.30 to be paid, and a card payment is USD 0\.50") as refused:
        altering.refuse_proposal(it, ARTISAN, 2, dearer, dearer.price_minor, TODAY)
    assert refused.value.details["field"] == "price"
    altering.refuse_proposal(it, ARTISAN, 2, replace(dearer, shipping_minor=50), dearer.price_minor, TODAY)


def test_a_change_that_a_charge_has_overtaken_so_far_that_little_is_left_does_not_hold() -> None:
    """Agreed while 400.00 + 80.00 were still to come, thirty cents dearer; carried out when they have been charged."""
    it = working()
    for number in (1, 2):
        making.submit(it, number, START)
        making.approve(it, number, START)
        if number == 1:
            advancing.advance(it, START)
            do_tasks(it)
    dearer = replace(it.contract, shipping_minor=8_030)
    altering.refuse_proposal(it, ARTISAN, 2, dearer, dearer.price_minor, TODAY)
    altering.propose(it, ARTISAN, dearer, START)
    altering.reply(it, CUSTOMER, agree=True)
    assess = it.tasks.pop()
    advancing.advance(it, START)
    assert len(it.charges) == 2
    hear(it, assess, Result(Outcome.DONE), START)
    do_tasks(it)
    assert sum(charge.amount_minor for charge in it.charges) == 128_000
    assert (it.version, it.contract.shipping_minor) == (1, 8_000)
    assert "change_overtaken" in [line.what for line in it.lines]


def test_a_card_is_tried_so_often_and_then_another_one_is_asked_for() -> None:
    it = working()
    making.submit(it, 1, START)
    making.approve(it, 1, START)
    advancing.advance(it, START)
    do_tasks(it, Outcome.DECLINED)
    for _ in range(funding.MOST_TRIES - 1):
        funding.refuse_retry(it)
        funding.try_again(it)
        do_tasks(it, Outcome.DECLINED)
    with pytest.raises(NotNow, match="tried 10 times"):
        funding.refuse_retry(it)
    funding.refuse_retry(it, another_card=True)
    funding.take_another_card(it)
    with pytest.raises(NotNow, match="page is open"):
        funding.refuse_retry(it, another_card=True)
