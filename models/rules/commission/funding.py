"""No funds, no start: how each milestone gets its money before its work begins.

A charge is settled before anything else is decided: who cancels while the bank is being asked is answered after it has
answered, so that no charge is ever forgotten and none is made for a commission that has ended.
"""

from datetime import datetime, timedelta

from models.errors import NotNow
from models.rules.commission.charges import Charge, is_funded
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending
from models.rules.commission.record import Commission, Do, Status
from models.types import Party

MOST_TRIES = 10
"""Of one charge with a kept card: card networks fine whoever goes on asking a bank that says no."""
MOST_DOUBLINGS = 12
"""Of the wait between two looks: far beyond every wait for money, and far from what a calendar can hold."""


def next_step(it: Commission, now: datetime) -> None:
    """What comes after a charge, an approval or a change: a charge, work, or the parcel."""
    number = it.current
    if number is None and it.to_come:  # a change has left out the milestone that the rest was to be charged with
        _charge(it, it.to_come[0], now)
        return
    if number is None and it.agreed_change is not None:
        return  # its tax is being worked out: it is carried out first, and may add to the work
    if number is None:
        it.drop_proposals()
        it.status = Status.FINISHED
        it.tell(Party.SYSTEM, "everything_approved")
        it.must(Do.SHIP)
        return
    progress = it.milestones[number]
    if progress.stage is Stage.PLANNED:
        if not is_funded(number, it.to_come):
            _charge(it, it.to_come[0], now)
            return
        progress.stage = Stage.FUNDED
    if progress.stage is Stage.FUNDED and begins_at(it, number, now) <= now:
        begin(it, number, now)


def begins_at(it: Commission, number: int, now: datetime) -> datetime:
    """The first milestone waits for the day that was agreed; the others follow one another."""
    first = it.contract.milestones[0].number
    if number != first or it.accepted_at is None:
        return now
    wait = (it.contract.starts_on - it.accepted_at.date()).days * it.waits.day
    return max(it.accepted_at, it.accepted_at + wait)


def begin(it: Commission, number: int, now: datetime) -> None:
    progress = it.milestones[number]
    progress.stage = Stage.WORKING
    progress.begun_at = now
    progress.due_at = now + it.contract.numbered(number).days * it.waits.day
    it.status = Status.WORKING
    it.tell(Party.SYSTEM, "work_began", subject=str(number))


def _charge(it: Commission, charge: Charge, now: datetime) -> None:
    begun(it, charge)
    it.status = Status.FUNDING
    it.tell(Party.SYSTEM, "charge_begun", subject=str(charge.before))
    beyond = sum(made.total_minor for made in it.charges) + charge.total_minor - it.agreed_minor
    if beyond > 0:  # a change has raised the sum: the bank asks the customer again, and they are there for it
        needs_customer(it, now, why="raised")
        open_page(it)
    else:
        it.must(Do.CHARGE, number=charge.before, attempt=1, minor=charge.total_minor)


def begun(it: Commission, charge: Charge) -> None:
    """From here on it is this charge that is under way, and nothing else is decided before it is settled."""
    it.charges_begun += 1
    it.charging, it.attempt, it.on_page = charge, 1, False


def open_page(it: Commission) -> None:
    """Where the customer pays the charge under way themselves, and their bank can ask them."""
    charge = it.charging
    if charge is None:
        raise RuntimeError("nothing to pay")
    it.on_page = True
    it.must(Do.OPEN_DEPOSIT, number=charge.before, attempt=it.attempt, minor=charge.total_minor)


def lapsed(it: Commission) -> None:
    """The provider has closed what was open, and nobody has paid: it is opened anew, as the customer still has time."""
    if not it.on_page:
        try_again(it)
        return
    it.attempt += 1
    open_page(it)


