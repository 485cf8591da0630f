"""Stand-ins for the erasure's activities: same names, partners that obey the test, and a record of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity

from activities.boundary import application_error
from activities.erasure import (
    Announce,
    AskCourier,
    Cancel,
    ErasedPerson,
    Finish,
    Finished,
    FollowRedaction,
    Recorded,
    RedactionState,
    Step,
    StillOpen,
    Tell,
)
from models.errors import PartnerRefused
from models.repositories.processes import Progress


@dataclass
class World:
    """What stands in the way of an erasure in one test, and what the workflow asked of whom."""

    open: list[tuple[str, ...]] = field(default_factory=list)
    """What each look finds; nothing once they are used up."""
    comes_in_between: list[tuple[str, ...]] = field(default_factory=list)
    """What each try of the pivot finds; nothing once they are used up."""
    refusals: dict[str, int] = field(default_factory=dict)
    """How often a target refuses first: `mail`, `payments`, `connected_account`, `swift`."""
    redaction_looks: int = 1
    """After so many looks the provider is done."""
    mail_is_down: bool = False
    keeps_shop: bool = False

    calls: list[str] = field(default_factory=list)
    written: list[Progress] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def all(self) -> list[Callable[..., Any]]:
        return [
            self.announce,
            self.tell,
            self.record_erasure,
            self.cancel,
            self.close_shop,
            self.check,
            self.forget_mail,
            self.erase,
            self.forget_search,
            self.begin_redaction,
            self.follow_redaction,
            self.close_connected,
            self.forget_courier,
            self.finish,
        ]

    @activity.defn(name="privacy.announce")
    async def announce(self, step: Announce) -> None:
        self._note("announce", step.progress)

    @activity.defn(name="privacy.tell")
    async def tell(self, step: Tell) -> None:
        if self.mail_is_down:
            raise ConnectionError("the mail service is away")
        self._note(f"letter {step.kind}", key=step.key)

    @activity.defn(name="privacy.record_erasure")
    async def record_erasure(self, progress: Progress) -> None:
        self._note("record", progress)

    @activity.defn(name="privacy.cancel")
    async def cancel(self, step: Cancel) -> None:
        self._note("cancel by link" if step.by_link else "cancel", step.progress)

    @activity.defn(name="privacy.close_shop")
    async def close_shop(self, step: Recorded) -> StillOpen:
        self._note("close shop", step.progress)
        return StillOpen()

    @activity.defn(name="privacy.check")
    async def check(self, step: Step) -> StillOpen:
        self._note("check")
        return StillOpen(self.open.pop(0) if self.open else ())

    @activity.defn(name="privacy.forget_mail")
    async def forget_mail(self, step: Step) -> None:
        self._refuse("mail")
        self._note("mail", key=step.key)

    @activity.defn(name="privacy.erase")
    async def erase(self, step: Recorded) -> ErasedPerson:
        found = self.comes_in_between.pop(0) if self.comes_in_between else ()
        # As in the database: a pivot that is put off writes nothing.
        self._note("pivot put off" if found else "pivot", None if found else step.progress)
        return ErasedPerson(obligations=found, couriers=("swift",), payments=True, connected=self.keeps_shop)

    @activity.defn(name="privacy.forget_search")
    async def forget_search(self, step: Step) -> None:
        self._note("search")

    @activity.defn(name="privacy.begin_redaction")
    async def begin_redaction(self, step: Step) -> RedactionState:
        self._note("payments", key=step.key)
        return RedactionState("prj_1", done=False)

    @activity.defn(name="privacy.follow_redaction")
    async def follow_redaction(self, step: FollowRedaction) -> RedactionState:
        self._refuse("payments")
        self.redaction_looks -= 1
        return RedactionState(step.redaction_id, done=self.redaction_looks <= 0)

    @activity.defn(name="privacy.close_connected")
    async def close_connected(self, step: Step) -> None:
        self._refuse("connected_account")
        self._note("connected account", key=step.key)

    @activity.defn(name="privacy.forget_courier")
    async def forget_courier(self, step: AskCourier) -> None:
        self._refuse(step.courier)
        self._note(f"courier {step.courier}", key=step.key)

    @activity.defn(name="privacy.finish")
    async def finish(self, step: Finish) -> Finished:
        self._note("finish", step.progress)
        connected = ("connected_account",) if step.connected else ()
        couriers = (f"courier:{code}" for code in step.couriers)
        return Finished((*connected, "database", "mail", "payments", "search", *couriers))

    def _note(self, call: str, progress: Progress | None = None, key: str = "") -> None:
        self.calls.append(call)
        if progress is not None:
            self.written.append(progress)
        if key:
            self.keys.append(key)

    def _refuse(self, target: str) -> None:
        if self.refusals.get(target, 0):
            self.refusals[target] -= 1
            raise application_error(PartnerRefused("Not now.", code="failed"))
