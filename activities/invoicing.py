"""Issues what is due: one invoice a transaction, so that nobody waits long for a number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import DomainError
from models.repositories import commission_invoicing, invoices, invoicing, statements

log = structlog.get_logger(__name__)
BATCH = 50
COMMISSION = "com_"
"""What ids of commissions begin with."""
MONTHS = timedelta(days=100)
"""How far back a missing month is looked for; who asks for an older one has it at once."""


@dataclass(frozen=True)
class IssueDue:
    phase: str
    """`orders`, `refunds` (and all of commissions) or `fees`."""
    after: str
    """Looks at what comes behind it."""


@dataclass(frozen=True)
class IssuedBatch:
    issued: int
    failed: int
    last: str
    left: bool
    """Whether there may be more."""


class InvoicingActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.issue_due]

    @activity.defn(name="payout.issue_due")
    @translates_errors
    async def issue_due(self, step: IssueDue) -> IssuedBatch:
        """Repeated, it issues the next batch: what was issued is not found again."""
        async with self._database.transaction() as session:
            if step.phase == "orders":
                due = list(await invoices.orders_without(session, step.after, BATCH))
            elif step.phase == "refunds":
                due = await self._gone_back(session, step.after)
            else:
                due = [one for one in await self._months(session) if one > step.after][:BATCH]
        done = [await self._issue(step.phase, one) for one in due]
        return IssuedBatch(sum(done), len(done) - sum(done), due[-1] if due else "", left=len(due) == BATCH)

    async def _gone_back(self, session: AsyncSession, after: str) -> list[str]:
        """Whatever was paid or went back of commissions, then orders with a refund. Runs of the process that began
        before there were commissions know no phase for them."""
        due: list[str] = []
        if not after or after.startswith(COMMISSION):
            due = list(await commission_invoicing.without(session, after, BATCH))
            after = ""
        return [*due, *await invoices.refunds_without(session, after, BATCH - len(due))]

    async def _months(self, session: AsyncSession) -> list[str]:
        """`2026-10/<shop>` of every shop with commission in a month that is over."""
        now = clock.now()
        first = await statements.first_posting(session)
        found: set[str] = set()
        for month in invoicing.months_over(max(first, now - MONTHS) if first else None, now):
            shops = await statements.commissions(session, *statements.month_of(month))
            found |= {f"{month}/{shop_id}" for shop_id, _ in shops}
        return sorted(found)

    async def _issue(self, phase: str, subject: str) -> bool:
        now = clock.now()
        try:
            async with self._database.transaction() as session:
                if phase == "fees":
                    month, _, shop_id = subject.partition("/")
                    await invoicing.issue_fees(session, month, now, shop_id)
                elif subject.startswith(COMMISSION):
                    await commission_invoicing.issue(session, subject, now)
                else:
                    await invoicing.issue_for_order(session, subject, now)
        except (DomainError, ValueError, LookupError):
            # A defect of one: the others must not wait for it, and the run that found it fails in the end.
            log.exception("not invoiced", phase=phase, subject=subject)
            return False
        return True
