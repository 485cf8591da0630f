"""The names of differences, the repairs that are proposed for them, and how a gap between two sets of entries is named.

A repair is computed from the difference and from nothing else: what is expected less what is booked. Where only people
can put it right (a customer's second charge, a bank), it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.types import Money


class DifferenceKind(StrEnum):
    """What is wrong, by the name that people are shown (`api.wording`)."""

    MISSING_POSTING = "missing_posting"  # it happened, and the ledger does not know
    MISSING_AT_PROVIDER = "missing_at_provider"  # we booked it, and the provider does not know
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    FEE_DIFFERS = "fee_differs"
    TAX_DIFFERS = "tax_differs"
    FX_RESULT_MISSING = "fx_result_missing"
    WRONG_OWNER = "wrong_owner"  # booked to somebody else
    BOOKED_TWICE = "booked_twice"
    DOUBLED_CHARGE = "doubled_charge"
    DOUBLED_TRANSFER = "doubled_transfer"
    DOUBLED_REFUND = "doubled_refund"
    DOUBLED_PAYOUT = "doubled_payout"
    UNKNOWN_CHARGE = "unknown_charge"
    UNKNOWN_TRANSFER = "unknown_transfer"
    UNKNOWN_AT_PROVIDER = "unknown_at_provider"
    ORDER_WITHOUT_SALE = "order_without_sale"
    SALE_WITHOUT_ORDER = "sale_without_order"
    POSTING_WITHOUT_CAUSE = "posting_without_cause"
    REFUND_NOT_BOOKED = "refund_not_booked"  # the provider has sent what our row says was not sent
    RELEASE_WITHOUT_DELIVERY = "release_without_delivery"
    PAID_BUT_FAILED = "paid_but_failed"  # a payout that the bank did not take
    RETURNED_NOT_BOOKED = "returned_not_booked"
    PAYOUT_STUCK = "payout_stuck"
    STILL_PENDING = "still_pending"
    NEGATIVE_RESERVE = "negative_reserve"
    ACCOUNT_OVERDRAWN = "account_overdrawn"
    KEPT_SUM_WRONG = "kept_sum_wrong"
    BALANCE_DIFFERS = "balance_differs"


class Do(StrEnum):
    """What a repair does once two administrators have agreed to it."""

    POST = "post"  # entries in the ledger
    REVERSE_TRANSFER = "reverse_transfer"  # at the provider
    RECOUNT = "recount"  # a kept sum, from its entries
    BY_HAND = "by_hand"  # nothing that a program may do; both confirm that it is done


class Reason(StrEnum):
    """What whoever proposes a repair has checked. A code, because free words about people's money would be theirs."""

    PROVIDER_CHECKED = "provider_checked"
    STATEMENT_CHECKED = "statement_checked"
    ARTISAN_ASKED = "artisan_asked"
    BUYER_ASKED = "buyer_asked"
    KNOWN_DEFECT = "known_defect"


@dataclass(frozen=True, slots=True)
class Repair:
    do: Do
    kind: str = ""
    """Of the posting."""
    reference: str = ""
    """Of the posting."""
    entries: tuple[LedgerEntry, ...] = ()
    transfer_id: str = ""
    amount: Money | None = None
    """Of what is reversed."""
    payout_status: str = ""
    """Where the payout's money is once this is booked; empty where that does not change."""


