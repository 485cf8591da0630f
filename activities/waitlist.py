"""The steps of a waitlist: a look at it with its offers and their mails, and a place that is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from core.database import Database
from models.repositories import capacity, letters
from models.rules.letters import LetterKind
from models.tables.capacity import CommissionWait
from models.tables.catalogue import Shop
from models.tables.people import User


@dataclass(frozen=True)
class OfferPlaces:
    shop_id: str
    now: datetime
    stands: timedelta
    shortest: timedelta
    """An offer to a demo account stands for its scaled part of the time, and for no less than this."""


@dataclass(frozen=True)
class Offered:
    commission_id: str
    customer_id: str
    until: datetime


@dataclass(frozen=True)
class Found:
    offers: tuple[Offered, ...]
    anybody: bool
    look_again_at: datetime | None


@dataclass(frozen=True)
class TakeOffered:
    shop_id: str
    commission_id: str
    at: datetime


@dataclass(frozen=True)
class Began:
    """What a commission's process starts with."""

    commission_id: str
    customer_id: str
    artisan_id: str
    currency: str
    fee_bp: int
    time_scale: int


@dataclass(frozen=True)
class PlaceFree:
    commission_id: str


class WaitlistActivities:
    """Dependencies: the database. `allow_time_scale` is false in the cluster."""

    def __init__(self, database: Database, *, allow_time_scale: bool = False) -> None:
        self._database = database
        self._allow_time_scale = allow_time_scale

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.offer_places, self.take_place, self.shop_that_waits]

    @activity.defn(name="commission.offer_places")
    @translates_errors
    async def offer_places(self, step: OfferPlaces) -> Found:
        """Offers and their mails are one transaction: tried again, it finds them made."""
        async with self._database.transaction() as session:
            looked = await capacity.offer_places(session, step.shop_id, step.now)
            for commission_id in looked.passed:
                await self._write(session, LetterKind.PLACE_PASSED, commission_id)
            moments = [looked.look_again_at] if looked.look_again_at is not None else []
            for commission_id in looked.fresh:
                until = step.now + await self._stands(session, commission_id, step)
                await capacity.stands_until(session, commission_id, until)
                await self._write(session, LetterKind.PLACE_OFFERED, commission_id, until)
                moments.append(until)
            offers = tuple(
                Offered(one.commission_id, one.customer_id, one.offered_until)
                for one in await capacity.waits(session, step.shop_id)
                if one.offered_until is not None
            )
        return Found(offers, looked.anybody, min(moments, default=None))

    @activity.defn(name="commission.take_place")
    @translates_errors
    async def take_place(self, step: TakeOffered) -> Began:
        """Raises `NotNow`."""
        async with self._database.transaction() as session:
            row = await capacity.take(session, step.shop_id, step.commission_id, step.at)
            shop = await session.get_one(Shop, row.shop_id)
            scale = await self._scale(session, row.customer_id)
            return Began(row.id, row.customer_id, shop.owner_id, row.currency, row.fee_bp, scale)

    @activity.defn(name="commission.shop_that_waits")
    @translates_errors
    async def shop_that_waits(self, step: PlaceFree) -> str | None:
        """None: nobody waits for a place in the shop of this commission."""
        async with self._database.transaction() as session:
            return await capacity.shop_that_waits(session, step.commission_id)

    async def _stands(self, session: AsyncSession, commission_id: str, step: OfferPlaces) -> timedelta:
        wait = await session.get_one(CommissionWait, commission_id)
        scale = await self._scale(session, wait.customer_id)
        return step.stands if scale == 1 else max(step.shortest, step.stands / scale)

    async def _scale(self, session: AsyncSession, customer_id: str) -> int:
        return (await session.get_one(User, customer_id)).time_scale if self._allow_time_scale else 1

    async def _write(
        self, session: AsyncSession, kind: LetterKind, commission_id: str, until: datetime | None = None
    ) -> None:
        """Committed with what it tells of; from then on it is on its way."""
        wait = await session.get_one(CommissionWait, commission_id)
        details = {"shop_id": wait.shop_id, "link": f"/commissions/{commission_id}"}
        if until is not None:
            details["until"] = f"{until:%Y-%m-%d %H:%M} UTC"
        await letters.write(session, kind, wait.customer_id, details=details)
