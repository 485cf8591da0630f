"""A commission played against its rules alone, with all that would stand in SQL beside it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from api.commissions.schemas import CommissionView
from api.commissions.seen import Seen, Stands, Tried, Written, gathered
from api.commissions.view import shown
from models.rules.commission import altering, bargaining, funding, making
from models.rules.commission.advancing import advance, fire, standing
from models.rules.commission.contract import Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.record import Commission, Do
from models.rules.commission.results import Outcome, Result, hear
from models.types import Party, TimelineEntry
from tests.models.commission.contracts import TODAY, desk

START = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
CUSTOMER, ARTISAN = "usr_customer", "usr_artisan"
TITLES = {1: "Drawing", 2: "Frame", 3: "Finish"}
TAX = 10_240


@dataclass
class Played:
    it: Commission = field(
        default_factory=lambda: Commission("com_1", CUSTOMER, ARTISAN, "USD", 650, CommissionDeadlines(), START)
    )
    now: datetime = START
    written: list[Written] = field(default_factory=list)
    charges: list[Tried] = field(default_factory=list)
    told: list[TimelineEntry] = field(default_factory=list)

    def seen(self) -> Seen:
        it = self.it
        waits = standing(it, self.now)
        return Seen(
            id=it.id,
            number="CC-1",
            title="A walnut desk",
            brief="With two drawers.",
            currency="USD",
            budget_minor=130_000,
            wanted_by=None,
            created_at=START,
            shop_name="Green Kiln",
            shop_slug="green-kiln",
            customer_id=CUSTOMER,
            customer_name="Ada",
            artisan_id=ARTISAN,
            fee_bp=it.fee_bp,
            stands=Stands(it.status.value, waits.waiting_on, waits.until, waits.then, it.status.is_final),
            version=it.version,
            tax_minor=it.tax_minor,
            agreed_minor=it.agreed_minor,
            ending=it.ending.value if it.ending else "",
            agreed_at=it.accepted_at,
            card="visa 4242",
            versions=self.written,
            progress=it.milestones,
            charges=self.charges,
            back_minor=it.back_minor,
            timeline=self.told,
        )

    def view(self, reader: Party = Party.CUSTOMER, *, asked: bool = True) -> CommissionView:
        seen = self.seen()
        view = shown(seen, self.it if asked else None, reader, self.now)
        if view.plan is not None:
            plan = view.plan
            assert plan.paid.minor == plan.held.minor + plan.released.minor + plan.back.minor
            if not asked:
                assert gathered(seen).held == self.it.held
        return view

    def may(self, reader: Party) -> set[str]:
        return {action.action for action in self.view(reader).actions}

    # What people do

    def offer(self, by: Party = Party.ARTISAN, terms: Terms | None = None, note: str = "") -> None:
        terms = terms or desk()
        actor = CUSTOMER if by is Party.CUSTOMER else ARTISAN
        bargaining.refuse_offer(self.it, actor, self.it.versions + 1, terms, terms.price_minor, self.now.date())
        bargaining.make_offer(self.it, actor, terms, self.now)
        self._write(by, "counter" if self.it.versions > 1 else "quote", terms, note)

    def agree(self) -> None:
        """To the desk, with its deposit paid and its drawing under way."""
        self.offer()
        bargaining.accept(self.it, CUSTOMER, self.now)
        self.goes_on()
        self.pays()

    def propose(self, terms: Terms, by: Party = Party.ARTISAN) -> None:
        altering.propose(self.it, CUSTOMER if by is Party.CUSTOMER else ARTISAN, terms, self.now)
        self._write(by, "change", terms)

    def shows(self, number: int) -> None:
        making.refuse_proof(self.it, ARTISAN, number, 1)
        making.submit(self.it, number, self.now)
        self.goes_on()

    def approves(self, number: int) -> None:
        making.refuse_answer(self.it, CUSTOMER, number)
        making.approve(self.it, number, self.now)
        self.goes_on()

    def days_pass(self, days: int, timer: str = "") -> None:
        self.now += timedelta(days=days)
        if timer:
            fire(self.it, timer, self.now)
            self.goes_on()

    # What the world does

    def goes_on(self, outcome: Outcome = Outcome.PAID) -> None:
        """All tasks that need nobody; a payment page is left open."""
        advance(self.it, self.now)
        while self.it.tasks:
            task = self.it.tasks.pop(0)
            result = Result(Outcome.DONE)
            if task.do is Do.ASSESS_TAX:
                result = Result(Outcome.DONE, minor=TAX)
            elif task.do is Do.OPEN_DEPOSIT:
                self._try("open", "https://pay.example/1")
                result = Result(Outcome.OPEN)
            elif task.do is Do.CHARGE:
                self._try(outcome.value)
                result = Result(outcome, why="expired_card" if outcome is Outcome.DECLINED else "")
            elif task.do in {Do.CLOSE_DEPOSIT, Do.CANCEL_CHARGE}:
                self.charges[-1] = replace(self.charges[-1], state="cancelled", redirect_url=None)
                result = Result(Outcome.CANCELLED)
            hear(self.it, task, result, self.now)
        self._tell()

    def pays(self) -> None:
        """On the page that is open."""
        self.charges[-1] = replace(self.charges[-1], state="paid", redirect_url=None, paid_at=self.now)
        funding.paid(self.it)
        self.goes_on()

    def _try(self, state: str, url: str | None = None) -> None:
        charge = self.it.charging
        assert charge is not None
        at = self.now if state == "paid" else None
        kind = "deposit" if url else "card"
        self.charges.append(Tried(charge.before, charge.amount_minor, charge.tax_minor, kind, state, at, url))

    def _write(self, by: Party, kind: str, terms: Terms, note: str = "") -> None:
        titles = {one.number: TITLES.get(one.number, f"Step {one.number}") for one in terms.milestones}
        self.written.append(Written(self.it.versions, by, kind, terms, titles, note, self.now))
        self._tell()

    def _tell(self) -> None:
        for line in self.it.lines:
            self.told.append(
                TimelineEntry(len(self.told) + 1, self.now, line.actor, line.what, line.why, subject=line.subject)
            )
        self.it.lines = []
