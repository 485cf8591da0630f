"""What a commission's pages say beyond its view: a headline, the bar of its money, versions side by side. Pure.

Owns wording and proportions. What is so, and who may do what, the view says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.commissions.schemas import ActionView, ChargeView, CommissionView, MilestoneView, TermsView, VersionView
from api.commissions.versions import day_text, days_text, share_text
from api.money import MoneyView
from models.types import Party

BASES = {
    Party.CUSTOMER: "/commissions",
    Party.ARTISAN: "/studio/commissions",
    Party.ADMINISTRATOR: "/admin/commissions",
}
FRAMES = {
    Party.CUSTOMER: "commissions/frame.html",
    Party.ARTISAN: "commissions/desk_frame.html",
    Party.ADMINISTRATOR: "commissions/admin_frame.html",
}
MILESTONE = "Milestone "
KINDS = {"quote": "Offer", "counter": "Counter-offer", "change": "Change"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the money bar: from `start`, `length` long, of 1,000."""

    name: str
    label: str
    money: MoneyView
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Beside:
    """One line of two versions side by side. `mark` says in a word how they differ; empty where they don't."""

    label: str
    before: str
    after: str
    mark: str


def base_of(view: CommissionView) -> str:
    """The address of one's own page of it."""
    return f"{BASES[Party(view.role)]}/{view.id}"


def frame_of(view: CommissionView) -> str:
    return FRAMES[Party(view.role)]


def acts(view: CommissionView) -> dict[str, ActionView]:
    return {one.action: one for one in view.actions}


def due_charge(view: CommissionView) -> ChargeView | None:
    """The payment that is awaited, or the next one."""
    return next((one for one in view.plan.charges if one.state != "paid"), None) if view.plan else None


def current(view: CommissionView) -> MilestoneView | None:
    return next((one for one in view.milestones if one.stage != "approved"), None)


def names(view: CommissionView) -> dict[str, str]:
    """What the reader calls each side."""
    return {
        "customer": "you" if view.role == "customer" else view.customer_name,
        "artisan": "you" if view.role == "artisan" else view.shop_name,
        "administrator": "our team",
        "provider": "the payment provider",
        "courier": "the courier",
        "system": "ArtisanConnect",
        "nobody": "nobody",
    }


def headline(view: CommissionView) -> str:
    """What is to be done, to whoever has to do it; where it stands, to everybody else."""
    following = next((one.action for one in view.actions if one.is_next), "")
    charge, milestone = due_charge(view), current(view)
    sum_text = charge.total.text if charge else ""
    title = milestone.title if milestone else ""
    return {
        "quote": f"Make {view.customer_name} an offer",
        "accept": f"Answer the offer: {view.offer.terms.total.text}" if view.offer else view.status_label,
        "pay": f"Pay {sum_text}",
        "mend_payment": f"The payment of {sum_text} needs you",
        "approve": f"Look at “{title}” and answer",
        "prove": f"Make “{title}” and show it",
        "answer_change": "A change is proposed: answer it",
        "answer_end": "Answer the proposal to part",
    }.get(following, _elsewhere(view, title))


def _elsewhere(view: CommissionView, title: str) -> str:
    if view.status == "working" and title:
        return f"“{title}” is in the making"
    if view.status == "in_review" and title:
        return f"“{title}” awaits its answer"
    return view.status_label


def stretches(view: CommissionView) -> list[Stretch]:
    """From left to right as money goes: released, held, to come; what went back last."""
    plan = view.plan
    if plan is None:
        return []
    parts = [
        ("released", f"Released to {names(view)['artisan']}", plan.released),
        ("held", "Held by us", plan.held),
        ("to_come", "To come", plan.to_come),
        ("back", f"Back to {names(view)['customer']}", plan.back),
    ]
    whole = sum(money.minor for _, _, money in parts) or 1
    found, start = [], 0.0
    for name, label, money in parts:
        length = 1000 * money.minor / whole
        if money.minor:
            found.append(Stretch(name, label, money, start, length))
        start += length
    return found


def beside(view: CommissionView, version: VersionView) -> list[Beside]:
    """All that a version says beside the one that it is compared with; a first one stands alone."""
    old = older(view, version)
    after = dict(_said(version.terms))
    before = dict(_said(old.terms)) if old else {}
    labels = dict.fromkeys([*_milestones(before), *_milestones(after), *after])
    return [_line(label, before.get(label, ""), after.get(label, ""), alone=old is None) for label in labels]


def older(view: CommissionView, version: VersionView) -> VersionView | None:
    """The one that it is compared with."""
    return next((one for one in view.versions if one.version == version.compared_with), None)


def alone(version: VersionView) -> list[Beside]:
    """All that a version says."""
    return [Beside(label, "", after, "") for label, after in _said(version.terms)]


def title_of(version: VersionView, view: CommissionView) -> str:
    """`Counter-offer 2 by you`."""
    return f"{KINDS.get(version.kind, 'Version')} {version.version} by {names(view)[version.by]}"


def _milestones(said: Mapping[str, str]) -> list[str]:
    return [label for label in said if label.startswith(MILESTONE)]


def _line(label: str, before: str, after: str, *, alone: bool) -> Beside:
    if alone or before == after:
        return Beside(label, before, after, "")
    return Beside(label, before, after, "new" if not before else "left out" if not after else "changed")


def _said(terms: TermsView) -> Iterator[tuple[str, str]]:
    for one in terms.milestones:
        yield f"{MILESTONE}{one.number}", f"{one.title}: {one.amount.text}, {days_text(one.days)}"
    yield "Shipping", terms.shipping.text
    yield "In all, before tax", terms.total.text
    yield "Deposit", terms.deposit.text
    yield "Work begins", day_text(terms.starts_on)
    yield "Finished by", day_text(terms.finished_on)
    yield "Revisions of each milestone", str(terms.revisions)
    yield "Kept if the customer leaves before work on a paid milestone begins", share_text(terms.reserved_bp)
    yield "Kept once its work has begun", share_text(terms.begun_bp)
