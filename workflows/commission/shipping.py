"""How a finished commission's piece is sent: an order is made of what is left, and a fulfilment of its own sends it.

The commission waits for that child, as it is complete when the piece has arrived. Whatever else becomes of the parcel
(lost, sent back, never sent) is the child's to settle: then the shipping has gone back, and the commission completes
all the same, as its work was approved. The customer's claim about the piece itself stays open between them.
"""

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError

from workflows import policies
from workflows import search_attributes as sa
from workflows.fulfillment import messages as fulfillment

with workflow.unsafe.imports_passed_through():
    from activities.commission_order import CommissionOrderActivities, MakeCommissionOrder
    from models.rules.commission.endings import shipping_of
    from models.rules.commission.record import Commission
    from models.types import OrderStatus, Party


async def ship(it: Commission) -> None:
    """Until the parcel has arrived, or will not. The process must not continue as new meanwhile: a run that began after
    it could not wait for a child of the one before."""
    deadlines = policies.resolve_commissioned(scale=max(1, round(policies.DAY / it.waits.day)))
    made = await workflow.execute_local_activity_method(
        CommissionOrderActivities.make_order,
        MakeCommissionOrder(
            commission_id=it.id,
            operation=f"{workflow.info().workflow_id}/ship",
            shipping=shipping_of(it.held, it.currency),
            ship_by=workflow.now() + deadlines.ship_within,
        ),
        start_to_close_timeout=policies.DATABASE_STEP,
        retry_policy=policies.DATABASE,
    )
    order = fulfillment.FulfillmentInput(
        order_id=made.order_id,
        checkout_id="",
        commission_id=it.id,
        buyer_id=it.customer_id,
        shop_id=made.shop_id,
        artisan_id=it.artisan_id,
        currency=it.currency,
        total_minor=made.total_minor,
        pieces=1,
        deadlines=deadlines,
    )
    try:
        await _sent(order)
    except (ChildWorkflowError, WorkflowAlreadyStartedError):
        if workflow.cancellation_reason() is not None:
            raise  # it is this process that is ended
        # An operator has ended it, or ran it again; there is nothing left that this commission could wait for.
        workflow.logger.warning("a commission's fulfilment can't be awaited", extra={"order": order.order_id})


async def _sent(order: fulfillment.FulfillmentInput) -> None:
    await workflow.execute_child_workflow(
        fulfillment.WORKFLOW,
        order,
        id=fulfillment.workflow_id(order.order_id),
        task_queue=fulfillment.TASK_QUEUE,
        result_type=fulfillment.FulfillmentResult,
        # What has been begun to be sent is sent to its end, whatever becomes of the commission's process.
        parent_close_policy=workflow.ParentClosePolicy.ABANDON,
        cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(sa.PROCESS, fulfillment.PROCESS),
                SearchAttributePair(sa.STATUS, OrderStatus.READY_TO_SHIP.value),
                SearchAttributePair(sa.WAITING_ON, Party.ARTISAN.value),
                SearchAttributePair(sa.DEADLINE, workflow.now() + order.deadlines.ship_within),
                SearchAttributePair(sa.CUSTOMER_ID, order.buyer_id),
                SearchAttributePair(sa.ARTISAN_IDS, [order.artisan_id]),
                SearchAttributePair(sa.AMOUNT, order.total_minor),
                SearchAttributePair(sa.CURRENCY, order.currency),
            ]
        ),
    )
