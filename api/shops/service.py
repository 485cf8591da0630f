"""Applying for a shop, and deciding about it. Until a shop is approved, nobody but its keeper sees anything of it.

Whatever a decision shows or hides is brought up to date in the search index in the same transaction.
"""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.letter.post import Post
from api.shops.schemas import OwnShopView, ShopApplicationView, ShopDecisionInput, ShopDescription
from api.text import slug_of
from core import clock
from models.audited import Audited
from models.errors import Conflict, InvalidInput, NotFound
from models.ports import SearchIndex
from models.repositories import audit, letters, people, shops
from models.rules.letters import LetterKind
from models.rules.money import chargeable
from models.types import CURRENCY_DECIMALS, Role, new_id

TERMS_IN_MAJOR = {"JPY": 900, "MXN": 120}
"""What sending a first piece costs at first, by currency, where 6 of it would be odd. The artisan changes it."""


class ShopExists(Conflict):
    code = "shop_exists"


class AlreadyDecided(Conflict):
    code = "already_decided"


class NotRefused(Conflict):
    code = "not_refused"


@dataclass(frozen=True)
class ShopService:
    session: AsyncSession
    search: SearchIndex
    post: Post

    async def apply(self, person: Person, given: ShopDescription) -> OwnShopView:
        """A customer becomes an artisan with a shop that waits. Raises `ShopExists`, `InvalidInput`."""
        if person.role is Role.ADMINISTRATOR:
            raise Conflict("An administrator's account can't keep a shop. Use another one.")
        shop_id = await self.add(person.id, person.name, given)
        if shop_id is None:
            raise ShopExists("You have a shop already. It is at your studio.")
        if person.role is not Role.ARTISAN:
            await people.change_role(self.session, person.id, Role.ARTISAN)
            await audit.append(
                self.session,
                Audited.PERMISSION_CHANGED,
                actor=person.id,
                role=person.role,
                subject=person.id,
                details={"from": person.role.value, "to": Role.ARTISAN.value},
            )
        await self.announce(person.id, shop_id)
        return await self.own(person)

    async def add(self, owner_id: str, owner_name: str, given: ShopDescription) -> str | None:
        """The id of the new shop, which waits; None when the owner has one. Raises `InvalidInput`."""
        described = await self._described(given)
        slug = slug_of(given.shop_name, 70)
        if await shops.slug_is_taken(self.session, slug):
            slug = f"{slug}-{new_id('x')[-6:]}"
        owner = {"owner_id": owner_id, "owner_name": owner_name, "slug": slug, "currency": given.currency}
        return await shops.add(self.session, described | owner, _first_terms(given.currency), clock.now())

    async def announce(self, owner_id: str, shop_id: str) -> None:
        """Tells the artisan that somebody looks at it now."""
        await letters.write(self.session, LetterKind.SHOP_APPLICATION_RECEIVED, owner_id, details={"shop_id": shop_id})
        self.post.wake()

    async def own(self, person: Person) -> OwnShopView:
        """Raises `NotFound`."""
        found = await shops.of_owner(self.session, person.id)
        if found is None:
            raise NotFound("You have no shop yet.")
        return OwnShopView.of(found)

    async def resubmit(self, person: Person, given: ShopDescription) -> OwnShopView:
        """A refused application, changed. Its currency stays. Raises `NotFound`, `NotRefused`, `InvalidInput`."""
        own = await self.own(person)
        if not await shops.resubmit(self.session, own.id, await self._described(given), clock.now()):
            raise NotRefused(
                "Only a refused application can be sent again. Somebody is looking at yours, or your shop is open."
            )
        await self.announce(person.id, own.id)
        return await self.own(person)

    # The administrator's side

    async def applications(
        self, administrator: Person, status: str | None, page: int, per_page: int
    ) -> Page[ShopApplicationView]:
        """Whoever waits longest first. The reading is audited: it shows people."""
        rows, total = await shops.applications(self.session, status, limit=per_page, offset=(page - 1) * per_page)
        await audit.append(
            self.session,
            Audited.DATA_READ,
            actor=administrator.id,
            role=administrator.role,
            details={"what": "shop_applications", "rows": len(rows)},
        )
        return Page[ShopApplicationView](
            items=[ShopApplicationView.of(row) for row in rows],
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, math.ceil(total / per_page)),
        )

    async def decide(self, administrator: Person, shop_id: str, given: ShopDecisionInput) -> ShopApplicationView:
        """The first decision about an application counts. Raises `NotFound`, `AlreadyDecided`."""
        found = await shops.get(self.session, shop_id)
        if found is None:
            raise NotFound("There is no such shop.")
        decision_id = await shops.decide(
            self.session, shop_id, administrator.id, approve=given.approve, reason=given.reason, now=clock.now()
        )
        if decision_id is None:
            raise AlreadyDecided("This application is not waiting for a decision any more. Reload the list.")
        await self.search.index(await shops.listing_ids(self.session, shop_id))
        await audit.append(
            self.session,
            Audited.SHOP_APPROVED if given.approve else Audited.SHOP_REFUSED,
            actor=administrator.id,
            role=administrator.role,
            subject=shop_id,
            details={"decision": decision_id},
        )
        await letters.write(
            self.session,
            LetterKind.SHOP_APPROVED if given.approve else LetterKind.SHOP_REFUSED,
            found.owner_id,
            details={"shop_id": shop_id, "decision_id": decision_id},
        )
        self.post.wake()
        decided = await shops.get(self.session, shop_id)
        assert decided is not None  # noqa: S101 - it was there, and shops are never deleted
        return ShopApplicationView.of(decided)

    async def _described(self, given: ShopDescription) -> dict[str, Any]:
        craft = await shops.craft_name(self.session, given.craft)
        if craft is None:
            raise InvalidInput("Choose one of the crafts that we have.", field="craft")
        return {
            "name": given.shop_name,
            "craft": given.craft,
            "tagline": f"{craft} from {given.city}",
            "story": given.story,
            "city": given.city,
            "region": given.region,
            "postal_code": given.postal_code,
            "country": given.country,
        }


def _first_terms(currency: str) -> dict[str, Any]:
    """What a new shop charges for sending, until its keeper says otherwise."""
    first = TERMS_IN_MAJOR.get(currency, 6) * 10 ** CURRENCY_DECIMALS[currency]
    return {
        "home_first_minor": first,
        "home_more_minor": chargeable(first // 3, currency),
        "abroad_first_minor": first * 3,
        "abroad_more_minor": first,
        "ships_abroad": True,
        "handling_days": 3,
    }
