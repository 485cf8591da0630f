"""How the erasure calls its activities, and how it asks partners until they have forgotten somebody.

Owns nothing of the erasure's state; the workflow decides what happens, this says only how it is carried out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import policies
from workflows.failures import STEP_FAILURES, refusal_type
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.erasure import (
        AskCourier,
        ErasedPerson,
        ErasureActivities,
        FollowRedaction,
        Recorded,
        RedactionState,
        Step,
        StillOpen,
        Tell,
    )
    from models.repositories.processes import Progress

R = TypeVar("R")
A = TypeVar("A")
"""What a step is told."""


class CarriesProgress(Protocol):
    @property
    def progress(self) -> Progress: ...


S = TypeVar("S", bound=CarriesProgress)
Refused = Callable[[str], Awaitable[None]]
"""Tells that a target can't forget the person now."""


class Steps:
    """The calls of one erasure."""

    def __init__(self, person_id: str, story: Story, try_again_after: timedelta) -> None:
        self._id = workflow.info().workflow_id
        self._person = person_id
        self._story = story
        self._try_again_after = try_again_after
        self._one_at_a_time = asyncio.Lock()

    def recorded(self, progress: Progress) -> Recorded:
        return Recorded(self._id, self._person, progress)

    async def write(self, method: Callable[[ErasureActivities, S], Awaitable[R]], step: S) -> R:
        """A step in our own database that carries lines of the story. One after the other."""
        async with self._one_at_a_time:
            result = await workflow.execute_local_activity_method(
                method, step, start_to_close_timeout=policies.DATABASE_STEP, retry_policy=policies.DATABASE
            )
            self._story.written(step.progress)
        return result

    async def record(self, progress: Progress) -> None:
        async with self._one_at_a_time:
            await workflow.execute_local_activity_method(
                ErasureActivities.record_erasure,
                progress,
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            self._story.written(progress)

    async def pivot(self, progress: Progress) -> ErasedPerson:
        """Writes its line of the story only when somebody was erased."""
        async with self._one_at_a_time:
            erased = await workflow.execute_local_activity_method(
                ErasureActivities.erase,
                self.recorded(progress),
                start_to_close_timeout=policies.DATABASE_STEP,
                retry_policy=policies.DATABASE,
            )
            if erased.obligations:
                self._story.take_back()
            else:
                self._story.written(progress)
        return erased

    async def check(self) -> StillOpen:
        return await workflow.execute_local_activity_method(
            ErasureActivities.check,
            Step(self._id, self._person),
            start_to_close_timeout=policies.DATABASE_STEP,
            retry_policy=policies.DATABASE,
        )

    async def send_letter(self, kind: str, key: str) -> None:
        """A letter that can't be handed over for days is dropped: the page says the same, and nothing waits longer."""
        try:
            await workflow.execute_activity_method(
                ErasureActivities.tell,
                Tell(self._id, self._person, kind, f"{self._id}/{key}"),
                start_to_close_timeout=policies.VENDOR_CALL,
                schedule_to_close_timeout=policies.MAIL_GIVES_UP,
                retry_policy=policies.VENDOR,
            )
        except ActivityError:
            workflow.logger.warning("a letter was not sent", extra={"kind": kind})

    async def forget_mail(self, attempt: int, refused: Refused) -> None:
        async def ask(tried: int) -> None:
            await self._ask(ErasureActivities.forget_mail, self._step(f"mail-{attempt}-{tried}"))

        await self._insist("mail", ask, refused)

    async def forget_search(self) -> None:
        await self._ask(ErasureActivities.forget_search, self._step("search"))

    async def forget_courier(self, courier: str, refused: Refused) -> None:
        async def ask(tried: int) -> None:
            key = f"{self._id}/courier-{courier}-{tried}"
            await self._ask(ErasureActivities.forget_courier, AskCourier(self._id, self._person, courier, key))

        await self._insist(f"courier:{courier}", ask, refused)

    async def forget_payments(self, refused: Refused) -> None:
        """Begins the provider's job and follows it to its end; one that failed is begun anew later."""

        async def ask(tried: int) -> None:
            step = self._step(f"payments-{tried}")
            job: RedactionState = await self._ask(ErasureActivities.begin_redaction, step)
            wait = policies.ASK_REDACTION_AFTER
            while job.id:
                follow = FollowRedaction(self._id, job.id, f"{step.key}/run")
                job = await self._ask(ErasureActivities.follow_redaction, follow)
                if job.done:
                    return
                await workflow.sleep(wait, summary="redaction")
                wait = min(wait * 2, policies.ASK_REDACTION_AT_MOST)

        await self._insist("payments", ask, refused)

    async def close_connected(self, refused: Refused) -> None:
        """A shop's account at the provider: holder, bank, and what it wanted to know."""

        async def ask(tried: int) -> None:
            await self._ask(ErasureActivities.close_connected, self._step(f"connected-{tried}"))

        await self._insist("connected_account", ask, refused)

    def _step(self, name: str) -> Step:
        return Step(self._id, self._person, f"{self._id}/{name}")

    async def _ask(self, method: Callable[[ErasureActivities, A], Awaitable[R]], step: A) -> R:
        return await workflow.execute_activity_method(
            method, step, start_to_close_timeout=policies.VENDOR_CALL, retry_policy=policies.VENDOR
        )

    async def _insist(self, target: str, ask: Callable[[int], Awaitable[None]], refused: Refused) -> None:
        """A refusal is an administrator's case and is tried again, under another key: what stands in its way (a
        dispute, a wrong key) goes away, and the person has a right to it."""
        tried = 0
        while True:
            tried += 1
            try:
                await ask(tried)
                return
            except STEP_FAILURES as error:
                if refusal_type(error) is None:
                    raise
            await refused(target)
            await workflow.sleep(self._try_again_after, summary=f"{target} again")