def paid(it: Commission) -> None:
    """The provider has the money of the charge under way."""
    charge = it.charging
    if charge is None:
        raise RuntimeError("paid, but nothing was charged")
    it.charges.append(charge)
    if it.ending is Ending.CUSTOMER_SILENT:  # nobody had told us: what is paid before its page is closed is in time
        it.ending = None
        it.tell(Party.SYSTEM, "paid_in_time", subject=str(charge.before))
    it.charging, it.attempt, it.funds_asked_at, it.looks, it.on_page = None, 0, None, 0, False
    it.agreed_minor = max(it.agreed_minor, sum(made.total_minor for made in it.charges))
    it.tell(Party.CUSTOMER, "charge_paid", subject=str(charge.before))
    it.status = Status.WORKING


def declined(it: Commission, now: datetime, why: str) -> None:
    _unpaid(it, now, "charge_declined", why)


def needs_customer(it: Commission, now: datetime, why: str = "authentication") -> None:
    _unpaid(it, now, "charge_needs_customer", why)


def _unpaid(it: Commission, now: datetime, what: str, why: str) -> None:
    it.funds_asked_at = it.funds_asked_at or now
    it.status = Status.AWAITING_FUNDS
    it.tell(Party.PROVIDER, what, why=why)
    if it.ending is not None:  # somebody left meanwhile: this charge is not wanted any more
        it.must(Do.CANCEL_CHARGE, attempt=it.attempt)


def refuse_retry(it: Commission, *, another_card: bool = False) -> None:
    if it.status is not Status.AWAITING_FUNDS or it.ending is not None:
        raise NotNow("No payment waits for you at the moment. Reload the page to see where it stands.")
    if it.on_page:
        raise NotNow("The payment page is open for this payment, so please make it there.")
    if it.attempt >= MOST_TRIES and not another_card:
        raise NotNow(f"This card was tried {MOST_TRIES} times. Please pay with another one.")


def try_again(it: Commission) -> None:
    """With the card that is kept now: the customer has changed it, or a day has passed."""
    charge = it.charging
    if charge is None:
        raise RuntimeError("nothing to try again")
    it.attempt += 1
    it.status = Status.FUNDING
    it.must(Do.CHARGE, number=charge.before, attempt=it.attempt, minor=charge.total_minor)


def take_another_card(it: Commission) -> None:
    """The customer pays the charge under way themselves, on the provider's page, and that card is kept from then on:
    one that has expired, or was blocked, will not pay however often it is tried."""
    it.attempt += 1
    it.tell(Party.CUSTOMER, "other_card")
    open_page(it)


def retries_at(it: Commission) -> datetime | None:
    """Once, by itself."""
    waits = it.status is Status.AWAITING_FUNDS and not it.on_page and it.ending is None
    if not waits or it.funds_asked_at is None or it.attempt != 1:
        return None
    return it.funds_asked_at + it.waits.charge_again_after


def looks_at(it: Commission) -> datetime | None:
    """A webhook may get lost; so does nobody's payment."""
    waits = it.status in {Status.AWAITING_DEPOSIT, Status.AWAITING_FUNDS} and it.ending is None
    if not waits or it.funds_asked_at is None:
        return None
    doubled: int = 2 ** (min(it.looks, MOST_DOUBLINGS) + 1) - 1
    return it.funds_asked_at + it.waits.ask_provider_after * doubled


def look(it: Commission) -> None:
    it.looks += 1
    it.must(Do.LOOK_UP, attempt=it.attempt)


def take_hint(it: Commission) -> None:
    """Somebody says that something has happened. That puts off no look of our own: anybody may say it, and often."""
    if looks_at(it) is not None and all(task.do is not Do.LOOK_UP for task in it.tasks):
        it.must(Do.LOOK_UP, attempt=it.attempt)


def gives_up_at(it: Commission) -> datetime | None:
    """When silence about money ends the commission."""
    if it.funds_asked_at is None:
        return None
    wait: timedelta = it.waits.deposit_within if it.status is Status.AWAITING_DEPOSIT else it.waits.fund_within
    return it.funds_asked_at + wait
