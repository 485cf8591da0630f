"""Whatever a workflow can tell has words; and no words wait for a code that nobody tells."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import wording
from api.audit import words
from models.audited import Audited
from models.types import CheckoutStatus, OrderStatus, ParcelStatus, Party

ROOT = Path(__file__).parents[2]


def calls() -> Iterator[ast.Call]:
    """Of all processes but the commission's, whose words have a table and tests of their own (`api.commissions`)."""
    for file in sorted((ROOT / "workflows").rglob("*.py")):
        if file.parent.name == "commission":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                yield node


def is_party(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == Party.__name__


def texts(node: ast.expr) -> Iterator[str]:
    """The constants that an expression can be: itself, or either branch of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def told() -> set[str]:
    """What happened: the text that follows the party who did it, in whatever call."""
    found: set[str] = set()
    for call in calls():
        for actor, what in zip(call.args, call.args[1:], strict=False):
            if is_party(actor):
                found.update(texts(what))
    return found


def keyword(name: str) -> set[str]:
    found: set[str] = set()
    for call in calls():
        for given in call.keywords:
            if given.arg == name:
                found.update(texts(given.value))
    return found - {""}


def test_every_line_that_a_workflow_tells_has_words() -> None:
    assert told() == set(wording.WHAT)


def test_every_consequence_that_a_deadline_announces_has_words() -> None:
    standing = {
        text
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == "Standing"
        for node in call.args[3:4]
        for text in texts(node)
    }
    assert keyword("then") | standing == set(wording.THEN)


def test_every_reason_has_words() -> None:
    reasons = keyword("why") | keyword("reason")
    assert reasons
    assert reasons <= set(wording.WHY)


@pytest.mark.parametrize("status", [*CheckoutStatus, *OrderStatus])
def test_every_status_has_a_label_and_a_sentence(status: CheckoutStatus | OrderStatus) -> None:
    label, sentence = wording.STATUS[status]
    assert label
    assert sentence.endswith(".")


def test_every_party_and_parcel_has_words() -> None:
    assert set(wording.ACTORS) == set(Party)
    assert set(wording.PARCEL_STATUS) == set(ParcelStatus)


def test_every_action_that_is_audited_has_words() -> None:
    assert set(words.AUDITED) == set(Audited)
    assert len(set(words.AUDITED.values())) == len(words.AUDITED)
