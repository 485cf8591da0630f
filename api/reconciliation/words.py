"""Plain English for differences and their repairs. Owns words; a test finds a kind without any."""

from collections.abc import Mapping

from models.rules.reconciliation import DifferenceKind, Do, Reason

K = DifferenceKind
KINDS: Mapping[DifferenceKind, str] = {
    K.MISSING_POSTING: "It happened, and the ledger does not know",
    K.MISSING_AT_PROVIDER: "It is in our books, and the provider does not know",
    K.AMOUNT_DIFFERS: "Another amount was booked",
    K.CURRENCY_DIFFERS: "Another currency was booked",
    K.FEE_DIFFERS: "Another fee was booked",
    K.TAX_DIFFERS: "Another tax was booked",
    K.FX_RESULT_MISSING: "Gain or loss of an exchange was not booked",
    K.WRONG_OWNER: "Booked to somebody else",
    K.BOOKED_TWICE: "Booked more than once",
    K.DOUBLED_CHARGE: "A customer was charged twice",
    K.DOUBLED_TRANSFER: "A transfer was sent twice",
    K.DOUBLED_REFUND: "A refund was sent twice",
    K.DOUBLED_PAYOUT: "A payout was sent twice",
    K.UNKNOWN_CHARGE: "A charge that nobody knows",
    K.UNKNOWN_TRANSFER: "A transfer that nobody asked for",
    K.UNKNOWN_AT_PROVIDER: "The provider booked what nobody here knows",
    K.ORDER_WITHOUT_SALE: "An order that nobody paid for",
    K.SALE_WITHOUT_ORDER: "A sale without an order",
    K.POSTING_WITHOUT_CAUSE: "Booked for no reason that we know",
    K.REFUND_NOT_BOOKED: "A refund was sent and not booked",
    K.RELEASE_WITHOUT_DELIVERY: "Money was released before anything was delivered",
    K.PAID_BUT_FAILED: "Marked as paid, but the bank did not take it",
    K.RETURNED_NOT_BOOKED: "A returned payout was not booked",
    K.PAYOUT_STUCK: "A payout is stuck",
    K.STILL_PENDING: "Money is available and still booked as pending",
    K.NEGATIVE_RESERVE: "More left a reserve than was in it",
    K.ACCOUNT_OVERDRAWN: "More left an account than was in it",
    K.KEPT_SUM_WRONG: "A kept sum is not what its entries sum to",
    K.BALANCE_DIFFERS: "Our total is not the provider’s",
}
REPAIRS: Mapping[Do, str] = {
    Do.POST: "Book these entries.",
    Do.REVERSE_TRANSFER: "Take the transfer back at the provider.",
    Do.RECOUNT: "Count the sum anew from its entries.",
    Do.BY_HAND: "Put it right by hand; both of you confirm that it is done. If it is not, the next night says so.",
}
REASONS: Mapping[Reason, str] = {
    Reason.PROVIDER_CHECKED: "I checked it at the provider",
    Reason.STATEMENT_CHECKED: "I checked the bank’s statement",
    Reason.ARTISAN_ASKED: "I asked the artisan",
    Reason.BUYER_ASKED: "I asked the buyer",
    Reason.KNOWN_DEFECT: "It comes from a defect that we know",
}
STATUSES: Mapping[str, str] = {
    "open": "Waits for a proposal",
    "proposed": "Waits for a second administrator",
    "approved": "Being carried out",
    "closed": "Closed",
}
WAITING: Mapping[str, str] = {
    "open": "An administrator looks at it and proposes the repair.",
    "proposed": "Another administrator than the one who proposed it approves or declines.",
    "approved": "Nobody: the provider is being asked. The next night says whether it is done.",
    "closed": "",
}
FACTS: Mapping[str, str] = {
    "type": "The provider calls it",
    "source": "At the provider",
    "account": "Account",
    "owner": "Whose",
    "line": "The provider’s line",
    "operation": "Our step",
    "status": "The payout is",
    "attempt": "Its attempt",
    "posting": "Booked as",
    "postings": "Times booked",
    "reference": "Booked for",
    "currencies": "Currencies",
    "found_in": "Found in",
    "refused": "The provider refused",
}
"""What a case's facts are called."""
OUTCOMES: Mapping[str, str] = {
    "": "",
    "repaired": "Repaired",
    "gone": "Gone by itself",
    "settled_by_hand": "Settled by hand",
}
