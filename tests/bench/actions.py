"""Counts the billable actions of a workflow's history by the published rules (https://docs.temporal.io/cloud/actions).

A start, an activity and each of its retries, a started timer, a signal, an update, a search-attribute upsert: one each;
a child workflow: two; all local activities of one workflow task together: one.
"""

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

_EACH = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: 1,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 1,
    EventType.EVENT_TYPE_TIMER_STARTED: 1,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: 1,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 1,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: 1,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: 2,
}
CAPTURE = "payments.capture_payment"


async def actions_up_to_capture(client: Client, workflow_id: str) -> dict[str, object]:
    """Total, and how many of each kind, up to and including the capture."""
    counts = await actions_of(client, workflow_id, until=CAPTURE)
    return {"total": sum(counts.values()), "of": counts}


async def actions_of(client: Client, workflow_id: str, *, run_id: str | None = None, until: str = "") -> dict[str, int]:
    """How many of each kind, up to and including the activity named `until`; without one, all that there are."""
    counts: dict[str, int] = {}
    tasks_with_local_activities: set[int] = set()
    async for event in client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history_events():
        name = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()
        if event.event_type in _EACH:
            counts[name] = counts.get(name, 0) + _EACH[event.event_type]
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == "core_local_activity":
                tasks_with_local_activities.add(marker.workflow_task_completed_event_id)
        if until and event.activity_task_scheduled_event_attributes.activity_type.name == until:
            break
    counts["local_activities"] = len(tasks_with_local_activities)
    return counts
