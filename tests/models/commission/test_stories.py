"""Who may do what with the story of a piece, when: a table, and that nothing stands in public unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.commission.stories import MOST_OFFERS, Move, Standing, StoryState, changes, moves, refusal
from models.types import Party

A, C = Party.ARTISAN, Party.CUSTOMER
WRITTEN = Standing(draft=1)
ASKED = Standing(offered=1, offers=1)
SHOWN = Standing(shown=1, offers=1)
ASKED_ANEW = Standing(shown=1, offered=2, offers=2)
CHANGED = Standing(shown=1, draft=2, offers=1)
OVER = Standing(offers=1)


@pytest.mark.parametrize(
    ("at", "by", "may"),
    [
        (Standing(completed=False), A, []),
        (Standing(completed=False), C, []),
        (Standing(), A, [Move.WRITE]),
        (Standing(), C, []),
        (WRITTEN, A, [Move.WRITE, Move.OFFER]),
        (WRITTEN, C, []),
        (ASKED, A, [Move.WRITE, Move.WITHDRAW]),
        (ASKED, C, [Move.CONSENT, Move.DECLINE, Move.WITHDRAW]),
        (SHOWN, A, [Move.WRITE, Move.WITHDRAW]),
        (SHOWN, C, [Move.CONSENT, Move.WITHDRAW]),
        (CHANGED, A, [Move.WRITE, Move.OFFER, Move.WITHDRAW]),
        (CHANGED, C, [Move.CONSENT, Move.WITHDRAW]),
        (ASKED_ANEW, C, [Move.CONSENT, Move.DECLINE, Move.WITHDRAW]),
        (OVER, A, [Move.WRITE]),
        (OVER, C, []),
        (Standing(draft=4, offers=MOST_OFFERS), A, []),
        (Standing(shown=3, offers=MOST_OFFERS), A, [Move.WITHDRAW]),
        (WRITTEN, Party.ADMINISTRATOR, []),
    ],
)
def test_what_each_side_may_do(at: Standing, by: Party, may: list[Move]) -> None:
    assert moves(at, by) == may


@pytest.mark.parametrize(
    ("at", "move", "version", "becomes"),
    [
        (WRITTEN, Move.OFFER, 1, {1: StoryState.OFFERED}),
        (Standing(offered=1, draft=2, offers=1), Move.OFFER, 2, {1: StoryState.REPLACED, 2: StoryState.OFFERED}),
        (ASKED, Move.CONSENT, 1, {1: StoryState.SHOWN}),
        (ASKED_ANEW, Move.CONSENT, 2, {1: StoryState.REPLACED, 2: StoryState.SHOWN}),
        (ASKED_ANEW, Move.CONSENT, 1, {}),  # only how they are named
        (ASKED_ANEW, Move.DECLINE, 2, {2: StoryState.DECLINED}),  # what was agreed stays shown
        (ASKED_ANEW, Move.WITHDRAW, 0, {1: StoryState.WITHDRAWN, 2: StoryState.WITHDRAWN}),
    ],
)
def test_what_a_move_changes(at: Standing, move: Move, version: int, becomes: dict[int, StoryState]) -> None:
    assert changes(at, move, version) == becomes


@given(
    st.builds(
        Standing,
        completed=st.booleans(),
        draft=st.sampled_from((0, 3)),
        offered=st.sampled_from((0, 2)),
        shown=st.sampled_from((0, 1)),
        offers=st.integers(0, 3),
    ),
    st.sampled_from((A, C)),
    st.sampled_from(Move),
    st.integers(0, 4),
)
def test_nothing_is_shown_but_what_the_customer_has_just_read(at: Standing, by: Party, move: Move, seen: int) -> None:
    if refusal(at, by, move, seen):
        return
    shown = [version for version, state in changes(at, move, seen).items() if state is StoryState.SHOWN]
    assert shown in ([], [seen])
    assert not shown or (by is C and move is Move.CONSENT and seen == at.offered)
