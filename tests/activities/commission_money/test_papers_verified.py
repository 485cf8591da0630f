"""Invoices as they are issued pass every check of `artisan verify`; damage to them is named."""

import pytest
from sqlalchemy import update

from activities.commission_money import AssessTax
from core import clock
from deploy.verify import commission_papers
from models.repositories import commission_invoicing
from models.rules.commission.endings import Ending
from models.tables.commissions import CommissionRefund, CommissionRow
from models.types import RefundState
from tests.activities.commission_money.conftest import Contract
from tests.activities.commission_money.test_verified import ends, told

OPENED = "ALTER TABLE invoices DISABLE TRIGGER USER"
DAMAGES: list[tuple[str, str, tuple[str, ...]]] = [
    (
        "the tax of a commission is the sum of its contract's taxes",
        "has a tax of 1, its contract's come to 5120",
        ("UPDATE commissions SET version = 1, tax_minor = 1",),
    ),
    (
        "an invoice of a commission is its payment, line by line",
        "is over 29999 + 2400, its lines over 30000 + 2400; 30000 + 2400 were paid",
        (OPENED, "UPDATE invoices SET net_minor = 29999, total_minor = 32399 WHERE event LIKE 'charge/%/charge-1-1'"),
    ),
    (
        "an invoice of a commission is its payment, line by line",
        "its lines over 50000 + 0; 50000 + 4000 were paid",
        (
            OPENED,
            "UPDATE invoices SET document = jsonb_set(document, '{taxes}', '[]') "
            "WHERE event LIKE 'charge/%/charge-2-1'",
        ),
    ),
    (
        "a credit note of a commission is its refund",
        "32400; 0 went back",
        (OPENED, "UPDATE invoices SET event = 'commission-refund/slip' WHERE kind = 'credit_note'"),
    ),
    (
        "no invoice of a commission is credited with more than it was over",
        "50000 + 4000, 50001 +",
        (
            OPENED,
            "UPDATE invoices SET net_minor = 50001, total_minor = 50001 + tax_minor WHERE kind = 'credit_note'",
        ),
    ),
    (
        "no payment of a commission is passed over by invoicing",
        "/charge-1-1 has no invoice, although",
        (OPENED, "UPDATE invoices SET event = 'charge/slip' WHERE event LIKE 'charge/%/charge-1-1'"),
    ),
]


@pytest.fixture
async def issued(contract: Contract) -> Contract:
    """Two payments, and what the customer's leaving gives back, with all of their papers."""
    await contract.steps.assess_tax(AssessTax(contract.id, 1))
    await contract.deposited()
    await contract.steps.charge(contract.payment(2))
    await contract.steps.release(contract.releases(1, charges=1))
    await ends(contract, Ending.CUSTOMER_LEAVES)
    rows = await contract.refunds()
    async with contract.database.transaction() as session:
        await session.execute(update(CommissionRow).values(tax_minor=5_120))
        for row in rows:
            kept = await session.get_one(CommissionRefund, row.id)
            kept.state, kept.settled_at = RefundState.SUCCEEDED.value, clock.now()
    async with contract.database.transaction() as session:
        await commission_invoicing.issue(session, contract.id, clock.now())
    return contract


async def test_what_is_issued_is_clean_and_looked_at(issued: Contract) -> None:
    assert await told(issued) == {}
    async with issued.database.transaction() as session:
        connection = await session.connection()
        counts = {rule.about: (await rule.examine(connection)).count for rule in commission_papers.RULES}
    assert [about for about, count in counts.items() if not count] == []
    assert set(counts) == {check for check, _, _ in DAMAGES}


@pytest.mark.parametrize(("check", "says", "damage"), DAMAGES)
async def test_damage_is_named(issued: Contract, check: str, says: str, damage: tuple[str, ...]) -> None:
    found = await told(issued, *damage)
    assert any(says in sentence for sentence in found.get(check, [])), found
