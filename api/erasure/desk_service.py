"""Erasures that wait, for administrators: since when, for what, what ends it; and debts that are waited for no longer.

A debt is the one wait that nothing else may ever end: the shop is closed, so no sale repays it. Everything else has its
own desk, which this names.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import View
from api.erasure.service import name_of
from api.money import MoneyView, money_view
from api.process_client import ProcessClient
from api.wording import WHY
from core import clock
from models.audited import Audited
from models.errors import DomainError, NotFound, NotNow
from models.repositories import audit, privacy_erasures, repayments
from models.repositories.processes import read_timeline
from models.rules.erasure import Obligation, obligations
from models.tables.privacy import Erasure
from models.types import MAX_MINOR, ErasureStatus, Money
from workflows import policies
from workflows.erasure import messages

AT_ONCE = 100
"""Erasures on one page; more that wait than that are seen when these are over."""
NETS_FIRST = {Obligation.SOLD, Obligation.CHECKOUT, Obligation.MONEY, Obligation.SUSPENDED}
"""What may still repay a debt."""
WHAT_TO_DO: Mapping[Obligation, str] = {
    Obligation.CHECKOUT: "Nothing: a payment ends within the hour.",
    Obligation.BOUGHT: "Nothing, unless an order is stuck: look at its own page.",
    Obligation.SOLD: "Nothing, unless an order is stuck: look at its own page.",
    Obligation.DISPUTE: "Nothing: the bank decides.",
    Obligation.MONEY: "It is paid out on the shop's next due day. If it can't be, the finance desk says why.",
    Obligation.CREDIT: "The person spends it, or gives it up on the page of their credit. It is not ours to decide.",
    Obligation.SUSPENDED: "Whoever suspended the shop decides about it. Once lifted, its money is paid out.",
    Obligation.DEBT: "Write it off here, if you do not expect the artisan to pay. Then the deletion goes on by itself.",
}


class WaitsFor(View):
    code: str
    text: str
    """As the person reads it."""
    what_to_do: str


class DebtView(View):
    currency: str
    minor: int
    amount: MoneyView


class HeldUpView(View):
    """Holds nothing personal."""

    id: str
    person_id: str
    shop_id: str
    """Empty for somebody without one."""
    status: ErasureStatus
    requested_at: datetime
    waits_since: datetime
    overdue: bool
    """It has waited for longer than we want anybody to wait."""
    waits_for: list[WaitsFor]
    refused_by: list[str]
    """Partners that do not delete their part now; they are asked again every day."""
    debts: list[DebtView]
    can_write_off: bool
    why_not: str
    """Where there is a debt that can't be written off yet; empty otherwise."""


class WriteOffInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    amount_minor: Annotated[int, Field(gt=0, le=MAX_MINOR, strict=True)]
    """All of it, as it was shown: what has changed meanwhile is looked at again."""


@dataclass(frozen=True)
class ErasureDesk:
    session: AsyncSession
    processes: ProcessClient

    async def held_up(self) -> list[HeldUpView]:
        self.session.expire_all()
        found = await privacy_erasures.held_up(self.session, AT_ONCE)
        return [await self._view(erasure, status) for erasure, status in found]

    async def write_off(self, person: Person, erasure_id: str, given: WriteOffInput) -> HeldUpView:
        """Raises `NotFound`, `NotNow`, `Conflict`."""
        view = await self._one(erasure_id)
        if not view.can_write_off:
            raise NotNow(view.why_not or "There is no debt to be written off.")
        debt = Money(given.amount_minor, given.currency)
        await repayments.write_off(self.session, view.shop_id, debt)
        await audit.append(
            self.session,
            Audited.DEBT_WRITTEN_OFF,
            actor=person.id,
            role=person.role,
            subject=view.shop_id,
            details={"erasure": erasure_id, "amount_minor": debt.minor, "currency": debt.currency},
        )
        await self.session.commit()  # the process looks with a transaction of its own
        # Told that it has just looked, or not reached, it looks by itself tomorrow.
        with suppress(DomainError):
            await self.processes.update(erasure_id, "check_again", messages.CheckAgain(), messages.ErasureState)
        with suppress(NotFound):
            return await self._one(erasure_id)
        return view.model_copy(update={"debts": [], "waits_for": [], "can_write_off": False})

    async def _one(self, erasure_id: str) -> HeldUpView:
        self.session.expire_all()
        for erasure, status in await privacy_erasures.held_up(self.session, 1, only=erasure_id):
            return await self._view(erasure, status)
        raise NotFound("This deletion does not wait for anything, or there is none. Reload the list.")

    async def _view(self, erasure: Erasure, status: ErasureStatus) -> HeldUpView:
        waits = status is ErasureStatus.WAITING
        open_ = obligations(await privacy_erasures.still_open(self.session, erasure.person_id)) if waits else ()
        shop_id = await privacy_erasures.shop_of(self.session, erasure.person_id) or ""
        debts = await repayments.debts_of(self.session, shop_id) if shop_id and waits else []
        nets_first = sorted(obligation for obligation in open_ if obligation in NETS_FIRST)
        return HeldUpView(
            id=erasure.id,
            person_id=erasure.person_id,
            shop_id=shop_id,
            status=status,
            requested_at=erasure.requested_at,
            waits_since=erasure.erase_at,
            overdue=clock.now() - erasure.erase_at > policies.ERASURE_OVERDUE_AFTER,
            waits_for=[WaitsFor(code=one.value, text=WHY[one.value], what_to_do=WHAT_TO_DO[one]) for one in open_],
            refused_by=[] if waits else await self._refused_by(erasure.id),
            debts=[DebtView(currency=debt.currency, minor=debt.minor, amount=money_view(debt)) for debt in debts],
            can_write_off=bool(debts) and not nets_first,
            why_not="What is still open repays a part of it first." if debts and nets_first else "",
        )

    async def _refused_by(self, erasure_id: str) -> list[str]:
        """Partners that have refused and have left no receipt since."""
        done = {receipt.target for receipt in await privacy_erasures.receipts(self.session, erasure_id)}
        story = await read_timeline(self.session, erasure_id)
        refused = {entry.subject for entry in story if entry.what == "erasure_refused" and entry.subject}
        return [name_of(target) for target in sorted(refused - done)]
