"""The way of money from a shop's balance to its keeper's bank, once it has been set aside: payouts and withdrawals.

    setting_aside ──> sending_money ──> money_on_its_way ──> arrived ──> paid_out
         │              │    ▲               │                  │
         ▼              ▼    │               ▼                  ▼
      not_paid      awaiting_funds        recalling_money ──> awaiting_details ──> (once more) | given_back

A webhook is a hint to ask the provider; a silent provider is asked anyway, also at the end of the window in which a
bank may send money back; what it sends back later is `payout_return`'s. Money that did not arrive is recalled and
payable again before anybody is waited for. So is all of it when a refund has taken from it before it was sent, and
what is left is set aside anew. That, and what the artisan can correct, is tried once more, under another attempt with
operations and keys of its own; nothing is tried a third time. A look a day keeps even a payout that the bank forgets
far below the limits of one run.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows import search_attributes as sa
from workflows.failures import STEP_FAILURES
from workflows.payout.messages import PayoutEvent, PayoutResult, Timeline
from workflows.payout.steps import Steps, refusal_code
from workflows.policies import PayoutDeadlines
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.payout import Book, CameBack, GiveBack, Part, PayoutActivities, Recall, Seen, Send, Unanswered
    from activities.payout_account import AccountSeen
    from activities.set_aside import Wanted
    from models.ports import PayoutState
    from models.repositories.processes import Progress
    from models.rules.payouts import BANK_CHANGED, NEEDS_CORRECTION, WAITS, PayoutProblem, problem_of
    from models.types import Party, PayoutStatus

R = TypeVar("R")


@dataclass(frozen=True)
class Stopped:
    """The provider will not do it."""

    code: str


class MoneyOut:
    """Base of both processes: what they are told, what they answer, and everything after the money was set aside."""

    def __init__(self, process: str, shop_id: str, currency: str, deadlines: PayoutDeadlines) -> None:
        self._id = workflow.info().workflow_id
        self._payout_id = self._id
        """Its row's, and of everything that is sent for it."""
        self._may_try_again = True
        self._shop_id = shop_id
        self._currency = currency
        self._deadlines = deadlines
        self._story = Story(process)
        self._steps = Steps(self._story)
        self._status = PayoutStatus.SETTING_ASIDE
        self._attempt = 1
        self._amount_minor = 0
        self._bank_changed_at: datetime | None = None
        """Of the bank details that this attempt is sent to."""
        self._hint = False
        self._seen_events: set[str] = set()

    # Signals: facts from machines, each a hint to look

    @workflow.signal
    def provider_told(self, event: PayoutEvent) -> None:
        """A payout was paid or has failed, or money has become available."""
        self._hear(event)

    @workflow.signal
    def account_changed(self, event: PayoutEvent) -> None:
        """The bank details, or what the provider wants from the artisan."""
        self._hear(event)

    @workflow.query
    def timeline(self) -> Timeline:
        return Timeline(self._status.value, tuple(self._story.entries))

    # The course

    async def set_aside_again(self) -> int | None:
        """For the second attempt; None when nothing can be set aside any more."""
        raise NotImplementedError

    async def deliver(self, amount_minor: int) -> PayoutResult:
        """From the money that was set aside to an end."""
        self._amount_minor = amount_minor
        workflow.upsert_search_attributes([sa.AMOUNT.value_set(amount_minor), sa.CURRENCY.value_set(self._currency)])
        problem = await self._try()
        if problem is PayoutProblem.REFUNDED or (
            problem in NEEDS_CORRECTION and await self._wait_for_correction(problem)
        ):
            self._attempt += 1
            again = await self.set_aside_again()
            if again is not None:
                self._amount_minor = again
                problem = await self._try()
        await self.end(problem)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return PayoutResult(self._status, self._amount_minor, self._attempt)

    async def _try(self) -> PayoutProblem | None:
        """One attempt. None: it has arrived, and the bank can't send it back any more. Otherwise the amount is payable
        again."""
        self._move(PayoutStatus.SENDING)
        part = Part(self._id, self._shop_id, self._amount_minor, self._currency, self._attempt)
        account = await self._account()
        if isinstance(account, Stopped):
            return await self.give_back(part, account.code)
        if account.paused_until is not None and workflow.now() < account.paused_until:
            # Changed since the money was set aside. It was sent to no details, so none have failed.
            self._bank_changed_at = None
            return await self.give_back(part, BANK_CHANGED)
        self._bank_changed_at = account.bank_changed_at
        transfer = await self._until_funded(
            "transfer",
            lambda key: self._steps.transfer(
                Send(part, account.account_id, key, self._tell_transferred(), account.bank_changed_at)
            ),
        )
        if isinstance(transfer, Stopped):
            return await self.give_back(part, transfer.code)
        sent = await self._until_funded(
            "payout",
            lambda key: self._steps.pay_out(
                Send(part, account.account_id, key, self._tell_sent(), account.bank_changed_at)
            ),
        )
        failure = sent.code if isinstance(sent, Stopped) else await self._watch(part, account.account_id, sent)
        if failure is None:
            return None
        await self.recall(part, transfer.transfer_id)
        return await self.give_back(part, failure)

    async def _account(self) -> AccountSeen | Stopped:
        try:
            seen = await self._steps.ensure_account(self._shop_id, self._deadlines.pause_after_change)
        except STEP_FAILURES as error:
            return Stopped(_code(error))
        return Stopped(seen.problem) if seen.problem else seen

    async def _until_funded(self, step: str, send: Callable[[str], Awaitable[R]]) -> R | Stopped:
        """Waits while the provider says that the money is not available yet; each try has a key of its own, because a
        provider repeats its refusal under the same one."""
        until: datetime | None = None
        tried = 0
        while True:
            tried += 1
            try:
                answer = await send(f"{self._id}/{step}-{self._attempt}/{tried}")
            except STEP_FAILURES as error:
                code = _code(error)
                self._story.take_back()
            else:
                self._move(PayoutStatus.SENDING)
                return answer
            if code not in WAITS or (until is not None and workflow.now() >= until):
                return Stopped(code)
            if until is None:
                until = workflow.now() + self._deadlines.funds_within
                self._move(PayoutStatus.AWAITING_FUNDS, Party.PROVIDER, until)
                self._story.tell(
                    Party.PROVIDER, "funds_awaited", waiting_on=Party.PROVIDER, until=until, then="money_goes_back"
                )
                await self._steps.record(self._progress())
            await self._hint_or(min(until, workflow.now() + self._deadlines.funds_check_every), "funds")

    async def _watch(self, part: Part, account_id: str, seen: Seen) -> str | None:
        """Until it has failed (why), or has arrived for good (None). Asks once more at the end, hint or none."""
        late_at, late_told = workflow.now() + self._deadlines.late_after, False
        settled_at: datetime | None = None
        self._move(PayoutStatus.ON_ITS_WAY, Party.PROVIDER)
        while True:
            if seen.state in {PayoutState.FAILED, PayoutState.CANCELLED}:
                await self.came_back(part, seen, was_paid=settled_at is not None)
                return seen.failure or seen.state.value
            if settled_at is not None and workflow.now() >= settled_at:
                return None
            if seen.state is PayoutState.PAID and settled_at is None:
                settled_at = workflow.now() + self._deadlines.return_window
                await self._arrived(part, settled_at)
            if settled_at is None and not late_told and workflow.now() >= late_at:
                late_told = True
                await self._tell_late()
            await self._hint_or(settled_at or workflow.now() + self._deadlines.ask_every, "payout")
            seen = await self.look_up(account_id, seen.provider_payout_id)

    async def look_up(self, account_id: str, provider_payout_id: str) -> Seen:
        """The provider's word. It is asked for ever: only it can tell where the money is. Our team is told when it has
        not answered for long, and when it does again."""
        silent = False
        while True:
            try:
                seen = await self._steps.look_up(account_id, provider_payout_id, self._deadlines.answer_within)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                if not silent:
                    silent = True
                    await self._tell_silent(silent=True)
            else:
                if silent:
                    await self._tell_silent(silent=False)
                return seen

    async def _tell_silent(self, *, silent: bool) -> None:
        if silent:
            until = workflow.now() + self._deadlines.answer_within
            self._story.tell(
                Party.SYSTEM, "provider_silent", waiting_on=Party.ADMINISTRATOR, until=until, then="provider_is_asked"
            )
        else:
            self._story.tell(Party.PROVIDER, "provider_answered", waiting_on=Party.PROVIDER)
        await self._steps.write(PayoutActivities.unanswered, Unanswered(self._payout_id, silent, self._progress()))

    async def _arrived(self, part: Part, settled_at: datetime) -> None:
        self._move(PayoutStatus.ARRIVED, Party.NOBODY, settled_at)
        self._story.tell(Party.PROVIDER, "payout_arrived", until=settled_at, then="payout_is_final")
        await self._steps.write(PayoutActivities.arrived, Book(part, self._progress()))

    async def came_back(self, part: Part, seen: Seen, *, was_paid: bool) -> None:
        self._move(PayoutStatus.RECALLING, Party.PROVIDER)
        self._story.tell(
            Party.PROVIDER,
            "payout_returned" if was_paid else "payout_failed",
            why=problem_of(seen.failure or seen.state.value).value,
            waiting_on=Party.SYSTEM,
        )
        await self._steps.write(PayoutActivities.came_back, CameBack(part, was_paid, self._progress()))

    async def recall(self, part: Part, transfer_id: str) -> None:
        """Until the provider has moved it back: it is neither ours nor the artisan's to spend meanwhile. A refusal is
        an administrator's case and is tried again."""
        self._move(PayoutStatus.RECALLING, Party.PROVIDER)
        tried = 0
        while True:
            tried += 1
            self._story.tell(Party.PROVIDER, "transfer_recalled", waiting_on=Party.SYSTEM)
            key = f"{self._id}/reversal-{self._attempt}/{tried}"
            try:
                await self._steps.recall(Recall(part, transfer_id, key, self._progress()))
            except STEP_FAILURES as error:
                _code(error)
                self._story.take_back()
            else:
                return
            again = workflow.now() + self._deadlines.recall_retry_after
            self._story.tell(
                Party.PROVIDER,
                "recall_refused",
                waiting_on=Party.ADMINISTRATOR,
                until=again,
                then="recall_is_retried",
            )
            await self._steps.record(self._progress())
            await self._hint_or(again, "recall")

    async def give_back(self, part: Part, code: str) -> PayoutProblem:
        problem = problem_of(code)
        waits = self._may_try_again and problem in NEEDS_CORRECTION and self._attempt == 1
        if waits:
            until = workflow.now() + self._deadlines.details_within
            self._move(PayoutStatus.AWAITING_DETAILS, Party.ARTISAN, until)
            self._story.tell(
                Party.SYSTEM,
                "payout_given_back",
                why=problem.value,
                waiting_on=Party.ARTISAN,
                until=until,
                then="payout_is_given_up",
            )
        else:
            self._story.tell(Party.SYSTEM, "payout_given_back", why=problem.value)
        step = GiveBack(part, code, self._bank_changed_at, self._progress())
        await self._steps.write(PayoutActivities.give_back, step)
        return problem

    async def _wait_for_correction(self, problem: PayoutProblem) -> bool:
        """Until the artisan has put it right and the pause after a change is over. False: not in time."""
        until = workflow.now() + self._deadlines.details_within
        told = False
        while True:
            account = await self._account()
            wake_at = min(until, workflow.now() + self._deadlines.details_check_every)
            if isinstance(account, AccountSeen) and _corrected(account, problem, self._bank_changed_at):
                paused_until = account.paused_until
                if paused_until is None or workflow.now() >= paused_until:
                    return True
                wake_at = paused_until
                if not told:
                    told = True
                    self._story.tell(Party.ARTISAN, "details_corrected", until=paused_until, then="payout_is_retried")
                    self._move(PayoutStatus.AWAITING_DETAILS, Party.NOBODY, paused_until)
                    await self._steps.record(self._progress())
            elif workflow.now() >= until:
                return False
            await self._hint_or(wake_at, "correction")

    async def end(self, problem: PayoutProblem | None) -> None:
        self._move(PayoutStatus.PAID_OUT if problem is None else PayoutStatus.GIVEN_BACK)
        if problem is None:
            self._story.tell(Party.SYSTEM, "payout_completed")
        else:
            self._story.tell(Party.SYSTEM, "payout_given_up", why=problem.value)
        await self._steps.finish(self._payout_id, self._progress())

    # Helpers

    def wanted(self, pause: timedelta, *, period: str = "", amount_minor: int | None = None) -> Wanted:
        return Wanted(self._id, self._shop_id, self._currency, self._attempt, pause, period, amount_minor)

    def _tell_transferred(self) -> Progress:
        self._story.tell(Party.SYSTEM, "payout_transferred", waiting_on=Party.PROVIDER)
        return self._story.progress(PayoutStatus.SENDING.value)

    def _tell_sent(self) -> Progress:
        self._story.tell(
            Party.PROVIDER,
            "payout_sent",
            waiting_on=Party.PROVIDER,
            until=workflow.now() + self._deadlines.late_after,
            then="bank_is_late",
        )
        return self._story.progress(PayoutStatus.ON_ITS_WAY.value)

    async def _tell_late(self) -> None:
        self._story.tell(
            Party.SYSTEM,
            "payout_late",
            waiting_on=Party.ADMINISTRATOR,
            until=workflow.now() + self._deadlines.ask_every,
            then="provider_is_asked",
        )
        await self._steps.record(self._progress())

    def _hear(self, event: PayoutEvent) -> None:
        if event.event_id not in self._seen_events:
            self._seen_events.add(event.event_id)
            self._hint = True

    async def _hint_or(self, at: datetime, name: str) -> None:
        """Until something was heard, or the time has come."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._hint, timeout=max(at - workflow.now(), timedelta()), timeout_summary=name
            )
        self._hint = False

    def _move(self, status: PayoutStatus, waiting_on: Party = Party.NOBODY, deadline: datetime | None = None) -> None:
        if status is self._status:
            return
        self._status = status
        workflow.upsert_search_attributes(
            [
                sa.STATUS.value_set(status.value),
                sa.WAITING_ON.value_set(waiting_on.value),
                sa.DEADLINE.value_set(deadline) if deadline else sa.DEADLINE.value_unset(),
            ]
        )

    def _progress(self) -> Progress:
        return self._story.progress(self._status.value, is_final=self._status.is_final)


def _corrected(account: AccountSeen, problem: PayoutProblem, failed: datetime | None) -> bool:
    """What the provider wanted may be put right without other bank details; a bad bank account only by another."""
    return problem is PayoutProblem.REQUIREMENTS or account.bank_changed_at != failed


def _code(error: BaseException) -> str:
    """Raises what is no refusal."""
    code = refusal_code(error) if isinstance(error, STEP_FAILURES) else None
    if code is None:
        raise error
    return code
