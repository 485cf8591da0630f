"""Stripe's published test bank accounts and what becomes of a payout to each. Owns the numbers and their checks.

A number lives as long as the request; what is kept of it is its last four digits and what payouts to it will do.
"""

import hashlib
import re
from typing import Any

from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.errors import invalid

Body = dict[str, Any]
# https://docs.stripe.com/connect/testing#account-numbers. Every other number that could be one pays.
FAILING = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
    # The German ones, without the check digits that differ between editions of that page.
    "370400440532013001": "no_account",
    "370400440532013002": "account_closed",
    "370400440532013003": "insufficient_funds",
    "370400440532013004": "debit_not_authorized",
    "370400440532013005": "invalid_currency",
}
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on the type, or the number, of payouts allowed.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on the bank account.",
    "declined": "The bank has declined this payout.",
    "incorrect_account_holder_name": "The bank has notified us that the account holder's name is incorrect.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_account_number": "The routing number seems correct, but the account number is invalid.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "no_account": "The bank account details on file are probably incorrect; no account could be located with them.",
}
_RANGES = ((1, 12), (21, 32), (61, 72), (80, 80))
_NUMBER, _ROUTING = "external_account[account_number]", "external_account[routing_number]"


def bank_account(given: Body, account_id: str) -> Body:
    """Stripe's bank account object. Raises its refusal of numbers that no bank has."""
    if given.get("country") != "US" or "routing_number" not in given:
        number = re.sub(r"[\s-]", "", given["account_number"]).upper()
        routing = given.get("routing_number", "").replace("-", "") or None
        if re.match(r"[A-Z]{2}\d{2}", number):
            _check_iban(number)
    else:
        routing, number = given["routing_number"].replace("-", ""), given["account_number"]
        _check_routing_number(routing)
        if not re.fullmatch(r"\d{4,17}", number):
            raise invalid("The bank account number is invalid.", code="account_number_invalid", param=_NUMBER)
    return {
        "id": objects.new_id("ba"),
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": given["country"],
        "currency": given["currency"],
        "default_for_currency": True,
        "fingerprint": hashlib.sha256(f"sandbox/{routing}/{number}".encode()).hexdigest()[:16],
        "last4": number[-4:],
        "metadata": {},
        "routing_number": routing,
        "status": "new",
        "_fails": FAILING.get(number) or FAILING.get(number[4:]) or "",
    }


def _check_iban(iban: str) -> None:
    # ISO 7064, MOD 97-10: the first four characters move to the end, letters become 10 to 35, the remainder is 1.
    if not 15 <= len(iban) <= 34 or not iban.isalnum():
        wrong = True
    else:
        wrong = int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 != 1
    if wrong:
        raise invalid("The IBAN you provided is invalid.", code="account_number_invalid", param=_NUMBER)


def _check_routing_number(routing: str) -> None:
    """Nine digits with the American Bankers Association's check sum, of one of the ranges that were given out."""
    real = (
        re.fullmatch(r"\d{9}", routing)
        and sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1) * 3, strict=True)) % 10 == 0
        and any(first <= int(routing[:2]) <= last for first, last in _RANGES)
    )
    if not real:
        raise invalid("The bank routing number is invalid.", code="routing_number_invalid", param=_ROUTING)
