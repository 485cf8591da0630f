"""What the steps leave behind passes every check of `artisan verify`, at each point; damage to it is named."""

import pytest
from sqlalchemy import text

from activities.commission_money import SettleCommission
from deploy.verify import RULES, commissions
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending, settle
from tests.activities.commission_money.conftest import Contract
from tests.models.commission.contracts import stages_of


async def told(contract: Contract, *damage: str) -> dict[str, list[str]]:
    """Check → its violations in words, with some damage that is rolled back."""
    async with contract.database.transaction() as session:
        connection = await session.connection()
        for statement in damage:
            await connection.execute(text(statement))
        found = [await rule.examine(connection) for rule in RULES]
        await session.rollback()
    return {line.about: [violation.sentence for violation in line.violations] for line in found if line.violations}


async def ends(contract: Contract, ending: Ending) -> None:
    stages = stages_of(contract.terms, 1, Stage.WORKING)
    settlement = settle(contract.terms, stages, contract.held(2), ending)
    step = SettleCommission(
        contract.id,
        f"commission-{contract.id}/settle",
        dict(settlement.by_milestone),
        sorted(settlement.released),
    )
    await contract.steps.settle(step)


async def test_every_point_of_its_way_is_clean(contract: Contract) -> None:
    await contract.steps.open_deposit(contract.payment(1))
    assert await told(contract) == {}
    await contract.deposited()
    assert await told(contract) == {}
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    assert await told(contract) == {}
    await ends(contract, Ending.ARTISAN_LEAVES)
    assert await told(contract) == {}


OVER = (
    "INSERT INTO processes (workflow_id, process, status, waiting_on, is_final, sequence) "
    "SELECT 'commission-' || id, 'commission', 'ended', 'nobody', true, 1 FROM commissions",
    "UPDATE commissions SET ended_at = now()",
)


DAMAGES: list[tuple[str, str, tuple[str, ...]]] = [
    (
        "every charge of a commission is booked once, as it was paid",
        "tax 2400, due 2399",
        ("UPDATE commission_charges SET tax_minor = 2399 WHERE id LIKE '%/charge-1-1'",),
    ),
    (
        "every charge of a commission is booked once, as it was paid",
        "50000 was booked, due 0",
        ("UPDATE commission_charges SET state = 'cancelled' WHERE id LIKE '%/charge-2-1'",),
    ),
    (
        "every refund of a commission is booked, and every such booking is a refund",
        "0 money was sent, 32400 was booked",
        ("UPDATE commission_refunds SET state = 'failed'",),
    ),
    (
        "no charge of a commission gives back more than it took",
        "took 54000; it says 32400 went back, its refunds sum to 32399, 32399 are planned",
        ("UPDATE commission_refunds SET amount_minor = amount_minor - 1",),
    ),
    (
        "open commissions hold their money, ended ones none",
        "(ended) holds 1 of 80000",
        (
            *OVER,
            "INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('slip', 'other', 'nobody')",
            "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
            "SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'order_held' THEN -1 ELSE 1 END "
            "FROM ledger_postings p, ledger_accounts a WHERE p.step_key = 'slip' "
            "AND a.kind IN ('order_held', 'tax_payable')",
        ),
    ),
    (
        "nothing of a commission that is over can be paid any more",
        "/charge-1-1 is open, although its commission is over",
        (*OVER, "UPDATE commission_charges SET state = 'open' WHERE id LIKE '%/charge-1-1'"),
    ),
]


@pytest.mark.parametrize(("check", "says", "damage"), DAMAGES)
async def test_damage_is_named(contract: Contract, check: str, says: str, damage: tuple[str, ...]) -> None:
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.CUSTOMER_LEAVES)
    found = await told(contract, *damage)
    assert any(says in sentence for sentence in found.get(check, [])), found


async def test_every_rule_looks_at_something_and_is_tried(contract: Contract) -> None:
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.CUSTOMER_LEAVES)
    async with contract.database.transaction() as session:
        connection = await session.connection()
        for statement in OVER:
            await connection.execute(text(statement))
        counts = {rule.about: (await rule.examine(connection)).count for rule in commissions.RULES}
    assert [about for about, count in counts.items() if not count] == []
    assert set(counts) == {check for check, _, _ in DAMAGES}
