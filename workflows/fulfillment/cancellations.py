"""What a buyer does not want any more before it is sent: at once where nothing has begun or a promise was broken, and
otherwise as the artisan says.

The rule behind "at once": a seller who misses the promised date holds nobody to the order (16 CFR 435.2(b)). While a
piece is being made in time, it is the artisan's to say; who keeps silent has not begun. A hand-over takes the pieces
out of the question: what a courier has can't be cancelled.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

from workflows.failures import refusal
from workflows.fulfillment.messages import AnswerCancellation, CancelOrder, FulfillmentInput
from workflows.fulfillment.parcels import Packing
from workflows.fulfillment.refunds import Refunds
from workflows.fulfillment.steps import Steps
from workflows.fulfillment.telling import Tell
from workflows.waiting import until

with workflow.unsafe.imports_passed_through():
    from activities.fulfillment import CancelPieces, FulfillmentActivities
    from models.errors import InvalidInput, NotNow
    from models.types import Party

REASON = "cancelled_by_buyer"


@dataclass
class Asked:
    """The artisan has to say whether these may be cancelled."""

    pieces: Mapping[str, int]
    until: datetime
    answer: AnswerCancellation | None = None
    is_written: bool = False
    """What has become of it."""


class Cancellations:
    """Those of one order, one after the other."""

    def __init__(self, order: FulfillmentInput, packing: Packing, refunds: Refunds, steps: Steps, tell: Tell) -> None:
        self._order_id = order.order_id
        self._is_commission = bool(order.commission_id)
        self._waits = order.deadlines
        self._packing = packing
        self._refunds = refunds
        self._steps = steps
        self._tell = tell
        self._id = workflow.info().workflow_id
        self._count = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.asked: Asked | None = None
        self._was_refused = False

    def pieces_of(self, message: CancelOrder) -> dict[str, int]:
        if not message.lines:
            return self._packing.unsent()
        return {line.listing_id: line.quantity for line in message.lines}

    def refuse(self, message: CancelOrder, *, at_once: bool) -> None:
        """Raises what stands in the way of this wish."""
        if self._is_commission:
            raise refusal(NotNow, "The work is done and approved, so its piece can't be cancelled any more.")
        if self.asked is not None:
            raise refusal(NotNow, "The maker has been asked already. You see their answer on the order's page.")
        if self._was_refused and not at_once:
            raise refusal(NotNow, "The maker can't cancel any more. If it is not sent in time, you can cancel at once.")
        if len({line.listing_id for line in message.lines}) < len(message.lines):
            raise refusal(InvalidInput, "A line stands here twice. Name each line once, with its quantity.")
        why_not = self._packing.why_not_cancel(self.pieces_of(message))
        if why_not is not None:
            raise refusal(InvalidInput if message.lines else NotNow, why_not)

    def refuse_answer(self) -> None:
        """Raises when the artisan has not been asked, or has answered."""
        if self.asked is None or self.asked.answer is not None:
            raise refusal(NotNow, "The buyer asks for nothing at the moment. Reload the order to see where it stands.")

    async def answer(self, message: AnswerCancellation) -> None:
        """Until it is carried out, or written down as refused."""
        asked = self.asked
        if asked is not None:
            asked.answer = message
            await workflow.wait_condition(lambda: asked.is_written)

    async def settled(self) -> None:
        await asyncio.gather(*self._tasks)

    async def carry_out(self, pieces: Mapping[str, int], actor: Party, what: str, *, restock: bool) -> None:
        """Nobody packs or sends them from here on, and their share goes back to the buyer."""
        self._count += 1
        step = f"cancel-{self._count}"
        opened = self._packing.cancel(pieces)
        self._refunds.start(step, REASON, pieces)
        cancel = CancelPieces(
            order_id=self._order_id,
            step_key=f"{self._id}/{step}",
            pieces=pieces,
            parcels=opened,
            restock=restock,
            progress=self._tell(actor, what),
        )
        await self._steps.write(FulfillmentActivities.cancel_pieces, cancel)
        self._steps.mail("order_cancelled_shop", self._order_id, self._count)

    async def ask(self, pieces: Mapping[str, int], over: Callable[[], bool]) -> None:
        """Puts it to the artisan; `over` says when the question has answered itself."""
        asked = self.asked = Asked(pieces, workflow.now() + self._waits.answer_cancellation_within)
        await self._steps.record(self._tell(Party.CUSTOMER, "cancellation_asked"))
        self._steps.mail("cancellation_asked", self._order_id, self._count)
        self._tasks.append(asyncio.create_task(self._answered(asked, over)))

    async def _answered(self, asked: Asked, over: Callable[[], bool]) -> None:
        def decided() -> bool:
            return asked.answer is not None or over() or not self._left_of(asked)

        await until(decided, asked.until, "cancellation")
        left, answer = self._left_of(asked), asked.answer
        self.asked = None
        await self._conclude(left, answer)
        asked.is_written = True

    async def _conclude(self, left: Mapping[str, int], answer: AnswerCancellation | None) -> None:
        if not left:
            await self._steps.record(self._tell(Party.SYSTEM, "cancellation_void"))
        elif answer is None:
            await self.carry_out(left, Party.SYSTEM, "cancellation_lapsed", restock=False)
        elif answer.agree:
            await self.carry_out(left, Party.ARTISAN, "cancellation_agreed", restock=answer.restock)
        else:
            self._was_refused = True
            await self._steps.record(self._tell(Party.ARTISAN, "cancellation_refused"))
            self._steps.mail("cancellation_refused", self._order_id, self._count)

    def _left_of(self, asked: Asked) -> dict[str, int]:
        """What of it no courier has, and nobody has cancelled."""
        unsent = self._packing.unsent()
        left = {listing_id: min(quantity, unsent.get(listing_id, 0)) for listing_id, quantity in asked.pieces.items()}
        return {listing_id: quantity for listing_id, quantity in left.items() if quantity}
