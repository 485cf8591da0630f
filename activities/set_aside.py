"""Sets an artisan's money aside for a payout, in one transaction, or says in words why not.

Shared by the steps of payouts and withdrawals. Under the lock on what the shop is owed everything is read anew: what a
page has shown, or another tab has just taken, decides nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_currency
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.errors import PayoutRefused
from models.repositories import (
    ledger,
    payouts,
    payouts_connected,
    payouts_holds,
    payouts_plans,
    payouts_standing,
    repayments,
)
from models.repositories.effects import once
from models.repositories.payouts import NewPayout
from models.rules import payout_postings
from models.rules.payouts import (
    PayoutKind,
    Refusal,
    Refused,
    Wish,
    amount_to_pay,
    minimum_for,
    obstacle,
)
from models.types import CURRENCY_DECIMALS, Money

LOCALE = "en_US"

WORDS = {
    Refusal.ERASED: "The shop's account has been deleted, or is being deleted now.",
    Refusal.SUSPENDED: "The shop is suspended. Nothing is paid out before that is settled; our team has written why.",
    Refusal.NO_ACCOUNT: "Tell us first where the money should go: there is no bank account yet.",
    Refusal.PAUSED: "The bank account was changed. For your safety nothing is paid to it before {until}.",
    Refusal.DETAILS_FAILED: "The last payout did not reach this bank account. Correct its details first.",
    Refusal.REQUIREMENTS: "The payment provider needs something from you before it pays out; your page says what.",
    Refusal.WRONG_CURRENCY: "The shop has no balance in this currency.",
    Refusal.WRONG_AMOUNT: "This is no amount that can be paid out.",
    Refusal.NOTHING: "There is nothing available to be paid out at the moment.",
    Refusal.TOO_MUCH: "That is more than is available now: {available}.",
    Refusal.BELOW_MINIMUM: "The least that can be paid out is {minimum}, or all of it. Available: {available}.",
}


@dataclass(frozen=True)
class Wanted:
    """What is to be set aside, and for which payout."""

    payout_id: str
    shop_id: str
    currency: str
    attempt: int
    pause: timedelta
    """How long a changed bank account waits for its first payout."""
    period: str = ""
    """Of a scheduled payout; empty for a withdrawal."""
    amount_minor: int | None = None
    """None: all that is available."""

    @property
    def kind(self) -> PayoutKind:
        return PayoutKind.SCHEDULED if self.period else PayoutKind.WITHDRAWAL


async def set_aside(session: AsyncSession, wanted: Wanted) -> Money:
    """What was set aside; the same answer however often an attempt is asked for. Raises `PayoutRefused`."""

    async def do() -> dict[str, Any]:
        return {"minor": (await _set_aside(session, wanted)).minor}

    kept = await once(session, f"{wanted.payout_id}/set-aside-{wanted.attempt}", do)
    return Money(int(kept["minor"]), wanted.currency)


async def _set_aside(session: AsyncSession, wanted: Wanted) -> Money:
    now = clock.now()
    await payouts.lock_payable(session, wanted.shop_id, wanted.currency)
    payee = await payouts_standing.payee(session, wanted.shop_id, wanted.pause)
    if (refused := obstacle(payee, wanted.kind, now)) is not None:
        raise refusal(refused, wanted.currency)
    await payouts_holds.release_due_of(session, wanted.shop_id, wanted.currency, now)
    plan = await payouts_plans.of_shop(session, wanted.shop_id)
    standing = await payouts_standing.standing(session, wanted.shop_id, wanted.currency, now)
    minimum = minimum_for(plan.minimums, wanted.currency)
    amount = amount_to_pay(standing, Wish(wanted.kind, wanted.currency, wanted.amount_minor, minimum))
    if isinstance(amount, Refused):
        raise refusal(amount, wanted.currency)
    new = NewPayout(
        wanted.payout_id,
        wanted.shop_id,
        wanted.kind,
        wanted.period,
        wanted.attempt,
        details_of=payee.details_of,
        destination=await payouts_connected.destination_of(session, wanted.shop_id, payee.details_of, amount.currency),
    )
    await payouts.set_aside(session, new, amount, now)
    entries = payout_postings.set_aside(wanted.shop_id, amount)
    step_key = f"{wanted.payout_id}/set-aside-{wanted.attempt}"
    if standing.instalment_minor:
        await repayments.repay(session, wanted.shop_id, wanted.currency, standing.instalment_minor, step_key)
    await ledger.post(session, step_key, "payout_set_aside", wanted.payout_id, entries)
    return amount


def refusal(refused: Refused, currency: str) -> PayoutRefused:
    """In words for the artisan, with the numbers that a program wants."""
    details: dict[str, Any] = {
        "reason": refused.reason.value,
        "available_minor": refused.available_minor,
        "currency": currency,
    }
    if refused.until is not None:
        details["until"] = refused.until.isoformat()
    if refused.minimum_minor:
        details["minimum_minor"] = refused.minimum_minor
    words = WORDS[refused.reason].format(
        until=format_datetime(refused.until, "d MMMM, HH:mm", locale=LOCALE) + " UTC" if refused.until else "",
        available=_money(refused.available_minor, currency),
        minimum=_money(refused.minimum_minor, currency),
    )
    return PayoutRefused(words, **details)


def _money(minor: int, currency: str) -> str:
    return format_currency(Decimal(minor).scaleb(-CURRENCY_DECIMALS[currency]), currency, locale=LOCALE)
