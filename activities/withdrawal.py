"""The one step that is a withdrawal's own: setting aside what the artisan asked for, while they wait."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from activities.payout import WasSetAside
from activities.set_aside import Wanted, set_aside
from core.database import Database
from models.audited import Audited
from models.repositories import audit
from models.repositories.effects import once
from models.repositories.processes import Progress, record_progress
from models.types import Role


@dataclass(frozen=True)
class SetAsideWithdrawal:
    wanted: Wanted
    actor_id: str
    progress: Progress


class WithdrawalActivities:
    """Dependencies: the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.set_aside]

    @activity.defn(name="payout.set_aside_withdrawal")
    @translates_errors
    async def set_aside(self, step: SetAsideWithdrawal) -> WasSetAside:
        """Raises `PayoutRefused`."""
        wanted = step.wanted
        async with self._database.transaction() as session:
            amount = await set_aside(session, wanted)

            async def append() -> dict[str, Any]:
                await audit.append(
                    session,
                    Audited.WITHDRAWN,
                    actor=step.actor_id,
                    role=Role.ARTISAN,
                    subject=wanted.shop_id,
                    details={"amount_minor": amount.minor, "currency": amount.currency, "payout": wanted.payout_id},
                )
                return {}

            await once(session, f"{wanted.payout_id}/audited-{wanted.attempt}", append)
            await record_progress(session, step.progress)
        return WasSetAside(amount.minor)
