"""`artisan verify`: checks what must always hold, names each violation in one line, and changes nothing.

Owns the order of the checks, the second look and the report. The rules are in `books`, `refunds`, `currencies`,
`papers`, `cases`, `stock`, `checkouts`, `commissions`, `commission_papers`, `commission_orders`, `discounts`, `stories`
and `privacy`, which also reads the journal of erasures; the audit log's chain and seals, in `audit`; what is compared
with the payment provider and with Temporal, in `provider` and `workflows`.

The tables are read in one snapshot. Partners and workflows go on meanwhile, so what looks wrong is looked at again two
seconds later, and only what is still wrong then is told.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError

from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.stripe_books import StripeBooks
from activities.gateways.trust import trusting
from core import clock
from core.database import create_engine
from core.keys import KeyRing, UnknownKey, open_key_ring
from core.settings import Settings, get_settings
from core.temporal import connect
from deploy.verify import (
    audit,
    books,
    cases,
    checkouts,
    commission_orders,
    commission_papers,
    commission_talk,
    commissions,
    credit,
    currencies,
    discounts,
    papers,
    privacy,
    provider,
    refunds,
    stock,
    stories,
    workflows,
)
from deploy.verify.findings import Checked, Rule, Violation, checked
from deploy.verify.provider import ProviderBooks
from models.errors import DomainError
from models.ports import ErasureJournal

RULES: tuple[Rule, ...] = (
    *books.RULES,
    *refunds.RULES,
    *currencies.RULES,
    *papers.RULES,
    *cases.RULES,
    *stock.RULES,
    *checkouts.RULES,
    *commission_orders.RULES,
    *commissions.RULES,
    *commission_papers.RULES,
    *commission_talk.RULES,
    *discounts.RULES,
    *credit.RULES,
    *stories.RULES,
    *privacy.RULES,
    *audit.RULES,
)
LOOK_AGAIN_AFTER = 2.0
SHOWN = 20
"""Violations of one check that are told one by one; the rest are counted."""


def run() -> int:
    """Prints the report; 1 when anything is violated or could not be looked at, else 0."""
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    settings = get_settings()
    try:
        return report(console, asyncio.run(_examine(settings)))
    except SQLAlchemyError as problem:
        console.print(f"[red]The database does not answer: {escape(str(problem).splitlines()[0])}[/]")
        console.print("Nothing was checked. Is the stack running? (make up; artisan doctor says what is missing)")
        return 1


async def _examine(settings: Settings) -> list[Checked]:
    engine = create_engine(settings.database_url, 1)
    listing = StripeBooks(
        settings.stripe_secret_key.get_secret_value(),
        api_base=settings.stripe_api_base,
        tls=trusting(settings.partners_ca_file),
    )
    try:
        client = await _temporal(settings)
        keys, journal = _keys(settings), FileErasureJournal(settings.erasures_path)
        found = await examine(engine, listing, client, keys, journal)
        if not any(line.violations for line in found):
            return found
        await asyncio.sleep(LOOK_AGAIN_AFTER)
        return still_there(found, await examine(engine, listing, client, keys, journal))
    finally:
        await listing.aclose()
        await engine.dispose()


async def examine(
    engine: AsyncEngine,
    listing: ProviderBooks,
    client: Client | None,
    keys: KeyRing | None,
    journal: ErasureJournal,
) -> list[Checked]:
    """One look at everything. What cannot be looked at is a violation: silence is no proof."""
    async with _snapshot(engine) as connection:
        found = [await rule.examine(connection) for rule in RULES]
        found += await privacy.examine(connection, journal)
        now = clock.now()
        if keys is None:
            says = "The key ring cannot be read, so no seal can be checked. Is ARTISAN_KEYS_FILE right?"
            found.append(checked("audit seals fit the chain", 0, "seals", [("keys", says)]))
        else:
            found += await audit.examine(connection, keys, now)
        try:
            found += await provider.examine(connection, listing, now)
        except DomainError as problem:
            found.append(checked("ledger and provider agree", 0, "", [("provider", problem.message)]))
        try:
            if client is None:
                raise TimeoutError
            found += await workflows.examine(connection, client, now)
        except (RPCError, RuntimeError, TimeoutError) as problem:
            says = f"Temporal cannot be asked ({type(problem).__name__}). Is the stack running?"
            found.append(checked("processes and workflows agree", 0, "", [("temporal", says)]))
    return found


def still_there(first: Sequence[Checked], second: Sequence[Checked]) -> list[Checked]:
    """The second look, with only those violations that both have seen."""
    known = {(violation.check, violation.subject) for line in first for violation in line.violations}

    def seen_twice(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
        return tuple(found for found in violations if (found.check, found.subject) in known)

    return [Checked(line.about, line.count, line.unit, seen_twice(line.violations), line.note) for line in second]


def report(console: Console, found: Sequence[Checked]) -> int:
    """The table, then each violation in a line; the exit code."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Checked")
    table.add_column("Count", justify="right")
    table.add_column("Of")
    table.add_column("Violations", justify="right")
    for line in found:
        wrong = len(line.violations)
        table.add_row(line.about, str(line.count), line.unit, f"[red]{wrong}[/]" if wrong else "0")
    console.print(table)
    for line in found:
        if line.note:
            console.print(f"note: {line.about}: {escape(line.note)}")
    for line in found:
        for violation in line.violations[:SHOWN]:
            console.print(f"[red]violation:[/] {escape(violation.sentence)}")
        if len(line.violations) > SHOWN:
            console.print(f"[red]violation:[/] and {len(line.violations) - SHOWN} more of: {line.about}")
    total = sum(len(line.violations) for line in found)
    console.print(f"{total or 'no'} violation{'' if total == 1 else 's'} in {len(found)} checks")
    return 1 if total else 0


@asynccontextmanager
async def _snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """All questions see the same instant, and none of them can change anything."""
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield connection
        await transaction.rollback()


def _keys(settings: Settings) -> KeyRing | None:
    try:
        return open_key_ring(settings.keys_path)
    except (UnknownKey, OSError):
        return None


async def _temporal(settings: Settings) -> Client | None:
    try:
        async with asyncio.timeout(10):
            return await connect(settings)
    except (RPCError, RuntimeError, TimeoutError):
        return None
