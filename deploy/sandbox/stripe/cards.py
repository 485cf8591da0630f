"""Stripe's published test cards and what each of them does. Owns the numbers and their behaviour, nothing else."""

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """One test card; without `decline` it pays."""

    brand: str = "visa"
    country: str = "US"
    decline: tuple[str, str, str] | None = None
    """Error code, decline code (or empty) and the sentence for the customer."""
    three_ds: bool = False
    away: str = ""
    """Charged without its owner it pays (empty), wants them back (`authenticate`) or declines with this code."""
    risk_level: str = "normal"
    refund: str = "succeeded"
    """`pending` settles later, `failed` is taken back later."""
    at_once: bool = False
    """Its money is never pending."""


def _declined(decline_code: str, message: str, code: str = "card_declined") -> Card:
    return Card(decline=(code, decline_code, message))


# Numbers: https://docs.stripe.com/testing. Unlike a fresh Stripe account, ours does not let Radar block the highest
# risk: such a payment is authorised and flagged, since holding it for a person is our own process.
CARDS: dict[str, Card] = {
    "4242424242424242": Card(),
    "4000056655665556": Card(),
    "4000000000000077": Card(at_once=True),
    "5555555555554444": Card("mastercard"),
    "378282246310005": Card("amex"),
    "4000001240000000": Card(country="CA"),
    "4000004840008001": Card(country="MX"),
    "4000008260000000": Card(country="GB"),
    "4000002760000016": Card(country="DE"),
    "4000000000000002": _declined("generic_decline", "Your card was declined."),
    "4000000000009995": _declined("insufficient_funds", "Your card has insufficient funds."),
    "4000000000009987": _declined("lost_card", "Your card was declined."),
    "4000000000000069": _declined("", "Your card has expired.", "expired_card"),
    "4000000000000127": _declined("", "Your card's security code is incorrect.", "incorrect_cvc"),
    "4000000000000119": _declined(
        "", "An error occurred while processing your card. Try again in a little bit.", "processing_error"
    ),
    "4000002500003155": Card(three_ds=True),
    "4000000000003220": Card(three_ds=True, away="authenticate"),
    "4000002760003184": Card(three_ds=True, away="authenticate"),
    "4000008260003178": Card(three_ds=True, away="insufficient_funds"),
    "4100000000000019": Card(risk_level="highest"),
    "4000000000004954": Card(risk_level="highest"),
    "4000000000009235": Card(risk_level="elevated"),
    "4000000000007726": Card(refund="pending"),
    "4000000000005126": Card(refund="failed"),
}


def digits(text: str) -> str:
    """Without the spaces and dashes that people type."""
    return "".join(char for char in text if char not in " -\u00a0")


def luhn(number: str) -> bool:
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    total = 0
    for index, char in enumerate(reversed(number)):
        value = int(char) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def details(number: str, name: str, exp_month: int, exp_year: int) -> dict[str, Any]:
    """What may be kept of a card: never its number."""
    card = CARDS[number]
    return {
        "brand": card.brand,
        "country": card.country,
        "name": name or None,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "last4": number[-4:],
        "fingerprint": hashlib.sha256(b"sandbox" + number.encode()).hexdigest()[:16],
    }
