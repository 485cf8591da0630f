"""Reads what `models.rules.reconciliation` compares, a batch of checkouts or payouts at a time. Writes nothing.

Everything that belongs to one of them is read, however old it is: so a window has no edge at which half of a sale could
look like a difference. `young` are those that something has moved since `old_enough`; they are left to the next night.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.credit_postings import credit_spent
from models.rules.reconciliation import (
    AccountFact,
    CardFact,
    Line,
    LooseFacts,
    OrderFact,
    PayoutFacts,
    Posted,
    RefundFact,
    SaleFacts,
)
from models.rules.refunds import Share
from models.types import Money, RefundState


@dataclass(frozen=True)
class Sales:
    settled: Sequence[SaleFacts]
    young: Sequence[SaleFacts]


@dataclass(frozen=True)
class Payouts:
    settled: Sequence[PayoutFacts]
    young: Sequence[PayoutFacts]


async def sales(session: AsyncSession, ids: Sequence[str], old_enough: datetime) -> Sales:
    """Of these checkouts; ids of anything else are passed over."""
    rows = (await session.execute(text(_CHECKOUTS), {"ids": list(ids)})).all()
    if not rows:
        return Sales([], [])
    known = [row.id for row in rows]
    orders = _by(await session.execute(text(_ORDERS), {"ids": known}), "checkout_id")
    refunds = _by(await session.execute(text(_REFUNDS), {"ids": known}), "checkout_id")
    order_home = {order.id: order.checkout_id for group in orders.values() for order in group}
    refund_home = {refund.id: refund.checkout_id for group in refunds.values() for refund in group}
    postings = await _postings(session, [*known, *order_home])
    cases = await _cases(session, known)
    lines = await _lines(session, "t.reference = ANY(:refs)", [*known, *refund_home, *cases])
    own_postings: dict[str, list[Posted]] = defaultdict(list)
    for posting in postings:
        own_postings[order_home.get(posting.reference, posting.reference)].append(posting)
    own_lines: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        own_lines[cases.get(line.reference) or refund_home.get(line.reference, line.reference)].append(line)
    settled: list[SaleFacts] = []
    young: list[SaleFacts] = []
    for row in rows:
        facts = SaleFacts(
            checkout_id=row.id,
            paid=row.paid,
            total=Money(row.total_minor, row.currency),
            tax_minor=row.tax_minor,
            fee_minor=row.fee_minor or 0,
            settled=_money(row.settled_minor, row.settled_currency),
            worth=_money(row.worth_minor, row.settled_currency),
            orders=tuple(_order(order) for order in orders[row.id]),
            refunds=tuple(_refund(refund, row.settled_currency) for refund in refunds[row.id]),
            postings=tuple(own_postings[row.id]),
            lines=tuple(own_lines[row.id]),
            paid_by=_paid_by(row),
        )
        moved = [row.moved_at, *(one.moved_at for one in (*orders[row.id], *refunds[row.id]))]
        (young if _moved(moved, facts.postings, facts.lines) > old_enough else settled).append(facts)
    return Sales(settled, young)


async def payouts(session: AsyncSession, ids: Sequence[str], old_enough: datetime) -> Payouts:
    """Of these payouts and withdrawals; ids of anything else are passed over."""
    rows = (await session.execute(text(_PAYOUTS), {"ids": list(ids)})).all()
    if not rows:
        return Payouts([], [])
    known = [row.id for row in rows]
    own_postings: dict[str, list[Posted]] = defaultdict(list)
    for posting in await _postings(session, known):
        own_postings[posting.reference].append(posting)
    own_lines: dict[str, list[Line]] = defaultdict(list)
    cases = await _cases(session, known)
    for line in await _lines(session, "t.process = ANY(:processes) OR t.reference = ANY(:refs)", cases, known):
        own_lines[cases.get(line.reference) or line.reference.partition("/")[0]].append(line)
    settled: list[PayoutFacts] = []
    young: list[PayoutFacts] = []
    for row in rows:
        facts = PayoutFacts(
            payout_id=row.id,
            shop_id=row.shop_id,
            account_id=row.provider_account_id,
            amount=Money(row.amount_minor, row.currency),
            status=row.status,
            attempt=row.attempt,
            created_at=row.created_at,
            ended=row.ended_at is not None,
            postings=tuple(own_postings[row.id]),
            lines=tuple(own_lines[row.id]),
        )
        moved = [row.moved_at]
        (young if _moved(moved, facts.postings, facts.lines) > old_enough else settled).append(facts)
    return Payouts(settled, young)


async def loose(session: AsyncSession, old_enough: datetime, booked_before: datetime, subject: str = "") -> LooseFacts:
    """What belongs to nothing of ours. Money that was to be available before `booked_before` should be booked so;
    later than that, it is this night's own work. With a `subject`, only what is about that one."""
    values = {"before": old_enough, "subject": subject}
    lines = [_line(row) for row in await session.execute(text(_STRANGERS), values)]
    causeless = _posted(await session.execute(text(_CAUSELESS), values))
    pending = [
        _line(row) for row in await session.execute(text(_STILL_PENDING), {"before": booked_before, "subject": subject})
    ]
    available = [
        (_line(row), Money(int(row.booked), row.currency))
        for row in await session.execute(text(_AVAILABLE), {"subject": subject})
    ]
    subjects = [*(one.id for one in lines), *(one.step_key for one in causeless), *(one.id for one, _ in available)]
    repairs = _posted(await session.execute(text(_REPAIRS), {"subjects": subjects}))
    reversals = [
        _line(row)
        for row in await session.execute(
            text(_LINES.format(where="c.subject = ANY(:subjects)")), {"subjects": subjects}
        )
    ]
    cards = tuple(await _cards(session, old_enough, subject))
    return LooseFacts(
        tuple(lines), tuple(causeless), tuple(pending), tuple(available), tuple(repairs), tuple(reversals), cards
    )


