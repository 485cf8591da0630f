"""All SQL of stories about finished commissions: writing them, moving them on, and what anybody may read of them.

What may be done when is `models.rules.commission.stories`'. Whoever changes one holds the commission's row, so that an
answer is always to what stands there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import keys_of
from core.keys import KeyRing
from models.errors import NotFound
from models.repositories import commission_reading, commissions, person_keys
from models.repositories.commission_talk import SHOWN, ShownPicture
from models.rules.commission.contract import Stage
from models.rules.commission.record import Status
from models.rules.commission.stories import Named, Standing, StoryState
from models.tables.catalogue import Shop
from models.tables.commission_stories import CommissionStory
from models.tables.commission_talk import CommissionPicture
from models.tables.commissions import CommissionMilestone, CommissionRow
from models.tables.people import PersonKey
from models.tables.processes import Process
from models.types import new_id

NO_STORY = "This story is not told here. Perhaps it was taken back."


@dataclass(frozen=True)
class Told:
    """The words and pictures of one version."""

    title: str
    text: str
    pictures: tuple[tuple[str, str], ...]
    """Ids with their captions, in their order."""


@dataclass(frozen=True)
class Version:
    story_id: str
    version: int
    state: StoryState
    told: Told | None
    """None once one of the two has been erased."""
    named: Named
    offered_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Public:
    """A story that stands in public now."""

    id: str
    commission_id: str
    shop_slug: str
    shop_name: str
    told: Told
    first_name: str
    """Empty unless the customer wanted it there."""
    shown_at: datetime


async def locked(session: AsyncSession, commission_id: str) -> None:
    """Nobody else changes its story before the end of this transaction. Raises `NotFound`."""
    if not await session.scalar(select(CommissionRow.id).where(CommissionRow.id == commission_id).with_for_update()):
        raise NotFound(commissions.UNKNOWN)


async def versions(session: AsyncSession, commission_id: str) -> list[Version]:
    """Oldest first."""
    rows = await session.execute(
        select(CommissionStory, Shop.owner_id, PersonKey.wrapped_key)
        .join(CommissionRow, CommissionRow.id == CommissionStory.commission_id)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .join(PersonKey, PersonKey.person_id == Shop.owner_id)
        .where(CommissionStory.commission_id == commission_id)
        .order_by(CommissionStory.version)
        .execution_options(populate_existing=True)
    )
    ring = keys_of(session)
    return [
        Version(
            story_id=row.story_id,
            version=row.version,
            state=StoryState(row.state),
            told=_opened(ring, row, artisan_id, wrapped),
            named=Named(row.named),
            offered_at=row.offered_at,
            answered_at=row.answered_at,
        )
        for row, artisan_id, wrapped in rows
    ]


async def standing_of(session: AsyncSession, commission_id: str) -> Standing:
    """Of a completed one."""
    return standing(await versions(session, commission_id), completed=True)


def standing(found: Sequence[Version], *, completed: bool) -> Standing:
    number = {one.state: one.version for one in found}
    return Standing(
        completed=completed,
        draft=number.get(StoryState.DRAFT, 0),
        offered=number.get(StoryState.OFFERED, 0),
        shown=number.get(StoryState.SHOWN, 0),
        offers=sum(one.offered_at is not None for one in found),
    )


async def write(session: AsyncSession, commission_id: str, artisan_id: str, told: Told) -> None:
    """The draft, or the next version where the newest was offered already. What says the same as the newest is no news.
    Raises `PersonErased`."""
    found = await versions(session, commission_id)
    newest = found[-1] if found else None
    if newest is not None and newest.told == told:
        return
    is_draft = newest is not None and newest.state is StoryState.DRAFT
    version = (newest.version + (not is_draft)) if newest else 1
    key = await person_keys.open_key(session, artisan_id)
    words = {"title": told.title, "text": told.text, "captions": [caption for _, caption in told.pictures]}
    fresh = {
        "words_sealed": person_keys.seal_field(key, artisan_id, _field(commission_id, version), json.dumps(words)),
        "picture_ids": [picture_id for picture_id, _ in told.pictures],
        "created_at": clock.now(),
    }
    row = {
        "commission_id": commission_id,
        "version": version,
        "story_id": newest.story_id if newest else new_id("sto"),
        "state": StoryState.DRAFT.value,
    }
    statement = insert(CommissionStory).values(**row, **fresh)
    await session.execute(statement.on_conflict_do_update(index_elements=["commission_id", "version"], set_=fresh))


async def move(session: AsyncSession, commission_id: str, changed: Mapping[int, StoryState]) -> None:
    """What makes room goes first: of each state there is one."""
    first = (StoryState.REPLACED, StoryState.WITHDRAWN, StoryState.DECLINED)
    for version, state in sorted(changed.items(), key=lambda one: one[1] not in first):
        at = "offered_at" if state is StoryState.OFFERED else "answered_at"
        await session.execute(
            update(CommissionStory)
            .where(CommissionStory.commission_id == commission_id, CommissionStory.version == version)
            .values({"state": state.value, at: clock.now()})
        )


async def name_as(session: AsyncSession, commission_id: str, version: int, named: Named) -> None:
    await session.execute(
        update(CommissionStory)
        .where(CommissionStory.commission_id == commission_id, CommissionStory.version == version)
        .values(named=named.value)
    )


async def choosable(session: AsyncSession, commission_id: str) -> list[ShownPicture]:
    """Pictures of approved work, in the order in which they came: all that a story may show."""
    return await _pictures(session, CommissionPicture.commission_id == commission_id)


async def public(session: AsyncSession, story_id: str) -> Public:
    """Raises `NotFound` for one that is not shown now."""
    found = await _public(session, _shown().where(CommissionStory.story_id == story_id))
    if not found:
        raise NotFound(NO_STORY)
    return found[0]


async def public_of(
    session: AsyncSession, shop: str | None = None, *, before: str | None = None, limit: int
) -> list[Public]:
    """Of one shop, or of all; the newest story first. `before` is the id of the last one seen."""
    statement = _shown().order_by(CommissionStory.story_id.desc()).limit(limit)
    if shop is not None:
        statement = statement.where(Shop.slug == shop)
    if before is not None:
        statement = statement.where(CommissionStory.story_id < before)
    return await _public(session, statement)


async def public_pictures(session: AsyncSession, told: Public) -> dict[str, ShownPicture]:
    chosen = CommissionPicture.id.in_([picture_id for picture_id, _ in told.told.pictures])
    found = await _pictures(session, (CommissionPicture.commission_id == told.commission_id) & chosen)
    return {one.id: one for one in found}


async def public_body(session: AsyncSession, story_id: str, picture_id: str, *, large: bool) -> bytes:
    """Raises `NotFound` for a picture that is not part of what is shown now."""
    column = CommissionPicture.large if large else CommissionPicture.small
    body = await session.scalar(
        select(column)
        .join(CommissionStory, CommissionStory.commission_id == CommissionPicture.commission_id)
        .join(CommissionRow, CommissionRow.id == CommissionStory.commission_id)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .where(
            *_in_public(),
            CommissionStory.story_id == story_id,
            CommissionPicture.id == picture_id,
            CommissionPicture.purpose == "proof",
            CommissionStory.picture_ids.contains([picture_id]),
        )
    )
    if body is None:
        raise NotFound(NO_STORY)
    return body


async def told_of(session: AsyncSession, person_id: str) -> list[dict[str, Any]]:
    """Every version of every story about somebody's commissions, on either side, for a copy of their own data. Drafts
    that nobody was asked about are their writer's alone."""
    ids = await session.execute(
        select(CommissionRow.id, Shop.owner_id)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .where(
            (CommissionRow.customer_id == person_id) | (Shop.owner_id == person_id),
            CommissionRow.id.in_(select(CommissionStory.commission_id)),
        )
        .order_by(CommissionRow.id)
    )
    return [
        {
            "commission_id": commission_id,
            "version": one.version,
            "state": one.state.value,
            "named": one.named.value,
            "offered_at": one.offered_at.isoformat() if one.offered_at else None,
            "answered_at": one.answered_at.isoformat() if one.answered_at else None,
            "title": one.told.title,
            "text": one.told.text,
            "pictures": [{"id": picture_id, "caption": caption} for picture_id, caption in one.told.pictures],
        }
        for commission_id, artisan_id in ids.all()
        for one in await versions(session, commission_id)
        if one.told is not None and (one.offered_at is not None or artisan_id == person_id)
    ]


