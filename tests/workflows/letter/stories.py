"""The stories of a letter: a mail service that obeys the test, and every way in which one can end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.boundary import application_error
from activities.letter import SendLetter
from models.errors import PartnerRefused
from models.types import LetterStatus
from workers.sandbox import RUNNER
from workflows.letter import messages
from workflows.letter.workflow import NOTIFICATIONS_QUEUE, LetterWorkflow

LETTER = "let_1"
Handle = WorkflowHandle[LetterWorkflow, messages.LetterResult]


@dataclass
class MailRoom:
    """What becomes of a letter in one test, and what was asked."""

    ends: LetterStatus = LetterStatus.SENT
    fails: list[Exception] = field(default_factory=list)
    """Raised by the first hand-overs, one each."""
    asked: list[str] = field(default_factory=list)

    @activity.defn(name="notifications.send_letter")
    async def send_letter(self, step: SendLetter) -> LetterStatus:
        self.asked.append(step.letter_id)
        if self.fails:
            raise self.fails.pop(0)
        return self.ends


def away(again_after: timedelta) -> Exception:
    """The mail service does not answer."""
    return ApplicationError("No answer.", type="partner_unavailable", next_retry_delay=again_after)


def refused() -> Exception:
    return application_error(PartnerRefused("That is no address."))


@asynccontextmanager
async def sending(env: WorkflowEnvironment, room: MailRoom, letter_id: str = LETTER) -> AsyncIterator[Handle]:
    """The process of one letter, started as the API starts it."""
    async with AsyncExitStack() as stack:
        for queue in (messages.TASK_QUEUE, NOTIFICATIONS_QUEUE):
            ours = queue == messages.TASK_QUEUE
            await stack.enter_async_context(
                Worker(
                    env.client,
                    task_queue=queue,
                    workflows=[LetterWorkflow] if ours else [],
                    activities=[] if ours else [room.send_letter],
                    workflow_runner=RUNNER,
                )
            )
        yield await env.client.start_workflow(
            LetterWorkflow.run,
            messages.LetterInput(letter_id),
            id=messages.workflow_id(letter_id),
            task_queue=messages.TASK_QUEUE,
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


STORIES: Mapping[str, MailRoom] = {
    "sent": MailRoom(),
    "sent-at-the-second-try": MailRoom(fails=[away(timedelta(seconds=1))]),
    "expired": MailRoom(ends=LetterStatus.EXPIRED),
    "nobody": MailRoom(ends=LetterStatus.NOBODY),
    "refused": MailRoom(fails=[refused()]),
}


async def play(env: WorkflowEnvironment, name: str) -> Handle:
    """The closed run, for the recorder."""
    async with sending(env, STORIES[name], f"let_{name}") as handle:
        await handle.result()
    return handle
