"""A checkout, its orders and refunds: what should be booked for each, against what is, against what the provider says.

The provider decides what was charged and what it kept; the orders decide for whom. So the posting of a sale is computed
anew from both, and any other posting is a difference.
"""

import re
from collections.abc import Sequence

from models.rules import fx_postings, order_postings, refund_postings
from models.rules.bookkeeping import LedgerEntry, PostingKind
from models.rules.credit_postings import credit_given_back
from models.rules.owed import net_of, owed_for
from models.rules.reconciliation.differences import Difference, DifferenceKind, of_entries
from models.rules.reconciliation.facts import Line, OrderFact, RefundFact, SaleFacts
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder
from models.rules.splits import split
from models.types import Money, RefundState

_NOT_DUE = {DifferenceKind.ORDER_WITHOUT_SALE, DifferenceKind.DOUBLED_CHARGE, DifferenceKind.DOUBLED_REFUND}
"""Of which nothing should be there at all."""
_REFUND_STEP = re.compile(r"/(failed-)?[0-9]+$")


def sale_differences(facts: SaleFacts) -> list[Difference]:
    """Of one checkout that nothing has moved for a while."""
    found = _sale(facts)
    for order in facts.orders:
        found += _release(facts, order)
    for refund in facts.refunds:
        found += _refund(facts, refund)
    return found


def _sale(facts: SaleFacts) -> list[Difference]:
    postings = [one for one in facts.postings if one.kind == PostingKind.SALE]
    mended = [one for one in facts.postings if one.repairs == facts.checkout_id and one.kind != PostingKind.SALE]
    charges = [line for line in facts.lines if line.type == "charge" and line.reference == facts.checkout_id]
    booked = [entry for one in (*postings, *mended) for entry in one.entries]
    paid_by = list(facts.paid_by)
    charged = facts.total - Money(sum(entry.amount.minor for entry in paid_by), facts.total.currency)

    def one(kind: DifferenceKind, found: Money, subject: str = facts.checkout_id, **ids: str | int) -> Difference:
        expected = Money(0, facts.total.currency) if kind in _NOT_DUE else charged
        return Difference(kind, subject, expected, found, unit=facts.checkout_id, facts=ids)

    nothing = Money(0, facts.total.currency)
    if not facts.paid:
        if charges:
            return [one(DifferenceKind.UNKNOWN_CHARGE, charges[0].amount, line=charges[0].id)]
        if postings:
            return _compared(facts, [], booked, len(postings), DifferenceKind.SALE_WITHOUT_ORDER)
        return [
            one(DifferenceKind.ORDER_WITHOUT_SALE, Money(order.whole.total_minor, facts.total.currency), order.id)
            for order in facts.orders
        ]
    if not facts.orders:
        return [one(DifferenceKind.SALE_WITHOUT_ORDER, nothing)]
    found: list[Difference] = []
    if not charges and charged.minor:
        found.append(one(DifferenceKind.MISSING_AT_PROVIDER, nothing))
    for charge in charges[1:]:
        found.append(one(DifferenceKind.DOUBLED_CHARGE, charge.amount, charge.id, line=charge.id, source=charge.source))
    if charges:
        wanted = facts.settled or charged
        if charges[0].amount.currency != wanted.currency:
            return [*found, one(DifferenceKind.CURRENCY_DIFFERS, charges[0].amount, charges[0].id)]
        if charges[0].amount != wanted:
            return [*found, one(DifferenceKind.AMOUNT_DIFFERS, charges[0].amount, charges[0].id)]
    try:
        expected = _sale_entries(facts, charges[0] if charges else None, charged, paid_by)
    except ValueError:  # the orders' sums are not the charge
        return [*found, one(DifferenceKind.AMOUNT_DIFFERS, Money(_sold_minor(facts), facts.total.currency))]
    return found + _compared(facts, expected, booked, len(postings))


def _compared(
    facts: SaleFacts,
    expected: Sequence[LedgerEntry],
    booked: Sequence[LedgerEntry],
    postings: int,
    without: DifferenceKind | None = None,
) -> list[Difference]:
    gap = of_entries(
        expected,
        booked,
        postings=postings,
        subject=facts.checkout_id,
        unit=facts.checkout_id,
        reference=facts.checkout_id,
        kind=PostingKind.SALE,
        currency=facts.total.currency,
    )
    if without is None:
        return gap
    return [Difference(without, one.subject, one.expected, one.found, one.unit, one.repair, one.facts) for one in gap]


def _sold_minor(facts: SaleFacts) -> int:
    return sum(order.whole.total_minor for order in facts.orders)


def _sale_entries(
    facts: SaleFacts, charge: Line | None, charged: Money, paid_by: Sequence[LedgerEntry]
) -> list[LedgerEntry]:
    sold = [SoldOrder(one.id, one.items_minor, one.shipping_minor, one.tax_minor) for one in facts.orders]
    settled = charge.amount if charge else facts.settled or charged
    fee = charge.fee if charge else Money(facts.fee_minor, settled.currency)
    return fx_postings.sale(
        sold, facts.total.currency, settled=settled, fee=fee, at_frozen=facts.worth, paid_by=list(paid_by)
    )


