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
            "You get {total} back to the card that you paid with. There is nothing you need to do.",
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
    "order_refunded": MailText(
        "Order {number}: you get {refund} back",
        (
            "Hello {name}, we have sent {refund} of your order {number} back to the card that you paid with. {why}",
            "Depending on your bank it takes up to ten days until you see it.",
        ),
        "See the order",
    ),
    # To the artisan
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
}


def render(kind: str, values: Mapping[str, str], link: str) -> tuple[str, str, str]:
    """Subject, plain text and HTML. Raises `KeyError` for an unknown kind or a blank without a value."""
    return fill(TEXTS[kind], values, link)


def fill(text: MailText, values: Mapping[str, str], link: str) -> tuple[str, str, str]:
    """The same of any text. Raises `KeyError` for a blank without a value."""
    subject = " ".join(text.subject.format_map(values).split())
    plain = "\n\n".join([*(line.format_map(values) for line in text.paragraphs), f"{text.action}: {link}", SIGNATURE])
    safe = {name: escape(value) for name, value in values.items()}
    body = "".join(f"<p>{line.format_map(safe)}</p>" for line in text.paragraphs)
    action = f'<p><a href="{escape(link)}">{escape(text.action)}</a></p>'
    html = f'<!doctype html><html lang="en"><body>{body}{action}<p>{SIGNATURE}</p></body></html>'
    return subject, plain + "\n", html
