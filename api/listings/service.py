"""The artisan's own listings: words, price, stock, pictures, and whether they are for sale.

Whatever changes is brought up to date in the search index in the same transaction. Does not reserve or sell.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.catalogue.schemas import Page, PictureView
from api.catalogue.service import cover
from api.currencies.choice import checked
from api.listings import pictures as picture_files
from api.listings.schemas import DeskListing, DeskListingDetail, DeskPicture, DeskPrice, ListingChanges, NewListing
from api.money import money, money_view
from api.text import slug_of
from core import clock
from models.errors import Conflict, InvalidInput, NotFound, NotNow
from models.ports import SearchIndex, TaxClass
from models.repositories import listings, privacy_erasures, stock
from models.repositories.rates import Rates
from models.rules.money import refuse_unchargeable
from models.tables.catalogue import Listing
from models.types import CURRENCY_DECIMALS, Money, new_id

MAX_PICTURES = 10


class StockReserved(Conflict):
    code = "stock_reserved"


@dataclass(frozen=True)
class ListingService:
    """Every method takes the keeper's shop; another shop's listing raises `NotFound`."""

    session: AsyncSession
    search: SearchIndex
    rates: Rates = field(default_factory=Rates)

    async def own(self, shop_id: str, page: int = 1, per_page: int = 50) -> Page[DeskListing]:
        """Last changed first."""
        rows, total = await listings.own(self.session, shop_id, limit=per_page, offset=(page - 1) * per_page)
        return Page[DeskListing](
            items=[_line(row) for row in rows],
            total=total,
            total_is_floor=False,
            page=page,
            pages=max(1, math.ceil(total / per_page)),
        )

    async def get(self, shop_id: str, listing_id: str) -> DeskListingDetail:
        return await self._detail(await self._find(shop_id, listing_id))

    async def create(self, shop_id: str, new: NewListing) -> DeskListingDetail:
        """A draft. Raises `InvalidInput` for an unknown category, and for a price that no card can carry."""
        await self._check_category(new.category)
        currency = await listings.shop_currency(self.session, shop_id)
        refuse_unchargeable(Money(new.price_minor, currency))
        listing_id = new_id("lst")
        await listings.add(
            self.session,
            {
                **new.model_dump(exclude={"on_hand"}),
                "id": listing_id,
                "shop_id": shop_id,
                "slug": slug_of(new.title),
                "currency": currency,
                "status": "draft",
            },
            new.on_hand,
        )
        return await self.get(shop_id, listing_id)

    async def edit(self, shop_id: str, listing_id: str, changes: ListingChanges) -> DeskListingDetail:
        """Carts that hold the piece will show a changed price; orders keep what was agreed."""
        listing = await self._find(shop_id, listing_id, lock=True)
        if changes.price_minor is not None:
            refuse_unchargeable(Money(changes.price_minor, listing.currency))
        values: dict[str, Any] = changes.model_dump(exclude_none=True)
        if "category" in values:
            await self._check_category(values["category"])
        if "title" in values:
            values["slug"] = slug_of(values["title"])
        if values:
            await listings.change(self.session, listing_id, values)
        return await self._changed(shop_id, listing_id)

    async def set_prices(self, shop_id: str, listing_id: str, prices: Mapping[str, int]) -> DeskListingDetail:
        """What buyers who pay in other currencies are asked, in place of a conversion. Raises `InvalidInput`."""
        listing = await self._find(shop_id, listing_id, lock=True)
        for currency, minor in prices.items():
            checked(currency)
            if currency == listing.currency:
                raise InvalidInput(
                    f"Your shop keeps {currency}: this is the piece's own price. Change it above.",
                    field=f"price_{currency}",
                )
            refuse_unchargeable(Money(minor, currency), f"price_{currency}")
        await listings.set_prices(self.session, listing_id, prices)
        return await self._changed(shop_id, listing_id)

    async def publish(self, shop_id: str, listing_id: str) -> DeskListingDetail:
        """Raises `NotNow` without a picture, and in a shop that its keeper's erasure has closed: what were sold there
        would have nobody to make it. Publishing what is published changes nothing."""
        if await privacy_erasures.closes_shop(self.session, shop_id):
            raise NotNow("Your account is being deleted, so your shop has closed. Cancel the deletion to sell again.")
        listing = await self._find(shop_id, listing_id, lock=True)
        if listing.status != "published":
            if not await listings.pictures(self.session, listing_id):
                raise NotNow("Add at least one picture before you publish: nobody buys what they can't see.")
            published_at = listing.published_at or clock.now()
            await listings.change(self.session, listing_id, {"status": "published", "published_at": published_at})
        return await self._changed(shop_id, listing_id)

    async def withdraw(self, shop_id: str, listing_id: str) -> DeskListingDetail:
        """Takes it off sale. Checkouts that hold pieces of it go on."""
        listing = await self._find(shop_id, listing_id, lock=True)
        if listing.status == "published":
            await listings.change(self.session, listing_id, {"status": "withdrawn"})
        return await self._changed(shop_id, listing_id)

    async def set_stock(self, shop_id: str, listing_id: str, on_hand: int) -> DeskListingDetail:
        """Raises `StockReserved` when running checkouts hold more than that."""
        await self._find(shop_id, listing_id)
        row = (await stock.lock(self.session, {listing_id}))[listing_id]
        if on_hand < row.reserved:
            raise StockReserved(
                f"{row.reserved} are being paid for right now. Set the stock to {row.reserved} or more, or wait a "
                "quarter of an hour.",
                reserved=row.reserved,
            )
        row.on_hand = on_hand
        await self.session.flush()
        return await self._changed(shop_id, listing_id)

    async def add_picture(self, shop_id: str, listing_id: str, data: bytes, alt: str) -> DeskListingDetail:
        """Appends a picture. Raises `InvalidInput`, `TooLarge`."""
        await self._find(shop_id, listing_id)
        prepared = await picture_files.prepare(data)
        await self._find(shop_id, listing_id, lock=True)
        there = await listings.pictures(self.session, listing_id)
        if len(there) >= MAX_PICTURES:
            raise InvalidInput(f"A listing shows up to {MAX_PICTURES} pictures. Remove one first.", field="file")
        await listings.add_renditions(self.session, prepared.content_id, picture_files.MEDIA_TYPE, prepared.renditions)
        await listings.add_picture(
            self.session,
            {
                "id": new_id("pic"),
                "listing_id": listing_id,
                "position": len(there),
                "alt": alt,
                "content_id": prepared.content_id,
                "width": prepared.width,
                "height": prepared.height,
            },
        )
        return await self.get(shop_id, listing_id)

    async def describe_picture(self, shop_id: str, listing_id: str, picture_id: str, alt: str) -> DeskListingDetail:
        await self._find(shop_id, listing_id, lock=True)
        if not await listings.describe_picture(self.session, listing_id, picture_id, alt):
            raise _no_picture()
        return await self.get(shop_id, listing_id)

    async def order_pictures(self, shop_id: str, listing_id: str, picture_ids: list[str]) -> DeskListingDetail:
        """The first is the one that cards show. Raises `InvalidInput` unless each picture is named once."""
        await self._find(shop_id, listing_id, lock=True)
        there = await listings.pictures(self.session, listing_id)
        if sorted(picture_ids) != sorted(picture.id for picture in there):
            raise InvalidInput("Name each picture of the listing exactly once.", field="picture_ids")
        await listings.place_pictures(self.session, listing_id, picture_ids)
        return await self.get(shop_id, listing_id)

    async def remove_picture(self, shop_id: str, listing_id: str, picture_id: str) -> DeskListingDetail:
        """Raises `NotNow` for the last picture of a published listing."""
        listing = await self._find(shop_id, listing_id, lock=True)
        there = await listings.pictures(self.session, listing_id)
        if picture_id not in {picture.id for picture in there}:
            raise _no_picture()
        if len(there) == 1 and listing.status == "published":
            raise NotNow("This is the last picture of a piece that is for sale. Add another one first, or withdraw it.")
        await listings.remove_picture(self.session, listing_id, picture_id)
        await listings.place_pictures(
            self.session, listing_id, [picture.id for picture in there if picture.id != picture_id]
        )
        return await self.get(shop_id, listing_id)

    async def _find(self, shop_id: str, listing_id: str, *, lock: bool = False) -> Listing:
        listing = await listings.find(self.session, shop_id, listing_id, lock=lock)
        if listing is None:
            raise NotFound("Your shop has no such listing. Look at your desk for those it has.")
        return listing

    async def _check_category(self, category: str) -> None:
        if not await listings.category_exists(self.session, category):
            raise InvalidInput("There is no such category. Choose one of ours.", field="category")

    async def _changed(self, shop_id: str, listing_id: str) -> DeskListingDetail:
        await self.search.index([listing_id])
        return await self.get(shop_id, listing_id)

    async def _detail(self, listing: Listing) -> DeskListingDetail:
        on_hand, reserved = await listings.stock_of(self.session, listing.id)
        shown = [
            DeskPicture(id=row.id, content_id=row.content_id, alt=row.alt, width=row.width, height=row.height)
            for row in await listings.pictures(self.session, listing.id)
        ]
        first = shown[0] if shown else None
        return DeskListingDetail(
            id=listing.id,
            slug=listing.slug,
            title=listing.title,
            category=listing.category,
            status=listing.status,  # type: ignore[arg-type]  # the table's check constraint
            price=money(listing.price_minor, listing.currency),
            lead_time_days=listing.lead_time_days,
            on_hand=on_hand,
            reserved=reserved,
            available=on_hand - reserved,
            picture=PictureView(**first.model_dump(exclude={"id"})) if first else None,
            updated_at=listing.updated_at,
            description=listing.description,
            materials=listing.materials,
            dimensions=listing.dimensions,
            weight_grams=listing.weight_grams,
            tax_class=TaxClass(listing.tax_class),
            pictures=shown,
            prices=await self._prices(listing),
            published_at=listing.published_at,
        )

    async def _prices(self, listing: Listing) -> list[DeskPrice]:
        own, exchange = await listings.own_prices(self.session, listing.id), await self.rates.exchange(self.session)
        price, rows = Money(listing.price_minor, listing.currency), []
        for currency in sorted(set(CURRENCY_DECIMALS) - {listing.currency}):
            fx = exchange.find(listing.currency, currency)
            rows.append(
                DeskPrice(
                    currency=currency,
                    own=money(own[currency], currency) if currency in own else None,
                    converted=money_view(fx.price(price)) if fx else None,
                )
            )
        return rows


def _no_picture() -> NotFound:
    return NotFound("This listing has no such picture.")


def _line(row: listings.OwnRow) -> DeskListing:
    return DeskListing(
        id=row.id,
        slug=row.slug,
        title=row.title,
        category=row.category,
        status=row.status,  # type: ignore[arg-type]  # the table's check constraint
        price=money(row.price_minor, row.currency),
        lead_time_days=row.lead_time_days,
        on_hand=row.on_hand,
        reserved=row.reserved,
        available=row.on_hand - row.reserved,
        picture=cover(row.content_id, row.alt, row.width, row.height),
        updated_at=row.updated_at,
    )
