"""The stories of one side of a conversation: messages in memory, mails that are remembered, every end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.commission_talk import LookForUnread, MailDue, MailUnread, NoteMailed
from workers.sandbox import RUNNER
from workflows import policies
from workflows.commission_talk import messages
from workflows.commission_talk.workflow import CommissionTalkWorkflow

Handle = WorkflowHandle[CommissionTalkWorkflow, messages.TalkResult]
QUICK = policies.TalkDeadlines(mail_after=timedelta(seconds=0.3), mail_again_after=timedelta(seconds=0.6))
"""Of a story that is recorded on a server without a clock of its own."""


@dataclass
class Written:
    at: datetime
    is_read: bool = False
    mailed_at: datetime | None = None


@dataclass
class Talk:
    """What the other side has written, and what the reader was told."""

    env: WorkflowEnvironment
    deadlines: policies.TalkDeadlines = field(default_factory=policies.TalkDeadlines)
    written: list[Written] = field(default_factory=list)
    mails: list[tuple[datetime, int, str]] = field(default_factory=list)
    is_quiet: bool = False
    refused: bool = False
    looks: int = 0
    at_look: Callable[[], Awaitable[None]] | None = None
    """What happens while the process looks, once."""

    async def write(self) -> None:
        self.written.append(Written(await self.env.get_current_time()))

    def read(self) -> None:
        for one in self.written:
            one.is_read = True

    def _fresh(self) -> list[Written]:
        return [] if self.is_quiet else [one for one in self.written if not one.is_read and one.mailed_at is None]

    @activity.defn(name="commission.look_for_unread")
    async def look_for_unread(self, step: LookForUnread) -> MailDue | None:
        fresh = self._fresh()
        self.looks += 1
        if self.at_look is not None:
            happens, self.at_look = self.at_look, None
            await happens()
        if not fresh:
            return None
        mailed = [one.mailed_at + step.mail_again_after for one in self.written if one.mailed_at is not None]
        unread = sum(not one.is_read for one in self.written)
        return MailDue(max(fresh[0].at + step.mail_after, *mailed, fresh[0].at), unread, len(self.written))

    @activity.defn(name="notifications.mail_unread")
    async def mail_unread(self, step: MailUnread) -> bool:
        if self.refused:
            raise ApplicationError("This is no address.", type="partner_refused", non_retryable=True)
        if not self._fresh():
            return False
        self.mails.append((activity.info().started_time, step.messages, step.key))
        return True

    @activity.defn(name="commission.note_mailed")
    async def note_mailed(self, step: NoteMailed) -> None:
        for one in self.written[: step.up_to]:
            one.mailed_at = one.mailed_at or step.at


async def tell(talk: Talk, name: str = "1") -> Handle:
    """As the API does after a message is committed."""
    return await talk.env.client.start_workflow(
        CommissionTalkWorkflow.run,
        messages.TalkInput(f"com_{name}", "usr_reader", talk.deadlines),
        id=messages.workflow_id(f"com_{name}", "usr_reader"),
        task_queue=messages.TASK_QUEUE,
        start_signal=messages.WRITTEN,
    )


@asynccontextmanager
async def at_work(talk: Talk) -> AsyncIterator[None]:
    async with (
        Worker(
            talk.env.client,
            task_queue=messages.TASK_QUEUE,
            workflows=[CommissionTalkWorkflow],
            activities=[talk.look_for_unread, talk.note_mailed],
            workflow_runner=RUNNER,
        ),
        Worker(talk.env.client, task_queue="notifications", activities=[talk.mail_unread]),
    ):
        yield


async def looked(talk: Talk, times: int = 1) -> None:
    """Until the process has looked so often."""
    while talk.looks < times:  # noqa: ASYNC110 - the worker of this test changes it
        await asyncio.sleep(0.01)


async def asleep(handle: Handle) -> None:
    """Until the process waits for an instant."""
    while not any(  # noqa: ASYNC110 - the server alone knows
        event.event_type == EventType.EVENT_TYPE_TIMER_STARTED for event in (await handle.fetch_history()).events
    ):
        await asyncio.sleep(0.02)


async def closed(talk: Talk, handle: Handle, after: timedelta | None = None) -> int:
    """How many mails the run has sent that ends after so long. A result that is waited for would let the server's clock
    jump days ahead, to when a mail would be given up, even where it was sent long before."""
    with talk.env.auto_time_skipping_disabled():
        if after is not None:
            await asleep(handle)
            await talk.env.sleep(after + timedelta(seconds=1))
        return (await handle.result()).mails


async def _mailed(talk: Talk) -> None:
    """One mail, and nothing new."""


async def _read(talk: Talk) -> None:
    await looked(talk)
    talk.read()


async def _more(talk: Talk) -> None:
    """Another one while the process waits."""
    await looked(talk)
    await talk.write()
    await tell(talk, "more")


async def _refused(talk: Talk) -> None:
    talk.refused = True


STORIES: Mapping[str, Callable[[Talk], Awaitable[None]]] = {
    "mailed": _mailed,
    "read": _read,
    "more": _more,
    "refused": _refused,
}


async def play(env: WorkflowEnvironment, name: str) -> Handle:
    """The closed run, for the recorder."""
    talk = Talk(env, QUICK)
    await talk.write()
    async with at_work(talk):
        handle = await tell(talk, name)
        await STORIES[name](talk)
        await handle.result()
    return handle
