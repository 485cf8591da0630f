"""What the ledger books when an event crosses currencies: charged in C, settled by the provider in S, owed in A.

Every currency of a posting sums to zero by itself: `fx_position` takes one side of each. EUR 106.00 (items 90, shipping
10, tax 6; our fee 5.85), whose rates frozen at checkout say USD 116.60 and, for the artisan's 94.15, GBP 80.03; the
provider settles it at a rate of its own as USD 114.48 and keeps USD 3.62:

    sale       EUR  order_held -100.00   tax_payable -6.00   fx_position +106.00
               USD  fx_position -116.60   provider_pending +114.48   fx_result +2.12   (a loss)
                    processing_fees +3.62   provider_pending -3.62
    release    EUR  order_held +100.00   fees_earned -5.85   fx_position -94.15
               GBP  fx_position +80.03   artisan_payable -80.03
    transfer   GBP  fx_position -80.03   connected_balance +80.03     USD 102.90 went, worth 103.57 when frozen:
               USD  fx_position +103.57   provider_available -102.90   fx_result -0.67   (a gain)

What rounding leaves in one currency, once the others are at zero, is closed against `fx_result`. Where no currencies
are crossed, each of these books exactly what its namesake does. Owns no rate.
"""

from collections.abc import Sequence

from models.rules import credit_postings, order_postings, payout_postings, refund_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.rules.refunds import Share
from models.rules.sale_postings import SoldOrder
from models.rules.sale_postings import sale as sale_in_one
from models.types import Money


def exchanged(
    entries: Sequence[LedgerEntry], kind: AccountKind, amount: Money, at_frozen: Money | None = None
) -> list[LedgerEntry]:
    """`entries`, of one currency, with what they book on `kind` booked as `amount` in its currency instead.

    `amount` has no sign: it goes the way that the entries on `kind` go together. Where `at_frozen` says what the frozen
    rate had promised, the difference is gain or loss now; else the position takes the amount as it is. Raises
    `ValueError` when it is in the same currency and not the same amount, or there is nothing to exchange.
    """
    legs = [entry for entry in entries if entry.kind is kind]
    if not legs or len({(leg.owner, leg.amount.currency) for leg in legs}) > 1:
        raise ValueError(f"there is no one {kind} account to exchange")
    owner, leg = legs[0].owner, sum((other.amount for other in legs[1:]), legs[0].amount)
    worth = amount if at_frozen is None else at_frozen
    if amount.currency != worth.currency or min(amount.minor, worth.minor) < 0:
        raise ValueError(f"{worth} is no worth of {amount}")
    if leg.currency == amount.currency:
        if abs(leg.minor) != amount.minor:
            raise ValueError(f"{amount.minor} {amount.currency} is not the {abs(leg.minor)} that is to be booked")
        return list(entries)
    if not leg.minor:
        if amount.minor:
            raise ValueError(f"nothing can't become {amount.minor} {amount.currency}")
        return [entry for entry in entries if entry.kind is not kind]
    sign = 1 if leg.minor > 0 else -1
    return [
        *(entry for entry in entries if entry.kind is not kind),
        LedgerEntry(AccountKind.FX_POSITION, "", leg),
        LedgerEntry(AccountKind.FX_POSITION, "", worth * -sign),
        LedgerEntry(kind, owner, amount * sign),
        LedgerEntry(AccountKind.FX_RESULT, "", (worth - amount) * sign),
    ]


