"""How a commission ends before its time, pauses, and is completed.

Who leaves says what they were shown: where the consequence has changed since, they are shown the new one instead. A
charge that is under way is awaited first. Then everything that was paid is divided, by `endings`, once.
"""

from dataclasses import replace
from datetime import datetime

from models.errors import Forbidden, InvalidInput, NotNow
from models.rules.commission import making
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending
from models.rules.commission.record import PAUSED, Commission, Do, Status
from models.types import Party


def ending_of(it: Commission, actor_id: str, now: datetime) -> Ending:
    """As what somebody would leave now. Raises `Forbidden` for a stranger."""
    party = it.party(actor_id)
    if party is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    if party is Party.ARTISAN:
        return Ending.ARTISAN_LEAVES
    return Ending.ARTISAN_LATE if making.may_leave_late(it, now) else Ending.CUSTOMER_LEAVES


def refuse_leaving(it: Commission, actor_id: str, shown_back_minor: int, now: datetime) -> None:
    """`shown_back_minor` is what the button said would go back to the customer."""
    ending = ending_of(it, actor_id, now)
    _refuse_end(it)
    if it.status in {Status.ACCEPTED, Status.AWAITING_DEPOSIT}:
        return
    back = it.settlement(ending).back_minor
    if back != shown_back_minor:
        raise NotNow("What leaving means has changed since you opened the page. Look at it again.", back_minor=back)


def leave(it: Commission, actor_id: str, now: datetime) -> None:
    ending = ending_of(it, actor_id, now)
    end(it, ending, it.party(actor_id) or Party.SYSTEM)


def end(it: Commission, ending: Ending, actor: Party) -> None:
    """Also when silence ends it. Nothing more is charged from here on."""
    it.ending = ending
    if ending is not Ending.CUSTOMER_SILENT:  # that one may turn out to be no silence, when the charge is closed
        _forget_proposals(it)
    it.tell(actor, f"ended_{ending.value}", subject=str(it.agreed_bp) if ending is Ending.DECIDED else "")
    if it.status in {Status.AWAITING_DEPOSIT, Status.AWAITING_FUNDS}:
        it.must(Do.CLOSE_DEPOSIT if it.on_page else Do.CANCEL_CHARGE, attempt=it.attempt)
    elif it.status not in {Status.FUNDING, Status.ACCEPTED}:
        it.status = Status.ENDING
        it.must(Do.SETTLE)


def charge_cancelled(it: Commission) -> None:
    """The provider confirms that the open payment can move no money any more."""
    it.charging, it.attempt, it.funds_asked_at, it.looks, it.on_page = None, 0, None, 0, False
    it.status = Status.ENDING
    _forget_proposals(it)
    it.must(Do.SETTLE)


def settled(it: Commission) -> None:
    """Everything that was paid has been divided."""
    if it.ending is None:
        raise RuntimeError("settled without an end")
    it.back_minor += it.settlement(it.ending, it.agreed_bp).back_minor
    it.status = Status.ENDED
    it.tell(Party.SYSTEM, "commission_ended")


# Parting as friends


def refuse_end_offer(it: Commission, actor_id: str, agreed_bp: int) -> None:
    if it.party(actor_id) is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    _refuse_end(it)
    if not it.status.is_agreed:
        raise NotNow("There is nothing to divide yet. You can cancel it as it is.")
    _refuse_share(agreed_bp)


def offer_end(it: Commission, actor_id: str, agreed_bp: int, now: datetime) -> None:
    """A newer offer takes the place of the one before."""
    by = it.party(actor_id) or Party.SYSTEM
    it.end_offer = (by, agreed_bp, now + it.waits.change_stands)
    it.tell(by, "end_offered", subject=str(agreed_bp))


