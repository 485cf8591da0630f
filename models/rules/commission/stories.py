"""When the making of a commission may be told in public: only with both sides' word, for exactly what both have seen.

A version of the story is written by the artisan, offered, and answered by the customer. What was offered does not
change any more: a change is another version, and stands in public only once it was agreed, too. Standard library only.

    draft ──> offered ──> shown | declined          offered | shown ──> withdrawn, by either side
                 └──> replaced, by a newer offer          shown ──> replaced, by a newer one that was agreed
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.types import Party

MOST_OFFERS = 3
"""Of one commission: nobody is asked for ever."""
MOST_PICTURES = 20


class StoryState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    SHOWN = "shown"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Named(StrEnum):
    """How the customer wants to stand in it."""

    NOT_AT_ALL = "not_at_all"
    FIRST_NAME = "first_name"


class Move(StrEnum):
    WRITE = "write"
    OFFER = "offer"
    CONSENT = "consent"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


MOVES = {
    Party.ARTISAN: (Move.WRITE, Move.OFFER, Move.WITHDRAW),
    Party.CUSTOMER: (Move.CONSENT, Move.DECLINE, Move.WITHDRAW),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers of versions; 0 where there is none."""

    completed: bool = True
    draft: int = 0
    offered: int = 0
    shown: int = 0
    offers: int = 0
    """How often the customer was asked."""

    @property
    def offers_left(self) -> int:
        return max(0, MOST_OFFERS - self.offers)


def refusal(at: Standing, by: Party, move: Move, version: int = 0) -> str:
    """Why not, in words; empty where it may be done. `version` is what whoever asks has seen; writing and withdrawing
    need none."""
    if move not in MOVES.get(by, ()):
        return "This is the other side's to say."
    if not at.completed:
        return "The making of a piece can be told once its commission is completed."
    if move in {Move.WRITE, Move.OFFER} and not at.offers_left:
        return f"You have asked {MOST_OFFERS} times. That is as often as anybody is asked about one piece."
    if move is Move.OFFER and not at.draft:
        return "There is nothing new to ask about. Change the story first."
    if move is Move.OFFER and version != at.draft:
        return "The story has changed since you looked at it. Read it again, then ask."
    if move is Move.WITHDRAW and not (at.shown or at.offered):
        return "Nothing is shown and nothing is asked, so there is nothing to take back."
    if move is Move.DECLINE and (not at.offered or version != at.offered):
        return _moved_on(at)
    if move is Move.CONSENT and (not version or version not in {at.offered, at.shown}):
        return _moved_on(at)
    return ""


def moves(at: Standing, by: Party) -> list[Move]:
    """What a side may do now, having seen everything."""
    seen = {Move.OFFER: at.draft, Move.CONSENT: at.offered or at.shown, Move.DECLINE: at.offered}
    return [move for move in MOVES.get(by, ()) if not refusal(at, by, move, seen.get(move, 0))]


def changes(at: Standing, move: Move, version: int = 0) -> Mapping[int, StoryState]:
    """The versions that change, and into what, where `refusal` had no reason against it."""
    if move is Move.OFFER:
        moved = {at.draft: StoryState.OFFERED, at.offered: StoryState.REPLACED}
    elif move is Move.CONSENT and version != at.shown:
        moved = {at.offered: StoryState.SHOWN, at.shown: StoryState.REPLACED}
    elif move is Move.DECLINE:
        moved = {at.offered: StoryState.DECLINED}
    elif move is Move.WITHDRAW:
        moved = {at.offered: StoryState.WITHDRAWN, at.shown: StoryState.WITHDRAWN}
    else:
        moved = {}
    return {number: state for number, state in moved.items() if number}


def _moved_on(at: Standing) -> str:
    if at.offered:
        return "The story has changed since you looked at it. Read it again before you answer."
    return "Nothing is asked of you here any more. Read the page again."
