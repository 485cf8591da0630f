"""Contracts to try rules on: the worked example's desk, and any that two people could agree on."""

from datetime import date

from hypothesis import strategies as st

from models.rules.commission.contract import Milestone, Stage, Terms
from models.rules.money import step_of

TODAY = date(2026, 5, 4)


def desk(**changed: object) -> Terms:
    """The desk of the worked examples, in US cents."""
    terms = {
        "currency": "USD",
        "milestones": (Milestone(1, 20_000, 10), Milestone(2, 60_000, 30), Milestone(3, 40_000, 20)),
        "deposit_minor": 30_000,
        "shipping_minor": 8_000,
        "starts_on": TODAY,
        **changed,
    }
    return Terms(**terms)  # type: ignore[arg-type]  # fields by name, to change some of them


@st.composite
def contracts(draw: st.DrawFn) -> Terms:
    """Any contract that may be offered, in currencies of 0, 2 and 3 decimals."""
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    step = step_of(currency)
    amounts = draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=6))
    amounts[0] += 500
    milestones = tuple(
        Milestone(number, amount * step, draw(st.integers(1, 90))) for number, amount in enumerate(amounts, start=1)
    )
    extra = draw(st.integers(0, sum(amounts[1:])))
    begun = draw(st.integers(0, 10_000))
    return Terms(
        currency=currency,
        milestones=milestones,
        deposit_minor=(amounts[0] + extra) * step,
        shipping_minor=draw(st.integers(0, 5_000)) * step,
        starts_on=TODAY,
        revisions=draw(st.integers(0, 3)),
        reserved_bp=draw(st.integers(0, begun)),
        begun_bp=begun,
    )


def taxes(terms: Terms) -> st.SearchStrategy[int]:
    step = step_of(terms.currency)
    return st.integers(0, terms.total_minor // (4 * step)).map(lambda steps: steps * step)


def stages_of(terms: Terms, reached: int, stage: Stage) -> dict[int, Stage]:
    """All before the milestone at index `reached` are approved, it stands at `stage`, what follows is planned."""
    return {
        milestone.number: Stage.APPROVED if index < reached else stage if index == reached else Stage.PLANNED
        for index, milestone in enumerate(terms.milestones)
    }
