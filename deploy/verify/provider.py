"""What must hold between our ledger and the payment provider's books, which are read whole.

A payment on its way may be known to one side first. So an open process excuses a difference, an ended one does not.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.gateways.stripe_books import BookedCharge, BookedRefund, ChargeState, OpenPage
from deploy.verify.findings import Checked, checked
from models.types import Money

PAGES_LIVE = timedelta(hours=25)
"""A little longer than the provider leaves a payment page open."""


class ProviderBooks(Protocol):
    """What the provider has booked, by listing. Raises `PartnerUnavailable`."""

    def charges(self) -> AsyncIterator[BookedCharge]: ...
    def refunds(self) -> AsyncIterator[BookedRefund]: ...
    def open_pages(self, since: datetime) -> AsyncIterator[OpenPage]: ...


@dataclass(frozen=True)
class OurCheckout:
    payment_id: str | None
    paid: bool
    is_over: bool
    booked: Money
    """What the ledger says the provider owes us for it, after the fee."""
    charged: bool = True
    """False where store credit paid for all of it."""


@dataclass(frozen=True)
class OurRefund:
    provider_id: str
    amount: Money


_CHECKOUTS = """
    SELECT c.id, y.provider_id, c.paid, coalesce(p.is_final, false) AS is_over,
           c.total_minor > c.credit_minor AS charged,
           coalesce(y.settled_currency, c.currency) AS currency,
           coalesce(booked.amount, 0) AS amount
    FROM checkouts c
    LEFT JOIN payments y ON y.checkout_id = c.id
    LEFT JOIN processes p ON p.workflow_id = c.id
    LEFT JOIN (
        SELECT l.reference, e.currency, sum(e.amount_minor) AS amount
        FROM ledger_postings l
        JOIN ledger_entries e ON e.posting_id = l.id
        JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'provider_pending'
        WHERE l.kind = 'sale' GROUP BY 1, 2
    ) booked ON booked.reference = c.id AND booked.currency = coalesce(y.settled_currency, c.currency)
"""
_COMMISSIONS = """
    SELECT x.id, x.provider_id, x.state = 'paid' AS paid,
           x.state = 'cancelled' OR coalesce(p.is_final, false) AS is_over, true AS charged,
           coalesce(x.settled_currency, x.currency) AS currency,
           coalesce((
               SELECT sum(e.amount_minor) FROM ledger_postings l
               JOIN ledger_entries e ON e.posting_id = l.id
               JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'provider_pending'
               WHERE l.kind = 'sale' AND l.step_key = x.id AND e.currency = coalesce(x.settled_currency, x.currency)
           ), 0) AS amount
    FROM commission_charges x
    LEFT JOIN processes p ON p.workflow_id = 'commission-' || x.commission_id
"""
"""Each charge of a commission is a payment of its own, as a checkout is."""
_CARDS = """
    SELECT 'gift-card/' || b.id AS id, b.provider_id, b.state = 'paid' AS paid, coalesce(p.is_final, false) AS is_over,
           true AS charged, coalesce(b.settled_currency, b.currency) AS currency, coalesce(booked.amount, 0) AS amount
    FROM gift_card_purchases b
    LEFT JOIN processes p ON p.workflow_id = 'gift-card-' || b.id
    LEFT JOIN (
        SELECT l.reference, e.currency, sum(e.amount_minor) AS amount
        FROM ledger_postings l
        JOIN ledger_entries e ON e.posting_id = l.id
        JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'provider_pending'
        WHERE l.kind = 'gift_card_sold' GROUP BY 1, 2
    ) booked ON booked.reference = b.id AND booked.currency = coalesce(b.settled_currency, b.currency)
"""
_REFUNDS = """
    SELECT id, provider_id, currency, amount_minor FROM refunds
    WHERE state IN ('pending', 'succeeded') AND NOT to_credit
    UNION ALL
    SELECT id, provider_id, currency, amount_minor FROM commission_refunds WHERE state IN ('pending', 'succeeded')
