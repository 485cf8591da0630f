"""Stand-ins for the steps of payouts and withdrawals: same names, a provider and a bank that obey the test, and a
record of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity

from activities.boundary import application_error
from activities.payout import (
    Book,
    CameBack,
    Finish,
    GiveBack,
    LookUp,
    Recall,
    Seen,
    Send,
    SetAside,
    Transferred,
    Unanswered,
    WasSetAside,
)
from activities.payout_account import AccountSeen, EnsureAccount
from activities.payout_return import Stands
from activities.set_aside import Wanted
from activities.withdrawal import SetAsideWithdrawal
from models.errors import PartnerRefused, PartnerUnavailable, PayoutRefused
from models.ports import PayoutState
from models.repositories.processes import Progress

AVAILABLE = 9_415
SAVED = datetime.fromisoformat("2026-10-01T09:00:00+00:00")


@dataclass
class World:
    """What befalls a payout in one test, and what the workflow asked of whom."""

    refused: str = ""
    """Why nothing is set aside."""
    refused_again: str = ""
    """The same for the second attempt."""
    accounts: list[AccountSeen] = field(default_factory=list)
    """What each look at the account finds; the last one stays."""
    refusals: dict[str, list[str]] = field(default_factory=dict)
    """Step → the codes with which its next tries are refused."""
    states: list[tuple[str, str]] = field(default_factory=list)
    """(state, failure) that each look-up finds; the last one stays."""

    calls: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    written: list[Progress] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    given_back: list[tuple[str, datetime | None]] = field(default_factory=list)
    sent: list[Send] = field(default_factory=list)
    looks: int = 0
    silent_looks: int = 0
    """How many look-ups get no answer first."""

    def all(self) -> list[Callable[..., Any]]:
        return [
            self.set_aside,
            self.set_aside_withdrawal,
            self.ensure_account,
            self.transfer,
            self.pay_out,
            self.look_up,
            self.unanswered,
            self.stands,
            self.arrived,
            self.came_back,
            self.recall,
            self.give_back,
            self.record_payout,
            self.finish,
        ]

    @activity.defn(name="payout.set_aside")
    async def set_aside(self, step: SetAside) -> WasSetAside:
        return self._set_aside(step.wanted, step.progress)

    @activity.defn(name="payout.set_aside_withdrawal")
    async def set_aside_withdrawal(self, step: SetAsideWithdrawal) -> WasSetAside:
        return self._set_aside(step.wanted, step.progress)

    def _set_aside(self, wanted: Wanted, progress: Progress) -> WasSetAside:
        self.wanted.append(wanted)
        reason = self.refused if wanted.attempt == 1 else self.refused_again
        if reason:
            raise application_error(PayoutRefused("Not now.", reason=reason, available_minor=1, currency="USD"))
        self._note("set aside", progress)
        return WasSetAside(wanted.amount_minor or AVAILABLE)

    @activity.defn(name="payout.ensure_account")
    async def ensure_account(self, step: EnsureAccount) -> AccountSeen:
        self.calls.append("account")
        if len(self.accounts) > 1:
            return self.accounts.pop(0)
        return self.accounts[0] if self.accounts else AccountSeen("acct_1", "", SAVED, SAVED + timedelta(days=3))

    @activity.defn(name="payout.transfer")
    async def transfer(self, step: Send) -> Transferred:
        self.sent.append(step)
        self._ask("transfer", step.key)
        self._note("transfer", step.progress)
        return Transferred(f"tr_{step.part.attempt}")

    @activity.defn(name="payout.pay_out")
    async def pay_out(self, step: Send) -> Seen:
        self.sent.append(step)
        self._ask("pay out", step.key)
        self._note("pay out", step.progress)
        return Seen(f"po_{step.part.attempt}", PayoutState.PENDING)

    @activity.defn(name="payout.look_up")
    async def look_up(self, step: LookUp) -> Seen:
        self.looks += 1
        if self.silent_looks:
            self.silent_looks -= 1
            raise application_error(PartnerUnavailable("Nobody answers."))
        state, failure = self.states.pop(0) if len(self.states) > 1 else (self.states or [("paid", "")])[0]
        return Seen(step.provider_payout_id, PayoutState(state), failure)

    @activity.defn(name="payout.unanswered")
    async def unanswered(self, step: Unanswered) -> None:
        self._note("silent" if step.silent else "answers again", step.progress)

    @activity.defn(name="payout.stands")
    async def stands(self, step: Stands) -> None:
        self._note("record", step.progress)

    @activity.defn(name="payout.arrived")
    async def arrived(self, step: Book) -> None:
        self._note("arrived", step.progress)

    @activity.defn(name="payout.came_back")
    async def came_back(self, step: CameBack) -> None:
        self._note("returned" if step.was_paid else "failed", step.progress)

    @activity.defn(name="payout.recall")
    async def recall(self, step: Recall) -> None:
        self._ask("recall", step.key)
        self._note(f"recall {step.transfer_id}", step.progress)

    @activity.defn(name="payout.give_back")
    async def give_back(self, step: GiveBack) -> None:
        self.given_back.append((step.failure_code, step.bank_changed_at))
        self._note("give back", step.progress)

    @activity.defn(name="payout.record_payout")
    async def record_payout(self, progress: Progress) -> None:
        self._note("record", progress)

    @activity.defn(name="payout.finish")
    async def finish(self, step: Finish) -> None:
        self._note("finish", step.progress)

    def moves(self) -> list[str]:
        """What was done with the money, in order."""
        return [call for call in self.calls if call not in {"account", "record", "finish"}]

    def _note(self, call: str, progress: Progress) -> None:
        self.calls.append(call)
        self.written.append(progress)

    def _ask(self, step: str, key: str) -> None:
        assert key not in self.keys, "a provider repeats its refusal under the same key"
        self.keys.append(key)
        if codes := self.refusals.get(step):
            raise application_error(PartnerRefused("No.", code=codes.pop(0)))
