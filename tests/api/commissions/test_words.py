"""Every code that a commission can tell has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commissions.words import (
    ACTIONS,
    ACTORS,
    ENDINGS,
    STAGES,
    STATUS,
    THEN,
    WHAT,
    WHY,
    happened,
    status_label,
    status_text,
    told,
    waiting_text,
)
from core import clock
from models.rules.commission import advancing
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending
from models.rules.commission.record import Status
from models.types import Party, TimelineEntry
from workflows.commission.messages import DECLINE_REASONS

HERE = Path(__file__).parents[3]
SOURCES = [*(HERE / "models/rules/commission").glob("*.py"), *(HERE / "workflows/commission").glob("*.py")]


def texts(node: ast.AST) -> Iterator[str]:
    yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def codes_told() -> set[str]:
    """Every literal that is told, or handed to somebody who tells it."""
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "tell" and len(node.args) > 1 and not isinstance(node.args[1], ast.JoinedStr):
                found |= set(texts(node.args[1]))
            elif name in {"_unpaid", "lapse"} and len(node.args) > 1:
                found |= set(texts(node.args[-1 if name == "lapse" else 2]))
    return {code for code in found if "_" in code or code == "quoted"}


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    assert {"quoted", "counter_offered", "charge_declined", "request_lapsed", "work_began"} <= codes_told()
    assert len(codes_told()) > 25


@pytest.mark.parametrize("code", sorted(codes_told() | {f"ended_{ending.value}" for ending in Ending}))
def test_what_is_told_has_words(code: str) -> None:
    assert code in WHAT


def test_every_other_code_has_words() -> None:
    assert set(STATUS) == set(Status)
    assert set(STAGES) == set(Stage)
    assert set(ENDINGS) == set(Ending)
    assert set(ACTORS) == set(Party)
    asked = {"offer_lapses", "change_lapses", "end_offer_lapses", "place_moves_on"}
    assert {then for _, then in advancing._THEN.values()} | asked == set(THEN)
    assert {*DECLINE_REASONS, "authentication", "raised"} <= set(WHY)
    assert all(ACTIONS.values())


def test_a_line_says_what_happened_and_why() -> None:
    entry = TimelineEntry(1, clock.now(), Party.PROVIDER, "charge_declined", "expired_card", Party.CUSTOMER)
    (line,) = told([entry])
    assert line.text == "The card was declined. The card has expired."
    assert line.waiting_on == "customer"


def test_whose_turn_it_is_is_said_to_them() -> None:
    assert waiting_text(Party.CUSTOMER, "silence_approves", Party.CUSTOMER).startswith("Your turn. Otherwise")
    assert waiting_text(Party.CUSTOMER, "", Party.ARTISAN) == "Waiting for the customer."
    assert waiting_text(Party.NOBODY, "work_begins") == "Next, work begins."
    assert waiting_text(Party.NOBODY, "") == ""


def test_a_code_from_the_future_reads_as_something() -> None:
    assert happened("piece_levitated")
    assert status_label("levitating")
    assert status_text("levitating")
    assert status_label("place_waiting") == "On the waitlist"
