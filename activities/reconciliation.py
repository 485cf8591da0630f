"""The nightly reconciliation's steps: reads the provider's books, books what became available, compares, opens cases.

Every step may be repeated: lines are stored once, postings and cases have keys. It books nothing that nobody has agreed
to, but for what the provider has made available.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio import activity

from activities.boundary import translates_errors
from core import clock
from core.database import Database
from models.errors import NotFound, PartnerRefused
from models.ports import PayoutGateway, ProviderBooks
from models.repositories import reconciliation, reconciliation_cases, reconciliation_facts
from models.repositories.reconciliation import Done, Night
from models.rules.reconciliation import (
    Difference,
    DifferenceKind,
    Do,
    Line,
    Posted,
    accounts_differences,
    loose_differences,
    payout_differences,
    sale_differences,
)
from models.rules.reconciliation.facts import AT_PROVIDER
from models.types import Money

log = structlog.get_logger(__name__)
PAGES_AT_ONCE = 10
"""Of the provider's books, each stored in a transaction of its own, between two words to the workflow."""
AVAILABLE_AT_ONCE = 500
UNITS_AT_ONCE = 500
"""Checkouts and payouts that are compared in one transaction."""


@dataclass(frozen=True)
class BeginNight:
    run_id: str
    lag: timedelta
    """What happened so lately is the next night's: the provider may still be telling it."""


@dataclass(frozen=True)
class NightBegun:
    since: datetime
    until: datetime
    booked_before: datetime
    accounts: tuple[str, ...]
    """Connected ones whose books are read beside ours."""
    approved: tuple[str, ...]
    """Cases whose repair the provider has still to be asked for."""


@dataclass(frozen=True)
class ReadBooks:
    since: datetime
    until: datetime
    account_id: str
    cursor: str


@dataclass(frozen=True)
class BooksRead:
    stored: int
    cursor: str
    """Where the next step goes on; empty at the end of this account's books."""


@dataclass(frozen=True)
class BookAvailable:
    run_id: str
    since: datetime
    until: datetime
    booked_before: datetime

    @property
    def night(self) -> Night:
        return Night(self.run_id, self.since, self.until, self.booked_before)


@dataclass(frozen=True)
class AvailableBooked:
    booked: int
    left: bool


@dataclass(frozen=True)
class Compare:
    run_id: str
    until: datetime
    settles: timedelta
    """What has moved within so long before the window's end is left to the next night."""
    cursor: str


@dataclass(frozen=True)
class Compared:
    looked_at: int
    young: int
    opened: int
    gone: int
    excused: dict[str, int]
    """By currency, what the provider has more than the ledger for those that were left to the next night."""
    cursor: str


@dataclass(frozen=True)
class EndNight:
    night: BookAvailable
    settles: timedelta
    excused: dict[str, int] = field(default_factory=dict)
    done: Done = field(default_factory=Done)


@dataclass(frozen=True)
class NightEnded:
    opened: int
    gone: int


@dataclass(frozen=True)
class RepairAtProvider:
    case_id: str