"""
_OVER = "SELECT workflow_id FROM processes WHERE is_final"


async def examine(connection: AsyncConnection, books: ProviderBooks, now: datetime) -> list[Checked]:
    """Our side first: whatever the provider books meanwhile belongs to a process that we have seen open."""
    ours = {
        row.id: OurCheckout(row.provider_id, row.paid, row.is_over, Money(int(row.amount), row.currency), row.charged)
        for question in (_CHECKOUTS, _COMMISSIONS, _CARDS)
        for row in await connection.execute(text(question))
    }
    refunds = {
        row.id: OurRefund(row.provider_id, Money(row.amount_minor, row.currency))
        for row in await connection.execute(text(_REFUNDS))
    }
    over = set((await connection.execute(text(_OVER))).scalars())
    by_reference: dict[str, list[BookedCharge]] = defaultdict(list)
    async for charge in books.charges():
        by_reference[charge.reference].append(charge)
    theirs = [refund async for refund in books.refunds()]
    pages = [page async for page in books.open_pages(now - PAGES_LIVE)]
    return [
        _charged_once(by_reference),
        _charges(ours, by_reference),
        _set_aside(ours, by_reference, pages),
        _refunds(refunds, theirs, over),
    ]


def _captured(charges: list[BookedCharge]) -> list[BookedCharge]:
    return [charge for charge in charges if charge.state is ChargeState.CAPTURED]


def _charged_once(by_reference: Mapping[str, list[BookedCharge]]) -> Checked:
    taken = {reference: _captured(charges) for reference, charges in by_reference.items()}
    return checked(
        "nobody is charged twice",
        sum(len(charges) for charges in taken.values()),
        "captured charges",
        [
            (reference, f"checkout {reference} was charged {len(charges)} times: {_ids(charges)}")
            for reference, charges in sorted(taken.items())
            if reference and len(charges) > 1
        ],
    )


def _charges(ours: Mapping[str, OurCheckout], by_reference: Mapping[str, list[BookedCharge]]) -> Checked:
    """Each capture has a paid checkout and the other way round, and both sides booked the same."""
    broken: list[tuple[str, str]] = []
    totals: dict[str, int] = defaultdict(int)
    foreign = len(_captured(by_reference.get("", [])))
    for reference in sorted({*ours, *by_reference} - {""}):
        checkout, taken = ours.get(reference), _captured(by_reference.get(reference, []))
        net = sum(charge.net.minor for charge in taken)
        if checkout is None:
            if taken:
                broken.append((reference, f"{_ids(taken)} was captured for {reference}, which we do not know"))
        elif checkout.paid:
            totals[checkout.booked.currency] += checkout.booked.minor
            if not taken and checkout.charged:
                broken.append((reference, f"checkout {reference} is paid, but the provider captured nothing"))
            elif any(charge.net.currency != checkout.booked.currency for charge in taken):
                broken.append((reference, f"checkout {reference} was booked in another currency: {_ids(taken)}"))
            elif net != checkout.booked.minor:
                says = f"checkout {reference}: the ledger has {checkout.booked.minor} at the provider, it says {net}"
                broken.append((reference, says))
        elif taken and checkout.is_over:
            broken.append((reference, f"checkout {reference} ended unpaid, but {_ids(taken)} was captured"))
    sums = ", ".join(f"{currency} {minor}" for currency, minor in sorted(totals.items()))
    note = f"agreed: {sums} in minor units, after fees" if sums and not broken else ""
    if foreign:
        note = f"{note}; {foreign} charges are not of our making".lstrip("; ")
    return checked("ledger and provider agree on every payment", len(ours), "payments", broken, note)


def _set_aside(
    ours: Mapping[str, OurCheckout], by_reference: Mapping[str, list[BookedCharge]], pages: list[OpenPage]
) -> Checked:
    """What ended unpaid leaves no money set aside on a card, and no page on which it could still be paid.

    A page that no checkout of ours points to was lost with the provider's answer; nobody was given its address.
    """
    over = {reference: checkout for reference, checkout in ours.items() if checkout.is_over}
    unpaid = {reference for reference, checkout in over.items() if not checkout.paid}
    broken = [
        (reference, f"checkout {reference} ended unpaid, but {charge.id} still sets money aside")
        for reference in sorted(unpaid)
        for charge in by_reference.get(reference, [])
        if charge.state is ChargeState.AUTHORISED
    ]
    broken += [
        (page.reference, f"checkout {page.reference} is over, but its payment page {page.payment_id} is open")
        for page in pages
        if page.reference in over and over[page.reference].payment_id == page.payment_id
    ]
    return checked("what ended unpaid can't be paid any more", len(unpaid), "unpaid checkouts", broken)


def _refunds(ours: Mapping[str, OurRefund], theirs: list[BookedRefund], over: set[str]) -> Checked:
    broken: list[tuple[str, str]] = []
    sent: dict[str, list[BookedRefund]] = defaultdict(list)
    for refund in theirs:
        if not refund.operation:
            if not refund.failed:
                broken.append((refund.id, f"{refund.id} was refunded by hand and is in nobody's books"))
        elif not refund.failed:
            sent[refund.operation].append(refund)
    for operation in sorted({*ours, *sent}):
        own, booked = ours.get(operation), sent.get(operation, [])
        if len(booked) > 1:
            broken.append((operation, f"{operation} was sent {len(booked)} times: {', '.join(r.id for r in booked)}"))
        elif own is None:
            if {operation.rpartition("/")[0], operation.partition("/")[0]} & over:
                broken.append((operation, f"{booked[0].id} was sent for {operation}, which is not in our books"))
        elif not booked:
            broken.append((operation, f"{operation} is in our books, but the provider did not send it, or failed to"))
        elif (booked[0].id, booked[0].amount) != (own.provider_id, own.amount):
            says = f"{operation}: we booked {own.amount.minor} as {own.provider_id}, the provider {booked[0]}"
            broken.append((operation, says))
    return checked("ledger and provider agree on every refund", len(theirs), "refunds", broken)


def _ids(charges: list[BookedCharge]) -> str:
    return ", ".join(charge.id for charge in charges)
