"""Every code that a process can tell has words, for every reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.wording import (
    ACTORS,
    PARCEL_STATUS,
    STATUS,
    THEN,
    WHAT,
    WHY,
    happened,
    status_label,
    timeline_lines,
    waiting_text,
)
from core import clock
from models.rules.erasure import Obligation
from models.rules.refund_requests import PROBLEMS
from models.types import (
    CheckoutStatus,
    ErasureStatus,
    ExportStatus,
    OrderStatus,
    ParcelStatus,
    Party,
    PayoutStatus,
    RefundStatus,
    TimelineEntry,
)
from workflows.fulfillment.messages import DECLINE_REASONS

WORKFLOWS = Path(__file__).parents[2] / "workflows"


def literals(call: ast.Call) -> Iterator[tuple[str, str]]:
    """(role, text) of the strings that a `tell` is called with, also those behind an `if`."""
    for role, node in [("what", call.args[1])] + [(k.arg or "", k.value) for k in call.keywords]:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield role, part.value


def told() -> set[tuple[str, str]]:
    """Every literal code in the workflows' `tell` calls, `Ending`s and `Standing`s."""
    found: set[tuple[str, str]] = set()
    for file in WORKFLOWS.rglob("*.py"):
        if file.parent.name == "commission":
            continue  # has a table of its own, see tests/api/commissions/test_words.py
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            tells = {"tell", "_tell"} | ({"move", "_decided", "_granted"} if file.parent.name == "refund" else set())
            if name in tells and len(node.args) >= 2:
                found |= set(literals(node))
            elif name == "Ending":
                if isinstance(node.args[2], ast.Constant):
                    found.add(("what", str(node.args[2].value)))
                found |= {("why", str(k.value.value)) for k in node.keywords if isinstance(k.value, ast.Constant)}
            elif name == "Standing" and len(node.args) == 4 and isinstance(node.args[3], ast.Constant):
                found.add(("then", str(node.args[3].value)))
    return found


CODES = told()


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    assert {("what", "order_accepted"), ("what", "parcel_lost"), ("what", "checkout_placed")} <= CODES
    assert {("then", "parcel_counts_as_lost"), ("then", "checkout_expires"), ("why", "attempts_used_up")} <= CODES


@pytest.mark.parametrize(("role", "code"), sorted(CODES))
def test_a_told_code_has_words(role: str, code: str) -> None:
    words = {"what": WHAT, "why": WHY, "then": THEN}.get(role)
    assert words is None or code == "" or code in words


def test_every_status_party_and_reason_has_words() -> None:
    assert set(STATUS) == {
        *(*CheckoutStatus, *OrderStatus, *RefundStatus, *PayoutStatus),
        *(*ExportStatus, *ErasureStatus),
    }
    assert set(PARCEL_STATUS) == set(ParcelStatus)
    assert set(ACTORS) == set(Party)
    assert set(DECLINE_REASONS) | set(Obligation) <= set(WHY)
    assert {"acceptance_lapsed", "not_shipped", "returned", "lost", "cancelled_by_buyer"} <= set(WHY)
    assert {*PROBLEMS, *(f"problem_{code}" for code in PROBLEMS)} <= set(WHY)


def test_a_line_says_what_happened_why_and_what_follows() -> None:
    entry = TimelineEntry(
        sequence=1,
        at=clock.now(),
        actor=Party.ARTISAN,
        what="order_declined",
        why="out_of_material",
        waiting_on=Party.PROVIDER,
        then="refund_is_retried",
    )
    (line,) = timeline_lines([entry])
    assert line.text == happened("order_declined", "out_of_material")
    assert line.text.endswith("has run out.")
    assert line.then == "the refund is tried again"


def test_waiting_is_said_in_words() -> None:
    text = waiting_text("artisan", "order_lapses")
    assert "maker" in text
    assert THEN["order_lapses"] in text
    assert waiting_text("nobody", "") == ""


def test_a_code_from_the_future_reads_as_something() -> None:
    assert happened("order_teleported")
    assert status_label("teleporting")
