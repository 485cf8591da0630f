"""A commission's payments are invoiced and what goes back is credited, once, from real rows."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from activities.commission_money import AssessTax, GiveBack
from activities.invoicing import InvoicingActivities, IssueDue
from core import clock
from models.errors import NotFound
from models.repositories import commission_invoicing, commission_taxes, invoices
from models.repositories.invoices import Issued
from models.rules.commission.contract import Milestone
from models.rules.commission.endings import Ending
from models.rules.invoices import InvoiceKind
from models.tables.commissions import CommissionRefund
from models.types import RefundState
from tests.activities.commission_money.conftest import Contract, add_version
from tests.activities.commission_money.test_giving import settled, settling
from tests.models.commission.contracts import desk


@pytest.fixture
async def paid(contract: Contract) -> Contract:
    """The tax is known by authority; deposit and second charge are paid."""
    await contract.steps.assess_tax(AssessTax(contract.id, 1))
    await contract.deposited()
    await contract.steps.charge(replace(contract.payment(2), version=1))
    return contract


async def issued(contract: Contract) -> list[Issued]:
    async with contract.database.transaction() as session:
        return await commission_invoicing.issue(session, contract.id, clock.now())


async def arrived(contract: Contract) -> list[CommissionRefund]:
    rows = await contract.refunds()
    async with contract.database.transaction() as session:
        for row in rows:
            kept = await session.get_one(CommissionRefund, row.id)
            kept.state, kept.settled_at = RefundState.SUCCEEDED.value, clock.now()
    return rows


async def test_each_payment_has_an_invoice_and_never_a_second_one(paid: Contract) -> None:
    await asyncio.gather(*(issued(paid) for _ in range(3)))
    first, second = await issued(paid)
    assert (first.draft.net_minor, first.draft.tax_minor) == (30_000, 2_400)
    assert (second.draft.net_minor, second.draft.tax_minor) == (50_000, 4_000)
    assert {one.draft.kind for one in (first, second)} == {InvoiceKind.ADVANCE}
    assert [part.jurisdiction for part in first.draft.taxes] == ["US-NY"]
    assert first.addressee is not None and first.reference == (await paid.row()).number
    async with paid.database.transaction() as session:
        assert await invoices.gaps(session) == []


async def test_the_night_issues_what_nobody_asked_for(paid: Contract) -> None:
    activities = InvoicingActivities(paid.database)
    batch = await activities.issue_due(IssueDue("refunds", ""))
    assert (batch.issued, batch.failed, batch.last, batch.left) == (1, 0, paid.id, False)
    assert (await activities.issue_due(IssueDue("refunds", ""))).issued == 0
    async with paid.database.transaction() as session:
        assert len(await invoices.of_commission(session, paid.id)) == 2


@pytest.mark.parametrize("ending", [Ending.CUSTOMER_LEAVES, Ending.ARTISAN_LEAVES])
async def test_what_an_end_gives_back_is_credited_once_it_has_arrived(paid: Contract, ending: Ending) -> None:
    await paid.steps.release(paid.releases(1, charges=1))
    settlement = settled(paid, ending)
    await paid.steps.settle(settling(paid, settlement))
    rows = await arrived(paid)
    papers = await issued(paid)
    notes = [one for one in papers if one.draft.kind is InvoiceKind.CREDIT_NOTE]
    assert sorted(one.draft.total_minor for one in notes) == sorted(row.amount_minor for row in rows)
    assert sum(one.draft.total_minor for one in notes) == settlement.back_minor
    assert sum(one.draft.tax_minor for one in notes) == sum(
        one.back.tax_minor for one in settlement.by_milestone.values()
    ), "the books say the same of the tax"
    assert {one.corrects for one in notes} <= {one.number for one in papers}
    assert await issued(paid) == papers


async def test_a_refund_that_is_on_its_way_has_no_credit_note_yet(paid: Contract) -> None:
    await add_version_and_give_back(paid)
    async with paid.database.transaction() as session:
        for row in await session.scalars(select(CommissionRefund)):
            row.state, row.settled_at = RefundState.PENDING.value, None
    assert [one.draft.kind for one in await issued(paid)] == [InvoiceKind.ADVANCE] * 2
    await arrived(paid)
    *_, note = await issued(paid)
    assert (note.draft.kind, note.draft.net_minor, note.draft.tax_minor) == (InvoiceKind.CREDIT_NOTE, 40_000, 3_200)


async def add_version_and_give_back(paid: Contract) -> None:
    """The contract becomes cheaper than what is paid: of 800.00 + 64.00, half stays."""
    async with paid.database.transaction() as session:
        await add_version(session, paid.id, 2, desk(milestones=(Milestone(1, 40_000, 10),), shipping_minor=0))
    await paid.steps.give_back(GiveBack(paid.id, f"commission-{paid.id}/back-2", 43_200, 2))


async def test_the_first_assessment_counts_and_stays(paid: Contract) -> None:
    assert await paid.steps.assess_tax(AssessTax(paid.id, 1)) == 5_120
    async with paid.database.transaction() as session:
        (found,) = (await commission_taxes.of_versions(session, paid.id)).values()
    assert sum(part.tax_minor for part in found) == 5_120
    for statement in ("UPDATE commission_taxes SET tax_minor = 1", "DELETE FROM commission_taxes"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with paid.database.transaction() as session:
                await session.execute(text(statement))


async def test_a_commission_that_does_not_exist_has_no_invoices(contract: Contract) -> None:
    async with contract.database.transaction() as session:
        with pytest.raises(NotFound):
            await commission_invoicing.issue(session, "com_nothing", clock.now())