async def _cards(session: AsyncSession, before: datetime, subject: str) -> list[CardFact]:
    """Gift cards that were bought; those that have moved since are left to the next night."""
    own_lines: dict[str, list[Line]] = defaultdict(list)
    for row in await session.execute(text(_CARD_LINES)):
        own_lines[row.reference.partition("/")[2]].append(_line(row))
    own_postings: dict[str, list[Posted]] = defaultdict(list)
    for posting in _posted(await session.execute(text(_CARD_POSTINGS))):
        own_postings[posting.reference].append(posting)
    found = [
        CardFact(card_id, tuple(own_lines[card_id]), tuple(own_postings[card_id]))
        for card_id in sorted({*own_lines, *own_postings})
    ]
    return [
        one
        for one in found
        if _moved([], one.postings, one.lines) < before
        and subject in {"", f"gift-card/{one.card_id}", *(line.id for line in one.lines)}
    ]


async def accounts(session: AsyncSession, owner: str | None = None) -> list[AccountFact]:
    """Those that stand on their wrong side, or whose kept sum is not what its entries sum to."""
    return [
        AccountFact(AccountKind(row.kind), row.owner, row.currency, int(row.minor), int(row.kept), int(row.due))
        for row in await session.execute(text(_ACCOUNTS), {"owner": owner})
    ]


async def explained(session: AsyncSession) -> set[str]:
    """Orders and shops of checkouts and payouts with an open case: whose accounts may stand wrong because of it."""
    return set((await session.execute(text(_EXPLAINED))).scalars())


async def balances(session: AsyncSession, until: datetime) -> Mapping[str, tuple[int, int]]:
    """By currency: what the provider's lines up to then sum to, and what our postings up to then say it has for us."""
    rows = await session.execute(text(_BALANCES), {"until": until})
    return {row.currency: (int(row.theirs), int(row.ours)) for row in rows}


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


def _by(rows: Iterable[Any], column: str) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column)].append(row)
    return grouped


def _moved(instants: Sequence[datetime | None], postings: Sequence[Posted], lines: Sequence[Line]) -> datetime:
    return max(
        [
            *(instant for instant in instants if instant is not None),
            *(posting.posted_at for posting in postings),
            *(line.created_at for line in lines),
        ]
    )


def _order(row: Any) -> OrderFact:
    return OrderFact(
        id=row.id,
        shop_id=row.shop_id,
        items_minor=row.items_minor,
        shipping_minor=row.shipping_minor,
        tax_minor=row.tax_minor,
        fee_minor=row.fee_minor,
        delivered=row.delivered,
        released=row.released_at is not None,
        over=row.over,
        owed=_money(row.owed_minor, row.owed_currency),
    )


