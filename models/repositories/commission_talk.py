"""All SQL of what two people show and write to each other inside a commission."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import keys_of
from models.errors import InvalidInput, NotFound
from models.repositories import person_keys
from models.rules.commission.contract import Stage
from models.tables.commission_talk import CommissionMessage, CommissionPicture, CommissionQuiet
from models.tables.commissions import CommissionMilestone, CommissionRow
from models.tables.people import PersonKey
from models.tables.processes import TimelineRow
from models.types import new_id

MOST_PICTURES = {"brief": 20, "proof": 100, "message": 10}
"""Of the wish, of one milestone over all its revisions, and of one message."""
ERASED = "erased"
NO_PICTURE = "There is no such picture."


@dataclass(frozen=True)
class NewPicture:
    commission_id: str
    by_id: str
    purpose: str
    milestone: int | None
    alt: str
    width: int
    height: int
    small: bytes
    large: bytes


@dataclass(frozen=True)
class ShownPicture:
    id: str
    purpose: str
    milestone: int | None
    message_id: str | None
    by_id: str
    alt: str
    width: int
    height: int


SHOWN = tuple(getattr(CommissionPicture, field.name) for field in fields(ShownPicture))
"""What a `ShownPicture` is read from, in its order."""


@dataclass(frozen=True)
class Message:
    id: str
    sequence: int
    sender_id: str
    body: str
    leak_warned: bool
    at: datetime
    read_at: datetime | None
    pictures: Sequence[ShownPicture]


async def add_picture(session: AsyncSession, new: NewPicture) -> str:
    """Its id. One at a time for a commission, so that nobody exceeds the number. Raises `NotFound`, `InvalidInput`."""
    await _locked(session, new.commission_id)
    same = (CommissionPicture.commission_id == new.commission_id) & (CommissionPicture.purpose == new.purpose)
    if new.milestone is not None:
        same &= CommissionPicture.milestone == new.milestone
    if new.purpose == "message":
        same &= CommissionPicture.message_id.is_(None) & (CommissionPicture.by_id == new.by_id)
    there = await session.scalar(select(func.count()).select_from(CommissionPicture).where(same)) or 0
    most = MOST_PICTURES[new.purpose]
    if there >= most:
        raise InvalidInput(f"{most} pictures are there already. That is as many as can be shown here.", field="file")
    picture_id = new_id("cpi")
    await session.execute(
        insert(CommissionPicture).values(
            id=picture_id,
            commission_id=new.commission_id,
            by_id=new.by_id,
            purpose=new.purpose,
            milestone=new.milestone,
            alt=new.alt,
            width=new.width,
            height=new.height,
            small=new.small,
            large=new.large,
            created_at=clock.now(),
        )
    )
    return picture_id


async def remove_unsent(session: AsyncSession, commission_id: str, picture_id: str, by_id: str) -> None:
    """A picture that no message was sent with yet. Raises `NotFound`."""
    removed = await session.scalar(
        delete(CommissionPicture)
        .where(
            CommissionPicture.id == picture_id,
            CommissionPicture.commission_id == commission_id,
            CommissionPicture.by_id == by_id,
            CommissionPicture.purpose == "message",
            CommissionPicture.message_id.is_(None),
        )
        .returning(CommissionPicture.id)
    )
    if removed is None:
        raise NotFound(NO_PICTURE)


async def pictures_of(
    session: AsyncSession, commission_id: str, purpose: str, milestone: int | None = None
) -> list[ShownPicture]:
    """In the order in which they came. A picture of somebody who was erased is not among them."""
    where = (CommissionPicture.commission_id == commission_id) & (CommissionPicture.purpose == purpose)
    if milestone is not None:
        where &= CommissionPicture.milestone == milestone
    return await _shown(session, where)


async def fresh_proofs(session: AsyncSession, commission_id: str, milestone: int) -> int:
    """Pictures of a milestone that were added since its last revision was asked for: not judged yet."""
    asked_at = (
        select(func.max(TimelineRow.at))
        .where(
            TimelineRow.workflow_id == f"commission-{commission_id}",
            TimelineRow.what == "revision_asked",
            TimelineRow.subject == str(milestone),
        )
        .scalar_subquery()
    )
    count = await session.scalar(
        select(func.count())
        .select_from(CommissionPicture)
        .where(
            CommissionPicture.commission_id == commission_id,
            CommissionPicture.purpose == "proof",
            CommissionPicture.milestone == milestone,
            CommissionPicture.created_at > func.coalesce(asked_at, CommissionPicture.created_at - timedelta(days=1)),
        )
    )
    return int(count or 0)


async def is_approved(session: AsyncSession, commission_id: str, milestone: int) -> bool:
    """What was approved on its pictures keeps them as they were."""
    stage = select(CommissionMilestone.stage).where(
        CommissionMilestone.commission_id == commission_id, CommissionMilestone.number == milestone
    )
    return bool(await session.scalar(stage) == Stage.APPROVED.value)


async def body_of(session: AsyncSession, commission_id: str, picture_id: str, *, large: bool) -> bytes:
    """Raises `NotFound`."""
    column = CommissionPicture.large if large else CommissionPicture.small
    body = await session.scalar(
        select(column).where(CommissionPicture.id == picture_id, CommissionPicture.commission_id == commission_id)
    )
    if body is None:
        raise NotFound(NO_PICTURE)
    return body


async def add_message(
    session: AsyncSession,
    commission_id: str,
    sender_id: str,
    body: str,
    picture_ids: Sequence[str],
    *,
    leak_warned: bool,
) -> int:
    """Its sequence. Raises `NotFound` for a picture that is not the sender's, or was sent before; `PersonErased`."""
    await _locked(session, commission_id)
    key = await person_keys.open_key(session, sender_id)
    message_id = new_id("msg")
    sequence = await _newest(session, commission_id) + 1
    await session.execute(
        insert(CommissionMessage).values(
            id=message_id,
            commission_id=commission_id,
            sequence=sequence,
            sender_id=sender_id,
            body_sealed=person_keys.seal_field(key, sender_id, _field(message_id), body),
            leak_warned=leak_warned,
            created_at=clock.now(),
        )
    )
    wanted = sorted(set(picture_ids))
    sent = await session.scalars(
        update(CommissionPicture)
        .where(
            CommissionPicture.id.in_(wanted),
            CommissionPicture.commission_id == commission_id,
            CommissionPicture.by_id == sender_id,
            CommissionPicture.purpose == "message",
            CommissionPicture.message_id.is_(None),
        )
        .values(message_id=message_id)
        .returning(CommissionPicture.id)
    )
    if len(sent.all()) != len(wanted):
        raise NotFound(NO_PICTURE)
    return sequence


