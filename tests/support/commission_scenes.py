"""Commissions at every point of their life, as their pages show them: played through the rules, without any server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api.commissions.schemas import CommissionView
from api.commissions.seen import Seen, Shown, Stands, Tried, Written
from api.commissions.view import shown
from models.rules.commission import advancing, altering, bargaining, leaving, making
from models.rules.commission.contract import Milestone, Stage, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission, Do, Status
from models.types import Party, TimelineEntry

BEGAN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
CUSTOMER, ARTISAN = "per_customer", "per_artisan"
TITLES = {1: "Drawing and samples", 2: "Frame", 3: "Finish and drawers", 4: "A third drawer"}
TERMS = Terms(
    currency="USD",
    milestones=(Milestone(1, 20_000, 10), Milestone(2, 60_000, 30), Milestone(3, 40_000, 20)),
    deposit_minor=30_000,
    shipping_minor=8_000,
    starts_on=BEGAN.date(),
)
COUNTER = replace(TERMS, milestones=(Milestone(1, 20_000, 8), Milestone(2, 54_000, 30), Milestone(3, 40_000, 20)))
DEARER = replace(COUNTER, milestones=(*COUNTER.milestones, Milestone(4, 15_000, 7)))
TAX = 9_760


class Scene:
    """One commission under way. Each step is what the rules make of a message; the last one's name is the scene's."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.it = Commission("com_scene", CUSTOMER, ARTISAN, "USD", 1_000, CommissionDeadlines(), BEGAN)
        self.it.tell(Party.CUSTOMER, "commission_requested")
        self.story: list[TimelineEntry] = []
        self.versions: list[Written] = []
        self.charges: list[Tried] = []

    def offered(self, terms: Terms, by: Party, note: str) -> "Scene":
        actor = ARTISAN if by is Party.ARTISAN else CUSTOMER
        kind = "change" if self.it.terms else "counter" if self.versions else "quote"
        if kind == "change":
            altering.propose(self.it, actor, terms, self.now)
        else:
            bargaining.make_offer(self.it, actor, terms, self.now)
        self.versions.append(Written(self.it.versions, by, kind, terms, TITLES, note, self.now))
        return self.later(1)

    def accepted(self, actor: str) -> "Scene":
        bargaining.accept(self.it, actor, self.now)
        bargaining.tax_assessed(self.it, TAX, self.now)
        return self.later(0.1)

    def paid(self) -> "Scene":
        """The charge that is due; what it pays for begins."""
        charge = self.it.to_come[0]
        self.it.charges.append(charge)
        self.it.charging, self.it.status = None, Status.WORKING
        self.it.tell(Party.PROVIDER, "charge_paid")
        self.charges.append(Tried(charge.before, charge.amount_minor, charge.tax_minor, "on_page", "paid", self.now))
        return self.begun()

    def begun(self) -> "Scene":
        number = self.it.current
        assert number is not None
        progress = self.it.milestones[number]
        progress.stage, progress.begun_at = Stage.WORKING, self.now
        progress.due_at = self.now + timedelta(days=self.it.contract.numbered(number).days)
        self.it.tell(Party.ARTISAN, "work_began", subject=str(number))
        return self.later(4)

    def submitted(self) -> "Scene":
        making.submit(self.it, self.it.current or 0, self.now)
        return self.later(1)

    def approved(self) -> "Scene":
        making.approve(self.it, self.it.current or 0, self.now)
        return self.later(0.1)

    def revised(self) -> "Scene":
        making.revise(self.it, self.it.current or 0, self.now)
        return self.later(1)

    def later(self, days: float) -> "Scene":
        for line in self.it.lines:
            waits = advancing.standing(self.it, self.now)
            entry = TimelineEntry(
                len(self.story) + 1, self.now, line.actor, line.what, line.why, waits.waiting_on, waits.until,
                waits.then, line.subject,
            )  # fmt: skip
            self.story.append(entry)
        self.it.lines.clear()
        self.it.tasks = [task for task in self.it.tasks if task.do is Do.SHIP]
        self.now += timedelta(days=days)
        return self

    def view(self, reader: Party, *, alone: bool = False) -> CommissionView:
        """`alone`: the process can't be asked."""
        it = self.it
        stood = advancing.standing(it, self.now)
        pictures = [Shown(f"cpi_{n}", f"The work from side {n}") for n in range(1, 4)]
        seen = Seen(
            id="com_scene",
            number="CC-4F7K2M9Q",
            title="A walnut writing desk for a niche",
            brief="It has to fit a niche of 120 by 80 cm under the window.\n\nTwo drawers on the left, one for paper "
            "and one for pens; oiled, not varnished, so that it may show where somebody writes.",
            currency="USD",
            budget_minor=130_000,
            wanted_by=datetime(2027, 3, 1, tzinfo=UTC).date(),
            created_at=BEGAN,
            shop_name="Third Ridge Woodshop",
            shop_slug="third-ridge-woodshop",
            customer_id=CUSTOMER,
            customer_name="Ada Buyer",
            artisan_id=ARTISAN,
            fee_bp=it.fee_bp,
            stands=Stands(it.status.value, stood.waiting_on, stood.until, stood.then, it.status.is_final),
            version=it.version,
            tax_minor=it.tax_minor,
            agreed_minor=it.agreed_minor,
            ending=it.ending.value if it.ending else "",
            agreed_at=it.accepted_at,
            card="visa 4242" if it.charges else "",
            versions=self.versions,
            progress=it.milestones,
            charges=self.charges,
            back_minor=it.back_minor,
            brief_pictures=pictures[:2],
            proofs={n: pictures for n, one in it.milestones.items() if one.submitted_at or one.approved_at},
            timeline=self.story,
        )
        return shown(seen, None if alone or it.status.is_final else it, reader, self.now)