def sale(
    orders: Sequence[SoldOrder],
    currency: str,
    *,
    settled: Money,
    fee: Money,
    at_frozen: Money | None = None,
    paid_by: Sequence[LedgerEntry] = (),
) -> list[LedgerEntry]:
    """A capture in `currency` that the provider settles as `settled`, before its `fee`, both of one currency.

    Without crossing currencies it is `sale_postings.sale`.
    """
    if settled.currency != fee.currency:
        raise ValueError(f"a settlement in {settled.currency} has no fee in {fee.currency}")
    if settled.currency == currency:
        entries = sale_in_one(orders, fee.minor, currency, paid_by)
        at_provider = sum(entry.amount.minor for entry in entries if entry.kind is AccountKind.PROVIDER_PENDING)
        if at_provider != settled.minor - fee.minor:
            raise ValueError(f"{settled.minor} {currency} was settled, not what was sold")
        return entries
    return [
        *exchanged(sale_in_one(orders, 0, currency, paid_by), AccountKind.PROVIDER_PENDING, settled, at_frozen),
        LedgerEntry(AccountKind.PROCESSING_FEES, "", fee),
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", fee * -1),
    ]


def release(order_id: str, shop_id: str, share: Share, currency: str, owed: Money) -> list[LedgerEntry]:
    """`order_postings.release` of what was sold in `currency` to an artisan who is owed `owed`, fixed at checkout."""
    entries = order_postings.release(order_id, shop_id, share, currency)
    return exchanged(entries, AccountKind.ARTISAN_PAYABLE, owed)


def refund(
    order_id: str,
    share: Share,
    currency: str,
    *,
    settled: Money,
    at_frozen: Money | None = None,
    paid_to: Sequence[LedgerEntry] = (),
) -> list[LedgerEntry]:
    """`order_postings.refund` in the currency of the charge, for which the provider took `settled` from us."""
    entries = order_postings.refund(order_id, share, currency, paid_to)
    return exchanged(entries, AccountKind.PROVIDER_PENDING, settled, at_frozen)


def after_release(
    shop_id: str,
    share: Share,
    currency: str,
    *,
    taken: Money,
    settled: Money,
    at_frozen: Money | None = None,
    paid_to: Sequence[LedgerEntry] = (),
) -> list[LedgerEntry]:
    """`refund_postings.after_release`: `taken` from the artisan in theirs at the frozen rate, `settled` from us."""
    entries = refund_postings.after_release(shop_id, share, currency, paid_to)
    at_provider = exchanged(entries, AccountKind.PROVIDER_PENDING, settled, at_frozen)
    return exchanged(at_provider, AccountKind.ARTISAN_PAYABLE, taken)


def transferred(shop_id: str, arrived: Money, sent: Money, at_frozen: Money | None = None) -> list[LedgerEntry]:
    """`payout_postings.transferred`: `sent` left our balance, `arrived` stands in the artisan's account."""
    entries = payout_postings.transferred(shop_id, arrived)
    return exchanged(entries, AccountKind.PROVIDER_AVAILABLE, sent, at_frozen)


def reversed_transfer(shop_id: str, left: Money, came_back: Money, at_frozen: Money | None = None) -> list[LedgerEntry]:
    """`payout_postings.reversed_transfer`: `left` is gone from the artisan's account, `came_back` is in our balance."""
    entries = payout_postings.reversed_transfer(shop_id, left)
    return exchanged(entries, AccountKind.PROVIDER_AVAILABLE, came_back, at_frozen)


def closed(left: Money) -> list[LedgerEntry]:
    """What the position still has in one currency (its balance, of either sign) once it has nothing in the others.

    A position of USD -0.37, a gain: `fx_position +0.37   fx_result -0.37`.
    """
    if not left.minor:
        raise ValueError("a position of nothing is closed already")
    return [LedgerEntry(AccountKind.FX_POSITION, "", left * -1), LedgerEntry(AccountKind.FX_RESULT, "", left)]


def gift_card_sold(card_id: str, amount: Money, settled: Money, fee: Money) -> list[LedgerEntry]:
    """A card over `amount` whose payment the provider settles as `settled`, before its `fee`, in another currency."""
    nothing = Money(0, amount.currency)
    return [
        *exchanged(credit_postings.gift_card_sold(card_id, amount, nothing)[:2], AccountKind.PROVIDER_PENDING, settled),
        LedgerEntry(AccountKind.PROCESSING_FEES, "", fee),
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", fee * -1),
    ]
