"""What the bench of open commissions sends is what the API takes, and its per cents leave out who only stands in."""

import pytest

from api.commissions.inputs import RequestInput, TermsInput
from core import clock
from models.types import new_id
from tests.bench.commissions import offer, per_cent, wish


def test_its_wish_and_its_offer_are_taken() -> None:
    assert RequestInput.model_validate(wish(new_id("adr"), "green-kiln", 1)).shop == "green-kiln"
    terms = TermsInput.model_validate(offer()).terms()
    assert sum(one.amount_minor for one in terms.milestones) == 30_000
    assert terms.starts_on >= clock.now().date()


def test_the_crowd_and_the_sandbox_are_shown_but_not_counted() -> None:
    before = {"api": 10.0, "worker": 5.0, "sandbox": 1.0, "generator": 1.0}
    after = {"api": 10.6, "worker": 6.2, "sandbox": 4.0, "generator": 7.0}
    assert per_cent(before, after, 60.0) == pytest.approx(
        {"api": 1.0, "worker": 2.0, "sandbox": 5.0, "generator": 10.0, "counted": 3.0}
    )
