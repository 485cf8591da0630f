"""What a running process tells people: its timeline and where it stands. Deterministic; one instance a workflow."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.repositories.processes import Progress
    from models.types import Party, TimelineEntry


class Story:
    """Collects entries until an activity carries them into SQL with the effect they tell of.

    `tell` adds a line; `progress` hands over all lines not yet written, together with the status; `written` confirms
    them once that activity has succeeded. A line is therefore either in SQL or still to be written, never lost.
    """

    def __init__(self, process: str, told: int = 0) -> None:
        self.process = process
        self._told = told
        """Lines of the runs before this one, which are in SQL."""
        self.entries: list[TimelineEntry] = []
        self._written = 0
        self._waiting_on = Party.NOBODY
        self._until: datetime | None = None
        self._then = ""

    @property
    def told(self) -> int:
        """All lines so far; the next run of a process that continues as new begins behind them."""
        return self._told + len(self.entries)

    def tell(
        self,
        actor: Party,
        what: str,
        *,
        why: str = "",
        subject: str = "",
        waiting_on: Party = Party.NOBODY,
        until: datetime | None = None,
        then: str = "",
    ) -> None:
        """One thing that happened, and what is awaited now: from whom, until when, and what happens then."""
        self._waiting_on, self._until, self._then = waiting_on, until, then
        self.entries.append(
            TimelineEntry(
                sequence=self.told + 1,
                at=workflow.now(),
                actor=actor,
                what=what,
                why=why,
                waiting_on=waiting_on,
                until=until,
                then=then,
                subject=subject,
            )
        )

    def progress(self, status: str, *, is_final: bool = False) -> Progress:
        """What the next step's activity writes: the status, and the lines that no earlier step has written."""
        return Progress(
            workflow_id=workflow.info().workflow_id,
            process=self.process,
            status=status,
            sequence=self.told,
            waiting_on=self._waiting_on,
            deadline=self._until,
            then=self._then,
            is_final=is_final,
            entries=tuple(self.entries[self._written :]),
        )

    def written(self, progress: Progress) -> None:
        """These lines are in SQL now."""
        self._written = max(self._written, progress.sequence - self._told)

    def take_back(self) -> None:
        """What was told since the last write did not happen, and no step has written it: its lines are told anew."""
        del self.entries[self._written :]
