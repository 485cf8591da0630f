"""Any sequence of postings, retries, transactions left open and sums advanced, on a real database, against a count."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database, create_engine
from models.repositories import ledger, ledger_balances
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.types import Money
from tests.support.keys import key_ring

T = TypeVar("T")
KINDS = (AccountKind.ARTISAN_PAYABLE, AccountKind.ARTISAN_RESERVE, AccountKind.ORDER_HELD)
CURRENCIES = ("USD", "JPY", "KWD")
MINOR = st.integers(-(10**9), 10**9).filter(bool)
PLACE = st.tuples(st.sampled_from(KINDS), st.sampled_from(CURRENCIES))
_OWNERS, _STEPS = count(), count()


def test_any_sequence_of_transactions_adds_up(postgres_url: str) -> None:
    with asyncio.Runner() as loop:
        database = Database(create_engine(postgres_url, 4), key_ring())

        class LedgerMachine(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                self.owner = f"shp_{next(_OWNERS)}"
                self.balances: dict[tuple[AccountKind, str], int] = defaultdict(int)
                self.booked: list[tuple[str, list[LedgerEntry]]] = []
                self.open: list[tuple[AsyncSession, str, list[LedgerEntry]]] = []

            def run(self, work: Coroutine[Any, Any, T]) -> T:
                return loop.run(work)

            def entries(self, place: tuple[AccountKind, str], minor: int) -> list[LedgerEntry]:
                kind, currency = place
                return [
                    LedgerEntry(kind, self.owner, Money(minor, currency)),
                    LedgerEntry(AccountKind.CORRECTIONS, self.owner, Money(-minor, currency)),
                ]

            async def post(self, key: str, entries: list[LedgerEntry]) -> bool:
                async with database.transaction() as session:
                    return await ledger.post(session, key, "test", self.owner, entries)

            def count(self, key: str, entries: list[LedgerEntry]) -> None:
                self.booked.append((key, entries))
                for entry in entries:
                    self.balances[entry.kind, entry.amount.currency] += entry.amount.minor

            def new_key(self) -> str:
                return f"{self.owner}/{next(_STEPS)}"

            @rule(place=PLACE, minor=MINOR)
            def book(self, place: tuple[AccountKind, str], minor: int) -> None:
                key, entries = self.new_key(), self.entries(place, minor)
                assert self.run(self.post(key, entries))
                self.count(key, entries)

            @precondition(lambda self: self.booked)
            @rule(pick=st.integers(0, 99))
            def try_again(self, pick: int) -> None:
                key, entries = self.booked[pick % len(self.booked)]
                assert not self.run(self.post(key, entries))

            @precondition(lambda self: self.booked)
            @rule(pick=st.integers(0, 99), by=MINOR)
            def try_again_with_another_amount(self, pick: int, by: int) -> None:
                key, entries = self.booked[pick % len(self.booked)]
                other = entries[0].amount.minor + by
                with pytest.raises(ledger.PostedDifferently):
                    self.run(self.post(key, self.entries((entries[0].kind, entries[0].amount.currency), other)))

            @rule(place=PLACE, minor=MINOR, off=MINOR)
            def book_what_does_not_balance(self, place: tuple[AccountKind, str], minor: int, off: int) -> None:
                entries = [*self.entries(place, minor), LedgerEntry(place[0], self.owner, Money(off, place[1]))]
                with pytest.raises(IntegrityError, match="does not sum to zero"):
                    self.run(self.post(self.new_key(), entries))

            @precondition(lambda self: len(self.open) < 2 and self.booked)
            @rule(pick=st.integers(0, 99), minor=MINOR)
            def begin(self, pick: int, minor: int) -> None:
                """And leave it open, on accounts that exist: whoever opens the same account would wait for it."""
                _, known = self.booked[pick % len(self.booked)]
                key, session = self.new_key(), database.session()
                entries = self.entries((known[0].kind, known[0].amount.currency), minor)
                assert self.run(ledger.post(session, key, "test", self.owner, entries))
                self.open.append((session, key, entries))

            @precondition(lambda self: self.open)
            @rule(pick=st.integers(0, 1), commits=st.booleans())
            def end(self, pick: int, commits: bool) -> None:
                session, key, entries = self.open.pop(pick % len(self.open))
                self.run(session.commit() if commits else session.rollback())
                self.run(session.close())
                if commits:
                    self.count(key, entries)

            @rule(batch=st.sampled_from([1, 3, 1_000]))
            def advance(self, batch: int) -> None:
                self.run(ledger_balances.advance(database, batch=batch))

            @invariant()
            def every_balance_is_the_sum(self) -> None:
                async def asked() -> dict[tuple[AccountKind, str], int]:
                    async with database.transaction() as session:
                        found = await ledger_balances.balances_of(session, self.owner)
                    return {(kind, of): money.minor for kind, by in found.items() for of, money in by.items()}

                told = self.run(asked())
                assert {place: minor for place, minor in told.items() if minor} == {
                    place: minor for place, minor in self.balances.items() if minor
                }

            def teardown(self) -> None:
                for session, _, _ in self.open:
                    self.run(session.close())

        try:
            run_state_machine_as_test(
                LedgerMachine,
                settings=settings(
                    max_examples=15,
                    stateful_step_count=25,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            loop.run(database.close())
