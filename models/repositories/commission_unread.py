"""All SQL of mails about unread messages of a commission: what waits, for whom, and the link that stops the mails."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.database import keys_of
from core.keys import KeyErased, KeyRing, Purpose, UnknownKey
from core.sealing import derived_token
from models.errors import NotFound
from models.repositories import commission_contacts, commission_talk, person_keys, privacy_erasures
from models.repositories.commission_contacts import CommissionContacts
from models.tables.catalogue import Shop
from models.tables.commission_talk import CommissionMessage
from models.tables.commissions import CommissionRow
from models.tables.people import User

LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Written:
    """Messages of one side that no process knows of."""

    commission_id: str
    sender_id: str
    reader_id: str
    up_to: int
    """Sequence of the newest one."""
    time_scale: int
    """Of the customer, as for the commission itself."""


@dataclass(frozen=True)
class Unread:
    messages: int
    """Of the other side, that wait to be read."""
    up_to: int
    """Sequence of the newest one that no mail was about."""
    since: datetime
    """When the oldest of those was sent."""
    mailed_at: datetime | None
    """The reader's last mail about this conversation."""


@dataclass(frozen=True)
class Reader:
    """Whom a link to stop the mails was made for."""

    commission_id: str
    person_id: str
    number: str
    page: str
    """Path of the commission, as this side sees it."""


async def not_handed_over(session: AsyncSession, at_most: int) -> list[Written]:
    """Oldest first."""
    owner = aliased(User)
    rows = await session.execute(
        select(
            CommissionMessage.commission_id,
            CommissionMessage.sender_id,
            CommissionRow.customer_id,
            owner.id,
            func.max(CommissionMessage.sequence),
            User.time_scale,
        )
        .join(CommissionRow, CommissionRow.id == CommissionMessage.commission_id)
        .join(User, User.id == CommissionRow.customer_id)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .join(owner, owner.id == Shop.owner_id)
        .where(CommissionMessage.handed_over_at.is_(None))
        .group_by(
            CommissionMessage.commission_id,
            CommissionMessage.sender_id,
            CommissionRow.customer_id,
            owner.id,
            User.time_scale,
        )
        .order_by(func.min(CommissionMessage.created_at))
        .limit(at_most)
    )
    return [
        Written(commission_id, sender, artisan if sender == customer else customer, up_to, time_scale)
        for commission_id, sender, customer, artisan, up_to, time_scale in rows
    ]


async def handed_over(session: AsyncSession, written: Written, now: datetime) -> None:
    await session.execute(
        update(CommissionMessage)
        .where(
            CommissionMessage.commission_id == written.commission_id,
            CommissionMessage.sender_id == written.sender_id,
            CommissionMessage.sequence <= written.up_to,
            CommissionMessage.handed_over_at.is_(None),
        )
        .values(handed_over_at=now)
    )


async def unread(session: AsyncSession, commission_id: str, reader_id: str) -> Unread | None:
    """None where no mail is due, now or later: everything was read or mailed about, they want quiet, are leaving, or
    are gone."""
    if await commission_talk.is_quiet(session, commission_id, reader_id):
        return None
    if await privacy_erasures.is_under_way(session, reader_id) or await person_keys.is_destroyed(session, reader_id):
        return None
    waits = CommissionMessage.read_at.is_(None) & CommissionMessage.body_sealed.is_not(None)
    fresh = waits & CommissionMessage.mailed_at.is_(None)
    row = (
        await session.execute(
            select(
                func.count().filter(waits),
                func.max(CommissionMessage.sequence).filter(fresh),
                func.min(CommissionMessage.created_at).filter(fresh),
                func.max(CommissionMessage.mailed_at),
            )
            .where(CommissionMessage.commission_id == commission_id, CommissionMessage.sender_id != reader_id)
            .having(func.max(CommissionMessage.sequence).filter(fresh).is_not(None))
        )
    ).one_or_none()
    return Unread(*row) if row is not None else None


async def mailed(session: AsyncSession, commission_id: str, reader_id: str, up_to: int, at: datetime) -> None:
    """The reader was told of everything up to this one. Safe to repeat."""
    await session.execute(
        update(CommissionMessage)
        .where(
            CommissionMessage.commission_id == commission_id,
            CommissionMessage.sender_id != reader_id,
            CommissionMessage.sequence <= up_to,
            CommissionMessage.mailed_at.is_(None),
        )
        .values(mailed_at=at)
    )


def stop_token(ring: KeyRing, commission_id: str, person_id: str) -> str:
    """What a link to stop the mails carries: the same for every mail about a conversation to one side of it. It says
    nothing of who that is."""
    key_id = ring.current(Purpose.TOKENS).id
    return f"{commission_id}.{key_id}.{_proof(ring, commission_id, person_id, key_id)}"


async def reader_of(session: AsyncSession, token: str) -> Reader | None:
    """None for a token that is none of ours, or whose owner is gone."""
    commission_id, _, rest = token.partition(".")
    key_id, _, proof = rest.rpartition(".")
    if len(token) > LONGEST_TOKEN or "\x00" in token or not key_id:
        return None
    try:
        known = await commission_contacts.contacts(session, commission_id)
    except NotFound:
        return None
    for reader, address in _sides(known, commission_id):
        try:
            expected = _proof(keys_of(session), commission_id, reader.person_id, key_id)
        except (KeyErased, UnknownKey):
            return None
        if hmac.compare_digest(expected.encode(), proof.encode(errors="replace")):
            gone = not address or await privacy_erasures.is_under_way(session, reader.person_id)
            return None if gone else reader
    return None


def _sides(known: CommissionContacts, commission_id: str) -> Sequence[tuple[Reader, str]]:
    return (
        (
            Reader(commission_id, known.customer_id, known.number, f"/commissions/{commission_id}"),
            known.customer_email,
        ),
        (
            Reader(commission_id, known.artisan_id, known.number, f"/studio/commissions/{commission_id}"),
            known.artisan_email,
        ),
    )


def _proof(ring: KeyRing, commission_id: str, person_id: str, key_id: str) -> str:
    return derived_token(ring, f"commission-quiet:{commission_id}:{person_id}", key_id)
