"""What leaving costs, stage by stage, and that nothing is lost by it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.commission.charges import planned, shares
from models.rules.commission.contract import Milestone, Stage, Terms
from models.rules.commission.endings import Ending, Settlement, settle, shipping_of
from models.rules.money import step_of
from models.rules.refunds import Share
from tests.models.commission.contracts import contracts, desk, stages_of, taxes

TAX = 10_240
FEE_BP = 650


def ended(reached: int, stage: Stage, ending: Ending, charges: int, agreed_bp: int = 0) -> Settlement:
    held = shares(desk(), FEE_BP, planned(desk(), TAX)[:charges])
    return settle(desk(), stages_of(desk(), reached, stage), held, ending, agreed_bp)


@pytest.mark.parametrize(
    ("reached", "stage", "charges", "ending", "back", "kept", "reclaimed"),
    [
        # The deposit (300.00 + 24.00) is paid; 10 % of the drawing's 216.00 stay with the artisan, less 1.30 of fee.
        (0, Stage.FUNDED, 1, Ending.CUSTOMER_LEAVES, 30_240, 1_870, 0),
        (0, Stage.WORKING, 1, Ending.CUSTOMER_LEAVES, 21_600, 9_350, 0),
        (0, Stage.SUBMITTED, 1, Ending.CUSTOMER_LEAVES, 10_800, 18_700, 0),
        (1, Stage.PLANNED, 1, Ending.CUSTOMER_SILENT, 10_800, 18_700, 0),
        (1, Stage.WORKING, 2, Ending.CUSTOMER_LEAVES, 32_400, 46_750, 0),
        (1, Stage.WORKING, 2, Ending.ARTISAN_LEAVES, 86_400, 0, 18_700),
        (1, Stage.WORKING, 2, Ending.ARTISAN_LATE, 86_400, 0, 18_700),
        (2, Stage.SUBMITTED, 3, Ending.CUSTOMER_LEAVES, 8_640, 112_200, 0),
        (2, Stage.FUNDED, 3, Ending.ARTISAN_LEAVES, 138_240, 0, 74_800),
        (1, Stage.WORKING, 2, Ending.AGREED, 48_600, 32_725, 0),
        (1, Stage.WORKING, 2, Ending.DECIDED, 48_600, 32_725, 0),
        (1, Stage.SUBMITTED, 2, Ending.DECIDED, 48_600, 32_725, 0),
    ],
)
def test_the_desk_ends(
    *, reached: int, stage: Stage, charges: int, ending: Ending, back: int, kept: int, reclaimed: int
) -> None:
    settled = ended(reached, stage, ending, charges, 2_500 if ending in {Ending.AGREED, Ending.DECIDED} else 0)
    assert (settled.back_minor, settled.kept_minor, settled.reclaimed_minor) == (back, kept, reclaimed)


@pytest.mark.parametrize("agreed_bp", [-1, 10_001])
def test_a_share_beyond_everything_is_no_share(agreed_bp: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        ended(0, Stage.FUNDED, Ending.AGREED, 1, agreed_bp)


@given(
    data=st.data(),
    terms=contracts(),
    reached=st.integers(0, 5),
    stage=st.sampled_from(Stage),
    ending=st.sampled_from(Ending),
    agreed_bp=st.integers(0, 10_000),
)
def test_all_that_was_paid_is_somebodys(
    *, data: st.DataObject, terms: Terms, reached: int, stage: Stage, ending: Ending, agreed_bp: int
) -> None:
    charges = planned(terms, data.draw(taxes(terms)))
    made = charges[: data.draw(st.integers(0, len(charges)))]
    held = shares(terms, FEE_BP, made)
    settled = settle(terms, stages_of(terms, reached, stage), held, ending, agreed_bp)
    for number, parted in settled.by_milestone.items():
        assert parted.kept + parted.back == held[number]
        assert parted.back.total_minor % step_of(terms.currency) == 0, "no card can get this back"
        for share in (parted.kept, parted.back):
            assert min(share.items_minor, share.shipping_minor, share.tax_minor, share.fee_minor) >= 0
    assert settled.back_minor <= sum(charge.total_minor for charge in made)
    if ending.is_the_artisans:
        assert settled.kept_minor == 0
    else:
        assert settled.reclaimed_minor == 0


@given(data=st.data(), terms=contracts(), reached=st.integers(0, 5))
def test_the_further_the_work_the_dearer_it_is_to_leave(data: st.DataObject, terms: Terms, reached: int) -> None:
    held = shares(terms, FEE_BP, planned(terms, data.draw(taxes(terms))))
    back = [
        settle(terms, stages_of(terms, reached, stage), held, Ending.CUSTOMER_LEAVES).back_minor
        for stage in (Stage.PLANNED, Stage.FUNDED, Stage.WORKING, Stage.SUBMITTED, Stage.APPROVED)
    ]
    assert back == sorted(back, reverse=True)


def test_a_fraction_of_what_a_card_can_get_back_is_the_customers() -> None:
    """Half of KWD 20.010 is 10.005, which no card can get back: 10.000 stay, 10.010 go."""
    desk_in_dinars = replace(
        desk(), currency="KWD", milestones=(Milestone(1, 20_010, 5),), deposit_minor=20_010, shipping_minor=0
    )
    held = shares(desk_in_dinars, FEE_BP, planned(desk_in_dinars, 0))
    (parted,) = settle(desk_in_dinars, {1: Stage.WORKING}, held, Ending.CUSTOMER_LEAVES).by_milestone.values()
    assert (parted.kept.total_minor, parted.back.total_minor) == (10_000, 10_010)


def test_what_is_left_of_the_finished_desk_is_its_shipping() -> None:
    held = shares(desk(), FEE_BP, planned(desk(), TAX))
    assert shipping_of(held, "USD") == Share(0, 8_000, 640, 0)


@given(data=st.data(), terms=contracts())
def test_what_is_left_is_the_agreed_shipping_and_can_go_back_to_a_card(data: st.DataObject, terms: Terms) -> None:
    held = shares(terms, FEE_BP, planned(terms, data.draw(taxes(terms))))
    left = shipping_of(held, terms.currency)
    assert (left.items_minor, left.shipping_minor, left.fee_minor) == (0, terms.shipping_minor, 0)
    assert 0 <= left.tax_minor <= sum(share.tax_minor for share in held.values())
    assert left.total_minor % step_of(terms.currency) == 0
