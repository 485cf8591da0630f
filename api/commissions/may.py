"""What its reader may do with a commission now, and what their leaving would mean. Pure.

Nothing is decided here: each action is asked of the same rule that will refuse or carry out the click, and each
consequence is what the process would settle.
"""

from collections.abc import Callable
from datetime import datetime

from api.commissions.schemas import ActionView, ConsequenceView, EndOfferView, MandateView, PartedView
from api.commissions.seen import Place, Seen, Written
from api.commissions.versions import title_of
from api.commissions.words import ACTIONS, ENDINGS
from api.money import money, money_text
from models.errors import DomainError
from models.rules.commission import advancing, altering, bargaining, funding, leaving, making
from models.rules.commission.charges import most, planned
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Status
from models.types import Party

NEXT = ("quote", "accept", "pay", "mend_payment", "approve", "prove", "answer_change", "answer_end")
"""What everybody waits for, when it is the reader's turn."""


def actions(it: Commission, reader: Party, now: datetime, *, declined: bool = False) -> list[ActionView]:
    """`declined`: the bank has refused the payment that is awaited, so there is no page on which to make it."""
    if reader is Party.ADMINISTRATOR:
        found = _of_team(it)
    else:
        actor_id = it.customer_id if reader is Party.CUSTOMER else it.artisan_id
        found = [*_of_bargain(it, actor_id), *_of_work(it, actor_id, declined=declined)]
        found += _of_contract(it, actor_id, now)
    first = next((one.action for name in NEXT for one in found if one.action == name), None)
    if first is None or advancing.standing(it, now).waiting_on is not reader:
        return found
    return [one.model_copy(update={"is_next": one.action == first}) for one in found]


def actions_about_place(place: Place) -> list[ActionView]:
    """Of the customer, while the request is on the waitlist."""
    found = []
    if place.state == "offered":
        found.append(_action("take_place").model_copy(update={"is_next": True}))
    if place.state in {"waiting", "offered"}:
        found.append(_action("leave_waitlist"))
    return found


def mandate(written: Written, reader: Party) -> MandateView:
    """What accepting this offer means. `most` is the figure that the click carries along."""
    terms = written.terms
    total = money_text(terms.total_minor, terms.currency)
    if reader is Party.ARTISAN:
        text = f"You agree to make this for {total} with shipping, in {terms.days} days of work."
    else:
        deposit = money_text(terms.deposit_minor, terms.currency)
        later = " The rest is charged to the same card, each part before the work that it pays for begins."
        whole = planned(terms, 0)[0].amount_minor == terms.total_minor
        text = (
            f"You agree that up to {total} may be charged in all, and the tax at your address. It begins with a "
            f"deposit of {deposit}; you see the tax before you pay.{'' if whole else later}"
        )
    return MandateView(version=written.version, most=money(most(terms, 0), terms.currency), text=text)


def consequence(seen: Seen, it: Commission, ending: Ending, agreed_bp: int = 0) -> ConsequenceView:
    settlement = it.settlement(ending, agreed_bp)
    written = seen.written(it.version)
    parts = [
        PartedView(
            number=number,
            title=title_of(written, number),
            kept=money(parted.kept.total_minor, it.currency),
            back=money(parted.back.total_minor, it.currency),
            was_released=number in settlement.released,
        )
        for number, parted in settlement.by_milestone.items()
        if parted.kept.total_minor or parted.back.total_minor
    ]
    kept_minor = sum(parted.kept.total_minor for parted in settlement.by_milestone.values())
    return ConsequenceView(
        ending=ending.value,
        text=ENDINGS[ending],
        back=money(settlement.back_minor, it.currency),
        kept=money(kept_minor, it.currency),
        artisan_receives=money(settlement.kept_minor, it.currency),
        milestones=parts,
    )


def leaving_view(seen: Seen, it: Commission, reader: Party, now: datetime) -> ConsequenceView | None:
    """Of the reader's own leaving; of the end that there was, once there was one."""
    if it.terms is None:
        return None
    if it.ending is not None:
        return consequence(seen, it, it.ending, it.agreed_bp)
    if reader is Party.ADMINISTRATOR:
        return None
    actor_id = it.customer_id if reader is Party.CUSTOMER else it.artisan_id
    if not _may_leave(it, actor_id, now):
        return None
    return consequence(seen, it, leaving.ending_of(it, actor_id, now))


