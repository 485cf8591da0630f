"""How another process says that a place may be free. Owns no list: it finds out whether anybody waits, and says so."""

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from workflows import policies
from workflows import search_attributes as sa
from workflows.waitlist import messages

with workflow.unsafe.imports_passed_through():
    from activities.waitlist import PlaceFree, WaitlistActivities


TRIES = 3
"""A list that ends between being found and being told is begun anew; one that does so every time looks by itself."""


async def place_may_be_free(commission_id: str) -> None:
    """Called by a commission's process at its end, after the step that writes the end down. Where nobody waits for the
    same shop, nothing happens. Never fails the caller: the list looks by itself once a day."""
    shop_id = await workflow.execute_local_activity_method(
        WaitlistActivities.shop_that_waits,
        PlaceFree(commission_id),
        start_to_close_timeout=policies.DATABASE_STEP,
        retry_policy=policies.DATABASE,
    )
    if shop_id is None:
        return
    for _ in range(TRIES):
        if await _begun(shop_id) or await _heard(shop_id):
            return


async def _begun(shop_id: str) -> bool:
    """False: it runs already."""
    try:
        await workflow.start_child_workflow(
            messages.WORKFLOW,
            messages.WaitlistInput(shop_id),
            id=messages.workflow_id(shop_id),
            task_queue=messages.TASK_QUEUE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=TypedSearchAttributes([SearchAttributePair(sa.PROCESS, messages.PROCESS)]),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def _heard(shop_id: str) -> bool:
    """False: it has ended since."""
    try:
        await workflow.get_external_workflow_handle(messages.workflow_id(shop_id)).signal(messages.LOOK)
    except ApplicationError:
        workflow.logger.info("the waitlist has ended meanwhile")
        return False
    return True
