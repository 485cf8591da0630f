"""Plain English for every code: what happened, why, who must act, and what happens otherwise.

Owns words only. Workflows and tables speak in codes; pages, the JSON API and the tour speak through this table, and a
test finds each code that a workflow can tell and that has no words here. Those of the audit log are `api.audit.words`'.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from api.catalogue.schemas import View
from models.types import (
    CheckoutStatus,
    ErasureStatus,
    ExportStatus,
    OrderStatus,
    ParcelStatus,
    Party,
    PayoutStatus,
    RefundState,
    RefundStatus,
    TimelineEntry,
)

ACTORS: Mapping[Party, str] = {
    Party.CUSTOMER: "the buyer",
    Party.ARTISAN: "the maker",
    Party.ADMINISTRATOR: "our team",
    Party.PROVIDER: "the payment provider",
    Party.COURIER: "the courier",
    Party.SYSTEM: "ArtisanConnect",
    Party.NOBODY: "nobody",
}

WHAT: Mapping[str, str] = {
    # Checkout
    "checkout_placed": "The order was placed, and the pieces are reserved.",
    "checkout_refused": "The order could not be placed, and nothing was charged.",
    "provider_unavailable": "The payment provider did not answer. Nothing was charged, and the cart is as it was.",
    "payment_authorised": "The payment was approved.",
    "paid_with_credit": "Store credit pays for all of it.",
    "payment_declined": "The card was declined. Another one can be tried.",
    "checkout_held": "The payment is being looked at by our team before it is taken.",
    "review_approved": "Our team approved the payment.",
    "review_refused": "Our team did not approve the payment. It was cancelled, and nothing was charged.",
    "review_lapsed": "The payment could not be looked at in time. It was cancelled, and nothing was charged.",
    "captured_elsewhere": "The payment was taken by hand at the payment provider, so the order goes on.",
    "capture_refused": "The payment could not be taken. Nothing was charged.",
    "checkout_paid": "The payment was taken, and each maker has their order.",
    "checkout_abandoned": "The buyer cancelled the payment. The pieces are on sale again.",
    "checkout_expired": "The time to pay ran out. The pieces are on sale again.",
    # Gift cards
    "gift_card_placed": "A gift card was chosen.",
    "gift_card_refused": "The gift card could not be sold, and nothing was charged.",
    "gift_card_bought": "The payment was taken, and the gift card's code is mailed.",
    "gift_card_expired": "The time to pay ran out. Nothing was charged, and there is no card.",
    # Fulfilment
    "order_received": "The order was paid and sent to the maker.",
    "commission_ready": "The work is finished and approved. The maker sends the piece.",
    "acceptance_reminded": "The maker was reminded to answer.",
    "order_accepted": "The maker accepted the order and is making it.",
    "order_declined": "The maker can't fulfil the order.",
    "acceptance_lapsed": "The maker did not answer in time, so the order was cancelled.",
    "making_finished": "Everything is made and ready to be packed.",
    "ship_by_missed": "The promised date of dispatch has passed. Buyer and maker were told.",
    "shipping_cancelled": "What was not sent in time has been cancelled.",
    "label_bought": "A parcel was packed and has its label.",
    "label_came_late": "A label arrived after the order was cancelled, and will not be used.",
    "parcel_handed_over": "The courier has a parcel.",
    "dispatch_refused": "The courier did not take the instruction to deliver. We keep listening for the parcel.",
    "delivery_failed": "The courier could not deliver a parcel and will try again.",
    "delivery_overdue": "A parcel should have arrived by now. We have asked the buyer whether it has.",
    "parcel_delivered": "The courier delivered a parcel.",
    "receipt_confirmed": "The buyer confirmed that a parcel has arrived.",
    "parcel_returned": "A parcel went back to the maker.",
    "parcel_lost": "A parcel counts as lost.",
    "refund_sent": "Money was sent back to the buyer's card.",
    "refund_refused": "The payment provider could not send a refund. Our team looks into it.",
    "funds_released": "The money belongs to the maker now.",
    # Payouts and withdrawals
    "payout_set_aside": "What was available was set aside for a payout.",
    "payout_set_aside_again": "What is available was set aside once more.",
    "withdrawal_requested": "A payout was asked for, and the money was set aside.",
    "nothing_set_aside": "Nothing was paid out.",
    "payout_transferred": "The money was moved to the maker's account at the payment provider.",
    "funds_awaited": "The payment provider does not let go of the money yet. It is sent as soon as it does.",
    "payout_sent": "The money is on its way to the bank.",
    "payout_late": "The bank takes unusually long. Our team asks where the money is.",
    "provider_silent": "The payment provider does not tell where the money is. Our team looks into it.",
    "provider_answered": "The payment provider tells again where the money is.",
    "payout_stands": "The payment provider says that the bank still has the money.",
    "payout_arrived": "The bank has the money.",
    "payout_completed": "The payout is complete.",
    "payout_failed": "The bank did not take the money.",
    "payout_returned": "The bank has sent the money back.",
    "transfer_recalled": "The money was moved back from the account at the payment provider.",
    "recall_refused": "The money could not be moved back yet. Our team looks into it.",
    "payout_given_back": "The money is in the shop's balance again.",
    "details_corrected": "What was wrong has been corrected. The payout is tried once more after the pause.",
    "payout_given_up": "The payout has ended without reaching the bank.",
    "refund_taken": "Money is on its way back to the buyer's card. The payment provider has not confirmed it yet.",
    "refund_not_needed": "This part had been refunded already.",
    "order_cancelled": "The buyer cancelled the order.",
    "pieces_cancelled": "The buyer cancelled a part of the order.",
    "cancellation_asked": "The buyer asked the maker to cancel.",
    "cancellation_agreed": "The maker agreed to cancel what the buyer does not want any more.",
    "cancellation_refused": "The maker has begun already and can't cancel any more.",
    "cancellation_lapsed": "The maker had not answered, so what the buyer did not want any more was cancelled.",
    "cancellation_void": "It was sent meanwhile, so there is nothing left to be cancelled.",
    # Refund requests
    "problem_reported": "The buyer reported a problem and asked for money back.",
    "refund_followed": "A refund had not been confirmed. We look after it until it is.",
    "answer_lapsed": "The maker did not answer in time. Our team decides.",
    "reported_again": "This was reported about the same pieces before, so our team decides.",
    "decision_overdue": "Our team has not decided yet, and is asked again.",
    "refund_offered": "The maker offered a refund.",
    "refund_denied_by_maker": "The maker did not agree to a refund.",
    "finance_asked": "The buyer asked our team to decide.",
    "offer_accepted": "The buyer accepted the offer.",
    "offer_stands": "The buyer did not answer, so the offer is carried out.",
    "refusal_accepted": "The buyer left it at the maker's answer.",
    "request_lapsed": "The buyer did not answer, so the request was closed.",
    "decision_lapsed": "Our team did not decide in time, so the buyer gets what they asked for.",
    "refund_denied": "Our team decided that nothing is refunded.",
    "refund_granted": "Our team decided that money goes back.",
    "return_lapsed": "The pieces were not sent back in time, so nothing is refunded.",
    "return_sent": "The buyer sent the pieces back.",
    "return_received": "The maker has the pieces back.",
    "return_delivered": "The courier brought the pieces back.",
    "return_counted": "The maker did not answer in time, so the pieces count as returned.",
    "return_disputed": "The maker says that what came back is not as agreed. Our team decides.",
    "nothing_left": "Everything of this had been refunded already.",
    "refund_confirmed": "The payment provider confirmed the refund.",
    "refund_overdue": "The payment provider has not confirmed the refund for a long time. Our team looks into it.",
    "refund_came_back": "The payment provider could not deliver the refund. Our team looks into it.",
    "refund_retried": "The refund is sent again.",
    # Export and erasure
    "export_requested": "A copy of everything we keep was asked for.",
    "export_ready": "The copy is ready to be fetched.",
    "export_void": "The copy could not be made.",
    "erasure_requested": "The deletion of the account was asked for. Until it begins, it can be cancelled.",
    "erasure_due": "The time to think it over has passed. A shop is closed now, so that no new orders come in.",
    "erasure_waits": "The deletion has to wait.",
    "erasure_begun": "The deletion has begun. It can't be stopped any more.",
    "person_erased": "Our own tables have been emptied, and the key to everything personal is destroyed.",
    "erasure_refused": "A partner can't delete its part now. Our team looks into it.",
    "erasure_done": "Everybody who knew something has deleted it and has given us a receipt.",
    "erasure_cancelled": "The deletion was cancelled. Nothing was deleted.",
}

WHY: Mapping[str, str] = {
    # Why an order could not be placed
    "out_of_stock": "Somebody else was faster.",
    "price_changed": "A price had changed.",
    "cart_not_open": "The cart was being paid for already.",
    "invalid_input": "Something in the cart could not be sold like this.",
    "currency_mismatch": "The cart held two currencies.",
    "not_found": "Something in it no longer exists.",
    "partner_refused": "It was refused.",
    # Why an order was declined or refunded
    "cannot_make": "It can't be made.",
    "out_of_material": "The material for it has run out.",
    "no_longer_available": "The piece is no longer available.",
    "other": "The maker did not give a reason.",
    "acceptance_lapsed": "The maker had not answered in time.",
    "not_shipped": "It had not been sent in time.",
    "returned": "The parcel had gone back to the maker.",
    "lost": "The parcel had not arrived.",
    "attempts_used_up": "The courier had tried often enough.",
    # Why money did not reach a bank, or was not set aside
    "bank_account_closed": "The bank account is closed. Tell us another one.",
    "bank_details_wrong": "The bank does not accept these account details. Correct them.",
    "no_bank_account": "There is no bank account to pay to. Tell us one.",
    "provider_wants_more": "The payment provider needs something from the maker first.",
    "region_not_served": "The payment provider can't send money to this country from here.",
    "shop_suspended": "The shop is suspended.",
    "bank_details_changed": "The bank account was changed on the way. For safety it waits for a while.",
    "refunded_meanwhile": "A buyer was refunded before the money had left.",
    "funds_did_not_come": "The money did not become available in time.",
    "bank_could_not": "The bank could not process it. It is tried again on the next due day.",
    "provider_refused": "The payment provider refused it. Our team looks into it.",
    "account_erased": "The account is being deleted, or has been.",
    "paused_after_change": "The bank account was changed a short while ago.",
    "bank_details_failed": "The last payout did not reach this bank account.",
    "wrong_currency": "There is no balance in this currency.",
    "wrong_amount": "It was no amount that can be paid out.",
    "nothing_available": "Nothing was available.",
    "more_than_available": "Less was available by then.",
    "below_minimum": "It was less than the smallest payout.",
    "cancelled_by_buyer": "The buyer had cancelled it.",
    "with_return": "The pieces go back first.",
    # What was reported
    "not_arrived": "The buyer had reported that it did not arrive.",
    "damaged": "The buyer had reported that it arrived damaged.",
    "not_as_described": "The buyer had reported that it is not as described.",
    "problem_not_arrived": "It has not arrived.",
    "problem_damaged": "It arrived damaged.",
    "problem_not_as_described": "It is not as described.",
    "problem_other": "Something else is wrong.",
    # What an erasure waits for
    "orders_under_way": "An order is still on its way to its buyer, or its money on the way back.",
    "sales_under_way": "An order from the shop has not been completed yet.",
    "payment_under_way": "A payment is being made, or the code of a gift card is about to be mailed.",
    "money_not_paid_out": "There is money in the shop's balance that has not been paid out.",
    "debt_to_us": "The shop owes us for refunds after its payouts. Our team sees this, and may write it off.",
    "money_of_suspended_shop": "The shop is suspended, and its money waits until our team has decided. They see this.",
    "store_credit_left": "There is store credit left. Spend it, or give it up on the page of your credit.",
    "dispute_open": "A dispute has not been decided yet.",
    # Why a copy could not be made
    "person_erased": "The account has been deleted meanwhile.",
    "too_large": "It is larger than one archive can be. Please write to us, and we send it in parts.",
}

THEN: Mapping[str, str] = {
    "checkout_expires": "the payment is cancelled and the pieces are on sale again",
    "review_lapses": "the payment is cancelled and nothing is charged",
    "order_lapses": "the order is cancelled and the buyer is refunded",
    "buyer_is_told": "the buyer is told, and the maker is reminded",
    "order_is_cancelled": "what has not been sent is cancelled and refunded",
    "shipping_goes_back": "what was paid for sending it goes back",
    "buyer_is_asked": "we ask the buyer whether the parcel has arrived",
    "parcel_counts_as_lost": "the parcel counts as lost and is refunded",
    "refund_is_retried": "the refund is tried again",
    "cancellation_counts": "it is cancelled and refunded",
    "request_goes_to_finance": "our team decides",
    "offer_is_carried_out": "the offer is carried out",
    "request_is_closed": "the request is closed without a refund",
    "request_is_granted": "the buyer gets what they asked for",
    "finance_is_reminded": "our team is asked again",
    "return_counts": "the pieces count as received and the money goes back",
    "refund_is_looked_into": "our team looks into it",
    "funds_are_released": "the money goes to the maker",
    "money_goes_back": "it goes back to the shop's balance",
    "bank_is_late": "we ask the bank where it is",
    "provider_is_asked": "the payment provider is asked again",
    "payout_is_final": "the bank can't send it back any more",
    "recall_is_retried": "it is tried again",
    "payout_is_given_up": "this payout ends, and the next one waits for a correction",
    "payout_is_retried": "the payout is tried once more",
    "export_is_deleted": "the copy is deleted",
    "erasure_begins": "the deletion begins",
    "erasure_is_checked": "we look whether it can go on",
    "erasure_is_retried": "the partner is asked again",
}

STATUS: Mapping[str, tuple[str, str]] = {
    # code: (short label, one sentence)
    CheckoutStatus.PLACING: ("Placing", "The order is being placed."),
    CheckoutStatus.AWAITING_PAYMENT: ("Waiting for payment", "The pieces are reserved until the payment is made."),
    CheckoutStatus.HELD_FOR_REVIEW: ("Being checked", "Our team looks at the payment before it is taken."),
    CheckoutStatus.CAPTURING: ("Taking the payment", "The payment was approved and is being taken."),
    CheckoutStatus.CANCELLING: ("Cancelling", "The payment is being cancelled."),
    CheckoutStatus.PAID: ("Paid", "The payment was taken, and each maker has their order."),
    CheckoutStatus.REFUSED: ("Not placed", "The order could not be placed. Nothing was charged."),
    CheckoutStatus.EXPIRED: ("Expired", "The time to pay ran out. Nothing was charged."),
    CheckoutStatus.ABANDONED: ("Cancelled", "The payment was cancelled. Nothing was charged."),
    CheckoutStatus.VOIDED: ("Not approved", "The payment was not approved. Nothing was charged."),
    OrderStatus.AWAITING_ACCEPTANCE: ("Waiting for the maker", "The maker has to say whether they can make it."),
    OrderStatus.MAKING: ("Being made", "The maker has accepted the order and is making it."),
    OrderStatus.READY_TO_SHIP: ("Ready to ship", "Everything is made and waits for the courier."),
    OrderStatus.IN_TRANSIT: ("On its way", "Every parcel is with its courier."),
    OrderStatus.DELIVERY_OVERDUE: ("Overdue", "A parcel should have arrived by now."),
    OrderStatus.DELIVERED: ("Delivered", "Everything that was sent has arrived."),
    OrderStatus.REFUNDING: ("Refunding", "Money is on its way back to the buyer's card."),
    OrderStatus.COMPLETED: ("Completed", "The order has arrived, and the maker has been paid."),
    OrderStatus.REFUNDED: ("Refunded", "The money has been sent back to the buyer's card."),
    PayoutStatus.SETTING_ASIDE: ("Being set aside", "The money is being set aside."),
    PayoutStatus.NOT_PAID: ("Not paid out", "Nothing was set aside, so nothing was paid out."),
    PayoutStatus.SENDING: ("Being sent", "The money is set aside and is being sent."),
    PayoutStatus.AWAITING_FUNDS: ("Waiting for money", "The payment provider does not let go of the money yet."),
    PayoutStatus.ON_ITS_WAY: ("On its way", "The money is on its way to the bank."),
    PayoutStatus.ARRIVED: ("Arrived", "The bank has the money."),
    PayoutStatus.RECALLING: ("Coming back", "The money did not reach the bank and is on its way back."),
    PayoutStatus.AWAITING_DETAILS: (
        "Waiting for a correction",
        "The money is in the shop's balance again, and something has to be corrected first.",
    ),
    PayoutStatus.PAID_OUT: ("Paid out", "The money has arrived at the bank."),
    PayoutStatus.GIVEN_BACK: ("Did not arrive", "The money is in the shop's balance again."),
    RefundStatus.AWAITING_ANSWER: ("Waiting for the maker", "The maker has to answer what was reported."),
    RefundStatus.OFFERED: ("Offer made", "The buyer may accept the maker's offer, or ask our team."),
    RefundStatus.REFUSED_BY_MAKER: ("Refused by the maker", "The buyer may leave it at that, or ask our team."),
    RefundStatus.IN_REVIEW: ("Our team decides", "Our team looks at both sides and decides."),
    RefundStatus.AWAITING_RETURN: ("To be sent back", "The money goes back once the pieces are with the maker."),
    RefundStatus.RETURNING: ("On the way back", "The pieces are on their way back to the maker."),
    RefundStatus.SENDING: ("Being refunded", "The refund is being sent to the payment provider."),
    RefundStatus.ON_ITS_WAY: ("On its way", "The provider has the refund, and has not confirmed it yet."),
    RefundStatus.FAILED: ("Did not get through", "The refund could not be delivered. Our team sends it again."),
    RefundStatus.PAID_BACK: ("Refunded", "The payment provider has confirmed the refund."),
    RefundStatus.CLOSED: ("Closed", "The request ended without a refund."),
    ExportStatus.GATHERING: ("Being put together", "We are putting everything together."),
    ExportStatus.READY: ("Ready", "The copy can be fetched."),
    ExportStatus.VOID: ("Not made", "The copy could not be made."),
    ErasureStatus.SCHEDULED: ("Announced", "Nothing has been deleted yet, and it can be cancelled."),
    ErasureStatus.WAITING: ("Waiting", "The deletion waits until nothing is open any more."),
    ErasureStatus.ERASING: ("Being deleted", "The deletion is under way and can't be stopped any more."),
    ErasureStatus.ERASED: ("Deleted", "Everything personal has been deleted."),
    ErasureStatus.CANCELLED: ("Cancelled", "The deletion was cancelled. Nothing was deleted."),
}

PARCEL_STATUS: Mapping[str, str] = {
    ParcelStatus.LABELLED: "Packed, with its label",
    ParcelStatus.HANDED_OVER: "On its way",
    ParcelStatus.DELIVERED: "Delivered",
    ParcelStatus.RETURNED: "Went back to the maker",
    ParcelStatus.LOST: "Lost",
    ParcelStatus.CANCELLED: "Not sent",
}

REFUND_STATE: Mapping[str, str] = {
    RefundState.SENDING: "being sent",
    RefundState.PENDING: "on its way, not confirmed yet",
    RefundState.SUCCEEDED: "refunded",
    RefundState.FAILED: "did not get through, and is sent again",
}

SCANS: Mapping[str, str] = {
    "in_transit": "On the road",
    "out_for_delivery": "Out for delivery",
    "delivered": "Delivered",
    "failed": "Could not be delivered",
    "returned": "Going back to the maker",
}


class TimelineLine(View):
    """One line of a process's story, with its words."""

    sequence: int
    at: datetime
    actor: str
    what: str
    """The code; stable."""
    text: str
    """What happened and why, in words."""
    waiting_on: str
    """A party's code; `nobody` when nobody has to act."""
    until: datetime | None
    then: str
    """What happens at `until` if nobody acts, as a clause; empty when nothing does."""
    subject: str


def timeline_lines(entries: Iterable[TimelineEntry]) -> list[TimelineLine]:
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


def happened(what: str, why: str = "") -> str:
    """`The maker can't fulfil the order. The material for it has run out.`"""
    return " ".join(part for part in (WHAT.get(what, "Something was recorded."), WHY.get(why, "")) if part)


def status_label(status: str) -> str:
    return STATUS[status][0] if status in STATUS else "Under way"


def status_text(status: str) -> str:
    return STATUS[status][1] if status in STATUS else "This is under way."


def waiting_text(waiting_on: str, then: str) -> str:
    """`Waiting for the maker. Otherwise the order is cancelled and the buyer is refunded.` Empty when nobody acts and
    nothing follows by itself."""
    who = Party(waiting_on)
    clause = THEN.get(then, "")
    if who is Party.NOBODY:
        return f"Next, {clause}." if clause else ""
    return f"Waiting for {ACTORS[who]}." + (f" Otherwise {clause}." if clause else "")
