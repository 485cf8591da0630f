"""Milestones and money of one contract as they stand: what is paid, held, released, gone back and to come.

Pure. Every figure is one of the rules' own; nothing is worked out here but sums.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from api.commissions.schemas import ChargeView, MilestoneView, PlanView, SeenPicture
from api.commissions.seen import Seen, Shown, Tried
from api.commissions.versions import title_of
from api.commissions.words import CHARGES, GIVEN_UP, STAGES
from api.money import money
from models.rules.commission.charges import Charge, shares
from models.rules.commission.contract import Milestone, Stage, timetable
from models.rules.commission.record import Commission, Status
from models.types import Party

UNSETTLED = ("sending", "open", "declined", "needs_customer")


def picture_view(commission_id: str, picture: Shown) -> SeenPicture:
    src = f"/api/v1/commissions/{commission_id}/pictures/{picture.id}"
    return SeenPicture(id=picture.id, src=src, alt=picture.alt)


def due_days(it: Commission, today: date) -> dict[int, date]:
    """When each milestone is due: as its clock says where it runs, computed from what lies before it elsewhere."""
    begun = {number: one.begun_at.date() for number, one in it.milestones.items() if one.begun_at}
    approved = {number: one.approved_at.date() for number, one in it.milestones.items() if one.approved_at}
    days = timetable(it.contract, begun, approved, today)
    clocks = {number: one.due_at.date() for number, one in it.milestones.items() if one.due_at}
    return {**days, **{number: day for number, day in clocks.items() if number in days}}


def milestone_views(seen: Seen, it: Commission, today: date) -> list[MilestoneView]:
    if it.terms is None:
        return []
    due, held = due_days(it, today), it.held
    return [_milestone(seen, it, one, due[one.number], held[one.number].total_minor) for one in it.terms.milestones]


def plan_view(seen: Seen, it: Commission, reader: Party, today: date) -> PlanView | None:
    """None while nothing is agreed."""
    if it.terms is None:
        return None
    currency = it.currency
    made = [one for one in seen.charges if one.state == "paid"]
    paid = sum(one.amount_minor + one.tax_minor for one in made)
    released = _released(it, paid)
    to_come = [] if it.ending is not None or it.status.is_final else it.to_come
    due = due_days(it, today)
    return PlanView(
        total=money(it.terms.total_minor + it.tax_minor, currency),
        tax=money(it.tax_minor, currency),
        paid=money(paid, currency),
        held=money(max(0, paid - released - it.back_minor), currency),
        released=money(released, currency),
        back=money(it.back_minor, currency),
        to_come=money(sum(one.total_minor for one in to_come), currency),
        agreed=money(it.agreed_minor, currency),
        artisan_receives=None if reader is Party.CUSTOMER or it.ending is not None else money(_artisans(it), currency),
        charges=[_made(seen, it, one, reader, is_first=index == 0) for index, one in enumerate(made)]
        + [
            _coming(seen, it, one, due, under_way=index == 0, is_first=not made and index == 0)
            for index, one in enumerate(to_come)
        ],
        card=seen.card if reader is Party.CUSTOMER else "",
    )


def unsettled(charges: Sequence[Tried]) -> Tried | None:
    """The newest try, if it is neither paid nor over."""
    newest = charges[-1] if charges else None
    return newest if newest is not None and newest.state in UNSETTLED else None


def _released(it: Commission, paid: int) -> int:
    """What is the artisan's for good, or has been."""
    if it.status is Status.COMPLETED:
        return paid - it.back_minor
    if it.status is Status.ENDED:
        return max(0, paid - it.back_minor)
    return sum(
        share.total_minor
        for number, share in it.held.items()
        if number in it.milestones and it.milestones[number].stage is Stage.APPROVED
    )


def _artisans(it: Commission) -> int:
    """Of the whole contract, as its releases will divide it."""
    whole = shares(it.contract, it.fee_bp, [Charge(0, it.contract.total_minor, it.tax_minor)]).values()
    return sum(one.items_minor + one.shipping_minor - one.fee_minor for one in whole)


def _milestone(seen: Seen, it: Commission, one: Milestone, due_on: date, held_minor: int) -> MilestoneView:
    progress = it.milestones[one.number]
    given_up = it.ending is not None and progress.stage is not Stage.APPROVED
    return MilestoneView(
        number=one.number,
        title=title_of(seen.written(it.version), one.number),
        days=one.days,
        amount=money(one.amount_minor, it.currency),
        stage=progress.stage.value,
        stage_label=GIVEN_UP if given_up else STAGES[progress.stage],
        due_on=due_on,
        begun_at=progress.begun_at,
        due_at=progress.due_at,
        submitted_at=progress.submitted_at,
        approved_at=progress.approved_at,
        is_late=progress.late_told and progress.stage is Stage.WORKING and not given_up,
        revisions_used=progress.revisions,
        revisions_left=max(0, it.contract.revisions - progress.revisions),
        held=money(held_minor, it.currency),
        money=_money_state(it, progress.stage, held_minor),
        proofs=[picture_view(seen.id, picture) for picture in seen.proofs.get(one.number, ())],
    )


def _money_state(it: Commission, stage: Stage, held_minor: int) -> str:
    if it.ending is not None:
        return "divided"
    if stage is Stage.APPROVED:
        return "released"
    return "held" if held_minor else "to_come"


def _made(seen: Seen, it: Commission, one: Tried, reader: Party, *, is_first: bool) -> ChargeView:
    invoice = None if reader is Party.ADMINISTRATOR else f"/api/v1/commissions/{seen.id}/invoices"
    charge = Charge(one.before, one.amount_minor, one.tax_minor)
    return _charge(seen, it, charge, ("paid", is_first), one).model_copy(
        update={"paid_at": one.paid_at, "invoice": invoice}
    )


def _coming(
    seen: Seen, it: Commission, charge: Charge, due: Mapping[int, date], *, under_way: bool, is_first: bool
) -> ChargeView:
    tried = unsettled(seen.charges) if under_way else None
    state = tried.state if tried is not None else "sending" if under_way and it.charging is not None else "to_come"
    earlier = [one.number for one in it.contract.milestones if one.number < charge.before]
    expected = due[earlier[-1]] if earlier and state == "to_come" else None
    return _charge(seen, it, charge, (state, is_first), tried).model_copy(update={"expected_on": expected})


def _charge(seen: Seen, it: Commission, charge: Charge, state: tuple[str, bool], tried: Tried | None) -> ChargeView:
    del tried  # its provider's code is no word for people; the story says it
    return ChargeView(
        before=charge.before,
        title=title_of(seen.written(it.version), charge.before),
        is_deposit=state[1],
        amount=money(charge.amount_minor, it.currency),
        tax=money(charge.tax_minor, it.currency),
        total=money(charge.total_minor, it.currency),
        state=state[0],
        state_label=CHARGES[state[0]],
        paid_at=None,
        expected_on=None,
    )
