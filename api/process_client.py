"""The API's only way to the workflows: starts them, sends them updates and signals, asks them questions. Knows ids and
messages, no SQL; what Temporal raises is `api.process_errors`'s to translate.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.process_errors import ProcessClosed, translated
from models.rules.commission.record import Commission
from models.types import LetterStatus, PayoutStatus
from workflows import search_attributes as sa
from workflows.checkout import messages as checkout
from workflows.commission import messages as commission
from workflows.commission_return import messages as commission_return
from workflows.commission_talk import messages as talk
from workflows.data_export import messages as data_export
from workflows.erasure import messages as erasure
from workflows.fulfillment import messages as fulfillment
from workflows.gift_card_purchase import messages as gift_card
from workflows.letter import messages as letter
from workflows.payout_account import messages as payout_account
from workflows.payout_return import messages as payout_return
from workflows.reconciliation import messages as reconciliation
from workflows.refund import messages as refund
from workflows.waitlist import messages as waitlist
from workflows.withdrawal import messages as withdrawal

__all__ = ["ProcessClient", "ProcessClosed"]

R = TypeVar("R")

ANSWER_WITHIN = timedelta(seconds=30)
"""How long a request waits for a process. Longer than a step is retried while somebody waits, so that the process's own
answer comes first."""
LOOK_WITHIN = timedelta(seconds=3)
"""The same for a question whose answer makes a page better, and without which there is a page."""


class ProcessClient:
    """Errors: the process's own refusal as the `DomainError` of its code; `ProcessClosed`; `Unavailable` when Temporal
    or every worker is away, in which case the same call may be repeated."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def place_checkout(
        self, start: checkout.CheckoutInput, request: checkout.PlaceCheckout
    ) -> checkout.PlacedCheckout:
        """Starts the cart's checkout with its first click, or joins the one that runs."""
        return await self._begin(
            checkout.WORKFLOW,
            start,
            id_=checkout.workflow_id(start.cart_id, start.attempt),
            task_queue=checkout.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, checkout.PROCESS),
                SearchAttributePair(sa.CUSTOMER_ID, start.buyer_id),
            ],
            update="place",
            message=request,
            result_type=checkout.PlacedCheckout,
            ended="This payment has ended already.",
        )

    async def buy_gift_card(self, start: gift_card.GiftCardInput) -> str:
        """Starts the purchase of a card whose row is committed, or joins the one that runs. The payment's id."""
        return await self._begin(
            gift_card.WORKFLOW,
            start,
            id_=gift_card.workflow_id(start.card_id),
            task_queue=gift_card.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, gift_card.PROCESS),
                SearchAttributePair(sa.CUSTOMER_ID, start.buyer_id),
                SearchAttributePair(sa.AMOUNT, start.amount_minor),
                SearchAttributePair(sa.CURRENCY, start.currency),
            ],
            update="place",
            message=gift_card.PlaceGiftCard(start.buyer_id),
            result_type=str,
            ended="This payment has ended already.",
        )

    async def request_export(self, start: data_export.ExportInput) -> data_export.ExportState:
        """Starts today's export of a person, or joins the one that runs. `ProcessClosed`: it is ready already."""
        return await self._begin(
            data_export.WORKFLOW,
            start,
            id_=data_export.workflow_id(start.export_id),
            task_queue=data_export.TASK_QUEUE,
            attributes=[SearchAttributePair(sa.PROCESS, data_export.PROCESS)],
            update="request",
            message=data_export.RequestExport(start.person_id),
            result_type=data_export.ExportState,
            ended="Today's copy is ready already.",
        )

    async def request_erasure(self, start: erasure.ErasureInput) -> erasure.ErasureState:
        """Starts a person's erasure, or joins the one that runs."""
        return await self._begin(
            erasure.WORKFLOW,
            start,
            id_=erasure.workflow_id(start.person_id, start.number),
            task_queue=erasure.TASK_QUEUE,
            attributes=[SearchAttributePair(sa.PROCESS, erasure.PROCESS)],
            update="request",
            message=erasure.RequestErasure(start.person_id),
            result_type=erasure.ErasureState,
            ended="This deletion has ended already.",
        )

    async def request_withdrawal(
        self, start: withdrawal.WithdrawalInput, request: withdrawal.RequestWithdrawal
    ) -> withdrawal.WithdrawalState:
        """Starts a withdrawal with its click, or joins the one that runs."""
        return await self._begin(
            withdrawal.WORKFLOW,
            start,
            id_=withdrawal.workflow_id(start.withdrawal_id),
            task_queue=withdrawal.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, withdrawal.PROCESS),
                SearchAttributePair(sa.STATUS, PayoutStatus.SETTING_ASIDE.value),
                SearchAttributePair(sa.ARTISAN_IDS, [start.artisan_id]),
                SearchAttributePair(sa.CURRENCY, start.currency),
            ],
            update="request",
            message=request,
            result_type=withdrawal.WithdrawalState,
            ended="This withdrawal has ended already.",
        )

    async def _begin(
        self,
        workflow: str,
        start: Any,
        *,
        id_: str,
        task_queue: str,
        attributes: list[SearchAttributePair[Any]],
        update: str,
        message: Any,
        result_type: type[R],
        ended: str,
    ) -> R:
        """Starts a process with its first update, or sends that to the one that runs: once, however often asked."""
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            workflow,
            start,
            id=id_,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=TypedSearchAttributes(attributes),
        )
        try:
            async with _answered_in_time():
                answer: R = await self._client.execute_update_with_start_workflow(
                    update,
                    message,
                    start_workflow_operation=operation,
                    id=update,
                    result_type=result_type,
                    rpc_timeout=ANSWER_WITHIN,
                )
        except Exception as error:
            await _hear_out(operation)
            if isinstance(error, WorkflowAlreadyStartedError):
                raise ProcessClosed(ended) from error
            raise translated(error) from error
        return answer

    async def send_letter(self, letter_id: str) -> None:
        """Hands over a letter whose row is committed. Once or twice is the same."""
        await self._start(
            letter.WORKFLOW,
            letter.LetterInput(letter_id),
            id_=letter.workflow_id(letter_id),
            task_queue=letter.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, letter.PROCESS),
                SearchAttributePair(sa.STATUS, LetterStatus.SENDING.value),
            ],
        )

    async def start_payout_account(self, shop_id: str, cause: str) -> None:
        """Brings a shop's account at the provider up to date, once for each cause."""
        await self._start(
            payout_account.WORKFLOW,
            payout_account.PayoutAccountInput(shop_id),
            id_=payout_account.workflow_id(shop_id, cause),
            task_queue=payout_account.TASK_QUEUE,
            attributes=[SearchAttributePair(sa.PROCESS, payout_account.PROCESS)],
        )

    async def start_commission_return(self, refund_id: str, start: commission_return.CommissionReturnInput) -> None:
        """Sends a commission's refund again that a bank has undone. While one is at it, another is not begun."""
        await self._start(
            commission_return.WORKFLOW,
            start,
            id_=commission_return.workflow_id(refund_id),
            task_queue=commission_return.TASK_QUEUE,
            attributes=[SearchAttributePair(sa.PROCESS, commission_return.PROCESS)],
            reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

    async def start_payout_return(self, start: payout_return.PayoutReturnInput) -> None:
        """Takes back what a bank has returned after its payout has ended. Once or twice is the same."""
        await self._start(
            payout_return.WORKFLOW,
            start,
            id_=payout_return.workflow_id(start.payout_id, start.attempt),
            task_queue=payout_return.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, payout_return.PROCESS),
                SearchAttributePair(sa.ARTISAN_IDS, [start.artisan_id]),
                SearchAttributePair(sa.CURRENCY, start.currency),
            ],
        )

    async def start_repair(self, case_id: str) -> None:
        """Carries out at the provider what two administrators have approved, and is committed."""
        await self._start(
            reconciliation.WORKFLOW,
            reconciliation.ReconciliationInput(case_id=case_id),
            id_=reconciliation.repair_id(case_id),
            task_queue=reconciliation.TASK_QUEUE,
            attributes=[SearchAttributePair(sa.PROCESS, reconciliation.PROCESS)],
        )

    async def start_refund(self, start: refund.RefundInput) -> None:
        """Begins with a request whose row is committed, or with a refund that came back. Once or twice is the same."""
        await self._start(
            refund.WORKFLOW,
            start,
            id_=refund.workflow_id(start.request_id),
            task_queue=refund.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, refund.PROCESS),
                SearchAttributePair(sa.CUSTOMER_ID, start.buyer_id),
                SearchAttributePair(sa.ARTISAN_IDS, [start.artisan_id]),
                SearchAttributePair(sa.AMOUNT, start.asked_minor),
                SearchAttributePair(sa.CURRENCY, start.currency),
            ],
        )

    async def start_commission(self, start: commission.CommissionInput) -> None:
        """Begins with a request whose row is committed. Once or twice is the same."""
        await self._start(
            commission.WORKFLOW,
            start,
            id_=commission.workflow_id(start.commission_id),
            task_queue=commission.TASK_QUEUE,
            attributes=[
                SearchAttributePair(sa.PROCESS, commission.PROCESS),
                SearchAttributePair(sa.CUSTOMER_ID, start.customer_id),
                SearchAttributePair(sa.ARTISAN_IDS, [start.artisan_id]),
                SearchAttributePair(sa.CURRENCY, start.currency),
            ],
        )

    async def look_at_waitlist(self, shop_id: str) -> None:
        """Somebody has joined or left it, or a place may be free. Begins the process where there is none."""
        await self._tell(
            waitlist.WORKFLOW,
            waitlist.WaitlistInput(shop_id),
            id_=waitlist.workflow_id(shop_id),
            task_queue=waitlist.TASK_QUEUE,
            process=waitlist.PROCESS,
            signal=waitlist.LOOK,
        )

    async def mail_if_unread(self, start: talk.TalkInput) -> None:
        """The other side has written to this reader, and it is committed. Begins the process where there is none."""
        await self._tell(
            talk.WORKFLOW,
            start,
            id_=talk.workflow_id(start.commission_id, start.reader_id),
            task_queue=talk.TASK_QUEUE,
            process=talk.PROCESS,
            signal=talk.WRITTEN,
        )

    async def _tell(self, workflow: str, start: Any, *, id_: str, task_queue: str, process: str, signal: str) -> None:
        """A signal to the process that runs, or to one that it begins."""
        try:
            async with _answered_in_time():
                await self._client.start_workflow(
                    workflow,
                    start,
                    id=id_,
                    task_queue=task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    start_signal=signal,
                    search_attributes=TypedSearchAttributes([SearchAttributePair(sa.PROCESS, process)]),
                    rpc_timeout=ANSWER_WITHIN,
                )
        except Exception as error:
            raise translated(error) from error

    async def _start(
        self,
        workflow: str,
        start: Any,
        *,
        id_: str,
        task_queue: str,
        attributes: list[SearchAttributePair[Any]],
        reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.REJECT_DUPLICATE,
    ) -> None:
        try:
            async with _answered_in_time():
                await self._client.start_workflow(
                    workflow,
                    start,
                    id=id_,
                    task_queue=task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=reuse,
                    search_attributes=TypedSearchAttributes(attributes),
                    rpc_timeout=ANSWER_WITHIN,
                )
        except WorkflowAlreadyStartedError:
            return
        except Exception as error:
            raise translated(error) from error

    async def update(
        self, workflow_id: str, name: str, message: Any, result_type: type[R], *, update_id: str | None = None
    ) -> R:
        """Sends an update and waits for its answer. `update_id` makes a repeated request one update."""
        try:
            async with _answered_in_time():
                answer: R = await self._client.get_workflow_handle(workflow_id).execute_update(
                    name, message, id=update_id, result_type=result_type, rpc_timeout=ANSWER_WITHIN
                )
        except Exception as error:
            raise translated(error) from error
        return answer

    async def signal(self, workflow_id: str, name: str, message: Any) -> bool:
        """Tells a fact. False when the process has ended, or does not exist: then nobody needs to know."""
        try:
            await self._client.get_workflow_handle(workflow_id).signal(name, message, rpc_timeout=ANSWER_WITHIN)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise translated(error) from error
        return True

    async def complete_delivery(
        self, order_id: str, parcel_id: str, attempt: int, result: fulfillment.DeliveryResult
    ) -> bool:
        """Completes the open activity by ids, never by token. False: it is not open (done, or not yet)."""
        handle = self._client.get_async_activity_handle(
            workflow_id=fulfillment.workflow_id(order_id),
            run_id=None,
            activity_id=fulfillment.delivery_activity_id(parcel_id, attempt),
        )
        try:
            await handle.complete(result, rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise translated(error) from error
        return True

    async def timeline(self, workflow_id: str) -> checkout.Timeline:
        """The story as the running process tells it; lists and pages read SQL instead."""
        try:
            told: checkout.Timeline = await self._client.get_workflow_handle(workflow_id).query(
                "timeline", result_type=checkout.Timeline, rpc_timeout=ANSWER_WITHIN
            )
        except Exception as error:
            raise translated(error) from error
        return told

    async def commission_record(self, commission_id: str) -> Commission:
        """What a commission's process remembers. A page does without it rather than wait long."""
        handle = self._client.get_workflow_handle(commission.workflow_id(commission_id))
        try:
            async with asyncio.timeout(LOOK_WITHIN.total_seconds()):
                record: Commission = await handle.query("record", result_type=Commission, rpc_timeout=LOOK_WITHIN)
        except Exception as error:
            raise translated(error) from error
        return record

    async def is_ready(self) -> bool:
        """Whether the server answers."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False


def _answered_in_time() -> asyncio.Timeout:
    """The client asks the server again and again while no worker answers, each time with the whole timeout of a call,
    so that by itself it would wait for as long as the workers are away."""
    return asyncio.timeout(ANSWER_WITHIN.total_seconds())


async def _hear_out(operation: WithStartWorkflowOperation[Any, Any]) -> None:
    """The operation keeps what went wrong a second time, for whoever asks for the workflow. Nobody does; unasked, it
    would be complained about in the log."""
    with suppress(Exception, asyncio.CancelledError):
        async with asyncio.timeout(0):
            await operation.workflow_handle()
