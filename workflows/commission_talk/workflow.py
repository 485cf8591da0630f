"""Tells one side of a conversation by mail that messages wait for it.

    looking ──> waiting until a mail would be due ──> looking ──> mailing ──> looking ... ──> nothing waits

Which messages were read, which a mail was about and when that was stands in SQL, so a process that begins anew keeps
the pause after the last mail like the one before it. A message that comes meanwhile makes no mail sooner: it is counted
by the next look, and wakes nobody. Mail that can't be handed over for days is given up, as what it tells is no longer
news.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows import policies
from workflows.commission_talk.messages import WORKFLOW, TalkInput, TalkResult

with workflow.unsafe.imports_passed_through():
    from activities.commission_talk import CommissionTalkActivities, LookForUnread, MailDue, MailUnread, NoteMailed

NOTIFICATIONS_QUEUE = "notifications"


@workflow.defn(name=WORKFLOW)
class CommissionTalkWorkflow:
    @workflow.init
    def __init__(self, start: TalkInput) -> None:
        self._start = start
        self._words = 0
        """Signals that have come."""
        self._mails = 0

    @workflow.run
    async def run(self, start: TalkInput) -> TalkResult:
        while True:
            heard = self._words
            due = await self._look()
            if due is None:
                # Who writes while this task ends it is heard: the server hands the task out again with their word.
                if self._words == heard:
                    return TalkResult(self._mails)
                continue
            remaining = due.at - workflow.now()
            if remaining > timedelta():
                await workflow.sleep(remaining, summary="a mail would be due")
            else:
                await self._mail(due)
            if workflow.info().get_current_history_length() > policies.TALK_HISTORY:
                workflow.continue_as_new(start)

    @workflow.signal
    def written(self) -> None:
        """The other side has written."""
        self._words += 1

    async def _look(self) -> MailDue | None:
        waits = self._start.deadlines
        return await workflow.execute_local_activity_method(
            CommissionTalkActivities.look_for_unread,
            LookForUnread(self._start.commission_id, self._start.reader_id, waits.mail_after, waits.mail_again_after),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )

    async def _mail(self, due: MailDue) -> None:
        start, at = self._start, workflow.now()
        key = f"{workflow.info().workflow_id}/{due.up_to}"
        try:
            handed_over = await workflow.execute_activity_method(
                CommissionTalkActivities.mail_unread,
                MailUnread(start.commission_id, start.reader_id, due.messages, key),
                task_queue=NOTIFICATIONS_QUEUE,
                start_to_close_timeout=policies.VENDOR_CALL,
                schedule_to_close_timeout=policies.MAIL_GIVES_UP,
                retry_policy=policies.VENDOR,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("a mail about unread messages was not sent")
        else:
            if not handed_over:
                return  # read in the last moment, or they want no mails any more
            self._mails += 1
        await workflow.execute_local_activity_method(
            CommissionTalkActivities.note_mailed,
            NoteMailed(start.commission_id, start.reader_id, due.up_to, at),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )
