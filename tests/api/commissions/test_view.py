"""What each side sees of a commission, from the wish to every kind of end."""

import pytest

from api.commissions.payment import payment_view
from models.errors import DomainError
from models.rules.commission import altering, bargaining, funding, leaving, making
from models.rules.commission.contract import Milestone
from models.rules.commission.results import Outcome
from models.types import Party
from tests.api.commissions.played import ARTISAN, CUSTOMER, Played
from tests.models.commission.contracts import desk

C, A, TEAM = Party.CUSTOMER, Party.ARTISAN, Party.ADMINISTRATOR


@pytest.fixture
def played() -> Played:
    return Played()


def test_a_wish_waits_for_the_artisan(played: Played) -> None:
    view = played.view(A)
    assert (view.status, view.waiting_on, view.then, view.your_turn) == ("requested", "artisan", "request_lapses", True)
    assert view.waiting_text.startswith("Your turn.")
    assert played.may(A) == {"quote", "decline"}
    assert played.may(C) == {"decline"}
    assert [action.version for action in view.actions if action.is_next] == [1]
    assert view.plan is None
    assert view.milestones == []


def test_an_offer_is_answered_by_the_other_side(played: Played) -> None:
    played.offer()
    view = played.view(C)
    assert played.may(C) == {"accept", "counter", "decline"}
    assert "accept" not in played.may(A)
    assert view.offer is not None
    assert (view.offer.version, view.offer.state, view.offer.is_mine) == (1, "open", False)
    assert view.mandate is not None
    assert view.mandate.most.minor == 128_000
    assert "$1,280.00" in view.mandate.text
    assert "$300.00" in view.mandate.text
    assert played.view(A).mandate is None
    assert view.offer.terms.finished_on.isoformat() == "2026-07-03"


def test_a_counter_offer_says_what_differs(played: Played) -> None:
    played.offer()
    cheaper = (Milestone(1, 20_000, 10), Milestone(2, 55_000, 30))
    played.offer(C, desk(milestones=cheaper, revisions=3, reserved_bp=1_250), "Without the finish.")
    newest = played.view(A).versions[0]
    assert newest.note == "Without the finish."
    assert newest.compared_with == 1
    found = {(one.field, one.milestone): (one.before, one.after) for one in newest.differences}
    assert found == {
        ("price", None): ("$1,200.00", "$750.00"),
        ("days", None): ("60 days", "40 days"),
        ("revisions", None): ("2", "3"),
        ("reserved_bp", None): ("10 %", "12.5 %"),
        ("amount", 2): ("$600.00", "$550.00"),
        ("milestone", 3): ("Finish: $400.00, 20 days", ""),
    }


def test_an_agreed_contract_waits_for_its_deposit(played: Played) -> None:
    played.offer()
    bargaining.accept(played.it, CUSTOMER, played.now)
    played.goes_on()
    view = played.view(C)
    assert view.status == "awaiting_deposit"
    assert {"pay", "leave"} <= played.may(C)
    assert "pay" not in played.may(A)
    assert view.plan is not None
    assert (view.plan.agreed.minor, view.plan.to_come.minor, view.plan.paid.minor) == (138_240, 138_240, 0)
    assert [(one.total.minor, one.state) for one in view.plan.charges] == [
        (32_400, "open"),
        (54_000, "to_come"),
        (51_840, "to_come"),
    ]
    assert view.leaving is not None
    assert view.leaving.back.minor == 0
    pay = payment_view(played.seen())
    assert (pay.state, pay.url, pay.title) == ("pay", "https://pay.example/1", "Drawing")
    assert pay.total is not None
    assert pay.total.minor == 32_400


def test_what_is_paid_is_held_until_it_is_approved(played: Played) -> None:
    played.agree()
    view = played.view(C)
    assert view.plan is not None
    assert (view.plan.held.minor, view.plan.released.minor) == (32_400, 0)
    assert view.plan.card == "visa 4242"
    artisans = played.view(A)
    assert artisans.plan is not None
    assert artisans.plan.card == ""
    assert [(one.title, one.stage, one.money) for one in view.milestones] == [
        ("Drawing", "working", "held"),
        ("Frame", "planned", "held"),
        ("Finish", "planned", "to_come"),
    ]
    assert [one.due_on.isoformat() for one in view.milestones] == ["2026-05-14", "2026-06-13", "2026-07-03"]
    assert view.plan.charges[1].expected_on is not None
    assert view.plan.charges[1].expected_on.isoformat() == "2026-05-14"
    assert "prove" in played.may(A)
    played.shows(1)
    assert {"approve", "revise"} <= played.may(C)
    assert [one.action for one in played.view(C).actions if one.is_next] == ["approve"]
    played.approves(1)
    after = played.view(C)
    assert after.plan is not None
    assert (after.plan.paid.minor, after.plan.released.minor) == (86_400, 21_600)
    assert after.milestones[0].money == "released"


