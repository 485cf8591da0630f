"""What a change order may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import CurrencyMismatch, InvalidInput
from models.rules.commission.changes import difference, refuse_change, retimed
from models.rules.commission.contract import Milestone, Stage, Terms
from tests.models.commission.contracts import TODAY, desk, stages_of

AT_THE_FRAME = stages_of(desk(), 1, Stage.WORKING)
DRAWING, FRAME, FINISH = desk().milestones


def change(new: Terms, *, used: dict[int, int] | None = None, stages: dict[int, Stage] | None = None) -> None:
    refuse_change(desk(), new, stages or AT_THE_FRAME, used or {}, price_minor=new.price_minor, today=TODAY)


@pytest.mark.parametrize(
    "milestones",
    [
        (DRAWING, FRAME, replace(FINISH, amount_minor=50_000)),
        (DRAWING, FRAME, replace(FINISH, days=40)),
        (DRAWING, replace(FRAME, days=45), FINISH),
        (DRAWING, FRAME),
        (DRAWING, FRAME, FINISH, Milestone(4, 9_000, 5)),
        (DRAWING, FRAME, Milestone(7, 9_000, 5)),
    ],
)
def test_what_lies_ahead_may_change(milestones: tuple[Milestone, ...]) -> None:
    change(desk(milestones=milestones))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"milestones": (DRAWING, replace(FRAME, amount_minor=61_000), FINISH)}, "milestones.2"),
        ({"milestones": (replace(DRAWING, days=11), FRAME, FINISH)}, "milestones.1"),
        ({"milestones": (DRAWING, FINISH)}, "milestones.2"),
        ({"milestones": (FRAME, FINISH)}, "milestones.1"),
        ({"deposit_minor": 40_000}, "deposit"),
        ({"starts_on": TODAY + timedelta(days=1)}, "deposit"),
        ({"begun_bp": 9_000}, "begun_bp"),
        ({"revisions": 0}, "revisions"),
        ({"shipping_minor": -1}, "shipping"),
    ],
)
def test_what_has_begun_stands(changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(desk(**changed), used={1: 1})
    assert refused.value.details["field"] == field


def test_a_dropped_number_is_not_used_again() -> None:
    without = desk(milestones=(DRAWING, FRAME))
    stages = {1: Stage.APPROVED, 2: Stage.WORKING, 3: Stage.PLANNED, 4: Stage.PLANNED}
    with pytest.raises(InvalidInput, match="from 5 on"):
        refuse_change(
            without,
            desk(milestones=(DRAWING, FRAME, Milestone(3, 1_000, 2))),
            {1: Stage.APPROVED, 2: Stage.WORKING, 4: Stage.PLANNED},
            {},
            price_minor=81_000,
            today=TODAY,
        )
    assert stages[4] is Stage.PLANNED


def test_a_change_that_changes_nothing_is_none() -> None:
    with pytest.raises(InvalidInput, match="Nothing is changed"):
        change(desk())


def test_another_currency_is_another_contract() -> None:
    with pytest.raises(CurrencyMismatch):
        change(desk(currency="EUR"))


def test_months_later_the_first_day_is_no_question() -> None:
    later = desk(milestones=(DRAWING, FRAME, replace(FINISH, days=40)))
    refuse_change(desk(), later, AT_THE_FRAME, {}, price_minor=120_000, today=TODAY + timedelta(days=90))


def test_two_versions_side_by_side() -> None:
    new = desk(milestones=(DRAWING, replace(FRAME, days=45), Milestone(4, 50_000, 25)), shipping_minor=9_000)
    told = difference(desk(), new)
    assert (told.price_minor, told.days) == (11_000, 20)
    assert (told.added, told.dropped, told.changed) == ((4,), (3,), (2,))


def test_an_open_deadline_moves_with_its_milestone() -> None:
    due = datetime(2026, 6, 1, 12, tzinfo=UTC)
    new = desk(milestones=(DRAWING, replace(FRAME, days=40), FINISH))
    assert retimed(due, desk(), new, 2) == datetime(2026, 6, 11, 12, tzinfo=UTC)
    assert retimed(due, desk(), new, 3) == due
