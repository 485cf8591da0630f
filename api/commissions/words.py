"""Plain English for the codes of commissions: what happened, why, who must act, and what happens otherwise.

Owns words only. A commission has a table of its own, because the same code says something else of an order: what lapses
there is not what lapses here. A test finds each code of its rules that has no words.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from api.wording import TimelineLine
from models.rules.commission.contract import Stage
from models.rules.commission.endings import Ending
from models.rules.commission.record import Status
from models.types import Party, TimelineEntry

ACTORS: Final[Mapping[Party, str]] = {
    Party.CUSTOMER: "the customer",
    Party.ARTISAN: "the artisan",
    Party.ADMINISTRATOR: "our team",
    Party.PROVIDER: "the payment provider",
    Party.COURIER: "the courier",
    Party.SYSTEM: "ArtisanConnect",
    Party.NOBODY: "nobody",
}

WHAT: Final[Mapping[str, str]] = {
    # From a wish to a contract
    "commission_requested": "The customer asked for a piece of their own.",
    "quoted": "The artisan made an offer.",
    "counter_offered": "A counter-offer was made.",
    "offer_accepted": "The offer was accepted. It is the contract now.",
    "commission_declined": "It was declined, and nothing was charged.",
    "request_withdrawn": "The customer withdrew the request.",
    "request_lapsed": "The artisan made no offer in time, so the request lapsed.",
    "offer_lapsed": "The offer was not answered in time, so it lapsed.",
    # Money in
    "deposit_due": "The deposit is due.",
    "charge_begun": "The next milestone is being charged, before its work begins.",
    "paid_in_time": "The payment had come in before its page was closed, so the commission goes on.",
    "charge_paid": "The payment went through and is held for its milestones.",
    "charge_declined": "The card was declined.",
    "other_card": "Another card was chosen for this payment, and is kept for the later ones.",
    "charge_needs_customer": "The payment needs the customer.",
    "provider_refused": "The payment provider refused a step. Our team looks into it.",
    "step_held_up": "A step could not be carried out. Our team looks into it; nothing is lost.",
    # Work
    "work_began": "Work on a milestone began.",
    "proof_given": "The artisan showed the work and awaits an answer.",
    "approval_reminded": "The customer was reminded to answer.",
    "milestone_approved": "The customer approved a milestone. Its money is the artisan's.",
    "silence_approved": "The customer did not answer in time, so the milestone counts as approved.",
    "revision_asked": "The customer asked for a revision.",
    "milestone_late": "The day that was promised for a milestone has passed. Both were told.",
    "everything_approved": "Everything is approved. The piece is packed and sent.",
    "commission_completed": "The piece has arrived, and the commission is complete.",
    # Changes
    "change_proposed": "A change of the contract was proposed.",
    "change_agreed": "The change was agreed to. It holds as soon as its tax is known and no payment is under way.",
    "change_declined": "The change was declined. The contract stays as it is.",
    "change_lapsed": "The change was not answered in time. The contract stays as it is.",
    "change_overtaken": "The work was faster than the change, so the contract stays as it is.",
    "change_holds": "The changed contract holds.",
    # Ends
    "end_offered": "It was proposed to part as friends.",
    "end_declined": "The proposal to part was declined.",
    "end_offer_lapsed": "The proposal to part was not answered in time.",
    "ended_customer_leaves": "The customer cancelled, at the terms of the contract.",
    "ended_customer_silent": "The payment was not made in time, so the commission ends.",
    "ended_artisan_leaves": "The artisan cancelled. Everything that was paid goes back.",
    "ended_artisan_late": "The promise was missed for too long. Everything that was paid goes back.",
    "ended_agreed": "Both agreed to part.",
    "ended_decided": "Our team decided the question about it, and how what was paid is divided.",
    "commission_ended": "What was paid has been divided, and the commission is over.",
    "commission_paused": "Our team paused the commission. All its clocks stand still.",
    "commission_resumed": "The commission goes on. Every open deadline is as far away as it was.",
}

WHY: Final[Mapping[str, str]] = {
    # Of a decline before there was a contract
    "cannot_make": "It can't be made.",
    "no_time": "There is no time for it.",
    "too_dear": "It costs more than it should.",
    "changed_mind": "It is not wanted any more.",
    "other": "No reason was given.",
    # Of a payment that did not go through
    "authentication": "The bank wants the customer to confirm it.",
    "raised": "It is more than the customer had agreed to, so they confirm it themselves.",
    "insufficient_funds": "There was not enough money on the card.",
    "expired_card": "The card has expired.",
    "card_declined": "The bank gave no reason.",
    "generic_decline": "The bank gave no reason.",
    "lost_card": "The bank has blocked the card.",
    "stolen_card": "The bank has blocked the card.",
    "no_card": "There is no card any more that can be charged.",
}

THEN: Final[Mapping[str, str]] = {
    "request_lapses": "the request lapses and nothing is charged",
    "offer_lapses": "the offer lapses and nothing is charged",
    "contract_lapses": "the contract never comes to be and nothing is charged",
    "card_is_tried_again": "the card is tried once more",
    "commission_ends": "the commission ends at the terms of the contract",
    "work_begins": "work begins",
    "customer_is_told": "the customer is told, and may leave with everything back after some days of grace",
    "commission_ends_with_refund": "the commission ends and everything goes back to the customer",
    "silence_approves": "the work counts as approved",
    "change_lapses": "the contract stays as it is",
    "end_offer_lapses": "the commission goes on",
    "place_moves_on": "the place goes to whoever is next",
}

STATUS: Final[Mapping[str, tuple[str, str]]] = {
    # code: (short label, one sentence)
    Status.REQUESTED: ("Requested", "The artisan reads the request and makes an offer, or declines."),
    Status.OFFERED: ("Offer made", "An offer awaits its answer. Nothing is agreed and nothing is charged yet."),
    Status.ACCEPTED: ("Agreed", "The contract is agreed. Its tax is being worked out."),
    Status.AWAITING_DEPOSIT: ("Deposit due", "The contract is agreed. It begins with the deposit."),
    Status.FUNDING: ("Payment under way", "The next milestone is being charged, before its work begins."),
    Status.AWAITING_FUNDS: ("Payment needed", "A payment did not go through. Work goes on when it has."),
    Status.WORKING: ("In the making", "The artisan is at work."),
    Status.IN_REVIEW: ("To be approved", "The artisan has shown the work. The customer approves it or asks for more."),
    Status.PAUSED: ("Paused", "Our team has paused this until a question about it is decided. No clock runs."),
    Status.FINISHED: ("Finished", "Everything is approved. The piece is on its way, or about to be."),
    Status.ENDING: ("Ending", "What was paid is being divided as agreed."),
    Status.COMPLETED: ("Complete", "The piece has arrived."),
    Status.ENDED: ("Ended", "This ended before the piece was finished. What was paid has been divided."),
    Status.DECLINED: ("Declined", "Nothing came of it, and nothing was charged."),
    Status.LAPSED: ("Lapsed", "Nobody answered in time. Nothing was charged."),
}
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    # Stand in for a status while a request is on a waitlist: its process has not begun.
    "place_waiting": (
        "On the waitlist",
        "All places are taken. The request waits for its turn, and nothing is charged.",
    ),
    "place_offered": ("A place is free", "A place has become free for this request. It is kept for a few days."),
    "place_passed": ("Lapsed", "The place that was offered was not taken in time. It went to whoever was next."),
    "place_withdrawn": ("Withdrawn", "The request was taken off the waitlist. Nothing was charged."),
}
PLACES_OVER: Final = ("place_passed", "place_withdrawn")

STAGES: Final[Mapping[Stage, str]] = {
    Stage.PLANNED: "Planned",
    Stage.FUNDED: "Paid, about to begin",
    Stage.WORKING: "In the making",
    Stage.SUBMITTED: "To be approved",
    Stage.APPROVED: "Approved",
}
GIVEN_UP: Final = "Not finished"
"""Of a milestone that the end has overtaken."""

ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.CUSTOMER_LEAVES: "When the customer cancels, what is approved or shown stays the artisan's, and of what is "
    "under way the share that the contract says.",
    Ending.CUSTOMER_SILENT: "A payment was not made in time. What is approved or shown stays the artisan's, and of "
    "what is under way the share that the contract says.",
    Ending.ARTISAN_LEAVES: "When the artisan cancels, there will be no piece, so everything goes back.",
    Ending.ARTISAN_LATE: "The promise was missed and its days of grace are over, so everything goes back.",
    Ending.AGREED: "Both part as friends. What is approved stays the artisan's, and of the rest the agreed share.",
    Ending.DECIDED: "Our team has decided. What is approved stays the artisan's, and of the rest the decided share.",
}

ACTIONS: Final[Mapping[str, str]] = {
    "quote": "Make an offer",
    "counter": "Make a counter-offer",
    "accept": "Accept the offer",
    "decline": "Decline",
    "pay": "Go to the payment",
    "mend_payment": "Try the payment again",
    "other_card": "Pay with another card",
    "prove": "Show the work",
    "approve": "Approve",
    "revise": "Ask for a revision",
    "propose_change": "Propose a change",
    "answer_change": "Answer the change",
    "leave": "Cancel the commission",
    "offer_end": "Propose to part as friends",
    "answer_end": "Answer the proposal to part",
    "take_place": "Take the place",
    "leave_waitlist": "Leave the waitlist",
    "pause": "Pause",
    "resume": "Let it go on",
    "decide": "End it by decision",
}

CHARGES: Final[Mapping[str, str]] = {
    "to_come": "To come",
    "sending": "Under way",
    "open": "To be paid",
    "paid": "Paid",
    "declined": "Declined",
    "needs_customer": "To be confirmed",
    "cancelled": "Cancelled",
}

FIELDS: Final[Mapping[str, str]] = {
    "price": "Price of the work",
    "shipping": "Shipping",
    "deposit": "Deposit",
    "starts_on": "Work begins on",
    "days": "Days of work",
    "revisions": "Revisions of each milestone",
    "reserved_bp": "Kept before work begins",
    "begun_bp": "Kept once work has begun",
    "milestone": "Milestone",
    "title": "Title",
    "amount": "Amount",
}


def happened(what: str, why: str = "") -> str:
    """`The card was declined. The card has expired.`"""
    return " ".join(part for part in (WHAT.get(what, "Something was recorded."), WHY.get(why, "")) if part)


def status_label(status: str) -> str:
    return {**STATUS, **PLACES}.get(status, ("Under way", ""))[0]


def status_text(status: str) -> str:
    return {**STATUS, **PLACES}.get(status, ("", "This is under way."))[1]


def waiting_text(waiting_on: Party, then: str, reader: Party | None = None) -> str:
    """`Your turn. Otherwise the work counts as approved.` Empty when nobody acts and nothing follows by itself."""
    clause = THEN.get(then, "")
    if waiting_on is Party.NOBODY:
        return f"Next, {clause}." if clause else ""
    who = "Your turn." if waiting_on is reader else f"Waiting for {ACTORS[waiting_on]}."
    return who + (f" Otherwise {clause}." if clause else "")


def told(entries: Iterable[TimelineEntry]) -> list[TimelineLine]:
    """The story in words, in the order it happened."""
    return [
        TimelineLine(
            sequence=entry.sequence,
            at=entry.at,
            actor=entry.actor.value,
            what=entry.what,
            text=happened(entry.what, entry.why),
            waiting_on=entry.waiting_on.value,
            until=entry.until,
            then=THEN.get(entry.then, ""),
            subject=entry.subject,
        )
        for entry in entries
    ]
