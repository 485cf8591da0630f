"""Any sequence of legal and illegal messages, outcomes and passing time, against a plain count of the money.

The machine plays both sides, the provider and the clock. After every step: illegal messages have changed nothing,
nobody waits without a deadline, and every minor unit that was paid is held, released or given back.
"""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from models.errors import DomainError
from models.rules.commission import advancing, altering, bargaining, funding, leaving, making
from models.rules.commission.contract import Milestone, Stage, Terms
from models.rules.commission.deadlines import CommissionDeadlines
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Do, Status, Task
from models.rules.commission.results import Outcome, Result, hear
from models.rules.money import LEAST, step_of
from models.types import Party
from tests.models.commission.contracts import contracts

CUSTOMER, ARTISAN, STRANGER = "usr_customer", "usr_artisan", "usr_stranger"
SOMEBODY = st.sampled_from([CUSTOMER, ARTISAN, STRANGER])
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
MONEY_IN = {Do.CHARGE, Do.LOOK_UP}
told: Counter[str] = Counter()
FAR_ENOUGH = {
    *("work_began", "charge_paid", "charge_declined", "milestone_approved"),
    *("commission_paused", "commission_completed", "commission_ended"),
}


class Machine(RuleBasedStateMachine):
    it: Commission
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self.in_minor = self.back_minor = 0
        self.released: set[int] = set()
        self.impatience = 0
        self.page_open = False

    @initialize(
        fee_bp=st.integers(0, 3_000), terms=contracts(), begun=st.sampled_from(["agreed"] * 6 + ["offered", "asked"])
    )
    def a_wish(self, fee_bp: int, terms: Terms, begun: str) -> None:
        """Mostly one that is agreed on at once: what is bargained about for long ends there."""
        self.now = START
        self.it = Commission("com_1", CUSTOMER, ARTISAN, terms.currency, fee_bp, CommissionDeadlines(), START)
        if begun != "asked":
            bargaining.make_offer(self.it, ARTISAN, replace(terms, starts_on=START.date()), START)
        if begun == "agreed":
            bargaining.accept(self.it, CUSTOMER, START)
            self.goes_on_as_it_should(4, Outcome.PAID)

    # Messages

    def say(self, refuse: Callable[[Commission], None], do: Callable[[Commission], None]) -> None:
        self.impatience = self.impatience + 1 if self.it.tasks else 0
        if self.impatience > 2:  # the world does not wait for ever either
            self.do_task(Outcome.PAID, tax=50)
        before = deepcopy(self.it)
        try:
            refuse(self.it)
        except DomainError:
            assert self.it == before, "a refused message has changed something"
            return
        assert self.it == before, "asking whether a message is legal has changed something"
        do(self.it)
        advancing.advance(self.it, self.now)

    @rule(who=SOMEBODY, terms=contracts(), behind=st.sampled_from([0, 0, 0, 1]))
    def offers(self, who: str, terms: Terms, behind: int) -> None:
        terms = replace(terms, starts_on=self.now.date())
        version = self.it.versions + 1 - behind
        self.say(
            lambda it: bargaining.refuse_offer(it, who, version, terms, terms.price_minor, self.now.date()),
            lambda it: bargaining.make_offer(it, who, terms, self.now),
        )

    @rule(who=SOMEBODY, behind=st.sampled_from([0, 0, 1]))
    def accepts(self, who: str, behind: int) -> None:
        version = self.it.versions - behind
        self.say(
            lambda it: bargaining.refuse_acceptance(it, who, version), lambda it: bargaining.accept(it, who, self.now)
        )

    @rule(who=SOMEBODY, really=st.integers(0, 3))
    def declines(self, who: str, really: int) -> None:
        if really == 0:
            self.say(
                lambda it: bargaining.refuse_decline(it, who), lambda it: bargaining.decline(it, who, "cannot_make")
            )

    @rule(who=SOMEBODY, number=st.integers(0, 4))
    def shows_the_work(self, who: str, number: int) -> None:
        turn = self.turn(number)
        self.say(lambda it: making.refuse_proof(it, who, turn, 1), lambda it: making.submit(it, turn, self.now))

    @rule(who=SOMEBODY, number=st.integers(0, 4))
    def approves(self, who: str, number: int) -> None:
        turn = self.turn(number)
        self.say(lambda it: making.refuse_answer(it, who, turn), lambda it: making.approve(it, turn, self.now))

    @rule(who=SOMEBODY, number=st.integers(0, 4))
    def asks_for_a_revision(self, who: str, number: int) -> None:
        turn = self.turn(number)
        self.say(lambda it: making.refuse_revision(it, who, turn), lambda it: making.revise(it, turn, self.now))

    @rule(
        who=SOMEBODY,
        amounts=st.lists(st.integers(1, 90_000), max_size=2),
        days=st.integers(1, 60),
        drop=st.integers(0, 2),
        shipping=st.integers(0, 5_000) | st.just(-1),
    )
    def proposes_a_change(self, *, who: str, amounts: list[int], days: int, drop: int, shipping: int) -> None:
        if self.it.terms is None:
            return
        kept = self.it.contract.milestones[: max(1, len(self.it.contract.milestones) - drop)]
        free = max(*self.it.milestones, kept[-1].number) + 1
        fresh = tuple(Milestone(free + index, amount, days) for index, amount in enumerate(amounts))
        if shipping < 0:  # a little dearer than it was
            shipping = self.it.contract.shipping_minor + days * step_of(self.it.currency)
        terms = replace(self.it.contract, milestones=(*kept, *fresh), shipping_minor=shipping)
        version = self.it.versions + 1
        self.say(
            lambda it: altering.refuse_proposal(it, who, version, terms, terms.price_minor, self.now.date()),
            lambda it: altering.propose(it, who, terms, self.now),
        )

    @rule(who=SOMEBODY, agree=st.booleans())
    def answers_a_change(self, who: str, agree: bool) -> None:
        version = self.it.change.version if self.it.change else 1
        self.say(lambda it: altering.refuse_reply(it, who, version), lambda it: altering.reply(it, who, agree=agree))

    @rule(who=SOMEBODY, really=st.integers(0, 3), stale=st.booleans())
    def leaves(self, who: str, really: int, stale: bool) -> None:
        if really:
            return
        back = 0
        if self.it.terms is not None and self.it.status.is_agreed and self.it.party(who):
            back = self.it.settlement(leaving.ending_of(self.it, who, self.now)).back_minor
        self.say(
            lambda it: leaving.refuse_leaving(it, who, back + stale, self.now),
            lambda it: leaving.leave(it, who, self.now),
        )

    @rule(who=SOMEBODY, share=st.integers(-1, 10_001), agree=st.booleans())
    def would_part(self, who: str, share: int, agree: bool) -> None:
        if self.it.end_offer is None:
            self.say(
                lambda it: leaving.refuse_end_offer(it, who, share),
                lambda it: leaving.offer_end(it, who, share, self.now),
            )
            return
        offered = self.it.end_offer[1]
        self.say(
            lambda it: leaving.refuse_end_reply(it, who, offered),
            lambda it: leaving.reply_end(it, who, agree=agree),
        )

    @rule()
    def mends_the_card(self) -> None:
        self.say(funding.refuse_retry, funding.try_again)

    @rule()
    def takes_another_card(self) -> None:
        self.say(lambda it: funding.refuse_retry(it, another_card=True), funding.take_another_card)

    @rule(resume=st.booleans())
    def is_paused_or_goes_on(self, resume: bool) -> None:
        if resume:
            self.say(leaving.refuse_resumption, lambda it: leaving.resume(it, self.now, Party.ADMINISTRATOR))
        else:
            self.say(leaving.refuse_pause, lambda it: leaving.pause(it, self.now, Party.ADMINISTRATOR))

    @rule(share=st.integers(-1, 10_001), stale=st.booleans(), really=st.integers(0, 3))
    def is_decided(self, share: int, stale: bool, really: int) -> None:
        if really or self.it.terms is None:
            return
        back = self.it.settlement(Ending.DECIDED, min(max(share, 0), 10_000)).back_minor + stale
        self.say(
            lambda it: leaving.refuse_decision(it, share, back),
            lambda it: leaving.decide(it, share, Party.ADMINISTRATOR),
        )

    # The world

    @rule(steps=st.integers(1, 8), outcome=st.sampled_from([Outcome.PAID, Outcome.DECLINED]))
    def goes_on_as_it_should(self, steps: int, outcome: Outcome) -> None:
        """The usual next thing, so that the unusual ones meet commissions of every age."""
        for _ in range(steps):
            turn = self.turn(1)
            match self.it.status:
                case _ if self.it.tasks:
                    self.do_task(outcome, tax=50)
                case _ if self.it.change is not None:
                    self.answers_a_change(ARTISAN if self.it.change.by is Party.CUSTOMER else CUSTOMER, agree=True)
                case Status.AWAITING_DEPOSIT:
                    self.the_customer_pays_the_deposit()
                case Status.WORKING:
                    self.time_passes(24)
                    self.shows_the_work(ARTISAN, turn)
                case Status.IN_REVIEW:
                    self.approves(CUSTOMER, turn)
                case Status.AWAITING_FUNDS if self.it.on_page:
                    self.the_customer_pays_the_deposit()
                case Status.AWAITING_FUNDS:
                    self.mends_the_card()
                case Status.PAUSED:
                    self.is_paused_or_goes_on(resume=True)

    @precondition(lambda self: bool(self.it.tasks))
    @rule(
        outcome=st.sampled_from([Outcome.DECLINED, Outcome.NEEDS_CUSTOMER, Outcome.PAID]),
        tax=st.integers(0, 200),
        faster=st.booleans(),
    )
    def a_task_is_done(self, outcome: Outcome, tax: int, faster: bool) -> None:
        self.do_task(outcome, tax, faster=faster)

    def do_task(self, outcome: Outcome, tax: int, *, faster: bool = False) -> None:
        task = self.it.tasks.pop(0)
        result = Result(Outcome.DONE)
        if task.do is Do.ASSESS_TAX:
            result = Result(Outcome.DONE, minor=self.tax_of(task.number, tax))
        elif task.do in MONEY_IN and faster and self.it.on_page:
            result, self.page_open = Result(Outcome.CANCELLED), False
        elif task.do in MONEY_IN:
            result = Result(outcome, why="insufficient_funds")
            self.page_open = self.page_open and outcome is not Outcome.PAID
        elif task.do is Do.OPEN_DEPOSIT:
            self.page_open = True
            result = Result(Outcome.OPEN)
        elif task.do in {Do.CLOSE_DEPOSIT, Do.CANCEL_CHARGE}:
            result = Result(Outcome.PAID if faster else Outcome.CANCELLED)
            self.page_open = False
        self.count(task, result)
        hear(self.it, task, result, self.now)

    @rule()
    def the_customer_pays_the_deposit(self) -> None:
        """Or, on the same kind of page, what is more than they agreed to."""
        if not self.it.on_page or not self.page_open or self.it.tasks:
            return
        task = Task(Do.LOOK_UP, attempt=self.it.attempt)
        self.page_open = False
        self.count(task, Result(Outcome.PAID))
        hear(self.it, task, Result(Outcome.PAID), self.now)

    @rule(hours=st.integers(1, 24 * 9))
    def time_passes(self, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        while not self.it.tasks and (running := advancing.timers(self.it, self.now)) and running[0].at <= until:
            self.now = max(self.now, running[0].at)
            advancing.fire(self.it, running[0].name, self.now)
        self.now = max(self.now, until)

    # What has to hold

    @invariant()
    def nobody_waits_without_a_deadline(self) -> None:
        if self.it.status.is_final:
            assert not advancing.timers(self.it, self.now)
        elif not self.it.tasks and self.it.status is not Status.PAUSED:
            assert advancing.timers(self.it, self.now), f"{self.it.status} waits for ever"

    @invariant()
    def nothing_is_proposed_or_agreed_that_can_not_come_to_be(self) -> None:
        if self.it.status in {Status.FINISHED, Status.ENDING} or self.it.status.is_final:
            assert (self.it.change, self.it.agreed_change, self.it.end_offer) == (None, None, None)

    @invariant()
    def a_pause_stops_every_clock(self) -> None:
        if self.it.status is Status.PAUSED:
            assert not advancing.timers(self.it, self.now)

    @invariant()
    def what_was_reached(self) -> None:
        """No promise: so that the tests can say how far the machine came."""
        for line in self.it.lines:
            told[line.what] += 1
        self.it.lines.clear()

    @invariant()
    def the_books_agree(self) -> None:
        paid = sum(charge.total_minor for charge in self.it.charges)
        given_up = sum(task.minor for task in self.it.tasks if task.do is Do.GIVE_BACK)
        if self.it.status is Status.ENDED:
            assert self.in_minor >= self.back_minor == self.it.back_minor
        else:
            assert self.in_minor - self.back_minor == paid + given_up
        if self.it.terms is not None:
            assert sum(share.total_minor for share in self.it.held.values()) == paid
            assert self.it.charging is None or self.it.status not in {Status.WORKING, Status.IN_REVIEW}

    @invariant()
    def what_is_charged_can_be_carried_by_a_card(self) -> None:
        if self.it.charging is not None:
            assert self.it.charging.amount_minor >= LEAST[self.it.currency]

    @invariant()
    def work_has_its_money(self) -> None:
        if self.it.terms is None or self.it.ending is not None:
            return
        for milestone in self.it.contract.milestones:
            if self.it.milestones[milestone.number].stage is not Stage.PLANNED:
                assert self.it.held[milestone.number].items_minor == milestone.amount_minor

    @invariant()
    def one_milestone_after_the_other(self) -> None:
        if self.it.terms is None:
            return
        stages = [self.it.milestones[milestone.number].stage for milestone in self.it.contract.milestones]
        open_ones = [stage for stage in stages if stage not in {Stage.APPROVED, Stage.PLANNED}]
        assert len(open_ones) <= 1
        assert stages == sorted(stages, key=[Stage.APPROVED, *open_ones, Stage.PLANNED].index)
        assert self.released <= {n for n, stage in self.it.stages.items() if stage is Stage.APPROVED}

    # Counting

    def turn(self, number: int) -> int:
        """Mostly the milestone whose turn it is."""
        current = self.it.current if self.it.terms is not None else None
        return current if current is not None and number else number

    def tax_of(self, version: int, tenths_of_a_per_cent: int) -> int:
        change = self.it.agreed_change
        terms = change.terms if change is not None and change.version == version else self.it.terms
        return 0 if terms is None else terms.total_minor * tenths_of_a_per_cent // 1_000

    def count(self, task: Task, result: Result) -> None:
        if result.outcome is Outcome.PAID and self.it.charging is not None and task.attempt == self.it.attempt:
            self.in_minor += self.it.charging.total_minor
            if not self.it.on_page:
                charged = sum(charge.total_minor for charge in [*self.it.charges, self.it.charging])
                assert charged <= self.it.agreed_minor, "charged in silence above what was agreed"
        if task.do is Do.RELEASE:
            assert task.number not in self.released, "released twice"
            self.released.add(task.number)
        if task.do is Do.GIVE_BACK:
            self.back_minor += task.minor
        if task.do is Do.SETTLE:
            assert self.it.ending is not None
            self.back_minor += self.it.settlement(self.it.ending, self.it.agreed_bp).back_minor


def test_any_sequence_of_messages_keeps_the_money_and_the_promises() -> None:
    run_machine(Machine, settings=settings(max_examples=150, stateful_step_count=50, deadline=None))
    assert set(told) >= FAR_ENOUGH, "the machine has not come far enough to say anything"


def test_a_long_life() -> None:
    """300 messages in a row, a few times."""
    run_machine(Machine, settings=settings(max_examples=4, stateful_step_count=300, deadline=None))