BY_HAND = Repair(Do.BY_HAND)


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` and `subject` name it: the next night finds the same one, and no second case is opened."""

    kind: DifferenceKind
    subject: str
    expected: Money
    found: Money
    unit: str = ""
    repair: Repair = BY_HAND
    facts: Mapping[str, str | int] = field(default_factory=dict)


def packed(repair: Repair) -> dict[str, Any]:
    """As a case keeps it."""
    kept: dict[str, Any] = {"do": repair.do.value}
    if repair.do is Do.POST:
        kept |= {
            "kind": repair.kind,
            "reference": repair.reference,
            "entries": [[e.kind.value, e.owner, e.amount.minor, e.amount.currency] for e in repair.entries],
        }
    if repair.transfer_id and repair.amount is not None:
        kept |= {
            "transfer_id": repair.transfer_id,
            "minor": repair.amount.minor,
            "currency": repair.amount.currency,
        }
    if repair.payout_status:
        kept["payout_status"] = repair.payout_status
    return kept


def entries_of(kept: Mapping[str, Any]) -> list[LedgerEntry]:
    """Of a packed repair."""
    return [
        LedgerEntry(AccountKind(kind), owner, Money(minor, currency))
        for kind, owner, minor, currency in kept.get("entries", [])
    ]


Sums = dict[tuple[AccountKind, str, str], int]
"""Minor units by account: kind, owner, currency. None of them is zero."""


def summed(entries: Sequence[LedgerEntry]) -> Sums:
    sums: Sums = {}
    for entry in entries:
        key = (entry.kind, entry.owner, entry.amount.currency)
        sums[key] = sums.get(key, 0) + entry.amount.minor
    return {key: minor for key, minor in sums.items() if minor}


def less(expected: Sums, booked: Sums) -> Sums:
    """What is still to be booked."""
    keys = {*expected, *booked}
    gap = {key: expected.get(key, 0) - booked.get(key, 0) for key in sorted(keys)}
    return {key: minor for key, minor in gap.items() if minor}


def named(expected: Sums, booked: Sums, postings: int) -> DifferenceKind:
    """What kind of gap this is; they differ. `postings` is how often it was booked."""
    gap = less(expected, booked)
    if not booked:
        return DifferenceKind.MISSING_POSTING
    if postings > 1:
        return DifferenceKind.BOOKED_TWICE
    if {currency for _, _, currency in booked} - {currency for _, _, currency in expected}:
        return DifferenceKind.CURRENCY_DIFFERS
    by_kind: dict[tuple[AccountKind, str], int] = {}
    for (kind, _, currency), minor in gap.items():
        by_kind[kind, currency] = by_kind.get((kind, currency), 0) + minor
    if not any(by_kind.values()):
        return DifferenceKind.WRONG_OWNER
    kinds = {kind for (kind, _), minor in by_kind.items() if minor}
    if AccountKind.FX_RESULT in kinds and kinds <= {AccountKind.FX_RESULT, AccountKind.FX_POSITION}:
        return DifferenceKind.FX_RESULT_MISSING
    if AccountKind.TAX_PAYABLE in kinds:
        return DifferenceKind.TAX_DIFFERS
    if kinds & {AccountKind.PROCESSING_FEES, AccountKind.FEES_EARNED}:
        return DifferenceKind.FEE_DIFFERS
    return DifferenceKind.AMOUNT_DIFFERS


def filling(gap: Sums, reference: str, *, kind: str = PostingKind.CORRECTION, payout_status: str = "") -> Repair:
    """Books what is missing; what does not sum to zero by itself is taken from the account of corrections."""
    entries = [LedgerEntry(account, owner, Money(minor, currency)) for (account, owner, currency), minor in gap.items()]
    for currency in sorted({currency for _, _, currency in gap}):
        over = sum(minor for (_, _, of), minor in gap.items() if of == currency)
        if over:
            entries.append(LedgerEntry(AccountKind.CORRECTIONS, "", Money(-over, currency)))
    if len(entries) < 2:
        return BY_HAND
    return Repair(Do.POST, str(kind), reference, tuple(entries), payout_status=payout_status)


def largest(sums: Sums, currency: str) -> Money:
    """Of one side of what was booked in a currency: its debits."""
    return Money(sum(minor for (_, _, of), minor in sums.items() if of == currency and minor > 0), currency)


def of_entries(
    expected: Sequence[LedgerEntry],
    booked: Sequence[LedgerEntry],
    *,
    postings: int,
    subject: str,
    unit: str,
    reference: str,
    kind: str,
    currency: str,
) -> list[Difference]:
    """Nothing, or the one difference between what should be booked and what is."""
    due, there = summed(expected), summed(booked)
    gap = less(due, there)
    if not gap:
        return []
    found = named(due, there, postings)
    missing = found is DifferenceKind.MISSING_POSTING
    return [
        Difference(
            found if due else DifferenceKind.POSTING_WITHOUT_CAUSE,
            subject,
            expected=largest(due, currency),
            found=largest(there, currency),
            unit=unit,
            repair=filling(gap, reference, kind=kind if missing else PostingKind.CORRECTION),
            facts={"postings": postings, "currencies": " ".join(sorted({of for _, _, of in gap}))},
        )
    ]