def refuse_end_reply(it: Commission, actor_id: str, agreed_bp: int, agrees_to_minor: int | None = None) -> None:
    """`agrees_to_minor` is what the button of whoever agrees said would go back to the customer: an approval meanwhile
    makes the same share of what is left another sum."""
    by = it.party(actor_id)
    if by is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    if it.end_offer is None or it.ending is not None or it.end_offer[1] != agreed_bp:
        raise NotNow("There is no such offer to part. Reload the page to see where it stands.")
    if it.status is Status.PAUSED:
        raise NotNow(PAUSED)
    if it.end_offer[0] is by:
        raise NotNow("This offer is your own: the other side answers it.")
    back = it.settlement(Ending.AGREED, agreed_bp).back_minor
    if agrees_to_minor not in {None, back}:
        raise NotNow("What parting means has changed since you opened the page. Look at it again.", back_minor=back)


def reply_end(it: Commission, actor_id: str, *, agree: bool) -> None:
    offered = it.end_offer
    if offered is None:
        raise RuntimeError("answered without an offer")
    it.end_offer = None
    if agree:
        it.agreed_bp = offered[1]
        end(it, Ending.AGREED, it.party(actor_id) or Party.SYSTEM)
    else:
        it.tell(it.party(actor_id) or Party.SYSTEM, "end_declined")


# A dispute pauses it, and its result lets it go on or ends it


def refuse_pause(it: Commission) -> None:
    if it.status not in {Status.WORKING, Status.IN_REVIEW} or it.ending is not None:
        raise NotNow("This commission can't be paused now.")


def pause(it: Commission, now: datetime, actor: Party) -> None:
    it.paused_at, it.paused_from, it.status = now, it.status, Status.PAUSED
    it.tell(actor, "commission_paused")


def refuse_resumption(it: Commission) -> None:
    if it.status is not Status.PAUSED:
        raise NotNow("This commission is not paused.")


def resume(it: Commission, now: datetime, actor: Party) -> None:
    """Every open deadline is as far away as it was."""
    if it.paused_at is None or it.paused_from is None:
        raise RuntimeError("resumed without a pause")
    lost = now - it.paused_at
    it.status, it.paused_at, it.paused_from = it.paused_from, None, None
    for progress in it.milestones.values():
        if progress.stage is Stage.APPROVED:
            continue
        if progress.due_at is not None:
            progress.due_at += lost
        if progress.submitted_at is not None:
            progress.submitted_at += lost
    if it.change is not None:
        it.change = replace(it.change, until=it.change.until + lost)
    if it.end_offer is not None:
        by, agreed_bp, until = it.end_offer
        it.end_offer = (by, agreed_bp, until + lost)
    it.tell(actor, "commission_resumed")


def refuse_decision(it: Commission, artisan_bp: int, shown_back_minor: int) -> None:
    """Ends a paused commission: the artisan gets this share of what is not approved. Like whoever leaves, our team says
    what it was shown to go back to the customer."""
    _refuse_share(artisan_bp)
    refuse_resumption(it)
    back = it.settlement(Ending.DECIDED, artisan_bp).back_minor
    if back != shown_back_minor:
        raise NotNow("What this decision means has changed since you opened the page. Look again.", back_minor=back)


def decide(it: Commission, artisan_bp: int, actor: Party) -> None:
    it.paused_at, it.paused_from, it.agreed_bp = None, None, artisan_bp
    end(it, Ending.DECIDED, actor)


def completed(it: Commission) -> None:
    it.status = Status.COMPLETED
    it.tell(Party.SYSTEM, "commission_completed")


def _forget_proposals(it: Commission) -> None:
    it.change = it.agreed_change = it.change_tax_minor = it.end_offer = None


def _refuse_share(agreed_bp: int) -> None:
    if not 0 <= agreed_bp <= 10_000:
        raise InvalidInput("The artisan's share lies between 0 and 100 per cent.", field="agreed_bp")


def _refuse_end(it: Commission) -> None:
    if it.ending is not None or it.status.is_final:
        raise NotNow("This commission has ended already. Reload the page to see where it stands.")
    if it.status in {Status.REQUESTED, Status.OFFERED}:
        raise NotNow("Nothing is agreed yet. Decline it instead.")
    if it.status is Status.PAUSED:
        raise NotNow(PAUSED)
    if it.status is Status.FINISHED:
        raise NotNow("The piece is finished and on its way. Report a problem with it instead.")
