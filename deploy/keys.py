"""`artisan keys`: shows, rotates and erases the keys of the ring while everything runs.

Owns what has to happen around a change of keys: the entry in the audit log, what is sealed anew, and who still needs a
key that is about to go. The ring itself is `core.keys`', what each purpose seals is its owners'.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.table import Table
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from core.codec import keys_named_in
from core.database import Database, create_engine
from core.keys import FileKeyRing, Key, KeyErased, Purpose, State, UnknownKey, new_key
from core.settings import Settings
from core.temporal import connect
from models.audited import Audited
from models.repositories import audit, person_keys

_AT_ONCE = 8
_ASKED_WITHIN = 10.0
FOR = {
    Purpose.PAYLOADS: "what Temporal stores about processes",
    Purpose.PEOPLE: "each person's own key",
    Purpose.INDEX: "finding people by their mail address",
    Purpose.TOKENS: "links in mails, parked forms, kept answers, signing keys",
    Purpose.SEALS: "the audit log's daily seal",
}


def table(settings: Settings) -> Table:
    """Every key without its secret, oldest first."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Key", "State", "Made", "Seals"):
        shown.add_column(heading)
    for key in FileKeyRing(settings.keys_path).all():
        shown.add_row(key.id, key.state, key.made or "before this was kept", FOR[key.purpose])
    return shown


@dataclass(frozen=True)
class Rotated:
    before: Key
    current: Key
    note: str
    """What was sealed anew, for people; empty when nothing had to be."""


async def _wrap_people_anew(database: Database) -> str:
    """In small transactions, so that nobody who signs in meanwhile waits. Broken off, it goes on with the next
    rotation or erasure."""
    total = 0
    while True:
        async with database.transaction() as session:
            done = await person_keys.rewrap(session)
        total += done
        if not done:
            return f"{total} people's own keys are wrapped with it now."


AFTER_ROTATING: dict[Purpose, Callable[[Database], Awaitable[str]]] = {Purpose.PEOPLE: _wrap_people_anew}
"""For a purpose whose sealed values should follow to the new key at once: called when the ring has it, answers what was
done. It may be called again after it was broken off. Whoever seals something that lives for ever adds theirs here."""


async def rotate(settings: Settings, purpose: Purpose) -> Rotated:
    """Every running process uses the new key with its next payload. Raises `ValueError` for the index, whose every
    entry would have to be made anew in the same instant."""
    if purpose is Purpose.INDEX:
        raise ValueError("nobody could sign in any more: mail addresses are found by this key, so it does not rotate")
    ring = FileKeyRing(settings.keys_path)
    before, fresh = ring.current(purpose), new_key(purpose)
    async with _database(settings, ring) as database:
        async with database.transaction() as session:
            # First the entry, then the key: without a database that takes entries, nothing rotates.
            await audit.append(
                session,
                Audited.KEY_ROTATED,
                actor=audit.SYSTEM,
                role=audit.SYSTEM,
                subject=fresh.id,
                details={"purpose": purpose.value, "before": before.id},
            )
            ring.rotate(purpose, fresh)
        follow = AFTER_ROTATING.get(purpose)
        note = await follow(database) if follow is not None else ""
    return Rotated(before, fresh, note)


async def erase(settings: Settings, key_id: str) -> None:
    """Destroys an old key. Raises `ValueError` for one that is current, unknown or gone, or that people's keys are
    still wrapped with."""
    ring = FileKeyRing(settings.keys_path)
    key = erasable(ring, key_id)
    async with _database(settings, ring) as database:
        if key.purpose is Purpose.PEOPLE:
            await _wrap_people_anew(database)
        async with database.transaction() as session:
            if key.purpose is Purpose.PEOPLE and await person_keys.is_needed(session, key_id):
                raise ValueError(f"people's own keys are still wrapped with {key_id}; try again")
            await audit.append(
                session,
                Audited.KEY_ERASED,
                actor=audit.SYSTEM,
                role=audit.SYSTEM,
                subject=key_id,
                details={"purpose": key.purpose.value},
            )
            ring.erase(key_id)


def erasable(ring: FileKeyRing, key_id: str) -> Key:
    """The key, if it may go. Raises `ValueError` with the reason."""
    try:
        key = ring.find(key_id)
    except UnknownKey as error:
        raise ValueError(f"there is no key {key_id}; `artisan keys list` shows all") from error
    except KeyErased as error:
        raise ValueError(f"{key_id} is erased already") from error
    if key.state is State.CURRENT:
        raise ValueError(f"{key_id} is current: run `artisan keys rotate {key.purpose}` first")
    return key


async def consequences(settings: Settings, key_id: str) -> list[str]:
    """What erasing this key would cost, in sentences. Raises `ValueError` for one that may not go."""
    key = erasable(FileKeyRing(settings.keys_path), key_id)
    match key.purpose:
        case Purpose.PAYLOADS:
            return await _processes_that_need(settings, key)
        case Purpose.TOKENS:
            return ["Links in mails sent under it stop working; parked forms and kept answers under it are gone."]
        case Purpose.SEALS:
            return ["Daily seals made with it can't be checked any more."]
        case _:
            return []


async def _processes_that_need(settings: Settings, key: Key) -> list[str]:
    told = [f"Histories sealed with {key.id} show a placeholder from then on."]
    try:
        async with asyncio.timeout(_ASKED_WITHIN):
            client = await connect(settings)
        running, needing = await _running_under(client, key.id)
        schedules = await _schedules_under(client, key.id)
    except (RPCError, RuntimeError, TimeoutError):
        return [*told, "Temporal can't be asked which running processes still need it: they would stop for ever."]
    if needing:
        some = ", ".join(sorted(needing)[:5]) + (" and others" if len(needing) > 5 else "")
        told.append(f"{len(needing)} of {running} running processes need it and would stop for ever: {some}.")
    else:
        told.append(f"None of {running} running processes needs it.")
    if schedules:
        told.append(f"Schedules made under it would start nothing: {', '.join(schedules)}. Restart the workers first.")
    return told


async def _running_under(client: Client, key_id: str) -> tuple[int, set[str]]:
    """How many processes run, and the ids of those whose history names the key."""
    gate = asyncio.Semaphore(_AT_ONCE)
    needing: set[str] = set()

    async def look(execution: WorkflowExecution) -> None:
        async with gate:
            handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
            try:
                async for event in handle.fetch_history_events():
                    if key_id in keys_named_in(event.SerializeToString()):
                        needing.add(execution.id)
                        return
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:  # ended and forgotten meanwhile
                    raise

    running = 0
    page: list[WorkflowExecution] = []
    async for execution in client.list_workflows('ExecutionStatus = "Running"'):
        running += 1
        page.append(execution)
        if len(page) == 100:
            await asyncio.gather(*map(look, page))
            page.clear()
    await asyncio.gather(*map(look, page))
    return running, needing


async def _schedules_under(client: Client, key_id: str) -> list[str]:
    """A schedule keeps the input of what it starts, sealed as it was when it was made."""
    found = []
    async for schedule in await client.list_schedules():
        described = await client.get_schedule_handle(schedule.id).describe()
        if key_id in keys_named_in(described.raw_description.SerializeToString()):
            found.append(schedule.id)
    return found


@asynccontextmanager
async def _database(settings: Settings, ring: FileKeyRing) -> AsyncIterator[Database]:
    database = Database(create_engine(settings.database_url, 1), ring)
    try:
        yield database
    finally:
        await database.close()
