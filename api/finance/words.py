"""Plain English for the books: what each kind of account holds, and what finance does about a payout that did not
arrive. Owns words, their order, and on which side an account stands; no number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.rules.bookkeeping import AccountKind
from models.rules.payouts import PayoutProblem, SkippedAt


@dataclass(frozen=True, slots=True)
class Line:
    kind: AccountKind
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    label: str
    sign: int
    """What turns debit less credit into what people expect to read as positive."""
    lines: Sequence[Line]


GROUPS: Sequence[Group] = (
    Group(
        "where",
        "Where the money is",
        1,
        (
            Line(AccountKind.PROVIDER_PENDING, "At the provider, pending"),
            Line(AccountKind.PROVIDER_AVAILABLE, "At the provider, available"),
            Line(AccountKind.CONNECTED_BALANCE, "In artisans’ accounts there"),
            Line(AccountKind.ARTISAN_DEBT, "Owed to us under plans"),
            Line(AccountKind.FX_POSITION, "Held against other currencies"),
        ),
    ),
    Group(
        "whose",
        "Whose it is",
        -1,
        (
            Line(AccountKind.ORDER_HELD, "Held for orders"),
            Line(AccountKind.ARTISAN_PAYABLE, "Owed to artisans"),
            Line(AccountKind.ARTISAN_RESERVE, "Artisans’ reserves"),
            Line(AccountKind.ARTISAN_IN_TRANSIT, "On its way to artisans"),
            Line(AccountKind.TAX_PAYABLE, "Taxes owed"),
            Line(AccountKind.GIFT_CARDS, "Gift cards"),
            Line(AccountKind.STORE_CREDIT, "Store credit"),
        ),
    ),
    Group(
        "ours",
        "What is left for us",
        -1,
        (
            Line(AccountKind.FEES_EARNED, "Fees earned"),
            Line(AccountKind.PROCESSING_FEES, "Processing fees paid"),
            Line(AccountKind.DISPUTE_FEES, "Dispute fees paid"),
            Line(AccountKind.FX_RESULT, "Gain or loss on currencies"),
            Line(AccountKind.BAD_DEBTS, "Debts written off"),
            Line(AccountKind.CORRECTIONS, "Corrections"),
        ),
    ),
)
"""Every kind of account once. Per currency the first group is the sum of the other two: entries sum to zero."""

SERIES: Sequence[tuple[str, str, int, frozenset[AccountKind]]] = (
    (
        "provider",
        "At the provider",
        1,
        frozenset({AccountKind.PROVIDER_PENDING, AccountKind.PROVIDER_AVAILABLE, AccountKind.CONNECTED_BALANCE}),
    ),
    ("held", "Held for orders", -1, frozenset({AccountKind.ORDER_HELD})),
    (
        "artisans",
        "Owed to artisans",
        -1,
        frozenset({AccountKind.ARTISAN_PAYABLE, AccountKind.ARTISAN_RESERVE, AccountKind.ARTISAN_IN_TRANSIT}),
    ),
)
"""What the chart draws: code, words, sign, accounts."""

CASE_STATUS: Mapping[str, str] = {
    "open": "Nobody has proposed a repair",
    "proposed": "Waits for a second administrator",
    "approved": "Is being repaired",
}
SKIPPED: Mapping[SkippedAt, str] = {
    SkippedAt.HOLDS: "Money whose waiting time is over could not be let go of.",
    SkippedAt.PLAN: "Its payout days or minimums can’t be read.",
    SkippedAt.ACCOUNT: "Its keeper, bank account or account at the provider can’t be read.",
    SkippedAt.BALANCE: "What it has with us can’t be added up.",
}
PROBLEM: Mapping[PayoutProblem, str] = {
    PayoutProblem.ACCOUNT_CLOSED: "The bank account is closed.",
    PayoutProblem.BANK_DETAILS: "The bank does not accept the account’s details.",
    PayoutProblem.NO_ACCOUNT: "There is no bank account to pay to.",
    PayoutProblem.REQUIREMENTS: "The provider wants something from the artisan first.",
    PayoutProblem.REGION: "The provider can’t send money to that country from here.",
    PayoutProblem.SUSPENDED: "The shop is suspended.",
    PayoutProblem.BANK_CHANGED: "The bank account was changed on the way.",
    PayoutProblem.REFUNDED: "A buyer was refunded before the money had left.",
    PayoutProblem.FUNDS: "The money did not become available at the provider in time.",
    PayoutProblem.BANK: "The bank could not process it.",
    PayoutProblem.OTHER: "The provider refused it.",
}
NEXT_STEP: Mapping[PayoutProblem, str] = {
    PayoutProblem.ACCOUNT_CLOSED: "The artisan has been asked for another bank account. Nothing is tried before.",
    PayoutProblem.BANK_DETAILS: "The artisan has been asked to correct the details. Nothing is tried before.",
    PayoutProblem.NO_ACCOUNT: "The artisan has been asked for a bank account. Nothing is tried before.",
    PayoutProblem.REQUIREMENTS: "The artisan has been told what the provider wants. It is tried again after that.",
    PayoutProblem.REGION: "Write to the artisan: the provider does not serve their bank’s country from here.",
    PayoutProblem.SUSPENDED: "Settle the suspension; nothing is paid out before.",
    PayoutProblem.BANK_CHANGED: "Nothing: it is tried again after the pause that follows a change of details.",
    PayoutProblem.REFUNDED: "Nothing: what is left is set aside anew, or waits for the next due day.",
    PayoutProblem.FUNDS: "Look whether enough is available at the provider. The next due day tries again.",
    PayoutProblem.BANK: "Nothing: the next due day tries again.",
    PayoutProblem.OTHER: "Look it up at the provider. No due day tries again by itself.",
}
COMING_BACK = "Nothing: the money is on its way back to the shop’s balance."


@dataclass(frozen=True, slots=True)
class Unanswered:
    code: str = "provider_silent"
    words: str = "The provider does not tell where it is."
    next_step: str = "Look it up at the provider. It is asked on, and this goes away as soon as it answers."


UNANSWERED = Unanswered()