def test_a_declined_card_is_mended_by_the_customer(played: Played) -> None:
    played.agree()
    played.shows(1)
    making.approve(played.it, 1, played.now)
    played.goes_on(Outcome.DECLINED)
    view = played.view(C)
    assert view.status == "awaiting_funds"
    assert view.then == "commission_ends"
    assert {"mend_payment", "other_card"} <= played.may(C)
    assert "pay" not in played.may(C), "there is no page on which to pay"
    assert view.timeline[-1].text == "The card was declined. The card has expired."
    assert view.plan is not None
    assert [one.state for one in view.plan.charges] == ["paid", "declined", "to_come"]
    pay = payment_view(played.seen())
    assert (pay.state, pay.can_retry, pay.url) == ("declined", True, None)
    funding.take_another_card(played.it)
    played.goes_on()
    assert "pay" in played.may(C)
    assert not {"mend_payment", "other_card"} & played.may(C)
    assert payment_view(played.seen()).state == "pay"


def test_a_used_up_allowance_offers_no_revision(played: Played) -> None:
    played.agree()
    for used in (1, 2):
        played.shows(1)
        making.revise(played.it, 1, played.now)
        assert played.view(C).milestones[0].revisions_left == 2 - used
    played.shows(1)
    assert "revise" not in played.may(C)
    assert "approve" in played.may(C)


def test_a_change_is_read_beside_the_contract(played: Played) -> None:
    played.agree()
    dearer = (*desk().milestones[:2], Milestone(3, 50_000, 25), Milestone(4, 10_000, 5))
    played.propose(desk(milestones=dearer))
    view = played.view(C)
    assert view.change is not None
    assert (view.change.state, view.change.compared_with) == ("open", 1)
    assert {(one.field, one.milestone) for one in view.change.differences} == {
        ("price", None),
        ("days", None),
        ("amount", 3),
        ("days", 3),
        ("milestone", 4),
    }
    assert "answer_change" in played.may(C)
    assert "answer_change" not in played.may(A)
    assert "propose_change" not in played.may(C)
    altering.reply(played.it, CUSTOMER, agree=True)
    played.goes_on()
    holds = played.view(A)
    assert holds.contract is not None
    assert (holds.contract.version, holds.contract.state, holds.change) == (2, "holds", None)
    assert len(holds.milestones) == 4


@pytest.mark.parametrize("reader", [C, A])
def test_the_button_says_what_the_process_settles(played: Played, reader: Party) -> None:
    played.agree()
    actor = CUSTOMER if reader is C else ARTISAN
    before = played.view(reader).leaving
    assert before is not None
    # Of the drawing's 216.00 half is kept where the customer leaves; of what lies ahead nothing.
    assert before.back.minor == (21_600 if reader is C else 32_400)
    assert before.back.minor + before.kept.minor == 32_400
    leaving.refuse_leaving(played.it, actor, before.back.minor, played.now)
    with pytest.raises(DomainError):
        leaving.refuse_leaving(played.it, actor, before.back.minor + 1, played.now)
    leaving.leave(played.it, actor, played.now)
    played.goes_on()
    for asked in (True, False):
        after = played.view(reader, asked=asked)
        assert after.is_final
        assert after.actions == []
        assert after.leaving is not None
        assert after.leaving.back == before.back
        assert after.plan is not None
        assert (after.plan.back, after.plan.held.minor, after.plan.to_come.minor) == (before.back, 0, 0)


def test_parting_as_friends_shows_what_it_means(played: Played) -> None:
    played.agree()
    leaving.offer_end(played.it, ARTISAN, 7_500, played.now)
    played.goes_on()
    view = played.view(C)
    assert view.end_offer is not None
    assert view.end_offer.consequence.kept.minor == 24_300
    assert "answer_end" in played.may(C)
    assert "answer_end" not in played.may(A)
    leaving.reply_end(played.it, CUSTOMER, agree=True)
    played.goes_on()
    for asked in (True, False):
        after = played.view(C, asked=asked)
        assert after.leaving is not None
        assert (after.leaving.ending, after.leaving.back.minor) == ("agreed", 8_100)


def test_late_work_lets_the_customer_leave_with_everything(played: Played) -> None:
    played.agree()
    played.days_pass(10, "due")
    assert played.view(C).milestones[0].is_late
    played.days_pass(14)
    view = played.view(C)
    assert view.leaving is not None
    assert (view.leaving.ending, view.leaving.back.minor) == ("artisan_late", 32_400)


def test_everything_approved_is_everything_released(played: Played) -> None:
    played.agree()
    for number in (1, 2, 3):
        played.shows(number)
        played.approves(number)
    for asked in (True, False):
        view = played.view(A, asked=asked)
        assert view.status == "completed"
        assert view.plan is not None
        assert (view.plan.paid.minor, view.plan.released.minor, view.plan.held.minor) == (138_240, 138_240, 0)
        assert view.actions == []
        assert view.leaving is None


def test_without_the_process_everything_is_shown_but_what_may_be_done(played: Played) -> None:
    played.agree()
    live, without = played.view(C), played.view(C, asked=False)
    assert not without.is_live
    assert without.actions == []
    assert without.leaving is None
    same = {"status", "waiting_text", "milestones", "plan", "contract", "versions", "timeline"}
    assert without.model_dump(include=same) == live.model_dump(include=same)


def test_our_team_may_pause_it_and_then_decide(played: Played) -> None:
    played.agree()
    assert played.may(TEAM) == {"pause"}
    assert played.view(TEAM).leaving is None
    leaving.pause(played.it, played.now, TEAM)
    played.goes_on()
    assert played.may(TEAM) == {"resume", "decide"}
    assert "leave" not in played.may(C)
    assert played.view(TEAM).your_turn
