"""The key of the payloads is changed in the middle of fifty purchases, and later destroyed: each ends as it would have,
Temporal never holds a word of them, and what can't be read any more says so."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import pytest
from google.protobuf.message import Message
from psycopg import sql
from sqlalchemy import select
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowExecutionStatus

from core.codec import SEALED, Erased, RawPayload, keys_named_in, read_out
from core.keys import FileKeyRing, Key, Purpose, State
from core.temporal import connect
from deploy import namespace as namespaces
from deploy.embedded.postgres import ROLE, PostgresCluster
from models.audited import Audited
from models.tables.audit import AuditEntry
from tests.support.marketplace import Piece, add_listing, add_shop
from tests.support.running import Buyer, Market, market
from tests.support.stack import TemporalServer, free_port, open_folder

PURCHASES = 50
AT_ONCE = 10
DURING_THE_ROTATION = 10
NAMESPACE = DATABASE = "rotating"
THE_SDKS_OWN = frozenset(
    [
        "activation_index",
        "activity_id",
        "activity_type",
        "attempt",
        "backoff",
        "complete_time",
        "original_schedule_time",
        "seq",
    ]
)
"""What its core keeps about a local activity, beside its sealed input and result."""
OPEN = 'ExecutionStatus = "Running"'


@dataclass
class Town:
    market: Market
    ring: FileKeyRing
    client: Client

    async def artisan(self, *words: str) -> str:
        """What somebody types beside the running marketplace."""
        settings = self.market.parts.settings
        environment = {
            **os.environ,
            "ARTISAN_DATABASE_URL": settings.database_url,
            "ARTISAN_KEYS_FILE": str(settings.keys_path),
            "ARTISAN_TEMPORAL_ADDRESS": settings.temporal_address,
            "ARTISAN_TEMPORAL_NAMESPACE": settings.temporal_namespace,
        }
        command = [sys.executable, "-m", "deploy.cli", *words]
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
        said, complained = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, complained.decode()
        return said.decode()

    async def histories(self) -> dict[str, History]:
        """Every process of the namespace by its id, as the server holds it."""
        return {
            run.id: History(events=(await self.client.get_workflow_handle(run.id).fetch_history()).events)
            async for run in self.client.list_workflows()
        }

    async def audited(self, action: Audited) -> list[AuditEntry]:
        async with self.market.database.transaction() as session:
            return list(await session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture(scope="module")
def own_database(postgres_server: PostgresCluster, template_database: str) -> Iterator[str]:
    name = sql.Identifier(DATABASE)
    postgres_server.execute(
        sql.SQL("create database {} template {} owner {} strategy wal_log").format(
            name, sql.Identifier(template_database), sql.Identifier(ROLE)
        )
    )
    yield postgres_server.url(DATABASE)
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="module")
async def town(own_database: str, temporal_dev_server: TemporalServer) -> AsyncIterator[Town]:
    """A marketplace with keys of its own, because one of them will be destroyed."""
    temporal = TemporalServer(temporal_dev_server.port, NAMESPACE)
    await namespaces.ensure(temporal.address, temporal.namespace)
    with open_folder() as folder:
        ring = FileKeyRing.create(folder / "keys.json")
        async with market(
            folder,
            database_url=own_database,
            temporal=temporal,
            port=free_port(),
            sandbox_port=free_port(),
            keys=folder / "keys.json",
        ) as running:
            yield Town(running, ring, await connect(running.parts.settings))
            await running.hang_up()


@dataclass
class Purchase:
    buyer: Buyer
    cart_id: str
    checkout_id: str
    page: str

    @property
    def workflow_id(self) -> str:
        return f"checkout-{self.cart_id}-1"

    async def pay(self) -> None:
        assert (await self.buyer.pay(self.page)).status_code == 303

    async def ends(self) -> None:
        """The order is there, and the process has nothing left to do."""
        assert len((await self.buyer.until(self.checkout_id, "paid", within=90))["orders"]) == 1


async def place_one(town: Market, listing_id: str) -> Purchase:
    buyer = await town.buyer()
    cart = await buyer.fill({listing_id: 1})
    placed = await buyer.place()
    return Purchase(buyer, cart["id"], placed["checkout_id"], placed["redirect_url"])


async def place_all(town: Market) -> list[Purchase]:
    async with town.database.transaction() as session:
        listing_id = await add_listing(session, await add_shop(session), Piece(on_hand=PURCHASES))
    placed: list[Purchase] = []
    while len(placed) < PURCHASES:
        placed += await asyncio.gather(*(place_one(town, listing_id) for _ in range(AT_ONCE)))
    return placed


async def in_small_groups(steps: Sequence[Purchase], what: str) -> None:
    for start in range(0, len(steps), AT_ONCE):
        await asyncio.gather(*(getattr(purchase, what)() for purchase in steps[start : start + AT_ONCE]))


def messages_in(message: Message) -> Iterator[Message]:
    """It and everything in it, but for search attributes: operators search by them, so they are ids and stand open."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.full_name == SearchAttributes.DESCRIPTOR.full_name:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = list(value) if field.is_repeated else [value]
        for part in parts:
            yield from messages_in(part)


def payloads_of(history: History) -> list[Payload]:
    return [message for message in messages_in(history) if isinstance(message, Payload)]


def keys_of(history: History) -> set[str]:
    return keys_named_in(history.SerializeToString())


