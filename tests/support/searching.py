"""Looks for somebody in every place where anything is kept: every table and column as it lies there, as text and opened
with every key that still exists; the partners' stores; complete Temporal histories, raw and decoded.

Finds places; what may be found where is the tests' to say.
"""

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from google.protobuf.message import Message
from sqlalchemy import LargeBinary, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from core.database import Database
from core.keys import KeyErased
from core.sealing import NONCE, unseal
from models.tables import Base
from models.tables.people import PersonKey
from tests.workflows.replay.record import messages_in

TAG = 16
Places = set[str]


class Needles:
    """What somebody is known by. Case, and whether it lies there as text, as JSON in ASCII or as hexadecimal digits,
    makes no difference."""

    def __init__(self, values: Iterable[str]) -> None:
        ways = {way for value in values for way in (value.lower(), json.dumps(value.lower())[1:-1])}
        self._values = [way.encode() for way in sorted(ways)]

    def are_in(self, hay: bytes) -> bool:
        low = hay.lower()
        return any(value in low for value in self._values) or any(value.hex().encode() in low for value in self._values)


async def in_tables(database: Database, needles: Needles) -> Places:
    """`table.column` of every value that tells, in clear or opened with whichever key."""
    found: Places = set()
    async with database.transaction() as session:
        keys = await every_key(session)
        for name, table in Base.metadata.tables.items():
            for row in (await session.execute(select(table))).mappings():
                for column in table.columns:
                    if any(needles.are_in(way) for way in ways_to_read(row[column.name], column.type, keys)):
                        found.add(f"{name}.{column.name}")
    return found


async def every_key(session: AsyncSession) -> list[bytes]:
    """The ring's, and each person's that can be unwrapped."""
    ring = session.info["keys"]
    keys = [key.secret for key in ring.all() if key.secret]
    for person_id, wrapped in await session.execute(select(PersonKey.person_id, PersonKey.wrapped_key)):
        if wrapped is not None:
            try:
                keys.append(unseal(ring, wrapped, f"person-key/{person_id}"))
            except KeyErased:
                continue
    return keys


def ways_to_read(value: Any, kind: Any, keys: Sequence[bytes]) -> Iterator[bytes]:
    if value is None:
        return
    if not isinstance(kind, LargeBinary):
        yield (json.dumps(value, ensure_ascii=False, default=str) if not isinstance(value, str) else value).encode()
        return
    yield bytes(value)
    bare = bytes(value).partition(b"\0")[2] if b"\0" in bytes(value)[:40] else b""
    for sealed in (bytes(value), bare):
        if len(sealed) > NONCE + TAG:
            for key in keys:
                yield from unpacked(opened(key, sealed))


def opened(key: bytes, sealed: bytes) -> bytes:
    """What AES-GCM sealed, without asking what it was bound to: whoever has a key and the bytes can do this, too."""
    counter = sealed[:NONCE] + (2).to_bytes(4, "big")
    return Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor().update(sealed[NONCE:-TAG])


def unpacked(plain: bytes) -> Iterator[bytes]:
    """The value, and what is in it when it is an archive."""
    yield plain
    if plain.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(plain)) as archive:
                for name in archive.namelist():
                    yield archive.read(name)
        except zipfile.BadZipFile:
            return


def in_partners(file: Path, needles: Needles) -> Places:
    """`sandbox.kind` of each object, and the tables of remembered answers and callbacks, that tell."""
    found: Places = set()
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as store:
        for kind, id_, parent, body in store.execute("SELECT kind, id, parent, body FROM objects"):
            if needles.are_in(f"{id_} {parent} {body}".encode()):
                found.add(f"sandbox.{kind}")
        for table in ("answers", "outbox", "switches"):
            for (body,) in store.execute(f"SELECT body FROM {table}"):  # noqa: S608 - the names above
                if needles.are_in(body.encode()):
                    found.add(f"sandbox.{table}")
    return found


async def in_histories(client: Client, needles: Needles) -> tuple[Places, int]:
    """Workflow ids whose history tells, raw or decoded; and how many histories there are."""
    found: Places = set()
    number = 0
    async for run in client.list_workflows():
        number += 1
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        for event in history.events:
            if needles.are_in(event.SerializeToString()) or needles.are_in(await _decoded(client, event)):
                found.add(run.id)
        if needles.are_in(f"{run.id} {run.search_attributes}".encode()):
            found.add(run.id)
    return found, number


async def _decoded(client: Client, event: Message) -> bytes:
    codec = client.data_converter.payload_codec
    payloads = [message for message in messages_in(event) if isinstance(message, Payload)]
    opened_ = await codec.decode(payloads) if codec is not None and payloads else payloads
    return b"\n".join(payload.SerializeToString() for payload in opened_)
