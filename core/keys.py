"""The key ring: secrets with an id and a purpose, behind one port. A KMS or a mounted file implements it.

Owns which key is current, which still opens what it sealed, and which is gone for good. Knows nothing of what is
sealed with them; that is `core.sealing` and its callers.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from core import clock


class Purpose(StrEnum):
    """What a key is for; one key never serves two purposes."""

    PAYLOADS = "payloads"  # Temporal's histories
    PEOPLE = "people"  # wraps each person's own key
    INDEX = "index"  # blind index of e-mail addresses; a new one means hashing every address anew
    TOKENS = "tokens"  # links in mails, parked forms, pending sign-ins, signing keys at rest
    SEALS = "seals"  # the audit log's daily seal


class State(StrEnum):
    CURRENT = "current"  # seals and opens
    OLD = "old"  # opens only
    ERASED = "erased"  # its secret is gone; kept so that erased is told from unknown


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    """`<purpose>-` and eight hexadecimal digits; stands in clear beside whatever the key sealed."""
    purpose: Purpose
    secret: bytes
    """32 bytes; empty once erased."""
    state: State = State.CURRENT
    made: str = ""
    """The day, as ISO 8601 writes it."""

    def __repr__(self) -> str:
        return f"Key({self.id}, {self.state})"  # a key never reaches a log or a traceback


class UnknownKey(LookupError):
    """No key has this id, at least not yet here: a rotation may still be on its way to this process."""


class KeyErased(LookupError):
    """What this key sealed can never be opened again."""


class KeyRing(Protocol):
    def current(self, purpose: Purpose) -> Key:
        """The key to seal with. Raises `UnknownKey` when the ring has none for this purpose."""
        ...

    def find(self, key_id: str) -> Key:
        """The key to open with. Raises `UnknownKey`, `KeyErased`."""
        ...

    def all(self) -> list[Key]:
        """Every key, erased ones too; oldest first."""
        ...


def new_key(purpose: Purpose) -> Key:
    return Key(
        f"{purpose}-{secrets.token_hex(4)}", purpose, secrets.token_bytes(32), made=clock.now().date().isoformat()
    )


class FileKeyRing:
    """Keys in a JSON file of mode 0600. Read again whenever the file has changed, so that a rotation reaches every
    running process without a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] = (0, 0, 0)
        self._keys: dict[str, Key] = {}

    @classmethod
    def create(cls, path: Path) -> "FileKeyRing":
        """Writes a ring with one key a purpose; adds what a ring of an earlier release lacks."""
        ring = cls(path)
        if path.exists() and not ring._lacks():
            return ring
        path.parent.mkdir(parents=True, exist_ok=True)
        with ring._alone():
            keys, missing = ring.all() if path.exists() else [], ring._lacks()
            ring.write([*keys, *(new_key(purpose) for purpose in Purpose if purpose in missing)])
        return ring

    def current(self, purpose: Purpose) -> Key:
        for key in reversed(self._fresh().values()):
            if key.purpose is purpose and key.state is State.CURRENT:
                return key
        raise UnknownKey(f"the key ring has no current key for {purpose}")

    def find(self, key_id: str) -> Key:
        key = self._fresh().get(key_id) or self._fresh(anyway=True).get(key_id)
        if key is None:
            raise UnknownKey(key_id)
        if key.state is State.ERASED:
            raise KeyErased(key_id)
        return key

    def all(self) -> list[Key]:
        return list(self._fresh().values())

    def rotate(self, purpose: Purpose, fresh: Key | None = None) -> Key:
        """Adds a new current key, or the given one; the one before still opens what it sealed."""
        fresh = fresh or new_key(purpose)
        with self._alone():
            older = [
                replace(key, state=State.OLD) if key.purpose is purpose and key.state is State.CURRENT else key
                for key in self.all()
            ]
            self.write([*older, fresh])
        return fresh

    def erase(self, key_id: str) -> None:
        """Destroys an old key's secret. Raises `UnknownKey`, `KeyErased`, and `ValueError` for one that still seals."""
        with self._alone():
            key = self.find(key_id)
            if key.state is State.CURRENT:
                raise ValueError(f"{key_id} is current: rotate first")
            self.write([replace(k, secret=b"", state=State.ERASED) if k.id == key_id else k for k in self.all()])

    def write(self, keys: Iterable[Key]) -> None:
        """Replaces the file in one step, so that no reader ever sees half of it."""
        rows = [
            {
                "id": key.id,
                "purpose": key.purpose,
                "secret": base64.b64encode(key.secret).decode(),
                "state": key.state,
                "made": key.made,
            }
            for key in keys
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"keys": rows}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._seen = (0, 0, 0)

    def _lacks(self) -> set[Purpose]:
        keys = self.all() if self._path.exists() else []
        return set(Purpose) - {key.purpose for key in keys if key.state is State.CURRENT}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two who change the ring at once would lose one's key, and with it all that it has sealed meanwhile."""
        with self._path.with_name(f"{self._path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released with the file
            self._seen = (0, 0, 0)
            yield

    def _fresh(self, *, anyway: bool = False) -> dict[str, Key]:
        try:
            status = self._path.stat()
        except FileNotFoundError as error:
            raise UnknownKey(f"there is no key ring at {self._path}") from error
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if anyway or seen != self._seen:
            rows = json.loads(self._path.read_text())["keys"]
            self._keys = {row["id"]: _key(row) for row in rows}
            self._seen = seen
        return self._keys


def _key(row: dict[str, str]) -> Key:
    secret = base64.b64decode(row["secret"])
    return Key(row["id"], Purpose(row["purpose"]), secret, State(row["state"]), row.get("made", ""))


def open_key_ring(path: Path) -> KeyRing:
    """The ring that the settings name. Raises `UnknownKey` naming the file when it is not there."""
    ring = FileKeyRing(path)
    ring.all()
    return ring
