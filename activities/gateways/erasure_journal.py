"""Who has been erased, in a file beside the database: one JSON line each, opaque ids and an instant.

It is not part of any backup of the database, so that it knows what a restored one has forgotten.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from models.ports import Tombstone


class FileErasureJournal:
    """Safe for several processes on one machine or volume: each line is written at once, under a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, tombstone: Tombstone) -> None:
        """On disk when it returns."""
        row = {"person": tombstone.person_id, "erasure": tombstone.erasure_id, "at": tombstone.at.isoformat()}
        await asyncio.to_thread(self._append, row)

    async def withdraw(self, erasure_id: str) -> None:
        """By a line of its own: what is written stays."""
        if any(known.erasure_id == erasure_id for known in await self.all()):
            await asyncio.to_thread(self._append, {"withdrawn": erasure_id})

    async def all(self) -> Sequence[Tombstone]:
        """Raises `ValueError` naming the line that can't be read: half a list of the erased is no list."""
        return await asyncio.to_thread(self._read)

    def _append(self, row: Mapping[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(row)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> list[Tombstone]:
        if not self._path.exists():
            return []
        found: dict[str, Tombstone] = {}
        for number, line in enumerate(self._path.read_text().splitlines(), 1):
            try:
                row = json.loads(line)
                if "withdrawn" in row:
                    found = {who: kept for who, kept in found.items() if kept.erasure_id != row["withdrawn"]}
                    continue
                read = Tombstone(row["person"], row["erasure"], datetime.fromisoformat(row["at"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{self._path.name}, line {number}: this is no erasure") from error
            found.setdefault(read.person_id, read)
        return list(found.values())
