"""What visitors look at. Reads only; few queries a page, because these pages carry the traffic."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from api.catalogue.schemas import (
    CategoryView,
    HomeView,
    ListingCard,
    ListingDetail,
    Page,
    PictureView,
    ShippingView,
    ShopCard,
    ShopDetail,
)
from api.money import MoneyView, money_view
from core.reads import Reads
from models.errors import InvalidInput, NotFound
from models.ports import SearchIndex, SearchQuery
from models.repositories import catalogue
from models.repositories.catalogue import CardRow, ShopRow
from models.repositories.rates import Rates
from models.rules.fx import NOTHING, Exchange
from models.rules.offers import Offer, shown
from models.types import Money

HOME_NEWEST = 12
HOME_UNIQUE = 8
HOME_SHOPS = 6
HOME_WINDOW = 60
"""How many of the newest listings the home page chooses from."""
HOME_PER_SHOP = 2
SORTS = ("relevance", "newest", "price_up", "price_down")


@dataclass(frozen=True, slots=True)
class _Prices:
    """What pieces cost whoever looks."""

    currency: str | None = None
    exchange: Exchange = NOTHING
    asked: Mapping[str, int] = field(default_factory=dict)
    """The artisans' own prices in that currency, by listing."""

    def of(self, row: CardRow) -> Offer:
        return shown(Money(row.price_minor, row.currency), self.asked.get(row.id), self.currency, self.exchange)


@dataclass(frozen=True)
class CatalogueService:
    """`currency` is what prices are shown in, where there is a rate; without one it is each shop's own."""

    reads: Reads
    search: SearchIndex
    rates: Rates | None = None
    currency: str | None = None

    async def categories(self) -> list[CategoryView]:
        return [CategoryView(**row._asdict()) for row in await catalogue.categories(self.reads)]

    async def home(self) -> HomeView:
        newest = await self.search.search(SearchQuery(sort="newest", in_stock=True, per_page=HOME_WINDOW))
        rows = await catalogue.cards(self.reads, newest.listing_ids)
        shops = await catalogue.featured_shops(self.reads, HOME_SHOPS)
        unique = [row for row in rows if row.on_hand == 1][:HOME_UNIQUE]
        prices = await self._prices(rows)
        return HomeView(
            categories=await self.categories(),
            newest=[_card(row, prices) for row in _a_few_of_each_shop(rows)[:HOME_NEWEST]],
            one_of_a_kind=[_card(row, prices) for row in unique],
            featured_shops=[_shop(row) for row in shops],
        )

    async def browse(self, query: SearchQuery) -> Page[ListingCard]:
        """A page of a category, a shop or a search. Raises `InvalidInput` for a query that nobody can mean."""
        if query.sort not in SORTS:
            raise InvalidInput(f"Sort by one of {', '.join(SORTS)}.", field="sort")
        if query.price_min is not None and query.price_max is not None and query.price_min > query.price_max:
            raise InvalidInput("The lowest price is above the highest one.", field="price_min")
        if self.currency is not None and self.rates is not None:
            query = replace(query, worth=(await self.rates.exchange(self.reads)).in_minor(self.currency))
        result = await self.search.search(query)
        rows = await catalogue.cards(self.reads, result.listing_ids)
        prices = await self._prices(rows)
        return Page[ListingCard](
            items=[_card(row, prices) for row in rows],
            total=result.total,
            total_is_floor=result.total_is_floor,
            page=query.page,
            pages=max(1, math.ceil(result.total / query.per_page)),
        )

    async def listing(self, listing_id: str) -> ListingDetail:
        """Raises `NotFound`, also for one that is withdrawn."""
        found = await catalogue.find_listing(self.reads, listing_id)
        if found is None:
            raise NotFound("This piece is not for sale (any more). Look at what else the makers offer.")
        card, row = found
        pictures = await catalogue.pictures(self.reads, listing_id)
        prices = await self._prices([card])
        fx = prices.of(card).fx

        def sending(minor: int) -> MoneyView:
            own = Money(minor, card.currency)
            return money_view(fx.price(own) if fx else own)

        return ListingDetail(
            **_card(card, prices).__dict__,
            description=row.description,
            materials=row.materials,
            dimensions=row.dimensions,
            pictures=[PictureView(**picture._asdict()) for picture in pictures],
            category=CategoryView(**row.category._asdict()),
            shop=_shop(row.shop),
            shipping=ShippingView(
                home_first=sending(row.terms.home_first_minor),
                home_more=sending(row.terms.home_more_minor),
                ships_abroad=row.terms.ships_abroad,
                abroad_first=sending(row.terms.abroad_first_minor) if row.terms.ships_abroad else None,
                abroad_more=sending(row.terms.abroad_more_minor) if row.terms.ships_abroad else None,
            ),
            handling_days=row.terms.handling_days,
            published_at=row.published_at,
        )

    async def shop(self, slug: str) -> ShopDetail:
        """Raises `NotFound`."""
        found = await catalogue.find_shop(self.reads, slug)
        if found is None:
            raise _no_shop()
        shop, story = found
        return ShopDetail(
            **shop._asdict(),
            story=story.story,
            owner_name=story.owner_name,
            banner_content=story.banner_content,
            currency=story.currency,
            since=story.created_at,
        )

    async def shop_listings(self, slug: str, page: int = 1, per_page: int = 24) -> Page[ListingCard]:
        """A shop's pieces, newest first. Raises `NotFound`."""
        return await self.browse(
            SearchQuery(shop_id=await self.shop_id(slug), sort="newest", page=page, per_page=per_page)
        )

    async def shop_id(self, slug: str) -> str:
        """Raises `NotFound`."""
        shop_id = await catalogue.find_shop_id(self.reads, slug)
        if shop_id is None:
            raise _no_shop()
        return shop_id

    async def _prices(self, rows: Sequence[CardRow]) -> _Prices:
        if self.currency is None or self.rates is None or not rows:
            return _Prices()
        asked = await catalogue.asked_prices(self.reads, [row.id for row in rows], self.currency)
        return _Prices(self.currency, await self.rates.exchange(self.reads), asked)


def _no_shop() -> NotFound:
    return NotFound("There is no shop of this name. Look through the makers instead.")


def _a_few_of_each_shop(rows: list[CardRow]) -> list[CardRow]:
    """So that one maker who publishes a whole kiln load does not fill the page; the rest follows behind."""
    seen: dict[str, int] = {}
    first: list[CardRow] = []
    rest: list[CardRow] = []
    for row in rows:
        seen[row.shop_id] = seen.get(row.shop_id, 0) + 1
        (first if seen[row.shop_id] <= HOME_PER_SHOP else rest).append(row)
    return first + rest


def _shop(row: ShopRow) -> ShopCard:
    return ShopCard(**row._asdict())


def _card(row: CardRow, prices: _Prices) -> ListingCard:
    offer = prices.of(row)
    return ListingCard(
        id=row.id,
        slug=row.slug,
        title=row.title,
        price=money_view(offer.unit),
        asked=money_view(offer.stated) if offer.converted else None,
        shop_name=row.shop_name,
        shop_slug=row.shop_slug,
        picture=cover(row.content_id, row.alt, row.width, row.height),
        available=row.on_hand - row.reserved,
        one_of_a_kind=row.on_hand == 1,
        lead_time_days=row.lead_time_days,
    )


def cover(content_id: str | None, alt: str | None, width: int | None, height: int | None) -> PictureView | None:
    if content_id is None or alt is None or width is None or height is None:
        return None
    return PictureView(content_id=content_id, alt=alt, width=width, height=height)
