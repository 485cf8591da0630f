"""The versions of a contract side by side: what each says, and in which fields it differs. Pure; owns no rule."""

from collections.abc import Sequence
from datetime import date

from api.commissions.schemas import Changed, MilestoneTerms, TermsView, VersionView
from api.commissions.seen import Seen, Written
from api.commissions.words import FIELDS
from api.money import money, money_text
from models.rules.commission.contract import Milestone, Terms, finished_by
from models.rules.commission.record import Commission, Offer
from models.types import Party

HOLDS = "change_holds"
UNNAMED = "Milestone {}"
"""What a milestone is called whose title has been erased with its writer."""


def title_of(written: Written | None, number: int) -> str:
    return (written.titles.get(number, "") if written else "") or UNNAMED.format(number)


def terms_view(written: Written) -> TermsView:
    terms = written.terms
    return TermsView(
        price=money(terms.price_minor, terms.currency),
        shipping=money(terms.shipping_minor, terms.currency),
        total=money(terms.total_minor, terms.currency),
        deposit=money(terms.deposit_minor, terms.currency),
        starts_on=terms.starts_on,
        finished_on=finished_by(terms, {}, {}, terms.starts_on),
        days=terms.days,
        revisions=terms.revisions,
        reserved_bp=terms.reserved_bp,
        begun_bp=terms.begun_bp,
        milestones=[
            MilestoneTerms(
                number=one.number,
                title=title_of(written, one.number),
                amount=money(one.amount_minor, terms.currency),
                days=one.days,
            )
            for one in terms.milestones
        ],
    )


def version_views(seen: Seen, it: Commission, reader: Party) -> list[VersionView]:
    """The newest first."""
    held = _held(seen, it)
    shown = []
    for written in seen.versions:
        base = seen.written(_base(written, held))
        state, until = _state(written.version, it)
        shown.append(
            VersionView(
                version=written.version,
                kind=written.kind,
                by=written.by.value,
                is_mine=written.by is reader,
                at=written.at,
                note=written.note,
                terms=terms_view(written),
                state=state,
                until=until.until if until else None,
                compared_with=base.version if base else None,
                differences=differences(base, written) if base else [],
            )
        )
    return shown[::-1]


def differences(old: Written, new: Written) -> list[Changed]:
    """Field by field, in words; milestones by their number, which stays their own."""
    found = [
        Changed(field=name, label=FIELDS[name], milestone=None, before=before, after=after)
        for name, before, after in zip(_WHOLE, _of_whole(old.terms), _of_whole(new.terms), strict=True)
        if before != after
    ]
    before = {one.number: one for one in old.terms.milestones}
    after = {one.number: one for one in new.terms.milestones}
    for number in sorted({*before, *after}):
        found += _of_milestone(number, (old, before.get(number)), (new, after.get(number)))
    return found


def share_text(bp: int) -> str:
    """`1250` is `12.5 %`."""
    return f"{bp / 100:g} %"


def day_text(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def days_text(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


_WHOLE = ("price", "shipping", "deposit", "starts_on", "days", "revisions", "reserved_bp", "begun_bp")


def _of_whole(terms: Terms) -> Sequence[str]:
    return (
        money_text(terms.price_minor, terms.currency),
        money_text(terms.shipping_minor, terms.currency),
        money_text(terms.deposit_minor, terms.currency),
        day_text(terms.starts_on),
        days_text(terms.days),
        str(terms.revisions),
        share_text(terms.reserved_bp),
        share_text(terms.begun_bp),
    )


def _of_milestone(
    number: int, old: tuple[Written, Milestone | None], new: tuple[Written, Milestone | None]
) -> list[Changed]:
    if old[1] is None or new[1] is None:
        whole = [_whole(number, *old), _whole(number, *new)]
        return [_changed("milestone", number, *whole)]
    currency = new[0].terms.currency
    pairs = {
        "title": (title_of(old[0], number), title_of(new[0], number)),
        "amount": (money_text(old[1].amount_minor, currency), money_text(new[1].amount_minor, currency)),
        "days": (days_text(old[1].days), days_text(new[1].days)),
    }
    return [_changed(name, number, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]


def _changed(name: str, number: int, before: str, after: str) -> Changed:
    label = FIELDS["milestone"] if name == "milestone" else f"{FIELDS[name]} of milestone {number}"
    return Changed(field=name, label=label, milestone=number, before=before, after=after)


def _whole(number: int, written: Written, milestone: Milestone | None) -> str:
    if milestone is None:
        return ""
    amount = money_text(milestone.amount_minor, written.terms.currency)
    return f"{title_of(written, number)}: {amount}, {days_text(milestone.days)}"


def _held(seen: Seen, it: Commission) -> list[int]:
    """The versions that have held, or hold."""
    told = [int(line.subject) for line in seen.timeline if line.what in {"offer_accepted", HOLDS} and line.subject]
    return sorted({*told, *([it.version] if it.version else [])})


def _base(written: Written, held: Sequence[int]) -> int:
    """An offer is read beside the one before it, a change beside the contract that it would change."""
    if written.kind != "change":
        return written.version - 1
    return max((version for version in held if version < written.version), default=0)


def _state(version: int, it: Commission) -> tuple[str, Offer | None]:
    for waiting, state in ((it.offer, "open"), (it.change, "open"), (it.agreed_change, "agreed")):
        if waiting is not None and waiting.version == version:
            return state, waiting if state == "open" else None
    return ("holds" if version == it.version else "past"), None
