"""What letters about payouts and holds say in their blanks. Owns wording only."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency

from models.rules.holds import AppealOutcome, HoldReason
from models.rules.payouts import PayoutProblem
from models.types import CURRENCY_DECIMALS

LOCALE = "en_US"

PROBLEMS: Mapping[str, str] = {
    PayoutProblem.ACCOUNT_CLOSED: "The bank says that the account is closed. Please tell us another one.",
    PayoutProblem.BANK_DETAILS: "The bank does not accept the account's details. Please correct them.",
    PayoutProblem.NO_ACCOUNT: "There is no bank account that we could pay to. Please tell us one.",
    PayoutProblem.REQUIREMENTS: "Our payment provider needs something from you first. Your page says what.",
    PayoutProblem.REGION: "Our payment provider can't send money to this country from here. Please give us an account "
    "in another one, or write to us.",
    PayoutProblem.SUSPENDED: "The shop is suspended, so nothing is paid out before that is settled.",
    PayoutProblem.BANK_CHANGED: "The bank account was changed while the payout was under way, so it pauses. If that "
    "was not you, write to us at once.",
    PayoutProblem.REFUNDED: "A buyer was refunded before the money had left, so it went back to your balance first. "
    "What is left is paid out at once, or on your next day if it is too little.",
    PayoutProblem.FUNDS: "What your buyers paid did not become available at the payment provider in time. You need not "
    "do anything.",
    PayoutProblem.BANK: "The bank could not process it this time. You need not do anything.",
    PayoutProblem.OTHER: "Our payment provider refused it, and somebody of ours looks into it.",
}
HOLD_REASONS: Mapping[str, str] = {
    HoldReason.FIRST_SALES: "It is a reserve for what may come back while the shop is new.",
    HoldReason.UNUSUAL_SALES: "The sales were unusual, and somebody of ours looks at them.",
    HoldReason.COMPLAINTS: "Buyers have complained, and somebody of ours looks at it.",
    HoldReason.IDENTITY: "We have to make sure that it is paid to the right person.",
}
OUTCOMES: Mapping[str, str] = {
    AppealOutcome.RELEASED: "You were right: the money is available now.",
    AppealOutcome.KEPT: "It still has to wait until the day that we named.",
}


def values_of(details: Mapping[str, Any]) -> dict[str, str]:
    """Out of the codes, numbers and days that a letter's row holds."""
    found: dict[str, str] = {}
    if "amount_minor" in details:
        currency = str(details["currency"])
        amount = Decimal(int(details["amount_minor"])).scaleb(-CURRENCY_DECIMALS[currency])
        found["amount"] = format_currency(amount, currency, locale=LOCALE)
    for name, blank in (("arrives_on", "arrives"), ("release_on", "release")):
        if name in details:
            found[blank] = format_date(date.fromisoformat(str(details[name])), format="long", locale=LOCALE)
    for name, words in (("problem", PROBLEMS), ("why", HOLD_REASONS), ("outcome", OUTCOMES)):
        if name in details:
            found[name] = words.get(str(details[name]), "")
    return found
