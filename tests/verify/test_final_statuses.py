"""Whatever status ends a process, `artisan verify` knows that it does."""

from enum import StrEnum

import pytest

from deploy.verify import stories
from models import types

STATUSES = [
    kind
    for kind in vars(types).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and hasattr(kind, "is_final")
]
RULE = next(rule for rule in stories.RULES if rule.about == "processes know when they are over")


def test_there_are_processes_to_look_at() -> None:
    assert types.PayoutStatus in STATUSES


@pytest.mark.parametrize("statuses", STATUSES)
def test_the_rule_names_what_is_final_and_nothing_else(statuses: type[StrEnum]) -> None:
    named = {status.value for status in statuses if f"'{status.value}'" in RULE.broken}
    assert named == {status.value for status in statuses if getattr(status, "is_final", False)}
