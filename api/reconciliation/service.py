"""Reading cases, proposing and approving repairs. What a repair is, and that two make it, stands in the models."""

import math
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.process_client import ProcessClient
from api.reconciliation.schemas import CaseView
from core import clock
from models.errors import Unavailable
from models.repositories import reconciliation_cases
from models.rules.reconciliation import Reason


@dataclass(frozen=True)
class Cases:
    session: AsyncSession
    processes: ProcessClient

    async def listed(self, page: int, per_page: int, *, closed: bool) -> Page[CaseView]:
        rows, total = await reconciliation_cases.listed(
            self.session, closed=closed, limit=per_page, offset=(page - 1) * per_page
        )
        return Page[CaseView](
            items=[CaseView.of(row) for row in rows],
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, math.ceil(total / per_page)),
        )

    async def one(self, case_id: str) -> CaseView:
        return CaseView.of(await reconciliation_cases.get(self.session, case_id))

    async def propose(self, person: Person, case_id: str, reason: Reason) -> CaseView:
        return CaseView.of(await reconciliation_cases.propose(self.session, case_id, person.id, reason, clock.now()))

    async def decide(self, person: Person, case_id: str, *, approve: bool) -> CaseView:
        if not approve:
            return CaseView.of(await reconciliation_cases.decline(self.session, case_id, person.id))
        case = await reconciliation_cases.approve(self.session, case_id, person.id, clock.now())
        view = CaseView.of(case)
        if case.status == "approved":
            await self.session.commit()
            with suppress(Unavailable):  # the next night carries it out
                await self.processes.start_repair(case_id)
        return view