async def is_completed(session: AsyncSession, commission_id: str) -> bool:
    status = select(Process.status).where(Process.workflow_id == f"commission-{commission_id}")
    return bool(await session.scalar(status) == Status.COMPLETED.value)


def first_name_of(name: str) -> str:
    """`Ada` of `Ada King Lovelace`."""
    return name.split(maxsplit=1)[0] if name.split() else ""


def _shown() -> Any:
    return (
        select(CommissionStory, Shop.slug, Shop.name, Shop.owner_id, CommissionRow.customer_id, PersonKey.wrapped_key)
        .join(CommissionRow, CommissionRow.id == CommissionStory.commission_id)
        .join(Shop, Shop.id == CommissionRow.shop_id)
        .join(PersonKey, PersonKey.person_id == Shop.owner_id)
        .where(*_in_public())
        .execution_options(populate_existing=True)
    )


def _in_public() -> tuple[ColumnElement[bool], ...]:
    return (CommissionStory.state == StoryState.SHOWN.value, Shop.status == "approved")


async def _public(session: AsyncSession, statement: Select[Any]) -> list[Public]:
    rows = (await session.execute(statement)).all()
    by_name = [customer_id for row, _, _, _, customer_id, _ in rows if row.named == Named.FIRST_NAME.value]
    names = await commission_reading.names(session, by_name) if by_name else {}
    ring = keys_of(session)
    found = []
    for row, slug, shop_name, artisan_id, customer_id, wrapped in rows:
        told = _opened(ring, row, artisan_id, wrapped)
        if told is None:
            continue
        named = names[customer_id] if row.named == Named.FIRST_NAME.value else ""
        shown_at = row.answered_at or row.created_at
        found.append(Public(row.story_id, row.commission_id, slug, shop_name, told, first_name_of(named), shown_at))
    return found


