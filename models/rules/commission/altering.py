"""Change orders while the work goes on: proposed by one side, agreed by the other, carried out between two charges.

What a change means for money is settled when its tax is known and no charge is under way: cheaper terms give back what
was paid beyond them, dearer ones are charged with what lies ahead, and a sum above the customer's agreement is
authenticated anew by the next charge.
"""

from datetime import date, datetime, timedelta

from models.errors import DomainError, Forbidden, NotNow
from models.rules.commission.changes import refuse_change, retimed
from models.rules.commission.charges import refuse_small_rest, trimmed
from models.rules.commission.contract import Stage, Terms
from models.rules.commission.record import PAUSED, Commission, Do, Offer, Progress, Status
from models.types import Party

MOST_CHANGES = 100


def refuse_proposal(  # noqa: PLR0917 - one change order, as it is said
    it: Commission, actor_id: str, version: int, terms: Terms, price_minor: int, today: date
) -> None:
    if it.party(actor_id) is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    if not it.status.is_agreed or it.ending is not None:
        raise NotNow("The contract can't be changed now. Reload the page to see where it stands.")
    if it.change is not None or it.agreed_change is not None:
        raise NotNow("A change is being talked about already. Answer it first.")
    if version != it.versions + 1:
        raise NotNow("The contract has changed in the meantime. Read it first.")
    if it.versions >= MOST_CHANGES:
        raise NotNow("This contract was changed very often. Finish it, and make a new one.")
    used = {number: progress.revisions for number, progress in it.milestones.items()}
    refuse_change(it.contract, terms, it.stages, used, price_minor=price_minor, today=today)
    refuse_small_rest(terms, [*it.charges, *([it.charging] if it.charging else [])])


def propose(it: Commission, actor_id: str, terms: Terms, now: datetime) -> None:
    by = it.party(actor_id)
    if by is None:
        raise RuntimeError("proposed by nobody")
    it.versions += 1
    it.change = Offer(it.versions, by, terms, now + it.waits.change_stands)
    it.tell(by, "change_proposed", subject=str(it.versions))


def refuse_reply(it: Commission, actor_id: str, version: int) -> None:
    by = it.party(actor_id)
    if by is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    if it.change is None or it.change.version != version or it.ending is not None:
        raise NotNow("There is no such change to answer. Reload the page to see where it stands.")
    if it.status is Status.PAUSED:
        raise NotNow(PAUSED)
    if it.change.by is by:
        raise NotNow("This change is your own: the other side answers it.")


def reply(it: Commission, actor_id: str, *, agree: bool) -> None:
    """Agreed: its tax is worked out, then it holds."""
    change = it.change
    by = it.party(actor_id)
    if change is None or by is None:
        raise RuntimeError("answered without a change")
    it.change = None
    it.tell(by, "change_agreed" if agree else "change_declined", subject=str(change.version))
    if agree:
        it.agreed_change = change
        it.must(Do.ASSESS_TAX, number=change.version)


def lapse(it: Commission) -> None:
    change = it.change
    it.change = None
    if change is not None:
        it.tell(Party.SYSTEM, "change_lapsed", subject=str(change.version))


def tax_assessed(it: Commission, tax_minor: int) -> None:
    if it.agreed_change is not None:
        it.change_tax_minor = tax_minor


def carry_out(it: Commission, now: datetime) -> None:
    """The changed contract holds, if the work did not overtake it: what has been begun meanwhile stays as it is."""
    change, tax_minor = it.agreed_change, it.change_tax_minor
    it.agreed_change = it.change_tax_minor = None
    if change is None or tax_minor is None:
        raise RuntimeError("no change to carry out")
    used = {number: progress.revisions for number, progress in it.milestones.items()}
    price_minor = change.terms.price_minor
    try:
        refuse_change(it.contract, change.terms, it.stages, used, price_minor=price_minor, today=now.date())
        refuse_small_rest(change.terms, it.charges)
    except DomainError:
        it.tell(Party.SYSTEM, "change_overtaken", subject=str(change.version))
        return
    old, it.terms, it.version, it.tax_minor = it.contract, change.terms, change.version, tax_minor
    for number in [number for number in it.milestones if number not in _numbers(change.terms)]:
        del it.milestones[number]
    for milestone in change.terms.milestones:
        progress = it.milestones.setdefault(milestone.number, Progress())
        if progress.stage is Stage.WORKING and progress.due_at is not None:
            moved = retimed(progress.due_at, old, change.terms, milestone.number) - progress.due_at
            progress.due_at += moved / timedelta(days=1) * it.waits.day
    it.charges, back = trimmed(change.terms, tax_minor, it.charges)
    it.tell(Party.SYSTEM, "change_holds", subject=str(change.version))
    if back:
        it.must(Do.GIVE_BACK, number=change.version, minor=back)


def _numbers(terms: Terms) -> set[int]:
    return {milestone.number for milestone in terms.milestones}
