"""Nights of reconciliation for the verified market: two that ended, one difference that two administrators repaired."""

from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.repositories import reconciliation, reconciliation_cases, reconciliation_facts
from models.repositories.reconciliation import Done
from models.rules.reconciliation import Reason, loose_differences
from models.tables.reconciliation import ProviderTransaction
from models.types import Role
from tests.support.marketplace import add_person


async def add_nights(database: Database, now: datetime) -> str:
    """Id of the difference: a fee of the provider's that nobody had booked."""
    async with database.transaction() as session:
        for days in (2, 1):
            until = now - timedelta(days=days)
            night = await reconciliation.begin(session, f"reconciliation-{until:%Y-%m-%d}", until, until)
            await reconciliation.end(session, night, Done(), until)
        return await _repaired(session, now)


async def _repaired(session: AsyncSession, now: datetime) -> str:
    ada, grace = [(await add_person(session, Role.ADMINISTRATOR))[0] for _ in range(2)]
    booked = {"type": "fee", "currency": "USD", "amount_minor": -100, "fee_minor": 0, "net_minor": -100}
    at = now - timedelta(days=2)
    line = insert(ProviderTransaction).values(id="txn_fee", **booked, created_at=at, available_on=now + timedelta(1))
    await session.execute(line)
    found = loose_differences(await reconciliation_facts.loose(session, now, at, "txn_fee"))
    await reconciliation_cases.note(session, found, [], now)
    (case,), _ = await reconciliation_cases.listed(session, closed=False, limit=2)
    await reconciliation_cases.propose(session, case.id, ada, Reason.PROVIDER_CHECKED, now)
    await reconciliation_cases.approve(session, case.id, grace, now)
    return case.id
