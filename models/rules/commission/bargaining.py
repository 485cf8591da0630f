"""From a wish to a contract: quotes, counter-offers, acceptance, and the ways in which nothing comes of it.

Each offer has the next number. Only the side that did not make the newest one may accept it, by its number, so that
nobody accepts terms that were changed while they read.
"""

from datetime import date, datetime

from models.errors import Forbidden, InvalidInput, NotNow
from models.rules.commission import funding
from models.rules.commission.charges import most
from models.rules.commission.contract import Terms, refuse_terms
from models.rules.commission.record import Commission, Do, Offer, Progress, Status
from models.types import Party

MOST_OFFERS = 50
"""Of one commission. Who does not agree after so many does not agree."""


def refuse_offer(  # noqa: PLR0917 - one offer, as it is said
    it: Commission, actor_id: str, version: int, terms: Terms, price_minor: int, today: date
) -> None:
    """Raises the refusal, in words, of an offer that can't be made now."""
    by = _party(it, actor_id)
    if it.status not in {Status.REQUESTED, Status.OFFERED}:
        raise NotNow("There is nothing to bargain about any more. Reload the page to see where it stands.")
    if it.status is Status.REQUESTED and by is not Party.ARTISAN:
        raise NotNow("The artisan makes the first offer.")
    if version != it.versions + 1:
        raise NotNow("The other side has made an offer in the meantime. Read it first.")
    if it.versions >= MOST_OFFERS:
        raise NotNow(f"{MOST_OFFERS} offers were made. Accept the last one, or decline it.")
    refuse_terms(terms, price_minor=price_minor, asked_in=it.currency, today=today)


def make_offer(it: Commission, actor_id: str, terms: Terms, now: datetime) -> None:
    by = _party(it, actor_id)
    first = it.versions == 0
    it.versions += 1
    it.offer = Offer(it.versions, by, terms, now + it.waits.offer_stands)
    it.status = Status.OFFERED
    it.tell(by, "quoted" if first else "counter_offered", subject=str(it.versions))


def refuse_acceptance(it: Commission, actor_id: str, version: int) -> None:
    by = _party(it, actor_id)
    if it.status is not Status.OFFERED or it.offer is None:
        raise NotNow("There is no offer to accept. Reload the page to see where it stands.")
    if it.offer.by is by:
        raise NotNow("This offer is your own: the other side accepts it.")
    if it.offer.version != version:
        raise NotNow("There is a newer offer than the one that you accepted. Read it first.")


def accept(it: Commission, actor_id: str, now: datetime) -> None:
    """The contract is frozen. Its tax is worked out next, then the customer pays the deposit."""
    offer = it.offer
    if offer is None:
        raise RuntimeError("accepted without an offer")
    it.terms, it.version, it.offer, it.accepted_at = offer.terms, offer.version, None, now
    it.milestones = {milestone.number: Progress() for milestone in offer.terms.milestones}
    it.status = Status.ACCEPTED
    it.tell(_party(it, actor_id), "offer_accepted", subject=str(offer.version))
    it.must(Do.ASSESS_TAX, number=offer.version)


def tax_assessed(it: Commission, tax_minor: int, now: datetime) -> None:
    """The sums are final: what may be charged in all is what the customer now agrees to."""
    it.tax_minor = tax_minor
    if it.ending is not None:  # somebody left before there was anything to pay
        it.status = Status.ENDING
        it.must(Do.SETTLE)
        return
    it.agreed_minor = most(it.contract, tax_minor)
    funding.begun(it, it.to_come[0])
    it.funds_asked_at = now
    it.status = Status.AWAITING_DEPOSIT
    it.tell(Party.SYSTEM, "deposit_due")
    funding.open_page(it)


def refuse_decline(it: Commission, actor_id: str) -> None:
    _party(it, actor_id)
    if it.status not in {Status.REQUESTED, Status.OFFERED}:
        raise NotNow("This can't be declined any more. It can be cancelled, at the terms of the contract.")


def decline(it: Commission, actor_id: str, why: str) -> None:
    by = _party(it, actor_id)
    withdrawn = by is Party.CUSTOMER and it.status is Status.REQUESTED
    it.offer = None
    it.status = Status.DECLINED
    it.tell(by, "request_withdrawn" if withdrawn else "commission_declined", why=why)


def lapse(it: Commission, what: str) -> None:
    """Nobody answered in time."""
    it.offer = None
    it.status = Status.LAPSED
    it.tell(Party.SYSTEM, what)


def refuse_reason(why: str, reasons: tuple[str, ...]) -> None:
    if why not in reasons:
        raise InvalidInput(f"Say why, with one of: {', '.join(reasons)}.", field="reason")


def _party(it: Commission, actor_id: str) -> Party:
    party = it.party(actor_id)
    if party is None:
        raise Forbidden("Only the customer and the artisan of this commission can do this.")
    return party