async def newest(session: AsyncSession, commission_id: str, *, limit: int) -> list[Message]:
    """The last ones, in their order."""
    last = await _newest(session, commission_id)
    return await messages(session, commission_id, after=max(0, last - limit), limit=limit)


async def messages(session: AsyncSession, commission_id: str, *, after: int = 0, limit: int = 100) -> list[Message]:
    """The next ones behind `after`, in their order; those of somebody who was erased say so."""
    rows = (
        await session.execute(
            select(CommissionMessage, PersonKey.wrapped_key)
            .join(PersonKey, PersonKey.person_id == CommissionMessage.sender_id)
            .where(CommissionMessage.commission_id == commission_id, CommissionMessage.sequence > after)
            .order_by(CommissionMessage.sequence)
            .limit(limit)
        )
    ).all()
    sent_with = CommissionPicture.message_id.in_([row.id for row, _ in rows])
    pictures = await _shown(session, (CommissionPicture.commission_id == commission_id) & sent_with)
    ring = keys_of(session)

    def opened(row: CommissionMessage, wrapped: bytes | None) -> str:
        key = person_keys.unwrap(ring, row.sender_id, wrapped)
        if key is None or row.body_sealed is None:
            return ERASED
        return person_keys.open_field(key, row.sender_id, _field(row.id), row.body_sealed)

    return [
        Message(
            id=row.id,
            sequence=row.sequence,
            sender_id=row.sender_id,
            body=opened(row, wrapped),
            leak_warned=row.leak_warned,
            at=row.created_at,
            read_at=row.read_at,
            pictures=[picture for picture in pictures if picture.message_id == row.id],
        )
        for row, wrapped in rows
    ]


