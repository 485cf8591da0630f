"""How a payout or withdrawal calls its activities. Owns nothing of its state."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import policies
from workflows.failures import reason_of
from workflows.steps import Result, SharedSteps, Step

with workflow.unsafe.imports_passed_through():
    from activities.payout import (
        Finish,
        LookUp,
        Part,
        PayoutActivities,
        Recall,
        Seen,
        Send,
        Transferred,
    )
    from activities.payout_account import AccountSeen, EnsureAccount, PayoutAccountActivities
    from models.repositories.processes import Progress


class Steps(SharedSteps):
    """The calls of one payout."""

    async def record(self, progress: Progress) -> None:
        await self.record_with(PayoutActivities.record_payout, progress)

    async def finish(self, payout_id: str, progress: Progress) -> None:
        await self.write(PayoutActivities.finish, Finish(payout_id, progress))

    async def ensure_account(self, shop_id: str, pause: timedelta) -> AccountSeen:
        return await workflow.execute_activity_method(
            PayoutAccountActivities.ensure_account,
            EnsureAccount(shop_id, pause),
            start_to_close_timeout=policies.VENDOR_CALL,
            retry_policy=policies.VENDOR,
        )

    async def transfer(self, step: Send) -> Transferred:
        return await self._send(PayoutActivities.transfer, step)

    async def pay_out(self, step: Send) -> Seen:
        return await self._send(PayoutActivities.pay_out, step)

    async def recall(self, step: Recall) -> None:
        await self._send(PayoutActivities.recall, step)

    async def look_up(self, account_id: str, provider_payout_id: str, within: timedelta) -> Seen:
        """Raises `ActivityError` when there was no answer for so long."""
        return await workflow.execute_activity_method(
            PayoutActivities.look_up,
            LookUp(account_id, provider_payout_id),
            start_to_close_timeout=policies.VENDOR_CALL,
            schedule_to_close_timeout=within,
            retry_policy=policies.VENDOR,
        )

    async def _send(self, method: Callable[[PayoutActivities, Step], Awaitable[Result]], step: Step) -> Result:
        """Until the provider has answered: money is on its way and only it can tell where."""
        result = await workflow.execute_activity_method(
            method, step, start_to_close_timeout=policies.VENDOR_CALL, retry_policy=policies.VENDOR
        )
        self._story.written(step.progress)
        return result


def refusal_code(error: FailureError) -> str | None:
    """The partner's own word where it gave one, else ours; None for what is no refusal."""
    reason = reason_of(error)
    if reason is None or reason.type is None:
        return None
    details = reason.details[0] if reason.details and isinstance(reason.details[0], dict) else {}
    return str(details.get("code") or reason.type)


__all__ = ["AccountSeen", "Part", "Steps", "refusal_code"]
