"""What belongs to no checkout and no payout of ours: strangers in the provider's books, postings without a cause, and
accounts that stand wrong as a whole."""

from collections.abc import Mapping, Sequence

from models.rules import provider_postings
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind, undone
from models.rules.correction_postings import correction
from models.rules.reconciliation.cards import card_differences
from models.rules.reconciliation.differences import Difference, DifferenceKind, Do, Repair, filling, less, summed
from models.rules.reconciliation.facts import AT_PROVIDER, AccountFact, Line, LooseFacts, Posted
from models.types import MAX_MINOR, Money

_STRANGERS: Mapping[str, DifferenceKind] = {
    "charge": DifferenceKind.UNKNOWN_CHARGE,
    "transfer": DifferenceKind.UNKNOWN_TRANSFER,
}
_NEVER_NEGATIVE = {
    AccountKind.ORDER_HELD: -1,
    AccountKind.ARTISAN_RESERVE: -1,
    AccountKind.ARTISAN_IN_TRANSIT: -1,
    AccountKind.GIFT_CARDS: -1,
    AccountKind.STORE_CREDIT: -1,
    AccountKind.CONNECTED_BALANCE: 1,
    AccountKind.ARTISAN_DEBT: 1,
}
"""Which side an account may stand on: 1 debit, -1 credit."""


def loose_differences(facts: LooseFacts) -> list[Difference]:
    return [
        *(one for line in facts.lines if (one := _stranger(line, facts)) is not None),
        *(one for posting in facts.causeless if (one := _causeless(posting, facts.repairs)) is not None),
        *(_still_pending(line) for line in facts.pending),
        *(one for line, booked in facts.available if (one := _available(line, booked, facts.repairs)) is not None),
        *(one for card in facts.cards for one in card_differences(card)),
    ]


def _stranger(line: Line, facts: LooseFacts) -> Difference | None:
    """Ours to explain until what it moved is booked or taken back."""
    booked = sum(
        entry.amount.minor
        for one in facts.repairs
        if one.repairs == line.id
        for entry in one.entries
        if entry.kind in AT_PROVIDER and entry.amount.currency == line.net.currency
    )
    booked -= sum(back.net.minor for back in facts.reversals if back.repairs == line.id)
    if booked == line.net.minor:
        return None
    kind = _STRANGERS.get(line.type, DifferenceKind.UNKNOWN_AT_PROVIDER)
    return Difference(
        kind,
        line.id,
        Money(0, line.net.currency),
        line.net,
        repair=_for_a_stranger(line),
        facts={"type": line.type, "source": line.source, "account": line.account_id},
    )


def _for_a_stranger(line: Line) -> Repair:
    """A fee of the provider's is an expense; anything else that reached our balance is booked against corrections
    until somebody knows whose it is. A transfer that nobody asked for is taken back."""
    if line.account_id or not line.net.minor:
        return Repair(Do.BY_HAND)
    if line.type == "transfer":
        return Repair(Do.REVERSE_TRANSFER, transfer_id=line.source, amount=line.amount * -1)
    if line.type == "fee" and line.net.minor < 0:
        entries = provider_postings.fee(line.net * -1)
        return Repair(Do.POST, PostingKind.PROVIDER_FEE.value, line.id, tuple(entries))
    entries = correction(AccountKind.PROVIDER_PENDING, "", line.net)
    return Repair(Do.POST, PostingKind.CORRECTION.value, line.id, tuple(entries))


def _causeless(posting: Posted, repairs: Sequence[Posted]) -> Difference | None:
    mended = [entry for one in repairs if one.repairs == posting.step_key for entry in one.entries]
    left = summed([*posting.entries, *mended])
    if not left:
        return None
    currency = posting.entries[0].amount.currency
    amount = Money(sum(minor for (_, _, of), minor in left.items() if of == currency and minor > 0), currency)
    is_sale = posting.kind == PostingKind.SALE
    kind = DifferenceKind.SALE_WITHOUT_ORDER if is_sale else DifferenceKind.POSTING_WITHOUT_CAUSE
    entries = undone([LedgerEntry(kind_, owner, Money(minor, of)) for (kind_, owner, of), minor in left.items()])
    return Difference(
        kind,
        posting.step_key,
        Money(0, currency),
        amount,
        repair=filling(summed(entries), posting.reference),
        facts={"posting": posting.kind, "reference": posting.reference},
    )