def _release(facts: SaleFacts, order: OrderFact) -> list[Difference]:
    currency = facts.total.currency
    releases = [
        one
        for one in facts.postings
        if (one.kind == PostingKind.RELEASE and one.reference == order.id) or one.repairs == order.id
    ]
    booked = [entry for one in releases for entry in one.entries]
    if booked and not order.delivered and any(entry.amount.minor for entry in booked):
        gap = of_entries(
            [],
            booked,
            postings=len(releases),
            subject=order.id,
            unit=facts.checkout_id,
            reference=order.id,
            kind=PostingKind.RELEASE,
            currency=currency,
        )
        return [
            Difference(DifferenceKind.RELEASE_WITHOUT_DELIVERY, order.id, one.expected, one.found, one.unit, one.repair)
            for one in gap
        ]
    if not order.released or not order.over or not order.delivered:
        return []
    left = order.whole
    for refund in facts.refunds:
        if refund.order_id == order.id and not refund.after_release:
            left = left - refund.share
    return of_entries(
        _release_entries(order, left, currency),
        booked,
        postings=sum(one.kind == PostingKind.RELEASE for one in releases),
        subject=order.id,
        unit=facts.checkout_id,
        reference=order.id,
        kind=PostingKind.RELEASE,
        currency=currency,
    )


def _release_entries(order: OrderFact, share: Share, currency: str) -> list[LedgerEntry]:
    if not share.held_minor:
        return []
    if order.owed is None:
        return order_postings.release(order.id, order.shop_id, share, currency)
    owed = owed_for(order.owed, order.whole, net_of(share))
    return fx_postings.release(order.id, order.shop_id, share, currency, owed)


def _refund(facts: SaleFacts, refund: RefundFact) -> list[Difference]:
    own = [
        one
        for one in facts.postings
        if one.repairs == refund.id or (not one.repairs and _REFUND_STEP.sub("", one.step_key) == refund.id)
        if one.kind in {PostingKind.REFUND, PostingKind.REFUND_FAILED} or one.repairs
    ]
    own += [one for one in facts.postings if one.step_key == refund.id and one not in own]
    sent = [line for line in facts.lines if line.type == "refund" and line.reference == refund.id]
    failed = [line for line in facts.lines if line.type == "refund_failure" and line.reference == refund.id]
    nothing = Money(0, refund.amount.currency)
    net = len(sent) - len(failed)

    def one(kind: DifferenceKind, amount: Money, subject: str = refund.id, **ids: str | int) -> Difference:
        expected = nothing if kind in _NOT_DUE else refund.amount
        return Difference(kind, subject, expected, amount, unit=facts.checkout_id, facts=ids)

    found: list[Difference] = []
    if net > 1:
        again = sent[1:net]
        found += [one(DifferenceKind.DOUBLED_REFUND, line.amount * -1, line.id, line=line.id) for line in again]
    if net == 1 and not refund.state.is_booked:
        return [*found, one(DifferenceKind.REFUND_NOT_BOOKED, sent[-1].amount * -1, line=sent[-1].id)]
    if net < 1 and refund.state is RefundState.SUCCEEDED and not refund.to_credit:
        found.append(one(DifferenceKind.MISSING_AT_PROVIDER, nothing))
    if net >= 1:
        wanted = refund.settled or refund.amount
        went = sent[-1].amount * -1
        if went.currency != wanted.currency:
            return [*found, one(DifferenceKind.CURRENCY_DIFFERS, went, sent[-1].id)]
        if went != wanted:
            return [*found, one(DifferenceKind.AMOUNT_DIFFERS, went, sent[-1].id)]
    order = next((order for order in facts.orders if order.id == refund.order_id), None)
    if order is None:
        return found
    expected = _refund_entries(facts, order, refund) if refund.state.is_booked else []
    net_postings = sum(1 if part.kind == PostingKind.REFUND else -1 for part in own if not part.repairs)
    return found + of_entries(
        expected,
        [entry for part in own for entry in part.entries],
        postings=net_postings,
        subject=refund.id,
        unit=facts.checkout_id,
        reference=order.id,
        kind=PostingKind.REFUND,
        currency=refund.amount.currency,
    )


def _refund_entries(facts: SaleFacts, order: OrderFact, refund: RefundFact) -> list[LedgerEntry]:
    """As `models.repositories.exchanges.refund_entries` books it."""
    currency = refund.amount.currency
    paid_to = [credit_given_back(entry.owner, refund.amount) for entry in facts.paid_by if refund.to_credit]
    if refund.taken is None and refund.settled is None:
        if refund.after_release:
            return refund_postings.after_release(order.shop_id, refund.share, currency, paid_to)
        return order_postings.refund(order.id, refund.share, currency, paid_to)
    went, worth = refund.settled or refund.amount, None
    if refund.to_credit:
        went = Money(0, currency)
    if refund.settled is not None and facts.worth is not None:
        charged = facts.total.minor - sum(entry.amount.minor for entry in facts.paid_by)
        part = split(facts.worth.minor, [refund.amount.minor, charged - refund.amount.minor])[0]
        worth = Money(part, went.currency)
    if refund.after_release:
        taken = refund.taken or Money(net_of(refund.share), currency)
        return fx_postings.after_release(
            order.shop_id, refund.share, currency, taken=taken, settled=went, at_frozen=worth, paid_to=paid_to
        )
    return fx_postings.refund(order.id, refund.share, currency, settled=went, at_frozen=worth, paid_to=paid_to)
