"""All that is known of one commission when somebody looks at it, before it is put into a view.

Owns the gathering of what stands in SQL into the record's shape. While a process runs, its own record takes the place
of the one that is gathered here; afterwards, and while the process can't be asked, this one is what there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from models.rules.commission.advancing import Standing
from models.rules.commission.charges import Charge
from models.rules.commission.contract import Stage, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Progress, Status
from models.types import Party, TimelineEntry

SHARE_IN = {Ending.AGREED.value: "end_offered", Ending.DECIDED.value: "ended_decided"}
"""The line of the story that names the artisan's share, by how it ended."""


@dataclass(frozen=True, slots=True)
class Written:
    """One version of the contract with its words."""

    version: int
    by: Party
    kind: str
    terms: Terms
    titles: Mapping[int, str]
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """One try of one payment, as it is written down."""

    before: int
    amount_minor: int
    tax_minor: int
    kind: str
    state: str
    paid_at: datetime | None
    redirect_url: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture's id, and what it shows."""

    id: str
    alt: str


@dataclass(frozen=True, slots=True)
class Stands:
    """The process's row."""

    status: str
    waiting_on: Party
    until: datetime | None
    then: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Place:
    """On a shop's waitlist."""

    state: str
    """`waiting`, `offered`, `taken`, `passed` or `withdrawn`."""
    offered_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    id: str
    number: str
    title: str
    brief: str
    currency: str
    budget_minor: int | None
    wanted_by: date | None
    created_at: datetime
    shop_name: str
    shop_slug: str
    customer_id: str
    customer_name: str
    artisan_id: str
    fee_bp: int
    stands: Stands | None
    """None before the process has written its first line, and on the waitlist."""
    place: Place | None = None
    """Of a request that came when all places were taken."""
    version: int = 0
    tax_minor: int = 0
    agreed_minor: int = 0
    ending: str = ""
    agreed_at: datetime | None = None
    card: str = ""
    versions: Sequence[Written] = ()
    """In their order."""
    progress: Mapping[int, Progress] = field(default_factory=dict)
    charges: Sequence[Tried] = ()
    """In their order."""
    back_minor: int = 0
    """Refunded, or on its way."""
    brief_pictures: Sequence[Shown] = ()
    proofs: Mapping[int, Sequence[Shown]] = field(default_factory=dict)
    timeline: Sequence[TimelineEntry] = ()
    order_id: str | None = None

    def written(self, version: int) -> Written | None:
        return next((one for one in self.versions if one.version == version), None)


def gathered(seen: Seen) -> Commission:
    """The record as far as it stands in SQL: enough to show what is agreed, made and paid, not to say what may be done
    next."""
    holds = seen.written(seen.version)
    status = Status(seen.stands.status) if seen.stands else Status.REQUESTED
    newest = seen.versions[-1].version if seen.versions else 0
    milestones: dict[int, Progress] = {}
    if holds is not None:
        milestones = {one.number: seen.progress.get(one.number, Progress()) for one in holds.terms.milestones}
    for one in milestones.values():
        one.released = one.stage is Stage.APPROVED
    return Commission(
        id=seen.id,
        customer_id=seen.customer_id,
        artisan_id=seen.artisan_id,
        currency=seen.currency,
        fee_bp=seen.fee_bp,
        waits=CommissionDeadlines(),
        asked_at=seen.created_at,
        status=status,
        versions=newest,
        version=seen.version if holds else 0,
        terms=holds.terms if holds else None,
        accepted_at=seen.agreed_at,
        tax_minor=seen.tax_minor,
        agreed_minor=seen.agreed_minor,
        milestones=milestones,
        charges=[Charge(one.before, one.amount_minor, one.tax_minor) for one in seen.charges if one.state == "paid"],
        ending=Ending(seen.ending) if seen.ending else None,
        agreed_bp=_agreed_bp(seen),
        back_minor=seen.back_minor,
    )


def _agreed_bp(seen: Seen) -> int:
    """The share that was agreed or decided on stands in the story: the newest one is the one that counts."""
    line = SHARE_IN.get(seen.ending)
    shares = [entry.subject for entry in seen.timeline if entry.what == line]
    return int(shares[-1]) if shares else 0


def place_standing(state: str, offered_until: datetime | None) -> Standing:
    """Who must act about a request on a waitlist, until when, and what happens then."""
    return Standing(Party.CUSTOMER, offered_until, "place_moves_on") if state == "offered" else Standing()
