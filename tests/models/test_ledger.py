"""The ledger on real PostgreSQL: what does not balance is refused, and what is written stays."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from models.repositories import ledger
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.tables.ledger import Account, Entry, Posting
from models.types import Money

HELD, PENDING, FEES = AccountKind.ORDER_HELD, AccountKind.PROVIDER_PENDING, AccountKind.FEES_EARNED


def entry(minor: int, kind: AccountKind = PENDING, owner: str = "", currency: str = "USD") -> LedgerEntry:
    return LedgerEntry(kind, owner, Money(minor, currency))


SALE = (entry(10_000), entry(-10_000, HELD, "ord_1"))


async def post(database: Database, entries: Sequence[LedgerEntry] = SALE, key: str = "checkout-1/capture") -> bool:
    async with database.transaction() as session:
        return await ledger.post(session, key, "sale", "checkout-1", entries)


async def count(database: Database) -> tuple[int, int]:
    """Postings and entries."""
    async with database.transaction() as session:
        return (
            await session.scalar(select(func.count()).select_from(Posting)) or 0,
            await session.scalar(select(func.count()).select_from(Entry)) or 0,
        )


async def balance(database: Database, kind: AccountKind, owner: str = "", currency: str = "USD") -> int:
    async with database.transaction() as session:
        return (await ledger.balance(session, kind, owner, currency)).minor


async def test_a_posting_is_booked_and_read_back(database: Database) -> None:
    assert await post(database)
    assert await count(database) == (1, 2)
    assert await balance(database, PENDING) == 10_000
    assert await balance(database, HELD, "ord_1") == -10_000
    assert await balance(database, HELD, "ord_2") == 0


async def test_entries_of_zero_are_left_out(database: Database) -> None:
    await post(database, [*SALE, entry(0, FEES), entry(0, HELD, "ord_2")])
    assert await count(database) == (1, 2)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([entry(10_000), entry(-9_999, HELD, "ord_1")], "does not sum to zero: USD 1"),
        ([entry(100), entry(-100, HELD, "ord_1", currency="EUR")], "does not sum to zero"),
        ([entry(100, currency="JPY"), entry(-100, HELD, "ord_1", currency="JPY"), entry(1), entry(1)], "USD 2"),
        ([entry(100)], "has 1 entries"),
    ],
    ids=["off by one", "balanced over two currencies", "one currency off", "one entry"],
)
async def test_what_does_not_balance_is_refused_at_commit(
    database: Database, entries: list[LedgerEntry], complaint: str
) -> None:
    with pytest.raises(IntegrityError, match=complaint):
        await post(database, entries)
    assert await count(database) == (0, 0)


async def test_a_posting_without_entries_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="has 0 entries"):
        async with database.transaction() as session:
            await session.execute(insert(Posting).values(step_key="empty", kind="sale", reference="checkout-1"))


async def account_id(session: AsyncSession, currency: str = "USD") -> int:
    found = await session.scalar(select(Account.id).where(Account.kind == PENDING.value, Account.currency == currency))
    assert found is not None
    return found


async def test_an_entry_cannot_join_a_posting_that_was_committed(database: Database) -> None:
    await post(database)
    with pytest.raises(IntegrityError, match="is closed, write a new one"):
        async with database.transaction() as session:
            posting = await session.scalar(select(Posting.id))
            account = await account_id(session)
            await session.execute(
                insert(Entry).values(
                    [
                        {"posting_id": posting, "account_id": account, "currency": "USD", "amount_minor": minor}
                        for minor in (5, -5)
                    ]
                )
            )
    assert await count(database) == (1, 2)


async def test_a_posting_of_a_step_that_is_booked_cannot_be_written_past_the_repository(database: Database) -> None:
    await post(database)
    with pytest.raises(IntegrityError, match="uq_ledger_postings_step_key"):
        async with database.transaction() as session:
            await session.execute(
                insert(Posting).values(step_key="checkout-1/capture", kind="sale", reference="checkout-9")
            )
    with pytest.raises(IntegrityError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('checkout-1/capture', 'x', 'y') "
                    "ON CONFLICT (step_key) DO UPDATE SET reference = 'y'"
                )
            )


async def test_an_entry_has_the_currency_of_its_account(database: Database) -> None:
    await post(database)
    with pytest.raises(IntegrityError, match="violates foreign key constraint"):
        async with database.transaction() as session:
            posting = await session.scalar(
                insert(Posting).values(step_key="other", kind="sale", reference="checkout-2").returning(Posting.id)
            )
            account = await account_id(session)
            await session.execute(
                insert(Entry).values(posting_id=posting, account_id=account, currency="EUR", amount_minor=5)
            )


async def test_an_entry_of_nothing_is_refused(database: Database) -> None:
    await post(database)
    with pytest.raises(IntegrityError, match="ck_ledger_entries_amount"):
        async with database.transaction() as session:
            posting = await session.scalar(
                insert(Posting).values(step_key="other", kind="sale", reference="checkout-2").returning(Posting.id)
            )
            account = await account_id(session)
            await session.execute(
                insert(Entry).values(posting_id=posting, account_id=account, currency="USD", amount_minor=0)
            )


@pytest.mark.parametrize(
    "change",
    [
        update(Entry).values(amount_minor=Entry.amount_minor * 2),
        update(Posting).values(reference="somebody-else"),
        update(Account).values(owner="somebody-else"),
        delete(Entry),
        delete(Posting),
        delete(Account),
        text("TRUNCATE ledger_entries, ledger_postings, ledger_accounts CASCADE"),
        text("TRUNCATE ledger_entries"),
        text("DELETE FROM ledger_entries WHERE false"),
    ],
    ids=lambda change: str(change).split(" SET")[0].split(" WHERE")[0].lower(),
)
async def test_what_is_written_is_neither_changed_nor_deleted(database: Database, change: object) -> None:
    await post(database)
    with pytest.raises(IntegrityError, match="append-only: book a correction"):
        async with database.transaction() as session:
            await session.execute(change)  # type: ignore[call-overload] # UPDATE, DELETE and plain text alike
    assert await count(database) == (1, 2)
    assert await balance(database, PENDING) == 10_000


async def test_the_same_step_books_once(database: Database) -> None:
    assert await post(database)
    assert not await post(database)
    assert not await post(database, [entry(0, FEES), *SALE[::-1]]), "order and entries of zero make no difference"
    assert await count(database) == (1, 2)
    assert await balance(database, PENDING) == 10_000


@pytest.mark.parametrize(
    "entries",
    [
        [entry(9_999), entry(-9_999, HELD, "ord_1")],
        [entry(10_000), entry(-10_000, HELD, "ord_2")],
        [entry(10_000, currency="EUR"), entry(-10_000, HELD, "ord_1", currency="EUR")],
        [*SALE, *SALE],
        [*SALE, entry(5), entry(-5)],
        [entry(-10_000), entry(10_000, HELD, "ord_1")],
        [],
    ],
    ids=["amount", "owner", "currency", "twice", "one more", "other way round", "nothing"],
)
async def test_the_same_step_with_other_contents_is_told(database: Database, entries: list[LedgerEntry]) -> None:
    await post(database)
    with pytest.raises(ledger.PostedDifferently, match="checkout-1/capture has been booked with other contents"):
        await post(database, entries)
    assert await count(database) == (1, 2)
    assert await balance(database, PENDING) == 10_000


@pytest.mark.parametrize(("kind", "reference"), [("refund", "checkout-1"), ("sale", "checkout-2")])
async def test_the_same_step_of_another_kind_or_about_something_else_is_told(
    database: Database, kind: str, reference: str
) -> None:
    await post(database)
    with pytest.raises(ledger.PostedDifferently):
        async with database.transaction() as session:
            await ledger.post(session, "checkout-1/capture", kind, reference, SALE)


async def test_two_attempts_at_once_that_differ_book_one_and_tell_the_other(database: Database) -> None:
    other = [entry(1), entry(-1, HELD, "ord_1")]
    ended = await asyncio.gather(*(post(database, SALE if n % 2 else other) for n in range(8)), return_exceptions=True)
    assert sum(found is True for found in ended) == 1
    assert sum(isinstance(found, ledger.PostedDifferently) for found in ended) == 4
    assert await count(database) == (1, 2)


@pytest.mark.parametrize("minor", [5, -10_000])
async def test_an_entry_after_an_early_check_is_checked_again(database: Database, minor: int) -> None:
    """`SET CONSTRAINTS` runs the check of the posting before the last entry is there."""
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        async with database.transaction() as session:
            await ledger.post(session, "checkout-1/capture", "sale", "checkout-1", SALE)
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            await session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
            late = {"posting_id": await session.scalar(select(Posting.id)), "account_id": await account_id(session)}
            await session.execute(insert(Entry).values(**late, currency="USD", amount_minor=minor))
    assert await count(database) == (0, 0)


async def test_the_same_step_many_times_at_once_books_once(database: Database) -> None:
    booked = await asyncio.gather(*(post(database) for _ in range(12)))
    assert sorted(booked) == [False] * 11 + [True]
    assert await count(database) == (1, 2)


async def test_many_steps_at_once_open_each_account_once(database: Database) -> None:
    entries = [entry(300), entry(-100, HELD, "ord_1"), entry(-150, HELD, "ord_2"), entry(-50, FEES)]
    booked = await asyncio.gather(
        *(post(database, entries if n % 2 else entries[::-1], f"step-{n}") for n in range(12))
    )
    assert all(booked)
    assert await balance(database, HELD, "ord_2") == -150 * 12
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Account)) == 4


async def test_a_step_whose_transaction_failed_can_be_booked_again(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await post(database, [entry(1), entry(-2, HELD, "ord_1")])
    assert await post(database)
    assert await balance(database, PENDING) == 10_000


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 4_800), ("USD", 48_00), ("KWD", 48_000)])
async def test_every_kind_of_minor_unit_is_kept_as_it_is(database: Database, currency: str, minor: int) -> None:
    await post(database, [entry(minor, currency=currency), entry(-minor, HELD, "ord_1", currency=currency)])
    assert await balance(database, PENDING, currency=currency) == minor
    assert await balance(database, PENDING, currency="EUR") == 0