async def written_by(session: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """All messages of somebody, for a copy of their own data."""
    rows = (
        await session.scalars(
            select(CommissionMessage)
            .where(CommissionMessage.sender_id == person_id, CommissionMessage.body_sealed.is_not(None))
            .order_by(CommissionMessage.id)
        )
    ).all()
    if not rows:
        return []
    key = await person_keys.open_key(session, person_id)
    return [
        {
            "commission_id": row.commission_id,
            "at": row.created_at.isoformat(),
            "text": person_keys.open_field(key, person_id, _field(row.id), row.body_sealed or b""),
        }
        for row in rows
    ]


async def mark_read(session: AsyncSession, commission_id: str, reader_id: str, up_to: int) -> int:
    """The other side's messages up to this one; how many were news."""
    fresh = await session.scalars(
        update(CommissionMessage)
        .where(
            CommissionMessage.commission_id == commission_id,
            CommissionMessage.sender_id != reader_id,
            CommissionMessage.sequence <= up_to,
            CommissionMessage.read_at.is_(None),
        )
        .values(read_at=clock.now())
        .returning(CommissionMessage.id)
    )
    return len(fresh.all())


async def progress(session: AsyncSession, commission_id: str, person_id: str) -> tuple[int, int]:
    """The newest message, and the newest of this person's own that the other side has seen; 0 before there is one."""
    mine = (CommissionMessage.sender_id == person_id) & CommissionMessage.read_at.is_not(None)
    newest, seen = (
        await session.execute(
            select(func.max(CommissionMessage.sequence), func.max(CommissionMessage.sequence).filter(mine)).where(
                CommissionMessage.commission_id == commission_id
            )
        )
    ).one()
    return newest or 0, seen or 0


async def unread(session: AsyncSession, commission_id: str, reader_id: str) -> int:
    """How many messages of the other side wait to be read."""
    count = await session.scalar(
        select(func.count())
        .select_from(CommissionMessage)
        .where(
            CommissionMessage.commission_id == commission_id,
            CommissionMessage.sender_id != reader_id,
            CommissionMessage.read_at.is_(None),
        )
    )
    return int(count or 0)


async def be_quiet(session: AsyncSession, commission_id: str, person_id: str, *, quiet: bool = True) -> None:
    """No mails about messages of this commission from now on, or mails again. Safe to repeat."""
    if quiet:
        row = {"commission_id": commission_id, "person_id": person_id, "since": clock.now()}
        await session.execute(insert(CommissionQuiet).values(row).on_conflict_do_nothing())
        return
    await session.execute(
        delete(CommissionQuiet).where(
            CommissionQuiet.commission_id == commission_id, CommissionQuiet.person_id == person_id
        )
    )
    # What waits, and no mail was about: the process that would tell them of it has ended for their quiet's sake.
    await session.execute(
        update(CommissionMessage)
        .where(
            CommissionMessage.commission_id == commission_id,
            CommissionMessage.sender_id != person_id,
            CommissionMessage.read_at.is_(None),
            CommissionMessage.mailed_at.is_(None),
        )
        .values(handed_over_at=None)
    )


async def is_quiet(session: AsyncSession, commission_id: str, person_id: str) -> bool:
    wanted = exists().where(CommissionQuiet.commission_id == commission_id, CommissionQuiet.person_id == person_id)
    return bool(await session.scalar(select(wanted)))


async def _shown(session: AsyncSession, where: ColumnElement[bool]) -> list[ShownPicture]:
    rows = await session.execute(
        select(*SHOWN).where(where, CommissionPicture.small.is_not(None)).order_by(CommissionPicture.id)
    )
    return [ShownPicture(*row) for row in rows]


async def _newest(session: AsyncSession, commission_id: str) -> int:
    last = await session.scalar(
        select(func.max(CommissionMessage.sequence)).where(CommissionMessage.commission_id == commission_id)
    )
    return int(last or 0)


async def _locked(session: AsyncSession, commission_id: str) -> None:
    row = await session.scalar(select(CommissionRow.id).where(CommissionRow.id == commission_id).with_for_update())
    if row is None:
        raise NotFound("This commission does not exist. Look at the list of yours.")


def _field(message_id: str) -> str:
    return f"commission_message/{message_id}"
