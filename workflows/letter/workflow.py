"""One letter, from the row that somebody wrote to the mail service.

    sending ──> sent | expired | nobody | given_up

The mail service knows each letter by its id, so a retried hand-over is one mail with the same link. A letter whose link
has expired meanwhile is not sent; one that can't be handed over for days is no longer news.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows import policies
from workflows import search_attributes as sa
from workflows.letter.messages import WORKFLOW, LetterInput, LetterResult

with workflow.unsafe.imports_passed_through():
    from activities.letter import LetterActivities, SendLetter
    from models.types import LetterStatus

NOTIFICATIONS_QUEUE = "notifications"


@workflow.defn(name=WORKFLOW)
class LetterWorkflow:
    @workflow.run
    async def run(self, start: LetterInput) -> LetterResult:
        status = await self._send(start.letter_id)
        workflow.upsert_search_attributes([sa.STATUS.value_set(status.value)])
        return LetterResult(status)

    async def _send(self, letter_id: str) -> LetterStatus:
        try:
            return await workflow.execute_activity_method(
                LetterActivities.send_letter,
                SendLetter(letter_id),
                task_queue=NOTIFICATIONS_QUEUE,
                start_to_close_timeout=policies.VENDOR_CALL,
                schedule_to_close_timeout=policies.MAIL_GIVES_UP,
                retry_policy=policies.VENDOR,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("a letter was not sent")
            return LetterStatus.GIVEN_UP
