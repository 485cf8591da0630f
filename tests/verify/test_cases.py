"""What an administrator alone, or somebody at the tables, could do to differences and nights is named."""

import pytest

from deploy.verify import cases
from tests.verify.conftest import Market
from tests.verify.damage import Damage
from tests.verify.test_rules import violations

DAMAGES = (
    Damage(
        "the nights leave out no day",
        "begins 02 days 00:00 after the last one",
        (
            "UPDATE reconciliation_runs SET since = until + interval '1 day' WHERE until = (SELECT max(until) FROM "
            "reconciliation_runs)",
        ),
    ),
    Damage(
        "the nights leave out no day",
        "has ended, and 1 of its checkouts and payouts were not looked at",
        ("INSERT INTO reconciliation_units (run_id, unit) SELECT min(id), 'checkout-left' FROM reconciliation_runs",),
    ),
    Damage(
        "every difference says what it is about, and has words for its page",
        "(unknown_at_provider, post) can't be shown",
        ("UPDATE reconciliation_cases SET facts = '{{}}'",),
    ),
    Damage(
        "every difference says what it is about, and has words for its page",
        "(odd, post) can't be shown",
        ("UPDATE reconciliation_cases SET kind = 'odd'",),
    ),
    Damage(
        "every repair was agreed to by two administrators",
        "not two administrators, or not in the audit log",
        ("UPDATE reconciliation_cases SET approved_by = (SELECT min(id) FROM users WHERE role <> 'administrator')",),
    ),
    Damage(
        "a repair is booked exactly once, and nothing is booked without one",
        "is repaired, and nothing is booked",
        ("UPDATE ledger_postings SET step_key = 'other' WHERE step_key LIKE 'case/%'",),
    ),
    Damage(
        "a repair is booked exactly once, and nothing is booked without one",
        "case/cas_nobody is booked, and nobody has agreed to it",
        ("INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('case/cas_nobody', 'correction', '')",),
    ),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.says[:60])
async def test_damage_to_nights_and_repairs_is_named(market: Market, damage: Damage) -> None:
    await market.damage(*damage.statements)
    told = [found.sentence for found in await violations(market) if found.check == damage.check]
    assert any(damage.says in sentence for sentence in told), told


def test_every_rule_of_theirs_is_tried() -> None:
    assert {rule.about for rule in cases.RULES} == {damage.check for damage in DAMAGES}
