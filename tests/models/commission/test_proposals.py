"""What one side has proposed to the other, while the work goes on: who is asked, how long, and what overtakes it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import NotNow
from models.rules.commission import advancing, altering, bargaining, leaving, making
from models.rules.commission.contract import Milestone
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission, Do, Status
from models.rules.commission.results import Outcome, Result, hear
from models.types import Party
from tests.models.commission.contracts import desk

CUSTOMER, ARTISAN = "usr_customer", "usr_artisan"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WAITS = CommissionDeadlines()


def working(*, milestones: int = 1) -> Commission:
    """Agreed, paid whole, and under way."""
    it = Commission("com_1", CUSTOMER, ARTISAN, "USD", 1_000, WAITS, NOW)
    made = tuple(Milestone(number, 20_000, 30) for number in range(1, milestones + 1))
    terms = desk(milestones=made, deposit_minor=20_000 * milestones, shipping_minor=0, starts_on=NOW.date())
    bargaining.make_offer(it, ARTISAN, terms, NOW)
    bargaining.accept(it, CUSTOMER, NOW)
    carry_out(it)
    assert it.status is Status.WORKING
    return it


def carry_out(it: Commission) -> None:
    """All that is to be done, as it should go."""
    advancing.advance(it, NOW)
    while it.tasks and it.tasks[0].do is not Do.SHIP:
        task = it.tasks.pop(0)
        is_money = task.do in {Do.OPEN_DEPOSIT, Do.CHARGE}
        hear(it, task, Result(Outcome.PAID if is_money else Outcome.DONE), NOW)


def dearer(it: Commission) -> None:
    """The artisan would add a milestone."""
    more = (*it.contract.milestones, Milestone(9, 5_000, 5))
    altering.propose(it, ARTISAN, replace(it.contract, milestones=more), NOW)


def approve(it: Commission) -> None:
    number = it.current
    assert number is not None
    making.submit(it, number, NOW)
    making.approve(it, number, NOW)
    advancing.advance(it, NOW)


def test_who_is_asked_acts_when_that_lapses_first() -> None:
    it = working()
    assert advancing.standing(it, NOW).waiting_on is Party.ARTISAN
    dearer(it)
    asked = advancing.standing(it, NOW)
    assert (asked.waiting_on, asked.then) == (Party.CUSTOMER, "change_lapses")
    leaving.offer_end(it, CUSTOMER, 1_000, NOW - DAY)
    asked = advancing.standing(it, NOW)
    assert (asked.waiting_on, asked.then) == (Party.ARTISAN, "end_offer_lapses")


def test_a_pause_stops_the_clock_of_what_is_proposed_and_nobody_answers_it_meanwhile() -> None:
    it = working()
    dearer(it)
    leaving.offer_end(it, CUSTOMER, 1_000, NOW)
    leaving.pause(it, NOW + DAY, Party.ADMINISTRATOR)
    assert advancing.timers(it, NOW + 90 * DAY) == []
    with pytest.raises(NotNow, match="paused"):
        altering.refuse_reply(it, CUSTOMER, it.versions)
    with pytest.raises(NotNow, match="paused"):
        leaving.refuse_end_reply(it, ARTISAN, 1_000)
    leaving.resume(it, NOW + 91 * DAY, Party.ADMINISTRATOR)
    assert it.change is not None
    assert it.end_offer is not None
    assert it.change.until == it.end_offer[2] == NOW + WAITS.change_stands + 90 * DAY
    altering.refuse_reply(it, CUSTOMER, it.versions)


def test_what_nobody_has_answered_lapses_when_everything_is_approved() -> None:
    it = working()
    dearer(it)
    leaving.offer_end(it, CUSTOMER, 1_000, NOW)
    approve(it)
    carry_out(it)
    assert it.status is Status.FINISHED
    assert {"change_lapsed", "end_offer_lapsed"} <= {line.what for line in it.lines}
    with pytest.raises(NotNow):
        altering.refuse_reply(it, CUSTOMER, it.versions)
    with pytest.raises(NotNow):
        leaving.refuse_end_reply(it, ARTISAN, 1_000)


def test_a_change_that_both_agreed_to_holds_before_the_last_approval_finishes_it() -> None:
    """Its tax is being worked out when the last milestone is approved: the work that it adds is still to come."""
    it = working()
    dearer(it)
    altering.reply(it, CUSTOMER, agree=True)
    approve(it)
    assert it.status is Status.WORKING
    carry_out(it)
    assert it.current == 9
    assert "change_holds" in {line.what for line in it.lines}
