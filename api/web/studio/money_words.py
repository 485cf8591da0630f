"""What the artisan's money pages call things: entries of the ledger, and what the payment provider wants. Owns words
only; statuses and reasons have theirs in `api.wording` and `api.payouts.words`."""

from collections.abc import Iterable, Mapping

from models.rules.bookkeeping import PostingKind
from models.rules.payout_calendar import Calendar

ENTRIES: Mapping[str, str] = {
    PostingKind.RELEASE: "Earned with an order",
    PostingKind.REFUND: "Refunded to a buyer",
    PostingKind.REFUND_FAILED: "A refund that did not get through",
    PostingKind.SET_ASIDE: "Set aside for a payout",
    PostingKind.GIVEN_BACK: "Back from a payout that did not arrive",
    PostingKind.DEBT_PLANNED: "Moved to a repayment plan",
    PostingKind.INSTALMENT: "Repaid under a plan",
    PostingKind.PLAN_ENDED: "Left of a repayment plan that has ended",
    PostingKind.RESERVE_TAKEN: "Kept in reserve",
    PostingKind.RESERVE_RELEASED: "Released from reserve",
    PostingKind.FEE_TAX: "Tax on our commission",
    PostingKind.DISPUTE_FEE: "Fee of a dispute",
    PostingKind.CORRECTION: "Corrected by our team",
}
OTHER_ENTRY = "Booked"

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CALENDARS: Mapping[Calendar, tuple[str, str]] = {
    Calendar.DAILY: ("Every day", "Whatever is available, if it is enough"),
    Calendar.WEEKLY: ("Every week", "On the weekday below"),
    Calendar.MONTHLY: ("Every month", "On the day below; a shorter month pays on its last"),
    Calendar.MANUAL: ("Only when I ask", "You withdraw it yourself"),
}

_WANTED: tuple[tuple[str, str], ...] = (
    ("individual.verification", "A picture of your passport or identity card"),
    ("individual.id_number", "Your tax or identity number"),
    ("individual.ssn", "Your social security number"),
    ("individual.dob", "Your date of birth"),
    ("individual.first_name", "Your name"),
    ("individual.last_name", "Your name"),
    ("individual.address", "Your address"),
    ("individual.email", "Your e-mail address"),
    ("individual.phone", "Your telephone number"),
    ("company.verification", "A document about your business"),
    ("company", "Details of your business"),
    ("business_profile", "What your shop sells, and where"),
    ("business_type", "Whether you are a person or a company"),
    ("external_account", "A bank account"),
    ("tos_acceptance", "That you agree to its terms"),
    ("representative", "Who speaks for your business"),
    ("owners", "Who owns your business"),
    ("directors", "Who directs your business"),
)
"""The provider's names of what it wants, by how they begin; the first that fits.
https://docs.stripe.com/connect/required-verification-information"""


def wanted(names: Iterable[str]) -> list[str]:
    """In words, each thing once: a date of birth has three names."""
    return list(dict.fromkeys(_in_words(name) for name in names))


def _in_words(name: str) -> str:
    for start, words in _WANTED:
        if name.startswith(start):
            return words
    return name.replace(".", ", ").replace("_", " ").capitalize()


def entry_words(kind: str) -> str:
    return ENTRIES.get(kind, OTHER_ENTRY)


def days_in_words(calendar: Calendar, weekday: int, day: int) -> str:
    """A clause: `every Monday`."""
    match calendar:
        case Calendar.DAILY:
            return "every day"
        case Calendar.WEEKLY:
            return f"every {WEEKDAYS[weekday]}"
        case Calendar.MONTHLY:
            return f"on the {day}{_ordinal(day)} of every month"
        case Calendar.MANUAL:
            return "only when you ask"


def _ordinal(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