def end_offer_view(seen: Seen, it: Commission, reader: Party) -> EndOfferView | None:
    if it.end_offer is None:
        return None
    by, agreed_bp, until = it.end_offer
    return EndOfferView(
        by=by.value,
        is_mine=by is reader,
        agreed_bp=agreed_bp,
        until=until,
        consequence=consequence(seen, it, Ending.AGREED, agreed_bp),
    )


def _of_team(it: Commission) -> list[ActionView]:
    found = []
    if _allowed(lambda: leaving.refuse_pause(it)):
        found.append(_action("pause"))
    if _allowed(lambda: leaving.refuse_resumption(it)):
        found.append(_action("resume"))
        found.append(_action("decide"))
    return found


def _of_bargain(it: Commission, actor_id: str) -> list[ActionView]:
    found = []
    following = it.versions + 1
    if it.status is Status.REQUESTED and it.party(actor_id) is Party.ARTISAN:
        found.append(_action("quote", version=following))
    if it.status is Status.OFFERED and it.versions < bargaining.MOST_OFFERS:
        found.append(_action("counter", version=following))
    if it.offer is not None:
        newest = it.offer.version
        if _allowed(lambda: bargaining.refuse_acceptance(it, actor_id, newest)):
            found.insert(0, _action("accept", version=newest))
    if _allowed(lambda: bargaining.refuse_decline(it, actor_id)):
        found.append(_action("decline"))
    return found


def _of_work(it: Commission, actor_id: str, *, declined: bool) -> list[ActionView]:
    found = []
    if it.party(actor_id) is Party.CUSTOMER:
        pays = it.status is Status.AWAITING_DEPOSIT or (it.status is Status.AWAITING_FUNDS and it.ending is None)
        if pays and (it.on_page or not declined):
            found.append(_action("pay"))
        if _allowed(lambda: funding.refuse_retry(it)):
            found.append(_action("mend_payment"))
        if _allowed(lambda: funding.refuse_retry(it, another_card=True)):
            found.append(_action("other_card"))
    number = it.current if it.terms is not None else None
    if number is None:
        return found
    for name, refuse in (
        ("prove", lambda: making.refuse_proof(it, actor_id, number, 1)),
        ("approve", lambda: making.refuse_answer(it, actor_id, number)),
        ("revise", lambda: making.refuse_revision(it, actor_id, number)),
    ):
        if _allowed(refuse):
            found.append(_action(name, milestone=number))
    return found


def _of_contract(it: Commission, actor_id: str, now: datetime) -> list[ActionView]:
    found = []
    change = it.change
    if change is not None and _allowed(lambda: altering.refuse_reply(it, actor_id, change.version)):
        found.append(_action("answer_change", version=change.version))
    is_free = change is None and it.agreed_change is None and it.ending is None
    if it.status.is_agreed and is_free and it.versions < altering.MOST_CHANGES:
        found.append(_action("propose_change", version=it.versions + 1))
    if it.terms is None:
        return found
    offered = it.end_offer
    if offered is not None and _allowed(lambda: leaving.refuse_end_reply(it, actor_id, offered[1])):
        found.append(_action("answer_end"))
    if _allowed(lambda: leaving.refuse_end_offer(it, actor_id, 0)):
        found.append(_action("offer_end"))
    if _may_leave(it, actor_id, now):
        found.append(_action("leave"))
    return found


def _may_leave(it: Commission, actor_id: str, now: datetime) -> bool:
    shown = it.settlement(leaving.ending_of(it, actor_id, now)).back_minor
    return _allowed(lambda: leaving.refuse_leaving(it, actor_id, shown, now))


def _allowed(refuse: Callable[[], None]) -> bool:
    try:
        refuse()
    except DomainError:
        return False
    return True


def _action(name: str, *, version: int | None = None, milestone: int | None = None) -> ActionView:
    return ActionView(action=name, label=ACTIONS[name], version=version, milestone=milestone)
