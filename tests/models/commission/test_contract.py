"""Terms that may be offered, and every kind that may not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.errors import CurrencyMismatch, DomainError, InvalidInput
from models.rules.commission.contract import Milestone, finished_by, refuse_terms, timetable
from tests.models.commission.contracts import TODAY, desk


def check(terms: object, **changed: object) -> None:
    given = {"price_minor": 120_000, "asked_in": "USD", "today": TODAY, **changed}
    refuse_terms(terms, **given)  # type: ignore[arg-type]  # by name, to change some of them


def test_the_desk_may_be_offered() -> None:
    check(desk())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"milestones": ()}, "milestones"),
        ({"milestones": tuple(Milestone(n, 100, 1) for n in range(1, 42))}, "milestones"),
        ({"milestones": (Milestone(2, 60_000, 1), Milestone(1, 60_000, 1))}, "milestones"),
        ({"milestones": (Milestone(1, 60_000, 1), Milestone(1, 60_000, 1))}, "milestones"),
        ({"milestones": (Milestone(0, 120_000, 1),)}, "milestones"),
        ({"milestones": (Milestone(1, 120_000, 0),)}, "milestones.1"),
        ({"milestones": (Milestone(1, 0, 1), Milestone(2, 120_000, 1))}, "milestones.1"),
        ({"milestones": (Milestone(1, -5, 1), Milestone(2, 120_005, 1))}, "milestones.1"),
        ({"milestones": (Milestone(1, 10**13, 1),)}, "milestones.1"),
        ({"milestones": (Milestone(1, 120_000, 731),)}, "milestones"),
        ({"milestones": (Milestone(1, 119_999, 5),)}, "price"),
        ({"shipping_minor": -1}, "shipping"),
        ({"shipping_minor": 10**12}, "price"),
        ({"deposit_minor": 19_999}, "deposit"),
        ({"deposit_minor": 120_001}, "deposit"),
        ({"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
        ({"starts_on": date(2099, 1, 1)}, "starts_on"),
        ({"revisions": -1}, "revisions"),
        ({"revisions": 11}, "revisions"),
        ({"reserved_bp": 6_000}, "begun_bp"),
        ({"begun_bp": 10_001}, "begun_bp"),
        ({"reserved_bp": -1}, "begun_bp"),
    ],
)
def test_terms_that_nobody_may_offer_name_their_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(desk(**changed))
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"milestones": (Milestone(1, 75_000_000, 1),), "deposit_minor": 75_000_000}, "milestones.1"),
        ({"milestones": (Milestone(1, 50_000_000, 1), Milestone(2, 50_000_000, 1)), "deposit_minor": 10**8}, "deposit"),
        ({"shipping_minor": 74_960_000}, "milestones.3"),
    ],
)
def test_what_no_card_carries_at_once_with_its_tax_is_refused(changed: dict[str, object], field: str) -> None:
    """The provider takes eight digits, tax included; a commission of more is paid in more milestones."""
    terms = desk(**changed)
    with pytest.raises(InvalidInput, match="charged at once") as refused:
        check(terms, price_minor=terms.price_minor)
    assert refused.value.details["field"] == field


def test_a_commission_may_cost_more_than_one_charge_carries() -> None:
    palace = desk(milestones=tuple(Milestone(n, 70_000_000, 18) for n in range(1, 41)), deposit_minor=70_000_000)
    check(palace, price_minor=palace.price_minor)


def test_a_quote_is_made_in_the_currency_of_the_request() -> None:
    with pytest.raises(CurrencyMismatch):
        check(desk(currency="EUR"))


def test_a_first_milestone_that_no_card_can_pay_is_refused() -> None:
    tiny = desk(milestones=(Milestone(1, 40, 1), Milestone(2, 60, 1)), deposit_minor=40, shipping_minor=0)
    with pytest.raises(InvalidInput, match=r"0\.50"):
        check(tiny, price_minor=100)


def test_dinars_come_in_the_steps_that_cards_carry() -> None:
    dinars = desk(currency="KWD", milestones=(Milestone(1, 20_005, 5),), deposit_minor=20_005, shipping_minor=0)
    with pytest.raises(DomainError):
        check(dinars, price_minor=20_005, asked_in="KWD")


def test_each_milestone_is_due_after_the_one_before() -> None:
    assert timetable(desk(), {}, {}, TODAY) == {1: date(2026, 5, 14), 2: date(2026, 6, 13), 3: date(2026, 7, 3)}


def test_one_late_milestone_moves_those_behind_it() -> None:
    due = timetable(desk(), {1: TODAY, 2: date(2026, 5, 24)}, {1: date(2026, 5, 24)}, date(2026, 7, 1))
    assert due == {1: date(2026, 5, 14), 2: date(2026, 6, 23), 3: date(2026, 7, 21)}


def test_a_finished_contract_keeps_its_days() -> None:
    begun = {1: TODAY, 2: date(2026, 5, 10), 3: date(2026, 6, 1)}
    approved = {1: date(2026, 5, 10), 2: date(2026, 6, 1), 3: date(2026, 6, 20)}
    assert finished_by(desk(), begun, approved, date(2027, 1, 1)) == date(2026, 6, 21)


def test_a_contract_that_is_put_off_is_finished_later() -> None:
    later = replace(desk(), starts_on=TODAY + timedelta(days=7))
    assert finished_by(later, {}, {}, TODAY) == finished_by(desk(), {}, {}, TODAY) + timedelta(days=7)
