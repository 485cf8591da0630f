"""Sends a refund that has been decided, and stays with it until the provider has confirmed it.

Success is told on the provider's word alone. A refund that is refused, or that comes back, is an administrator's case;
the buyer is told, and it is tried again, under another key and after looking for the one before.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import policies
from workflows.failures import refusal_type
from workflows.refund.messages import RefundInput, RefundKind
from workflows.refund.telling import PAID_BACK, SENDING, Standing, Told
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.refund import RecordFailed, RecordTaken, RefundRequestActivities, ReserveRefund
    from activities.refunds import LookUpRefund, SendRefund, SentRefund
    from models.types import Party, RefundState, RefundStatus


class Sending:
    """The money of one request."""

    def __init__(self, start: RefundInput, told: Told) -> None:
        self._start = start
        self._waits = start.deadlines
        self._told = told
        self._steps = told.steps
        self._id = workflow.info().workflow_id
        self.operation = start.operation or f"{self._id}/refund"
        self._taken = start.tries
        """How often the provider has taken it."""
        self._keys = 0
        """That were used up."""
        self._is_news = start.kind is RefundKind.PROBLEM or start.pending
        self.hinted = False
        """The provider has said that something changed."""
        self.retry = False
        """An administrator says that it may work now."""
        self.refunded_minor = 0

    async def reserve(self, amount_minor: int) -> int:
        """Writes the refund down: what is left of it, in case something has gone back meanwhile."""
        reserved = await workflow.execute_local_activity_method(
            RefundRequestActivities.reserve,
            ReserveRefund(self._start.request_id, self.operation, amount_minor),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
        return reserved.amount_minor

    async def send(self) -> None:
        """Until the provider has taken it, and has confirmed it."""
        sent = await self._send()
        await self._note(sent)
        await self._follow(sent)

    async def settle(self) -> None:
        """The same of a refund that another process has sent."""
        await self._follow(await self._look_up())

    async def _follow(self, sent: SentRefund) -> None:
        """To the provider's confirmation. One that comes back is sent again. A false alarm is no news to the buyer."""
        while (sent := await self._confirmed(sent)).state is not RefundState.SUCCEEDED:
            await self._came_back(sent)
            sent = await self._send()
            await self._note(sent)
        self.refunded_minor = sent.amount_minor
        if self._is_news:
            self._steps.mail("order_refunded", self.operation, self._taken)

    async def _confirmed(self, sent: SentRefund) -> SentRefund:
        """Asks the provider when it hints at news, and now and then without; answers what it has become of it."""
        looked_into_at = workflow.now() + self._waits.confirm_within
        wait, overdue = self._waits.ask_provider_after, False
        while sent.state is RefundState.PENDING:
            self.hinted = False
            await until(lambda: self.hinted, workflow.now() + wait, "confirmation")
            wait = min(wait * 2, policies.ASK_REFUND_AT_MOST)
            sent = await self._look_up()
            if sent.state is RefundState.PENDING and not overdue and workflow.now() >= looked_into_at:
                overdue = True
                looked_into = Standing(RefundStatus.ON_ITS_WAY, Party.ADMINISTRATOR)
                await self._told.move(Party.SYSTEM, "refund_overdue", looked_into)
        if sent.state is RefundState.SUCCEEDED:
            taken = RecordTaken(
                request_id=self._start.request_id,
                operation=self.operation,
                provider_id=sent.provider_id,
                state=sent.state,
                progress=self._told.tell(Party.PROVIDER, "refund_confirmed", PAID_BACK, subject=self.operation),
                closes=True,
            )
            await self._told.write(RefundRequestActivities.note_taken, taken)
        return sent

    async def _note(self, sent: SentRefund) -> None:
        """Booked as soon as the provider has taken it. What is confirmed at once is told as confirmed, in one line."""
        overdue_at = workflow.now() + self._waits.confirm_within
        on_its_way = Standing(RefundStatus.ON_ITS_WAY, Party.PROVIDER, overdue_at, "refund_is_looked_into")
        taken = RecordTaken(
            request_id=self._start.request_id,
            operation=self.operation,
            provider_id=sent.provider_id,
            state=sent.state,
            progress=self._told.tell(Party.PROVIDER, "refund_taken", on_its_way, subject=self.operation),
        )
        await self._told.write(RefundRequestActivities.note_taken, taken)
        self._taken += 1
        self._is_news = True
        if sent.state is RefundState.PENDING:
            self._steps.mail("refund_pending", self.operation, self._taken)

    async def _came_back(self, sent: SentRefund) -> None:
        mend_by = workflow.now() + self._waits.mend_within
        failed = Standing(RefundStatus.FAILED, Party.ADMINISTRATOR, mend_by, "refund_is_retried")
        record = RecordFailed(
            operation=self.operation,
            provider_id=sent.provider_id,
            progress=self._told.tell(Party.PROVIDER, "refund_came_back", failed, subject=self.operation),
        )
        await self._told.write(RefundRequestActivities.note_failed, record)
        self._steps.mail("refund_failed", self.operation, self._taken)
        await self._mended(failed)

    async def _send(self) -> SentRefund:
        while True:
            self._keys += 1
            step = SendRefund(
                order_id=self._start.order_id,
                operation=self.operation,
                # Of this process alone: another one may look after the same refund.
                key=f"{self._id}:{self.operation}/{self._taken}-{self._keys}",
                already={},
                pieces={},
                reason=self._start.reason,
            )
            try:
                return await self._steps.send_refund(step)
            except ActivityError as error:
                if refusal_type(error) is None:
                    raise
            mend_by = workflow.now() + self._waits.mend_within
            failed = Standing(RefundStatus.FAILED, Party.ADMINISTRATOR, mend_by, "refund_is_retried")
            await self._told.move(Party.PROVIDER, "refund_refused", failed)
            await self._mended(failed)

    async def _mended(self, failed: Standing) -> None:
        """Until an administrator says that it may work now, or for as long as was told."""
        self.retry = False
        assert failed.until is not None  # noqa: S101 - both callers set it
        if await until(lambda: self.retry, failed.until, "mending"):
            await self._told.move(Party.ADMINISTRATOR, "refund_retried", SENDING)
        else:
            await self._told.move(Party.SYSTEM, "refund_retried", SENDING)

    async def _look_up(self) -> SentRefund:
        """Asked until it answers: a provider that does not know what it has taken has lost it for a moment."""
        wait = timedelta(minutes=1)
        while True:
            try:
                return await self._steps.look_up(LookUpRefund(self._start.order_id, self.operation))
            except ActivityError as error:
                if refusal_type(error) is None:
                    raise
            await workflow.sleep(wait, summary="look up again")
            wait = min(wait * 2, policies.ASK_REFUND_AT_MOST)
