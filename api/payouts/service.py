"""Keeping a shop's bank account, and letting the payment provider know. Pays nobody."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.throttle import TooManyRequests, span
from api.dependencies import Keeper
from api.payouts.schemas import IbanAccount, PayoutAccountView, UsAccount
from api.process_client import ProcessClient
from core import clock
from models.audited import Audited
from models.errors import NotFound, Unavailable
from models.repositories import audit, letters, payout_accounts, payouts, rate_limits
from models.repositories.rate_limits import Limit
from workflows import policies
from workflows.payout.messages import PayoutEvent

log = structlog.get_logger(__name__)

CHANGES = Limit(5, timedelta(days=1))
"""Of one shop's bank account. Each is told to its owner, to the provider and to every payout under way."""
WAITED_FOR = 3.0
"""Seconds. A payout teaches the provider the details itself, if Temporal does not answer now."""


class TooManyChanges(TooManyRequests):
    code = "too_many_changes"


@dataclass(frozen=True)
class PayoutAccounts:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    processes: ProcessClient
    allow_time_scale: bool

    async def find(self, keeper: Keeper) -> PayoutAccountView | None:
        saved = await payout_accounts.find(self.session, keeper.shop_id)
        return self._view(keeper, saved) if saved else None

    async def shown(self, keeper: Keeper) -> PayoutAccountView:
        """Raises `NotFound` when none was given yet."""
        found = await self.find(keeper)
        if found is None:
            raise NotFound("You have not told us yet where your money should go.")
        return found

    async def change(self, keeper: Keeper, given: IbanAccount | UsAccount) -> PayoutAccountView:
        """The owner is told by mail, and payouts pause: whoever did it may not have been them."""
        bank = given.bank()
        before = await payout_accounts.find(self.session, keeper.shop_id)
        if before is not None and before.bank == bank:
            return self._view(keeper, before)
        now = clock.now()
        limit = replace(CHANGES, within=CHANGES.within / self._scale(keeper))
        taken = await rate_limits.take(self.session, f"payout-account/{keeper.shop_id}", limit, now)
        if not taken.allowed:
            seconds = max(1, ceil(taken.wait.total_seconds()))
            raise TooManyChanges(
                f"The bank account was changed {CHANGES.times} times within a day. Wait {span(seconds)}, then save the "
                "right one. Nothing is paid out before.",
                retry_after=seconds,
            )
        await payout_accounts.save(self.session, keeper.shop_id, keeper.person.id, bank, now)
        await audit.append(
            self.session,
            Audited.PAYOUT_ACCOUNT_CHANGED,
            actor=keeper.person.id,
            role=keeper.person.role,
            subject=keeper.shop_id,
            details={"kind": bank.kind, "first": before is None},
        )
        await letters.write(
            self.session, "payout_account_changed", keeper.person.id, details={"shop_id": keeper.shop_id}
        )
        await self.session.commit()
        await self._hand_over(keeper.shop_id, now)
        return self._view(keeper, payout_accounts.SavedAccount(bank, now))

    def _view(self, keeper: Keeper, saved: payout_accounts.SavedAccount) -> PayoutAccountView:
        return PayoutAccountView.of(saved, policies.resolve_payout(scale=self._scale(keeper)).pause_after_change)

    def _scale(self, keeper: Keeper) -> int:
        return keeper.person.time_scale if self.allow_time_scale else 1

    async def _hand_over(self, shop_id: str, now: datetime) -> None:
        """The provider learns the details from a process, and a payout that waits for a correction hears of it."""
        cause = f"saved-{now.timestamp():.6f}"
        under_way = await payouts.open_of_shop(self.session, shop_id)
        try:
            async with asyncio.timeout(WAITED_FOR):
                await self.processes.start_payout_account(shop_id, cause)
                for payout_id in under_way:
                    await self.processes.signal(payout_id, "account_changed", PayoutEvent(cause))
        except (TimeoutError, Unavailable):
            log.warning("the provider learns of changed bank details with the next payout", shop_id=shop_id)
