"""Sends back what a commission owes its customer, charge by charge, and books each part as the provider takes it.

What goes back, and to which charges, is written down before (`models.repositories.commission_money`). Is a part of the
step that calls it, and no step of its own.
"""

from temporalio import activity

from activities.refunds import SENT_WITHIN
from core import clock
from core.database import Database
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import PaymentGateway, RefundResult
from models.repositories import commission_money, refund_sending
from models.repositories.effects import recall
from models.rules.commission_postings import Back
from models.tables.commissions import CommissionCharge, CommissionRefund
from models.types import Money, RefundState


class CommissionRefunds:
    """Dependencies: the database, the payment gateway."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    async def send(self, commission_id: str, operation: str) -> None:
        """Every refund of a step: looked up, sent where it is not there, and booked. A bank may still undo one that was
        confirmed, so these are looked up, too.

        Raises `PartnerRefused` where the provider will not deliver one, once the others have gone out; the same again
        tries those that have failed.
        """
        async with self._database.transaction() as session:
            back = Back(**await recall(session, operation))
            wanted = await commission_money.refunds_of(session, commission_id, operation)
        refused: PartnerRefused | None = None
        for refund, charged in wanted:
            try:
                await self._send_one(back, refund, charged)
            except PartnerRefused as error:
                refused = error
        if refused is not None:
            raise refused

    async def _send_one(self, back: Back, refund: CommissionRefund, charged: CommissionCharge) -> None:
        intent_id = charged.intent_id or ""
        await self._claim(refund.id)
        try:
            sent = await self._payments.find_refund(intent_id, refund.id)
            if sent is None or sent.state == RefundState.FAILED.value:
                if sent is not None and RefundState(refund.state).is_booked:
                    await self._note(back, refund, sent)
                due = Money(refund.amount_minor, refund.currency)
                key = _key_of_this_try(refund.id, sent)
                sent = await self._payments.refund(intent_id, due, operation=refund.id, key=key)
        except PartnerRefused:
            await self._note(back, refund, None)
            raise
        async with self._database.transaction() as session:
            await refund_sending.let_go(session, refund.id, _sender(), of=CommissionRefund)
        failed = sent.state == RefundState.FAILED.value
        if sent.settlement is None and charged.settled_currency is not None and not failed:
            # Booked without it, the money would leave an account of a currency in which it never came.
            raise PartnerUnavailable("The payment provider has not booked this refund yet. It will be asked again.")
        await self._note(back, refund, sent)
        if failed:
            raise PartnerRefused("The payment provider could not send this refund back to the customer's card.")

    async def _claim(self, refund_id: str) -> None:
        """Raises `PartnerUnavailable` while another process of ours is at it: both would find it failed, and send."""
        now = clock.now()
        async with self._database.transaction() as session:
            is_ours = await refund_sending.claim(
                session, refund_id, _sender(), until=now + SENT_WITHIN, now=now, of=CommissionRefund
            )
        if not is_ours:
            raise PartnerUnavailable("Another process of ours is sending this refund. It will be looked for again.")

    async def _note(self, back: Back, refund: CommissionRefund, sent: RefundResult | None) -> None:
        """None: the provider refused it."""
        async with self._database.transaction() as session:
            if sent is None:
                await commission_money.note_refund(session, refund.id, back, state=RefundState.FAILED)
                return
            await commission_money.note_refund(
                session,
                refund.id,
                back,
                state=RefundState(sent.state),
                provider_id=sent.id,
                settled=sent.settlement.gross if sent.settlement is not None else None,
            )


def _sender() -> str:
    """The process; a step that runs outside of one is nobody else's."""
    return (activity.info().workflow_id if activity.in_activity() else None) or "outside"


def _key_of_this_try(refund_id: str, failed: RefundResult | None) -> str:
    """The provider replays its answer under the same key: after a refund that has `failed`, and in a step that is begun
    anew after a refusal, another one is carried. Retries of one step carry the same, and each looks first."""
    key = refund_id if failed is None else f"{refund_id}/after-{failed.id}"
    if not activity.in_activity():
        return key
    info = activity.info()
    return f"{key}/{(info.workflow_run_id or '')[:8]}-{info.activity_id}"
