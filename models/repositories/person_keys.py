"""Each person's own key: all SQL of it, and the sealing of fields with it.

Owns how a key is made, wrapped, opened and destroyed, and what a sealed field is bound to. Does not know which fields
there are: that is `people`, `addresses` and whoever else keeps something personal.

Opened keys are not kept: unwrapping costs microseconds, and a key that isn't there can't outlive its destruction.
"""

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, exists, false, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyErased, KeyRing, Purpose, State
from core.sealing import decrypt, encrypt, seal, unseal
from models import errors
from models.errors import NotFound
from models.tables.people import PersonKey

KEY_BYTES = 32
PersonErased = errors.PersonErased
"""What this module answers about somebody whose key is destroyed."""


def seal_field(key: bytes, person_id: str, field: str, text: str) -> bytes:
    """Opens only with the same key, person and field. A field of one row of many names the row too:
    `address/<its id>`."""
    return encrypt(key, text.encode(), _bound(person_id, field))


def open_field(key: bytes, person_id: str, field: str, sealed: bytes) -> str:
    """Raises `core.sealing.Tampered`."""
    return decrypt(key, sealed, _bound(person_id, field)).decode()


def unwrap(ring: KeyRing, person_id: str, wrapped: bytes | None) -> bytes | None:
    """The key out of a row that a query has joined; None once it is destroyed, or the ring's key that wrapped it is.

    Raises `core.keys.UnknownKey` while this process has not heard of a rotation: that is not an erasure.
    """
    if wrapped is None:
        return None
    try:
        return unseal(ring, wrapped, _wrapping(person_id))
    except KeyErased:
        return None


async def create(session: AsyncSession, person_id: str, key: bytes | None = None) -> bytes:
    """The new person's key; `key` when fields had to be sealed before the person's row could be written."""
    key = key or new_key()
    await session.execute(insert(PersonKey).values(person_id=person_id, wrapped_key=_wrap(session, person_id, key)))
    return key


async def open_key(session: AsyncSession, person_id: str) -> bytes:
    """To seal or open something now. Raises `NotFound` for an unknown person, `PersonErased` for an erased one."""
    row = (await session.execute(select(PersonKey.wrapped_key).where(PersonKey.person_id == person_id))).one_or_none()
    if row is None:
        raise NotFound("This person does not exist.")
    key = unwrap(keys_of(session), person_id, row[0])
    if key is None:
        raise PersonErased("This person's data has been erased.")
    return key


async def is_destroyed(session: AsyncSession, person_id: str) -> bool | None:
    """None for somebody we never knew."""
    return await session.scalar(select(PersonKey.destroyed_at.is_not(None)).where(PersonKey.person_id == person_id))


async def destroy(session: AsyncSession, person_id: str, by: str, at: datetime) -> bool:
    """Leaves a tombstone; False when there was one already. `by` is the process that erases."""
    destroyed = await session.scalar(
        update(PersonKey)
        .where(PersonKey.person_id == person_id, PersonKey.wrapped_key.is_not(None))
        .values(wrapped_key=None, destroyed_at=at, destroyed_by=by)
        .returning(PersonKey.person_id)
    )
    return destroyed is not None


async def rewrap(session: AsyncSession, batch: int = 500) -> int:
    """After a rotation of the ring's key for people: wraps up to `batch` keys anew, and tells how many it was. Call
    it, a transaction each, until it answers 0. The fields themselves stay as they are."""
    ring = keys_of(session)
    old = [key.id for key in ring.all() if key.purpose is Purpose.PEOPLE and key.state is State.OLD]
    rows = await session.execute(
        select(PersonKey.person_id, PersonKey.wrapped_key)
        .where(or_(false(), *(_wrapped_under(key_id) for key_id in old)))
        .order_by(PersonKey.person_id)
        .limit(batch)
        .with_for_update()
    )
    fresh = [
        {"person_id": person_id, "wrapped_key": _wrap(session, person_id, unseal(ring, wrapped, _wrapping(person_id)))}
        for person_id, wrapped in rows
        if wrapped is not None
    ]
    if fresh:
        await session.execute(update(PersonKey), fresh)
    return len(fresh)


async def is_needed(session: AsyncSession, key_id: str) -> bool:
    """Whether anybody's key is still wrapped under this key of the ring, which therefore must not be erased.

    Waits for whoever is writing a key at this moment: they may have chosen the old one.
    """
    await session.execute(text(f"LOCK TABLE {PersonKey.__tablename__} IN SHARE MODE"))
    return bool(await session.scalar(select(exists().where(_wrapped_under(key_id)))))


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _wrap(session: AsyncSession, person_id: str, key: bytes) -> bytes:
    return seal(keys_of(session), Purpose.PEOPLE, key, _wrapping(person_id))


def _wrapped_under(key_id: str) -> ColumnElement[bool]:
    mark = key_id.encode() + b"\0"
    return func.substr(PersonKey.wrapped_key, 1, len(mark)) == mark


def _wrapping(person_id: str) -> str:
    return f"person-key/{person_id}"


def _bound(person_id: str, field: str) -> bytes:
    return f"person/{person_id}/{field}".encode()