async def _pictures(session: AsyncSession, where: ColumnElement[bool]) -> list[ShownPicture]:
    rows = await session.execute(
        select(*SHOWN)
        .join(
            CommissionMilestone,
            (CommissionMilestone.commission_id == CommissionPicture.commission_id)
            & (CommissionMilestone.number == CommissionPicture.milestone),
        )
        .where(
            where,
            CommissionPicture.purpose == "proof",
            CommissionPicture.small.is_not(None),
            CommissionMilestone.stage == Stage.APPROVED.value,
        )
        .order_by(CommissionPicture.milestone, CommissionPicture.id)
    )
    return [ShownPicture(*row) for row in rows]


def _opened(ring: KeyRing, row: CommissionStory, artisan_id: str, wrapped: bytes | None) -> Told | None:
    key = person_keys.unwrap(ring, artisan_id, wrapped)
    if key is None or row.words_sealed is None:
        return None
    field = _field(row.commission_id, row.version)
    words = json.loads(person_keys.open_field(key, artisan_id, field, row.words_sealed))
    pictures = tuple(zip(row.picture_ids, words["captions"], strict=True))
    return Told(words["title"], words["text"], pictures)


def _field(commission_id: str, version: int) -> str:
    return f"commission_story/{commission_id}/{version}"