@pytest.fixture(scope="module")
async def rotated(town: Town) -> tuple[Key, Key, list[Purchase]]:
    """Fifty purchases that were begun under the old key, with the old and the new one; all have ended well."""
    old = town.ring.current(Purpose.PAYLOADS)
    await town.market.faults(
        once=[{"match": "POST /v1/payment_intents/*/capture", "fault": "error_500", "times": 3}]
    )  # so that failures are in some histories
    purchases = await place_all(town.market)
    assert {key for history in (await town.histories()).values() for key in keys_of(history)} == {old.id}

    first, later = purchases[:DURING_THE_ROTATION], purchases[DURING_THE_ROTATION:]
    said, *_ = await asyncio.gather(town.artisan("keys", "rotate", "payloads"), *(purchase.pay() for purchase in first))
    new = town.ring.current(Purpose.PAYLOADS)
    assert new.id != old.id
    assert new.id in str(said)
    await in_small_groups(later, "pay")
    await in_small_groups(purchases, "ends")
    await asyncio.gather(*(town.client.get_workflow_handle(p.workflow_id).result() for p in purchases))
    return old, new, purchases


async def test_each_of_fifty_purchases_ends_across_the_rotation(
    town: Town, rotated: tuple[Key, Key, list[Purchase]]
) -> None:
    old, new, purchases = rotated
    histories = await town.histories()
    both = [purchase for purchase in purchases if keys_of(histories[purchase.workflow_id]) == {old.id, new.id}]
    assert len(both) >= PURCHASES - DURING_THE_ROTATION
    for purchase in purchases:
        described = await town.client.get_workflow_handle(purchase.workflow_id).describe()
        assert described.status is WorkflowExecutionStatus.COMPLETED
    assert sum(keys_of(history) == {new.id} for history in histories.values()) >= PURCHASES - DURING_THE_ROTATION, (
        "the orders that began after it know only the new one"
    )
    stats = await town.market.stats()
    assert [stats["captured_per_reference"][purchase.checkout_id] for purchase in purchases] == [1] * PURCHASES


async def test_a_process_is_replayed_with_both_keys(town: Town, rotated: tuple[Key, Key, list[Purchase]]) -> None:
    _, _, purchases = rotated
    told = await town.market.parts.processes.timeline(purchases[-1].workflow_id)
    assert [entry.what for entry in told.entries] == ["checkout_placed", "payment_authorised", "checkout_paid"]


async def test_temporal_never_held_a_plain_message(town: Town, rotated: tuple[Key, Key, list[Purchase]]) -> None:
    _, _, purchases = rotated
    histories = await town.histories()
    assert len(histories) >= 2 * PURCHASES
    for history in histories.values():
        for payload in payloads_of(history):
            if payload.metadata["encoding"] != SEALED:
                assert set(json.loads(payload.data)) <= THE_SDKS_OWN
    recorded = b"".join(history.SerializeToString() for history in histories.values())
    words = [b"cart_id", b"address_id", b"deadlines", b'payment_authorised"', b"total_minor", b"Traceback", b'File "']
    ids = [purchase.buyer.address_id.encode() for purchase in purchases]
    assert [word for word in (*words, *ids) if word in recorded] == []


async def test_what_a_failure_says_is_sealed_too(town: Town, rotated: tuple[Key, Key, list[Purchase]]) -> None:
    failures = [
        message
        for history in (await town.histories()).values()
        for message in messages_in(history)
        if isinstance(message, Failure)
    ]
    assert failures, "three captures have failed at first"
    for failure in failures:
        assert (failure.message, failure.stack_trace) == ("Encoded failure", "")
        assert failure.encoded_attributes.metadata["encoding"] == SEALED
    ring, hidden = town.ring, failures[0].encoded_attributes
    [opened] = await read_out(ring, [RawPayload(dict(hidden.metadata), hidden.data)])
    assert b"message" in opened.data


async def test_the_rotation_is_in_the_log(town: Town, rotated: tuple[Key, Key, list[Purchase]]) -> None:
    old, new, _ = rotated
    [entry] = await town.audited(Audited.KEY_ROTATED)
    assert (entry.actor, entry.subject) == ("system", new.id)
    assert entry.details == {"purpose": "payloads", "before": old.id}


async def test_after_the_old_key_is_erased_old_histories_say_so_and_nothing_breaks(
    town: Town, rotated: tuple[Key, Key, list[Purchase]]
) -> None:
    old, _, purchases = rotated
    histories = await town.histories()
    running = {run.id async for run in town.client.list_workflows(OPEN)}
    needing = {id_ for id_ in running if old.id in keys_of(histories[id_])}
    said = await town.artisan("keys", "erase", old.id, "--yes")
    if needing:
        assert f"{len(needing)} of {len(running)} running processes need it" in said
    else:
        assert f"None of {len(running)} running processes needs it." in said
    assert [key.state for key in town.ring.all() if key.id == old.id] == [State.ERASED]
    [entry] = await town.audited(Audited.KEY_ERASED)
    assert (entry.subject, entry.details) == (old.id, {"purpose": "payloads"})

    for purchase in purchases[-3:]:
        handle = town.client.get_workflow_handle(purchase.workflow_id)
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
        assert await handle.query("timeline") == Erased(old.id)
        assert (await handle.result())["status"] == "paid", "the end came under the new key"
        payloads = payloads_of(histories[purchase.workflow_id])
        shown = await read_out(town.ring, [RawPayload(dict(payload.metadata), payload.data) for payload in payloads])
        erased = [payload for payload in shown if old.id.encode() in payload.data]
        assert 0 < len(erased) < len(shown)
        assert (await purchase.buyer.look(purchase.checkout_id))["status"] == "paid", "people read SQL"