def _paid_by(row: Any) -> tuple[LedgerEntry, ...]:
    return (credit_spent(row.buyer_id, Money(row.credit_minor, row.currency)),) if row.credit_minor else ()


def _refund(row: Any, settled_currency: str | None) -> RefundFact:
    return RefundFact(
        id=row.id,
        order_id=row.order_id,
        amount=Money(row.amount_minor, row.currency),
        share=Share(row.items_minor, row.shipping_minor, row.tax_minor, row.fee_minor),
        state=RefundState(row.state),
        after_release=row.after_release,
        settled=_money(row.settled_minor, settled_currency),
        taken=_money(row.taken_minor, row.owed_currency),
        to_credit=row.to_credit,
    )


async def _postings(session: AsyncSession, references: Sequence[str]) -> list[Posted]:
    where = "l.reference = ANY(:references)"
    return _posted(await session.execute(text(_POSTINGS.format(where=where)), {"references": list(references)}))


def _posted(rows: Iterable[Any]) -> list[Posted]:
    """Of rows in the order of postings, one an entry."""
    found: list[Posted] = []
    entries: list[LedgerEntry] = []
    last: Any = None
    for row in rows:
        if last is not None and row.id != last.id:
            found.append(_posting(last, entries))
            entries = []
        entries.append(LedgerEntry(AccountKind(row.account), row.owner, Money(row.amount_minor, row.currency)))
        last = row
    if last is not None:
        found.append(_posting(last, entries))
    return found


def _posting(row: Any, entries: Sequence[LedgerEntry]) -> Posted:
    return Posted(row.step_key, row.kind, row.reference, row.posted_at, tuple(entries), row.repairs or "")


async def _lines(
    session: AsyncSession, where: str, references: Iterable[str], processes: Iterable[str] = ()
) -> list[Line]:
    values = {"refs": list(references), **({"processes": list(processes)} if processes else {})}
    return [_line(row) for row in await session.execute(text(_LINES.format(where=where)), values)]


async def _cases(session: AsyncSession, units: Sequence[str]) -> dict[str, str]:
    """What a case's repair is called at the provider → the checkout or payout that it was about."""
    rows = await session.execute(text(_CASES), {"ids": list(units)})
    return {f"case/{row.id}": row.unit for row in rows}


def _line(row: Any) -> Line:
    return Line(
        id=row.id,
        account_id=row.account_id,
        type=row.type,
        amount=Money(row.amount_minor, row.currency),
        fee=Money(row.fee_minor, row.currency),
        source=row.source,
        reference=row.reference,
        created_at=row.created_at,
        available_on=row.available_on,
        repairs=row.repairs or "",
    )