def scenes() -> dict[str, Scene]:
    """By name, from the wish to both kinds of end."""

    def quoted() -> Scene:
        note = "The niche is narrow, so I would draw it first and send you two samples of the oil."
        return Scene().later(1).offered(TERMS, Party.ARTISAN, note)

    def countered() -> Scene:
        return quoted().offered(COUNTER, Party.CUSTOMER, "Could the frame be 540 with plain feet?")

    def working() -> Scene:
        return countered().accepted(ARTISAN).paid()

    found = {
        "requested": Scene().later(0.5),
        "quoted": quoted(),
        "countered": countered(),
        "deposit": countered().accepted(ARTISAN),
        "working": working(),
        "in_review": working().submitted(),
        "revised": working().submitted().revised(),
        "second": working().submitted().approved().paid(),
        "change": working()
        .submitted()
        .approved()
        .paid()
        .offered(DEARER, Party.ARTISAN, "A third drawer, as you said?"),
        "late": working().submitted().approved().paid().later(60),
    }
    declined = working().submitted().approved()
    declined.it.charging, declined.it.status, declined.it.attempt = declined.it.to_come[0], Status.AWAITING_FUNDS, 1
    declined.it.funds_asked_at = declined.now
    declined.it.tell(Party.PROVIDER, "charge_declined", why="insufficient_funds")
    charge = declined.it.to_come[0]
    tried = Tried(charge.before, charge.amount_minor, charge.tax_minor, "later", "declined", None)
    declined.charges.append(tried)
    found["card_declined"] = declined.later(0.2)
    paused = working()
    leaving.pause(paused.it, paused.now, Party.ADMINISTRATOR)
    found["paused"] = paused.later(1)
    parting = working()
    leaving.offer_end(parting.it, CUSTOMER, 4_000, parting.now)
    found["parting"] = parting.later(0.5)
    ended = working().submitted().approved().paid()
    leaving.leave(ended.it, CUSTOMER, ended.now)
    ended.it.back_minor = ended.it.settlement(ended.it.ending).back_minor if ended.it.ending else 0
    ended.it.status = Status.ENDED
    ended.it.tell(Party.SYSTEM, "commission_ended")
    found["ended"] = ended.later(1)
    return found
