"""The words of mails about orders, by kind, and how any mail is put together. Owns wording only; who receives what is
decided in `activities.notifications`. Letters about an account have their words in `activities.letter_texts`.

A text is a subject and paragraphs with named blanks. Blanks are filled with plain values; the HTML part escapes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

SIGNATURE = "ArtisanConnect"


@dataclass(frozen=True)
class MailText:
    subject: str
    paragraphs: tuple[str, ...]
    action: str
    """What the link at the end is called."""


TEXTS: Mapping[str, MailText] = {
    # To the buyer
    "order_confirmed": MailText(
        "Thank you: your payment of {total} has arrived",
        (
            "Hello {name}, thank you for buying from independent makers.",
            "Your orders: {orders}.",
            "Each maker now confirms that they can make your pieces. If one can't, you get that part back in full.",
        ),
        "See your orders",
    ),
    "checkout_voided": MailText(
        "Your payment of {total} was not taken",
        (
            "Hello {name}, we could not complete your purchase, so the payment was cancelled and nothing was charged.",
            "If your bank shows a reserved amount, it disappears by itself within a few days.",
            "Your cart is as it was. You are welcome to try again.",
        ),
        "Look at your cart",
    ),
    "order_accepted": MailText(
        "{shop} has accepted order {number}",
        (
            "Hello {name}, {shop} makes your order {number} now and promises to send it by {ship_by}.",
            "If it can't be sent by then, we tell you; if it takes much longer, you get your money back.",
        ),
        "Follow your order",
    ),
    "order_declined": MailText(
        "{shop} can't make order {number}",
        (
            "Hello {name}, we are sorry: {shop} had to decline your order {number}.",
            "You get {total} back the way you paid. There is nothing you need to do.",
        ),
        "See the order",
    ),
    "order_shipped": MailText(
        "Order {number} is on its way",
        (
            "Hello {name}, {shop} has handed a parcel of your order {number} to {courier}.",
            "Its tracking number is {tracking}.",
        ),
        "Follow your parcel",
    ),
    "order_delivered": MailText(
        "Order {number}: your parcel has arrived",
        (
            "Hello {name}, the parcel {tracking} of your order {number} has been delivered. We hope you like it!",
            "If something is wrong, write to {shop} soon: a few days after delivery the maker is paid.",
        ),
        "See the order",
    ),
    "order_overdue": MailText(
        "Order {number}: has your parcel arrived?",
        (
            "Hello {name}, {courier} has not told us yet that the parcel {tracking} has arrived, and it is late.",
            "If you have it, please confirm that on the order's page. If it does not turn up, it counts as lost after "
            "a while, and you get your money back without asking.",
        ),
        "Tell us whether it has arrived",
    ),
    "ship_by_missed": MailText(
        "Order {number} is late",
        (
            "Hello {name}, {shop} has not sent your order {number} by the promised date. We have reminded them.",
            "If it isn't sent soon, the order is cancelled and you get your money back. You need not do anything.",
        ),
        "See the order",
    ),
    "piece_unsent": MailText(
        "Order {number} is late",
        (
            "Hello {name}, {shop} has not sent your commissioned piece by the promised date. We have reminded them.",
            "If it isn't sent at all, you get back what you paid for sending it. About the piece itself, write to "
            "{shop} on the commission's page.",
        ),
        "See the order",
    ),
    "order_refunded": MailText(
        "Order {number}: you get {refund} back",
        (
            "Hello {name}, we have sent {refund} of your order {number} back to {where}. {why}",
            "A card takes up to ten days, depending on your bank; store credit can be used at once.",
        ),
        "See the order",
    ),
    "refund_pending": MailText(
        "Order {number}: {refund} are on their way to you",
        (
            "Hello {name}, we are sending {refund} of your order {number} back to {where}. {why}",
            "The payment provider has not confirmed it yet. We write again when it has.",
        ),
        "See the order",
    ),
    "refund_failed": MailText(
        "Order {number}: your refund did not get through",
        (
            "Hello {name}, the {refund} of your order {number} could not be paid to the card that you paid with. "
            "Perhaps the card was closed.",
            "The money is not lost: our team looks into it and sends it again. There is nothing you need to do; if "
            "your card has been replaced, your bank can tell you where the refund will arrive.",
        ),
        "See the order",
    ),
    "cancellation_refused": MailText(
        "Order {number} can't be cancelled any more",
        (
            "Hello {name}, {shop} has begun to make your order {number} and can't cancel it any more.",
            "If it is not sent by {ship_by}, you can cancel it yourself at once. When it has arrived and something is "
            "wrong, you can report that on the order's page.",
        ),
        "See the order",
    ),
    "refund_offered": MailText(
        "Order {number}: {shop} has answered you",
        (
            "Hello {name}, {shop} offers to refund {offered} of your order {number}.",
            "Please say whether you accept that or want our team to decide. Without a word from you it is carried out "
            "as offered.",
        ),
        "Read and answer",
    ),
    "refund_denied_by_maker": MailText(
        "Order {number}: {shop} has answered you",
        (
            "Hello {name}, {shop} does not agree to a refund for your order {number}. Their reason stands on the "
            "order's page.",
            "You can leave it at that, or ask our team to decide. Without a word from you the request is closed.",
        ),
        "Read and answer",
    ),
    "refund_in_review": MailText(
        "Order {number}: our team decides",
        (
            "Hello {name}, our team now looks at what you have reported about order {number}, and decides about it.",
            "If we don't manage in time, you get what you asked for: {asked}.",
        ),
        "See where it stands",
    ),
    "refund_in_review_again": MailText(
        "Order {number}: our team decides",
        (
            "Hello {name}, you have reported this about order {number} before, so our team looks at it and decides.",
            "Nothing is refunded before they have. You will hear from us either way.",
        ),
        "See where it stands",
    ),
    "return_asked": MailText(
        "Order {number}: please send it back",
        (
            "Hello {name}, you get {agreed} of your order {number} back when the pieces have arrived at {shop}.",
            "Please send them and say so on the order's page; without that, the request is closed after some time.",
        ),
        "Say that it is sent",
    ),
    "refund_closed": MailText(
        "Order {number}: your request is closed",
        (
            "Hello {name}, the request about your order {number} has ended without a refund. Why stands on the order's "
            "page.",
        ),
        "See the order",
    ),
    # To the artisan
    "refund_asked": MailText(
        "Order {number}: its buyer reports a problem",
        (
            "Hello {name}, something is wrong with order {number}, and its buyer asks for {asked} back.",
            "Please answer on the order's page: offer a refund, in whole or in part, or say why not. Without your "
            "answer our team decides.",
        ),
        "Answer the buyer",
    ),
    "refund_agreed_shop": MailText(
        "Order {number}: {agreed} go back to the buyer",
        (
            "Hello {name}, {agreed} of order {number} are refunded to its buyer.",
            "If you have been paid for the order already, your next payouts are smaller by your part of it; our fee "
            "for it is given back to you.",
        ),
        "See the order",
    ),
    "return_sent": MailText(
        "Order {number}: pieces are on their way back to you",
        (
            "Hello {name}, the buyer of order {number} has sent the pieces back.",
            "Please confirm when they have arrived. Without a word from you they count as received, and {agreed} are "
            "refunded.",
        ),
        "Confirm the return",
    ),
    "refund_closed_shop": MailText(
        "Order {number}: the buyer's request was denied",
        ("Hello {name}, our team has decided about order {number}: nothing is refunded.",),
        "See the order",
    ),
    "cancellation_asked": MailText(
        "Order {number}: the buyer wants to cancel",
        (
            "Hello {name}, the buyer of order {number} does not want it any more and asks you to cancel.",
            "Please agree if you have not begun, or refuse if you have. If you send it, that is your answer. Without "
            "one it is cancelled and refunded.",
        ),
        "Answer the buyer",
    ),
    "order_cancelled_shop": MailText(
        "Order {number}: pieces were cancelled",
        (
            "Hello {name}, the buyer has cancelled order {number}, or a part of it, and is refunded.",
            "Please look at the order before you make or send anything.",
        ),
        "See the order",
    ),
    "order_received": MailText(
        "New order {number}: please accept it",
        (
            "Hello {name}, somebody has bought from {shop}: order {number} over {total}, paid.",
            "Please accept it if you can make it, or decline it if you can't. Without your answer it is cancelled and "
            "the buyer is refunded.",
        ),
        "Answer the order",
    ),
    "accept_reminder": MailText(
        "Order {number} still waits for your answer",
        (
            "Hello {name}, order {number} over {total} has not been accepted yet.",
            "If you don't answer soon it is cancelled, and the buyer is refunded.",
        ),
        "Answer the order",
    ),
    "order_lapsed": MailText(
        "Order {number} was cancelled",
        (
            "Hello {name}, order {number} was not accepted in time. The buyer is refunded, and the pieces are on sale "
            "again.",
            "If you are away for a while, put a smaller number of pieces on sale.",
        ),
        "See the order",
    ),
    "ship_by_missed_shop": MailText(
        "Order {number} should have been sent by now",
        (
            "Hello {name}, the date by which you promised to send order {number} has passed, and its buyer knows.",
            "Please hand it over soon. Otherwise what is not sent is cancelled and refunded.",
        ),
        "Send the order",
    ),
    "piece_unsent_shop": MailText(
        "Order {number} should have been sent by now",
        (
            "Hello {name}, the date by which you promised to send order {number} has passed, and the customer knows.",
            "The work is approved and paid: please hand the piece over soon. Otherwise what was paid for sending it "
            "goes back.",
        ),
        "Send the order",
    ),
    "funds_released": MailText(
        "Order {number}: the money is yours",
        (
            "Hello {name}, order {number} has arrived, and the money for it now belongs to {shop}.",
            "It is in your balance, less our fee.",
        ),
        "See the order",
    ),
}

REFUND_REASONS: Mapping[str, str] = {
    "cannot_make": "The maker can't make it.",
    "out_of_material": "The maker has run out of the material for it.",
    "no_longer_available": "The piece is no longer available.",
    "other": "The maker had to decline it.",
    "acceptance_lapsed": "The maker did not answer in time.",
    "not_shipped": "It was not sent in time.",
    "returned": "The parcel could not be delivered and went back.",
    "lost": "The parcel did not arrive.",
    "cancelled_by_buyer": "You had cancelled it.",
    "not_arrived": "You had told us that it did not arrive.",
    "damaged": "You had told us that it arrived damaged.",
    "not_as_described": "You had told us that it is not as described.",
}


def fill(
    text: MailText, values: Mapping[str, str], link: str, *, stop: tuple[str, str] | None = None
) -> tuple[str, str, str]:
    """Subject, plain text and HTML. `stop` are words and address of the way to get no more mails of the kind. Raises
    `KeyError` for a blank without a value."""
    subject = " ".join(text.subject.format_map(values).split())
    plain = "\n\n".join([*(line.format_map(values) for line in text.paragraphs), f"{text.action}: {link}", SIGNATURE])
    if stop is not None:
        plain += "\n\n{}: {}".format(*stop)
    safe = {name: escape(value) for name, value in values.items()}
    body = "".join(f"<p>{line.format_map(safe)}</p>" for line in text.paragraphs)
    action = f'<p><a href="{escape(link)}">{escape(text.action)}</a></p>'
    end = "" if stop is None else f'<p><small><a href="{escape(stop[1])}">{escape(stop[0])}</a></small></p>'
    html = f'<!doctype html><html lang="en"><body>{body}{action}<p>{SIGNATURE}</p>{end}</body></html>'
    return subject, plain + "\n", html
