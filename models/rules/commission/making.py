"""The work: proofs, approvals, revisions, silence that approves, and lateness that has consequences."""

from datetime import datetime

from models.errors import Forbidden, NotFound, NotNow
from models.rules.commission.contract import Stage
from models.rules.commission.record import Commission, Do, Progress, Status
from models.types import Party


def refuse_proof(it: Commission, actor_id: str, number: int, pictures: int) -> None:
    _only(it, actor_id, Party.ARTISAN, "Only the artisan shows how far the work is.")
    progress = _turn(it, number)
    if it.status is not Status.WORKING or progress.stage is not Stage.WORKING:
        raise NotNow("No work is under way for which a proof is awaited. Reload the page to see where it stands.")
    if pictures < 1:
        raise NotNow("Add a picture of the work: the customer approves what they see.")


def submit(it: Commission, number: int, now: datetime) -> None:
    progress = it.milestones[number]
    progress.stage, progress.submitted_at, progress.reminded = Stage.SUBMITTED, now, 0
    it.status = Status.IN_REVIEW
    it.tell(Party.ARTISAN, "proof_given", subject=str(number))


def refuse_answer(it: Commission, actor_id: str, number: int) -> None:
    _only(it, actor_id, Party.CUSTOMER, "Only the customer approves the work, or asks for a revision.")
    progress = _turn(it, number)
    if progress.stage is Stage.APPROVED:
        raise NotNow("This milestone is approved already.")
    if it.status is not Status.IN_REVIEW or progress.stage is not Stage.SUBMITTED:
        raise NotNow("There is no proof to answer yet. Reload the page to see where it stands.")


def approve(it: Commission, number: int, now: datetime, *, by: Party = Party.CUSTOMER) -> None:
    """By the customer, or by their silence. The money of the milestone is the artisan's."""
    progress = it.milestones[number]
    progress.stage, progress.approved_at = Stage.APPROVED, now
    it.tell(by, "milestone_approved" if by is Party.CUSTOMER else "silence_approved", subject=str(number))
    it.must(Do.RELEASE, number=number)
    it.status = Status.WORKING


def refuse_revision(it: Commission, actor_id: str, number: int) -> None:
    refuse_answer(it, actor_id, number)
    used = it.milestones[number].revisions
    if used >= it.contract.revisions:
        raise NotNow(
            f"The {it.contract.revisions} agreed revisions of this milestone are used. Approve it, or propose a change "
            "of the contract that adds one."
        )


def revise(it: Commission, number: int, now: datetime) -> None:
    progress = it.milestones[number]
    progress.revisions += 1
    progress.stage, progress.submitted_at = Stage.WORKING, None
    progress.due_at = max(progress.due_at or now, now + it.waits.revise_within)
    progress.late_told = False
    it.status = Status.WORKING
    it.tell(Party.CUSTOMER, "revision_asked", subject=str(number))


def remind(it: Commission, number: int) -> None:
    it.milestones[number].reminded += 1
    it.tell(Party.SYSTEM, "approval_reminded", subject=str(number))


def run_late(it: Commission, number: int) -> None:
    it.milestones[number].late_told = True
    it.tell(Party.SYSTEM, "milestone_late", subject=str(number))


def may_leave_late(it: Commission, now: datetime) -> bool:
    """Whether the customer may leave with everything back, because the promise and its grace are over."""
    late_at = leaves_late_at(it)
    return late_at is not None and now >= late_at


def leaves_late_at(it: Commission) -> datetime | None:
    progress = working(it)
    return None if progress is None or progress.due_at is None else progress.due_at + it.waits.late_grace


def working(it: Commission) -> Progress | None:
    """The milestone that somebody works at."""
    if it.status is not Status.WORKING:
        return None
    number = it.current
    progress = it.milestones[number] if number is not None else None
    return progress if progress is not None and progress.stage is Stage.WORKING else None


def _turn(it: Commission, number: int) -> Progress:
    progress = it.milestones.get(number)
    if progress is None:
        raise NotFound("This commission has no such milestone.")
    return progress


def _only(it: Commission, actor_id: str, party: Party, words: str) -> None:
    if it.party(actor_id) is not party:
        raise Forbidden(words)
