"""Seals what travels through Temporal: every input, result, message and failure, so that histories tell its server and
its pages nothing but names, times and sizes.

Owns the form of a sealed payload and what stands for one whose key is gone. Not which key is current (`core.keys`), not
how bytes are sealed (`core.sealing`), not how values become payloads.

A sealed payload has the encoding `binary/encrypted` and its key's id in clear; the whole payload that was, with its own
metadata, is inside. A payload with any other encoding is passed through: a process that began before sealing did goes
on. One codec serves every process and workflow alike and asks for no serialization context, on which a short cut of
the workers rests (`workers.sandbox`).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import EncodingPayloadConverter, PayloadCodec

from core.keys import Key, KeyErased, KeyRing, Purpose
from core.sealing import Tampered, decrypt, encrypt

SEALED = b"binary/encrypted"
ERASED = b"json/erased"
VERSION = b"1"
_ENCODING, _KEY_ID, _VERSION = "encoding", "encryption-key-id", "encryption-version"
_NAMED = re.compile(rb"payloads-[0-9a-f]{8}")


class ValueErased(AttributeError):
    """Somebody looked into a value whose key is gone. A process that does stops there, under this name."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where a value stood whose key is gone. It reads as any type and is none: what looks into it is told why
    by `ValueErased`, so that nobody acts on what nobody knows any more."""

    key_id: str

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"erased: the key {self.key_id} that sealed this exists no longer"

    def __getattr__(self, name: str) -> NoReturn:
        if name == "key_id" or name.startswith("__"):
            raise AttributeError(name)
        raise ValueErased(str(self))


class ErasedConverter(EncodingPayloadConverter):
    """Reads the placeholder as `Erased` whatever type was hoped for, and writes it as it was."""

    @property
    def encoding(self) -> str:
        return ERASED.decode()

    def to_payload(self, value: Any) -> Payload | None:
        return _placeholder(value.key_id) if isinstance(value, Erased) else None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        return Erased(json.loads(payload.data)["key"])


class SealingCodec(PayloadCodec):
    """Seals with the ring's current key for payloads, opens with whichever key a payload names.

    `decode` raises `core.keys.UnknownKey`, on which a worker's task is tried again until a rotation has reached it,
    and `core.sealing.Tampered`; neither says a word of the content. An erased key raises nothing.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        key = self._keys.current(Purpose.PAYLOADS)
        return [_seal(key, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get(_ENCODING) != SEALED:
            return payload
        named, version = payload.metadata.get(_KEY_ID, b""), payload.metadata.get(_VERSION, b"")
        try:
            key = self._keys.find(named.decode(errors="replace"))
        except KeyErased:
            return _placeholder(named.decode())
        if key.purpose is not Purpose.PAYLOADS or version != VERSION:
            raise Tampered("this payload names a key or a version that payloads are not sealed with")
        try:
            return Payload.FromString(decrypt(key.secret, payload.data, _bound_to(version, named)))
        except DecodeError as error:
            raise Tampered("this payload holds no payload") from error


def _seal(key: Key, payload: Payload) -> Payload:
    named = key.id.encode()
    return Payload(
        metadata={_ENCODING: SEALED, _KEY_ID: named, _VERSION: VERSION},
        data=encrypt(key.secret, payload.SerializeToString(), _bound_to(VERSION, named)),
    )


def _bound_to(version: bytes, key_id: bytes) -> bytes:
    return b"temporal payload\0" + version + b"\0" + key_id


def _placeholder(key_id: str) -> Payload:
    return Payload(metadata={_ENCODING: ERASED}, data=json.dumps({"erased": True, "key": key_id}).encode())


def keys_named_in(recorded: bytes) -> set[str]:
    """Ids of the keys that a serialised piece of history needs to be read; they stand in it in clear."""
    return {found.decode() for found in _NAMED.findall(recorded)}


class RawPayload(NamedTuple):
    """A payload as whoever is no Temporal client holds it."""

    metadata: Mapping[str, bytes]
    data: bytes


async def read_out(keys: KeyRing, payloads: Iterable[RawPayload]) -> list[RawPayload]:
    """For people who look at a history: opened, and in words where the key is gone. Raises as `SealingCodec` does."""
    opened = await SealingCodec(keys).decode([Payload(metadata=raw.metadata, data=raw.data) for raw in payloads])
    return [_in_words(payload) for payload in opened]


def _in_words(payload: Payload) -> RawPayload:
    if payload.metadata.get(_ENCODING) != ERASED:
        return RawPayload(dict(payload.metadata), payload.data)
    words = str(Erased(json.loads(payload.data)["key"]))
    return RawPayload({_ENCODING: b"json/plain"}, json.dumps(words).encode())