_CHECKOUTS = """
SELECT c.id, c.paid, c.currency, c.total_minor, c.credit_minor, c.buyer_id, c.tax_minor, p.fee_minor,
       p.settled_currency, p.settled_minor,
       p.worth_minor, greatest(c.created_at, p.updated_at) AS moved_at
FROM checkouts c LEFT JOIN payments p ON p.checkout_id = c.id WHERE c.id = ANY(:ids) ORDER BY c.id
"""
_ORDERS = """
SELECT o.id, o.checkout_id, o.shop_id, o.items_minor, o.shipping_minor, o.tax_minor, o.fee_minor, o.released_at,
       greatest(o.created_at, o.released_at) AS moved_at, coalesce(f.is_final, false) AS over,
       EXISTS (SELECT 1 FROM parcels p WHERE p.order_id = o.id AND p.delivered_at IS NOT NULL) AS delivered,
       x.currency AS owed_currency, x.items_minor + x.shipping_minor - x.fee_minor AS owed_minor
FROM orders o
LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id
LEFT JOIN checkout_exchanges x ON x.checkout_id = o.checkout_id AND x.shop_id = o.shop_id
WHERE o.checkout_id = ANY(:ids) ORDER BY o.id
"""
_REFUNDS = """
SELECT r.id, o.checkout_id, r.order_id, r.currency, r.amount_minor, r.items_minor, r.shipping_minor, r.tax_minor,
       r.fee_minor, r.state, r.to_credit, r.after_release, r.settled_minor, r.taken_minor, x.currency AS owed_currency,
       greatest(r.created_at, r.settled_at) AS moved_at
FROM refunds r JOIN orders o ON o.id = r.order_id
LEFT JOIN checkout_exchanges x ON x.checkout_id = o.checkout_id AND x.shop_id = o.shop_id
WHERE o.checkout_id = ANY(:ids) ORDER BY r.id
"""
_PAYOUTS = """
SELECT id, shop_id, provider_account_id, currency, amount_minor, status, attempt, created_at, ended_at,
       greatest(created_at, paid_at, failed_at, ended_at) AS moved_at
FROM payouts WHERE id = ANY(:ids) ORDER BY id
"""
_POSTINGS = """
SELECT l.id, l.step_key, l.kind, l.reference, l.posted_at, a.kind AS account, a.owner, e.currency, e.amount_minor,
       c.subject AS repairs
FROM ledger_postings l
JOIN ledger_entries e ON e.posting_id = l.id JOIN ledger_accounts a ON a.id = e.account_id
LEFT JOIN reconciliation_cases c ON l.step_key = 'case/' || c.id
WHERE {where} ORDER BY l.id, e.id
"""
_REPAIRS = _POSTINGS.format(where="l.step_key LIKE 'case/%' AND c.subject = ANY(:subjects)")
_LINES = """
SELECT t.id, t.account_id, t.type, t.currency, t.amount_minor, t.fee_minor, t.source, t.reference, t.created_at,
       t.available_on, c.subject AS repairs
FROM provider_transactions t
LEFT JOIN reconciliation_cases c ON t.process = 'case' AND t.reference = 'case/' || c.id
WHERE {where} ORDER BY t.created_at, t.id
"""
_CASES = "SELECT id, unit FROM reconciliation_cases WHERE unit = ANY(:ids)"
_STRANGERS = _LINES.format(
    where="""
    (t.account_id = '' OR t.type <> 'payment' AND t.type <> 'payment_refund')
    AND t.created_at < :before AND (:subject = '' OR t.id = :subject) AND c.id IS NULL
    AND NOT EXISTS (SELECT 1 FROM checkouts o WHERE o.id = t.reference AND t.type = 'charge')
    AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.id = t.reference AND t.type IN ('refund', 'refund_failure'))
    AND NOT EXISTS (SELECT 1 FROM payouts p WHERE p.id = t.process AND t.reference <> t.process)
    AND NOT EXISTS (SELECT 1 FROM gift_cards g WHERE t.reference = 'gift-card/' || g.id AND t.type = 'charge')
    AND NOT EXISTS (SELECT 1 FROM commission_charges x WHERE x.id = t.reference AND x.state = 'paid'
                    AND x.balance_transaction_id = t.id AND t.type = 'charge')
    AND NOT EXISTS (SELECT 1 FROM commission_refunds x
                    WHERE x.id = t.reference AND t.type IN ('refund', 'refund_failure'))
    """
)
_CARD_LINES = _LINES.format(
    where="t.process = 'gift-card' AND t.type = 'charge'"
    " AND EXISTS (SELECT 1 FROM gift_cards g WHERE t.reference = 'gift-card/' || g.id)"
)
_CARD_POSTINGS = _POSTINGS.format(
    where="(l.kind = 'gift_card_sold' OR c.subject LIKE 'gift-card/%')"
    " AND EXISTS (SELECT 1 FROM gift_cards g WHERE g.id = l.reference)"
)
_CAUSELESS = _POSTINGS.format(
    where="""
    l.posted_at < :before AND (:subject = '' OR l.step_key = :subject) AND l.step_key NOT LIKE 'case/%'
    AND CASE WHEN l.kind = 'sale' THEN NOT EXISTS (SELECT 1 FROM checkouts o WHERE o.id = l.reference)
                 AND NOT EXISTS (SELECT 1 FROM commission_charges x WHERE x.id = l.step_key AND x.state = 'paid')
             WHEN l.kind = 'release' THEN NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = l.reference)
                 AND NOT EXISTS (SELECT 1 FROM commissions c WHERE c.id = l.reference)
             WHEN l.kind IN ('refund', 'refund_failed') THEN NOT EXISTS (
                 SELECT 1 FROM refunds r
                 WHERE r.id IN (l.step_key, regexp_replace(l.step_key, '/(failed-)?[0-9]+$', ''))
                 UNION ALL SELECT 1 FROM commission_refunds r
                 WHERE r.id IN (l.step_key, regexp_replace(l.step_key, '/(failed-)?[0-9]+$', '')))
             WHEN l.kind LIKE 'payout\\_%' THEN NOT EXISTS (SELECT 1 FROM payouts p WHERE p.id = l.reference)
             WHEN l.kind IN ('gift_card_sold', 'gift_card_redeemed', 'gift_card_expired') THEN NOT EXISTS (
                 SELECT 1 FROM gift_cards g WHERE g.id = l.reference)
             WHEN l.step_key LIKE 'credit-grant/%' THEN NOT EXISTS (
                 SELECT 1 FROM credit_grants g WHERE g.id = l.reference)
             WHEN l.step_key LIKE 'provider/%' THEN NOT EXISTS (
                 SELECT 1 FROM provider_transactions t WHERE t.id = split_part(l.step_key, '/', 2))
             ELSE false END
    """
)
_STILL_PENDING = _LINES.format(
    where="""
    t.account_id = '' AND t.type NOT IN ('transfer', 'transfer_reversal') AND t.net_minor <> 0
    AND t.available_on < :before AND (:subject = '' OR t.id = :subject)
    AND NOT EXISTS (SELECT 1 FROM ledger_postings l WHERE l.step_key = 'provider/' || t.id || '/available')
    AND NOT EXISTS (SELECT 1 FROM reconciliation_cases done JOIN ledger_postings l ON l.step_key = 'case/' || done.id
                    WHERE done.subject = t.id AND l.kind = 'available')
    """
)
_AVAILABLE = """
SELECT t.id, t.account_id, t.type, t.currency, t.amount_minor, t.fee_minor, t.source, t.reference, t.created_at,
       t.available_on, '' AS repairs, coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'provider_available'
                                                                     AND e.currency = t.currency), 0) AS booked
FROM provider_transactions t
JOIN ledger_postings l ON l.step_key = 'provider/' || t.id || '/available'
JOIN ledger_entries e ON e.posting_id = l.id JOIN ledger_accounts a ON a.id = e.account_id
WHERE :subject = '' OR t.id = :subject
GROUP BY t.id
HAVING coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'provider_available' AND e.currency = t.currency), 0)
       <> t.net_minor
"""
_ACCOUNTS = """
SELECT a.kind, a.owner, a.currency, sum(e.amount_minor) AS minor, coalesce(b.amount_minor, 0) AS kept,
       coalesce(sum(e.amount_minor) FILTER (WHERE e.id <= coalesce(b.up_to_entry_id, 0)), 0) AS due
FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
LEFT JOIN ledger_balances b ON b.account_id = a.id
WHERE CAST(:owner AS text) IS NULL OR a.owner = :owner
GROUP BY a.id, b.account_id
HAVING coalesce(b.amount_minor, 0) <> coalesce(sum(e.amount_minor) FILTER (
           WHERE e.id <= coalesce(b.up_to_entry_id, 0)), 0)
    OR (a.kind IN ('order_held', 'artisan_reserve', 'artisan_in_transit', 'gift_cards', 'store_credit')
        AND sum(e.amount_minor) > 0)
    OR (a.kind IN ('connected_balance', 'artisan_debt') AND sum(e.amount_minor) < 0)
ORDER BY a.kind, a.owner, a.currency
"""
_EXPLAINED = """
SELECT o.id FROM reconciliation_cases c JOIN orders o ON o.checkout_id = c.unit WHERE c.closed_at IS NULL
UNION SELECT p.shop_id FROM reconciliation_cases c JOIN payouts p ON p.id = c.unit WHERE c.closed_at IS NULL
"""
_BALANCES = """
WITH theirs AS (
    SELECT currency, sum(net_minor) AS minor FROM provider_transactions
    WHERE account_id = '' AND created_at < :until GROUP BY 1
), ours AS (
    SELECT e.currency, sum(e.amount_minor) AS minor
    FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings l ON l.id = e.posting_id
    WHERE a.kind IN ('provider_pending', 'provider_available') AND l.posted_at < :until GROUP BY 1
)
SELECT coalesce(t.currency, o.currency) AS currency, coalesce(t.minor, 0) AS theirs, coalesce(o.minor, 0) AS ours
FROM theirs t FULL JOIN ours o ON o.currency = t.currency ORDER BY 1
"""
