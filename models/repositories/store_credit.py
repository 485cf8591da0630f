"""All SQL of store credit: what a person may still spend, what checkouts keep of it, and how it is spent.

The ledger knows what is owed to whom; rows here only say what a checkout keeps of it. What may be used is
`models.rules.credit`'s to say, who is given some is in `credit_grants`.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import CreditChanged
from models.repositories import ledger, ledger_balances
from models.repositories.ledger_balances import BookedEntry
from models.rules import credit
from models.rules.bookkeeping import AccountKind, LedgerEntry, PostingKind
from models.rules.credit_postings import credit_forfeited, credit_spent
from models.tables.credit import CreditReservation
from models.tables.orders import Order
from models.types import Money

HISTORY = 50
"""Entries on a page."""


async def available(session: AsyncSession, person_id: str, currency: str) -> Money:
    """What the person may spend now. To be shown: whoever spends asks again, under the lock."""
    kept = await _kept(session, person_id, currency)
    owed = await ledger.balance(session, AccountKind.STORE_CREDIT, person_id, currency)
    return Money(max(-owed.minor - kept, 0), currency)


async def all_of(session: AsyncSession, person_id: str) -> Mapping[str, Money]:
    """What is owed to the person, by currency, what checkouts keep of it included; nothing of zero."""
    accounts = await ledger_balances.balances_of(session, person_id)
    found = accounts.get(AccountKind.STORE_CREDIT, {})
    return {currency: Money(-owed.minor, currency) for currency, owed in found.items() if owed.minor}


async def owed(session: AsyncSession, person_id: str, currency: str) -> Money:
    """What checkouts keep included."""
    return await ledger.balance(session, AccountKind.STORE_CREDIT, person_id, currency) * -1


async def currencies_of(session: AsyncSession, person_id: str) -> list[str]:
    """In which the person has credit, or had some."""
    accounts = await ledger_balances.balances_of(session, person_id)
    return sorted(accounts.get(AccountKind.STORE_CREDIT, {}))


async def claim(session: AsyncSession, person_id: str, total: Money, wanted: Money) -> None:
    """Nobody else spends the person's credit until the transaction ends. Raises `CreditChanged` when another payment
    was faster, `InvalidInput`."""
    credit.refuse_unusable(total, await _locked(session, person_id, wanted.currency), wanted)


async def keep(session: AsyncSession, checkout_id: str, person_id: str, wanted: Money) -> None:
    """Reserves what was claimed in the same transaction, for a checkout that stands by now."""
    await session.execute(
        insert(CreditReservation).values(
            checkout_id=checkout_id,
            person_id=person_id,
            currency=wanted.currency,
            amount_minor=wanted.minor,
            state="held",
        )
    )


async def spend(session: AsyncSession, checkout_id: str) -> list[LedgerEntry]:
    """Uses up what the checkout keeps. The entries are for the sale's `paid_by`; the caller posts them."""
    kept = await session.get(CreditReservation, checkout_id)
    if kept is None:
        return []
    # Under the lock, so that nobody sees the reservation gone and the balance still as it was.
    await _locked(session, kept.person_id, kept.currency)
    kept.state = "spent"
    await session.flush()
    return [credit_spent(kept.person_id, Money(kept.amount_minor, kept.currency))]


async def spread(session: AsyncSession, used: Sequence[LedgerEntry], orders: Mapping[str, int]) -> None:
    """Writes down how much of it paid for which order; `orders` are totals by id."""
    if not used:
        return
    whole = sum((entry.amount for entry in used[1:]), used[0].amount)
    for (order_id, _), part in zip(orders.items(), credit.shared(whole, list(orders.values())), strict=True):
        await session.execute(update(Order).where(Order.id == order_id).values(credit_minor=part))


async def release(session: AsyncSession, checkout_id: str) -> None:
    """Gives back what a checkout kept. Safe to repeat, and harmless where it was spent."""
    await session.execute(
        update(CreditReservation)
        .where(CreditReservation.checkout_id == checkout_id, CreditReservation.state == "held")
        .values(state="released")
    )


async def give_up(session: AsyncSession, person_id: str, shown: Money, step_key: str) -> None:
    """Takes from a person who wants it so what they can spend now. Raises `CreditChanged` when that is not `shown`."""
    left = await _locked(session, person_id, shown.currency)
    if left != shown:
        raise CreditChanged(
            "Your credit has changed since you last looked. Nothing was given up; look at what there is now.",
            available_minor=left.minor,
        )
    await ledger.post(session, step_key, PostingKind.CREDIT_FORFEITED, person_id, credit_forfeited(person_id, left))


async def history(
    session: AsyncSession, person_id: str, currency: str, before: int | None = None
) -> Sequence[BookedEntry]:
    """The newest first; more credit has a negative amount, as it is owed."""
    return await ledger_balances.entries_of(
        session, AccountKind.STORE_CREDIT, person_id, currency, before=before, limit=HISTORY
    )


async def _locked(session: AsyncSession, person_id: str, currency: str) -> Money:
    owed = await ledger.locked_balance(session, AccountKind.STORE_CREDIT, person_id, currency)
    return Money(max(-owed.minor - await _kept(session, person_id, currency), 0), currency)


async def _kept(session: AsyncSession, person_id: str, currency: str) -> int:
    kept = await session.scalar(
        select(func.coalesce(func.sum(CreditReservation.amount_minor), 0)).where(
            CreditReservation.person_id == person_id,
            CreditReservation.currency == currency,
            CreditReservation.state == "held",
        )
    )
    return int(kept or 0)
