"""What is charged and held: the worked example, and no minor unit lost over any contract."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.commission.charges import (
    Charge,
    Plan,
    is_funded,
    most,
    needs_new_mandate,
    plan_for,
    planned,
    shares,
    trimmed,
)
from models.rules.commission.contract import Milestone, Terms
from models.rules.money import LEAST, step_of
from models.rules.refunds import NOTHING, Share
from tests.models.commission.contracts import contracts, desk, taxes

TAX = 10_240


def test_the_desk_is_paid_in_three_charges() -> None:
    assert planned(desk(), TAX) == [Charge(1, 30_000, 2_400), Charge(2, 50_000, 4_000), Charge(3, 48_000, 3_840)]


def test_work_begins_only_with_its_money() -> None:
    deposit, frame, finish = planned(desk(), TAX)
    assert not is_funded(1, planned(desk(), TAX))
    assert is_funded(1, planned(desk(), TAX, [deposit]))
    assert not is_funded(2, planned(desk(), TAX, [deposit]))
    assert is_funded(2, planned(desk(), TAX, [deposit, frame]))
    assert planned(desk(), TAX, [deposit, frame, finish]) == []


def test_a_deposit_of_everything_leaves_shipping_for_the_end() -> None:
    assert planned(desk(deposit_minor=120_000), TAX) == [Charge(1, 120_000, 9_600), Charge(3, 8_000, 640)]


def test_each_milestone_holds_its_own() -> None:
    deposit, frame, finish = planned(desk(), TAX)
    assert shares(desk(), 650, [deposit]) == {
        1: Share(20_000, 0, 1_600, 1_300),
        2: Share(10_000, 0, 800, 650),
        3: NOTHING,
    }
    assert shares(desk(), 650, [deposit, frame, finish]) == {
        1: Share(20_000, 0, 1_600, 1_300),
        2: Share(60_000, 0, 4_800, 3_900),
        3: Share(40_000, 8_000, 3_840, 2_600),
    }


def test_small_charges_are_made_together() -> None:
    terms = desk(
        milestones=(Milestone(1, 1_000, 1), Milestone(2, 20, 1), Milestone(3, 500, 1), Milestone(4, 10, 1)),
        deposit_minor=1_000,
        shipping_minor=0,
    )
    assert planned(terms, 0) == [Charge(1, 1_000, 0), Charge(2, 530, 0)]


@pytest.mark.parametrize(
    ("work", "answer", "plan"),
    [(1, 2, Plan.AUTHORISE), (3, 2, Plan.AUTHORISE), (3, 3, Plan.CHARGE), (70, 7, Plan.CHARGE)],
)
def test_what_outlives_an_authorisation_is_charged_and_held(work: int, answer: int, plan: Plan) -> None:
    assert plan_for(timedelta(days=work), timedelta(days=answer)) is plan


def test_a_dearer_contract_asks_the_customer_again() -> None:
    agreed = most(desk(), TAX)
    dearer = desk(milestones=(*desk().milestones, Milestone(4, 100, 1)))
    assert not needs_new_mandate(desk(), TAX, agreed)
    assert needs_new_mandate(dearer, TAX, agreed)


def test_a_dearer_contract_charges_the_difference_with_what_is_ahead() -> None:
    deposit = planned(desk(), TAX)[0]
    dearer = replace(desk(), milestones=(*desk().milestones[:2], Milestone(3, 50_000, 20)))
    assert planned(dearer, 11_040, [deposit]) == [Charge(2, 50_000, 4_000), Charge(3, 58_000, 4_640)]


def test_a_cheaper_contract_gives_back_what_was_paid_beyond_it() -> None:
    paid = planned(desk(deposit_minor=120_000), TAX)[:1]
    cheaper = desk(milestones=(Milestone(1, 20_000, 10), Milestone(2, 60_000, 30)), shipping_minor=0)
    kept, back = trimmed(cheaper, 6_400, paid)
    assert (kept, back) == ([Charge(1, 80_000, 6_400)], 43_200)
    assert shares(cheaper, 650, kept)[2] == Share(60_000, 0, 4_800, 3_900)


@given(data=st.data(), terms=contracts(), fee_bp=st.integers(0, 3_000))
def test_nothing_is_lost_between_charges_and_milestones(data: st.DataObject, terms: Terms, fee_bp: int) -> None:
    tax = data.draw(taxes(terms))
    whole = planned(terms, tax)
    assert sum(charge.amount_minor for charge in whole) == terms.total_minor
    assert sum(charge.tax_minor for charge in whole) == tax
    assert all(charge.total_minor >= LEAST[terms.currency] for charge in whole)
    assert all(charge.total_minor % step_of(terms.currency) == 0 for charge in whole)
    assert all(charge.tax_minor >= 0 for charge in whole)
    made: list[Charge] = []
    funded: dict[int, Share] = {}
    for charge in whole:
        made.append(charge)
        rest = planned(terms, tax, made)
        assert [*made, *rest] == whole
        held = shares(terms, fee_bp, made)
        assert sum(share.total_minor for share in held.values()) == sum(paid.total_minor for paid in made)
        assert min(min(s.items_minor, s.shipping_minor, s.tax_minor, s.fee_minor) for s in held.values()) >= 0
        for number, share in funded.items():
            assert held[number] == share, "a later charge touches what a milestone holds"
        funded = {number: share for number, share in held.items() if is_funded(number, rest)}
    assert set(funded) == {milestone.number for milestone in terms.milestones}


@given(data=st.data(), terms=contracts(), fewer=st.integers(0, 5))
def test_a_cheaper_contract_leaves_no_charge_and_no_debt(data: st.DataObject, terms: Terms, fewer: int) -> None:
    tax = data.draw(taxes(terms))
    made = planned(terms, tax)[: data.draw(st.integers(1, 6))]
    milestones = terms.milestones[: max(1, len(terms.milestones) - fewer)]
    cheaper = replace(terms, milestones=milestones, shipping_minor=0)
    new_tax = tax * cheaper.total_minor // terms.total_minor // step_of(terms.currency) * step_of(terms.currency)
    kept, back = trimmed(cheaper, new_tax, made)
    assert back >= 0
    assert sum(charge.total_minor for charge in kept) + back == sum(charge.total_minor for charge in made)
    rest = planned(cheaper, new_tax, kept)
    assert sum(charge.amount_minor for charge in [*kept, *rest]) == cheaper.total_minor
    assert sum(charge.tax_minor for charge in [*kept, *rest]) in {
        new_tax,
        sum(charge.tax_minor for charge in kept),
    }