def _still_pending(line: Line) -> Difference:
    entries = tuple(provider_postings.became_available(line.net))
    return Difference(
        DifferenceKind.STILL_PENDING,
        line.id,
        line.net,
        Money(0, line.net.currency),
        repair=Repair(Do.POST, PostingKind.AVAILABLE.value, line.id, entries),
        facts={"type": line.type},
    )


def _available(line: Line, booked: Money, repairs: Sequence[Posted]) -> Difference | None:
    mended = [entry for one in repairs if one.repairs == line.id for entry in one.entries]
    there = booked.minor + sum(
        entry.amount.minor
        for entry in mended
        if entry.kind is AccountKind.PROVIDER_AVAILABLE and entry.amount.currency == line.net.currency
    )
    if there == line.net.minor:
        return None
    missing = line.net.minor - there
    entries = tuple(provider_postings.became_available(Money(missing, line.net.currency)))
    return Difference(
        DifferenceKind.AMOUNT_DIFFERS,
        line.id,
        line.net,
        Money(there, line.net.currency),
        repair=Repair(Do.POST, PostingKind.CORRECTION.value, line.id, entries),
        facts={"type": line.type},
    )


def accounts_differences(accounts: Sequence[AccountFact], balances: Mapping[str, tuple[int, int]]) -> list[Difference]:
    """`balances`: by currency, what the provider has for us and what the ledger says it has; leave out what has not
    come to rest."""
    found: list[Difference] = []
    for account in accounts:
        subject = "/".join((account.kind.value, account.owner, account.currency))
        side = _NEVER_NEGATIVE.get(account.kind, 0)
        if side * account.minor < 0:
            is_reserve = account.kind is AccountKind.ARTISAN_RESERVE
            kind = DifferenceKind.NEGATIVE_RESERVE if is_reserve else DifferenceKind.ACCOUNT_OVERDRAWN
            found.append(
                Difference(
                    kind,
                    subject,
                    Money(0, account.currency),
                    _shown(account.minor, account.currency),
                    repair=_for_an_overdraft(account),
                    facts={"account": account.kind.value, "owner": account.owner},
                )
            )
        if account.kept != account.kept_due:
            found.append(
                Difference(
                    DifferenceKind.KEPT_SUM_WRONG,
                    subject,
                    _shown(account.kept_due, account.currency),
                    _shown(account.kept, account.currency),
                    repair=Repair(Do.RECOUNT),
                    facts={"account": account.kind.value, "owner": account.owner},
                )
            )
    for currency, (theirs, ours) in sorted(balances.items()):
        if theirs != ours:
            found.append(
                Difference(
                    DifferenceKind.BALANCE_DIFFERS,
                    f"balance/{currency}",
                    _shown(theirs, currency),
                    _shown(ours, currency),
                )
            )
    return found


def _for_an_overdraft(account: AccountFact) -> Repair:
    """What was taken from a reserve beyond it was the artisan's payable money. Anything else needs people."""
    if account.kind is not AccountKind.ARTISAN_RESERVE:
        return Repair(Do.BY_HAND)
    gap = less(
        {},
        {
            (AccountKind.ARTISAN_RESERVE, account.owner, account.currency): account.minor,
            (AccountKind.ARTISAN_PAYABLE, account.owner, account.currency): -account.minor,
        },
    )
    return filling(gap, account.owner)


def _shown(minor: int, currency: str) -> Money:
    """A sum of many may be beyond what one amount may be."""
    return Money(max(-MAX_MINOR, min(MAX_MINOR, minor)), currency)