class ReconciliationActivities:
    """Dependencies: the database, the provider's books, the payout gateway (which reverses transfers)."""

    def __init__(self, database: Database, books: ProviderBooks, gateway: PayoutGateway) -> None:
        self._database = database
        self._books = books
        self._gateway = gateway

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [
            self.begin_night,
            self.read_books,
            self.book_available,
            self.gather,
            self.compare,
            self.end_night,
            self.repair_at_provider,
        ]

    @activity.defn(name="reconciliation.begin_night")
    @translates_errors
    async def begin_night(self, step: BeginNight) -> NightBegun:
        now = clock.now()
        async with self._database.transaction() as session:
            night = await reconciliation.begin(session, step.run_id, now - step.lag, now)
            accounts = await reconciliation.accounts_that_moved(session, night.since)
            approved = await reconciliation_cases.approved(session)
        return NightBegun(night.since, night.until, night.booked_before, tuple(accounts), tuple(approved))

    @activity.defn(name="reconciliation.read_books")
    @translates_errors
    async def read_books(self, step: ReadBooks) -> BooksRead:
        stored, cursor = 0, step.cursor
        for _ in range(PAGES_AT_ONCE):
            try:
                page = await self._books.transactions(
                    since=step.since, before=step.until, cursor=cursor, account_id=step.account_id or None
                )
            except (NotFound, PartnerRefused):
                if not step.account_id:
                    raise
                # One that was closed at the provider. Our own books tell what went there and came back.
                log.warning("books of a connected account can't be read", account_id=step.account_id)
                return BooksRead(stored, "")
            async with self._database.transaction() as session:
                stored += await reconciliation.store(session, step.account_id, page.transactions)
            cursor = page.cursor
            if not cursor:
                break
        return BooksRead(stored, cursor)

    @activity.defn(name="reconciliation.book_available")
    @translates_errors
    async def book_available(self, step: BookAvailable) -> AvailableBooked:
        async with self._database.transaction() as session:
            booked = await reconciliation.book_available(session, step.night, clock.now(), AVAILABLE_AT_ONCE)
        return AvailableBooked(booked, left=booked == AVAILABLE_AT_ONCE)

    @activity.defn(name="reconciliation.gather")
    @translates_errors
    async def gather(self, step: BookAvailable) -> None:
        async with self._database.transaction() as session:
            await reconciliation.gather(session, step.night)

    @activity.defn(name="reconciliation.compare")
    @translates_errors
    async def compare(self, step: Compare) -> Compared:
        now, old_enough = clock.now(), step.until - step.settles
        async with self._database.transaction() as session:
            units = await reconciliation.units(session, step.run_id, step.cursor, UNITS_AT_ONCE)
            sales = await reconciliation_facts.sales(session, units, old_enough)
            payouts = await reconciliation_facts.payouts(session, units, old_enough)
            found = [one for sale in sales.settled for one in sale_differences(sale)]
            found += [one for payout in payouts.settled for one in payout_differences(payout, now)]
            looked_at = [*(sale.checkout_id for sale in sales.settled), *(out.payout_id for out in payouts.settled)]
            noted = await reconciliation_cases.note(session, found, looked_at, now)
        excused: dict[str, int] = defaultdict(int)
        still_moving = [(sale.lines, sale.postings) for sale in sales.young]
        still_moving += [(out.lines, out.postings) for out in payouts.young]
        for lines, postings in still_moving:
            for currency, minor in ahead(lines, postings, step.until):
                excused[currency] += minor
        return Compared(
            looked_at=len(looked_at),
            young=len(sales.young) + len(payouts.young),
            opened=noted.opened,
            gone=noted.gone,
            excused=dict(excused),
            cursor=units[-1] if len(units) == UNITS_AT_ONCE else "",
        )

    @activity.defn(name="reconciliation.end_night")
    @translates_errors
    async def end_night(self, step: EndNight) -> NightEnded:
        """What belongs to nothing of ours, the accounts as a whole, and the balance where nothing else explains it."""
        now, night = clock.now(), step.night.night
        async with self._database.transaction() as session:
            old_enough = night.until - step.settles
            loose = await reconciliation_facts.loose(session, old_enough, night.booked_before)
            found: list[Difference] = loose_differences(loose)
            accounts = await reconciliation_facts.accounts(session)
            explained = await reconciliation_facts.explained(session)
            found += [
                one
                for one in accounts_differences(accounts, {})
                if one.kind is not DifferenceKind.ACCOUNT_OVERDRAWN or one.facts["owner"] not in explained
            ]
            noted = await reconciliation_cases.note(
                session, found, [""], now, left_alone=[DifferenceKind.BALANCE_DIFFERS]
            )
            later = await reconciliation_facts.loose(session, night.until, night.booked_before)
            known = {line.id for line in loose.lines}
            excused = dict(step.excused)
            for currency, minor in ahead([one for one in later.lines if one.id not in known], [], night.until):
                excused[currency] = excused.get(currency, 0) + minor
            compared = {card.card_id for card in loose.cards}
            for card in (one for one in later.cards if one.card_id not in compared):
                for currency, minor in ahead(card.lines, card.postings, night.until):
                    excused[currency] = excused.get(currency, 0) + minor
            known_in = await reconciliation_cases.currencies_of_open(session)
            balances = {
                currency: (theirs - excused.get(currency, 0), ours)
                for currency, (theirs, ours) in (await reconciliation_facts.balances(session, night.until)).items()
                if currency not in known_in
            }
            of_balances = await reconciliation_cases.note(
                session,
                accounts_differences([], balances),
                [""],
                now,
                left_alone=[kind for kind in DifferenceKind if kind is not DifferenceKind.BALANCE_DIFFERS],
            )
            opened, gone = noted.opened + of_balances.opened, noted.gone + of_balances.gone
            done = Done(
                transactions=step.done.transactions,
                available=step.done.available,
                looked_at=step.done.looked_at,
                young=step.done.young,
                opened=step.done.opened + opened,
                gone=step.done.gone + gone,
            )
            await reconciliation.end(session, night, done, now)
        return NightEnded(opened, gone)

    @activity.defn(name="reconciliation.repair_at_provider")
    @translates_errors
    async def repair_at_provider(self, step: RepairAtProvider) -> None:
        """Reverses a transfer that two administrators want back: looked for first, so it happens once."""
        async with self._database.transaction() as session:
            case = await reconciliation_cases.get(session, step.case_id)
            if case.status != "approved" or case.repair["do"] != Do.REVERSE_TRANSFER:
                return
            transfer_id = case.repair["transfer_id"]
            amount = Money(case.repair["minor"], case.repair["currency"])
        operation = f"case/{step.case_id}"
        found = await self._gateway.find_reversal(transfer_id, operation=operation)
        refused = ""
        if found is None:
            try:
                await self._gateway.reverse(transfer_id, amount, operation=operation, key=operation)
            except PartnerRefused as refusal:
                refused = str(refusal.details.get("code") or "refused")
        async with self._database.transaction() as session:
            case = await reconciliation_cases.get(session, step.case_id, locked=True)
            if case.status == "approved" and refused:
                reconciliation_cases.reopen(case, refused)
            elif case.status == "approved":
                reconciliation_cases.close(case, "repaired", clock.now())


def ahead(lines: Iterable[Line], postings: Iterable[Posted], until: datetime) -> list[tuple[str, int]]:
    """By currency, how much more the provider's books have for us than ours, up to a moment."""
    found = [(line.net.currency, line.net.minor) for line in lines if not line.account_id and line.created_at < until]
    found += [
        (entry.amount.currency, -entry.amount.minor)
        for posting in postings
        if posting.posted_at < until
        for entry in posting.entries
        if entry.kind in AT_PROVIDER
    ]
    return found
