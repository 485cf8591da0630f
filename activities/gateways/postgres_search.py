"""Search on PostgreSQL: full text in English without accents, trigrams for typos. One row a published listing.

Takes part in the caller's transaction, so a listing and its place in the index change together.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Numeric,
    Select,
    SQLColumnExpression,
    String,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.reads import Query, Reads, SessionReads
from models.ports import SearchQuery, SearchResult
from models.repositories.catalogue import FOR_SALE
from models.tables.catalogue import Category, Listing, ListingSearch, Shop, Stock

COUNTED = 1_000
"""Totals are exact up to here; counting further would cost more than anybody looks at."""
RANKED = 1_000
"""How many of the newest matches are put into order of relevance."""
GUESSED = 200
"""How many listings are looked at for words like those that nothing has."""
SIMILARITY = 0.45
"""Of trigrams, before a word counts as a misspelling of another."""

Filters = list[ColumnElement[bool]]
Matching = Literal["everything", "words", "likeness"]


class Shape(NamedTuple):
    """Everything about a search that makes it another statement; the values come at each call."""

    matching: Matching
    sort: str
    filters: tuple[str, ...]


class Paged(NamedTuple):
    """A page of ids that each carry the total, and the total by itself; it is exact up to `counted`."""

    page: Query
    total: Query
    counted: int


class PostgresSearch:
    """A `SearchIndex` over the table `listing_search`. `reads`: where pages are read, the session by default."""

    def __init__(self, session: AsyncSession, reads: Reads | None = None) -> None:
        self._session = session
        self._reads = reads or SessionReads(session)

    async def search(self, query: SearchQuery) -> SearchResult:
        wanted = " ".join(query.text.split())
        if not wanted:
            return await self._page(query, "everything", {})
        # Parsed by itself, so that the planner knows how common the words are and no row parses them again.
        terms = (await self._reads.fetch(_PARSE, wanted=wanted))[0][0]
        found = await self._page(query, "words", {"terms": terms})
        if found.total:
            return found
        # Nothing has these words, so what has words like them.
        plain = (await self._reads.fetch(_PLAIN, wanted=wanted))[0][0]
        return await self._page(query, "likeness", {"plain": plain})

    async def index(self, listing_ids: Sequence[str]) -> None:
        if not listing_ids:
            return
        await self._session.flush()
        # What nobody may see any more goes; the others get their rows rewritten, all in two statements.
        shown = (
            select(Listing.id)
            .join(Shop, Shop.id == Listing.shop_id)
            .where(Listing.id == ListingSearch.listing_id, FOR_SALE)
            .correlate(ListingSearch)
        )
        await self._session.execute(
            delete(ListingSearch).where(ListingSearch.listing_id.in_(listing_ids), ~exists(shown))
        )
        rows = insert(ListingSearch).from_select(
            [column.name for column in ListingSearch.__table__.columns], _rows(listing_ids)
        )
        await self._session.execute(
            rows.on_conflict_do_update(
                index_elements=[ListingSearch.listing_id],
                set_={
                    column.name: rows.excluded[column.name]
                    for column in ListingSearch.__table__.columns
                    if not column.primary_key
                },
            )
        )

    async def _page(self, query: SearchQuery, matching: Matching, words: dict[str, str]) -> SearchResult:
        """One statement for the page and the total."""
        given: dict[str, Any] = {
            name: value
            for name in _FILTERS
            if name not in _BY_WORTH and (value := getattr(query, name)) is not None and value is not False
        }
        sort, worth = query.sort, {}
        if query.worth is not None:
            given = {_IN_ONE_CURRENCY.get(name, name): value for name, value in given.items()}
            sort = _IN_ONE_CURRENCY.get(sort, sort)
            worth = {"worth": json.dumps({currency: str(factor) for currency, factor in query.worth.items()})}
        paged = _paged(Shape(matching, sort, tuple(given)))
        filters_by_worth, sorts_by_worth = given.keys() & _BY_WORTH, sort in _BY_WORTH
        given = words | {name: value for name, value in given.items() if name != "in_stock"}
        rows = await self._reads.fetch(
            paged.page,
            **given,
            **(worth if filters_by_worth or sorts_by_worth else {}),
            per_page=query.per_page,
            skipped=(query.page - 1) * query.per_page,
        )
        if rows:
            number: int = rows[0][1]
        elif query.page > 1:  # beyond the last page there is no row to carry the total
            number = (await self._reads.fetch(paged.total, **given, **(worth if filters_by_worth else {})))[0][0]
        else:
            number = 0
        return SearchResult(tuple(row[0] for row in rows), min(number, paged.counted), number > paged.counted)


_TEXT = String()
_TERMS = bindparam("terms", type_=TSQUERY())
_PLAIN_WORDS = bindparam("plain", type_=_TEXT)
_WANTED = bindparam("wanted", type_=_TEXT)
_PARSE = Query(select(cast(func.websearch_to_tsquery("english", func.unaccent(_WANTED)), Text)))
_PLAIN = Query(select(func.lower(func.unaccent(_WANTED))))
_IN_ONE_CURRENCY = {
    "price_min": "worth_min",
    "price_max": "worth_max",
    "price_up": "worth_up",
    "price_down": "worth_down",
}
"""What becomes of filters and orders by price where prices of several currencies are compared."""
_BY_WORTH = set(_IN_ONE_CURRENCY.values())


def _worth(row: Any) -> ColumnElement[Any]:
    """A price in the currency that all are compared in; null where there is no rate."""
    factor = cast(bindparam("worth", type_=_TEXT), JSONB).op("->>")(row.currency)
    worth: ColumnElement[Any] = row.price_minor * cast(factor, Numeric())
    return worth


_FILTERS: dict[str, ColumnElement[bool]] = {
    "category": ListingSearch.category == bindparam("category", type_=_TEXT),
    "shop_id": ListingSearch.shop_id == bindparam("shop_id", type_=_TEXT),
    "currency": ListingSearch.currency == bindparam("currency", type_=_TEXT),
    "price_min": ListingSearch.price_minor >= bindparam("price_min", type_=BigInteger()),
    "price_max": ListingSearch.price_minor <= bindparam("price_max", type_=BigInteger()),
    "worth_min": _worth(ListingSearch) >= bindparam("worth_min", type_=BigInteger()),
    "worth_max": _worth(ListingSearch) <= bindparam("worth_max", type_=BigInteger()),
    # The stock itself, not the index: the last piece may have been reserved a second ago.
    "in_stock": exists().where(Stock.listing_id == ListingSearch.listing_id, Stock.on_hand > Stock.reserved),
}
_PAGE = {"per_page": bindparam("per_page", type_=Integer()), "skipped": bindparam("skipped", type_=Integer())}


@lru_cache(maxsize=1024)  # three kinds, four orders, 64 combinations of filters
def _paged(shape: Shape) -> Paged:
    where = [_FILTERS[name] for name in shape.filters]
    by_relevance = shape.sort == "relevance"
    if shape.matching == "likeness":
        where.append(_PLAIN_WORDS.bool_op("<%")(ListingSearch.words))  # unlike the function, it uses the index
        rank = [func.word_similarity(_PLAIN_WORDS, literal_column("words")).desc()] if by_relevance else []
        return _ranked(shape, where, rank, GUESSED)
    if shape.matching == "words":
        where.append(ListingSearch.document.bool_op("@@")(_TERMS))
        if by_relevance:
            return _ranked(shape, where, [func.ts_rank(literal_column("document"), _TERMS).desc()], RANKED)
    counted = select(literal(1)).select_from(ListingSearch).where(*where).limit(COUNTED + 1).subquery()
    total = select(func.count()).select_from(counted)
    page = select(ListingSearch.listing_id, total.scalar_subquery()).where(*where)
    page = page.order_by(*_order(shape.sort, ListingSearch)).limit(_PAGE["per_page"]).offset(_PAGE["skipped"])
    return Paged(Query(page, prepare=False), Query(total, prepare=False), COUNTED)


def _ranked(shape: Shape, where: Filters, rank: Sequence[SQLColumnExpression[Any]], at_most: int) -> Paged:
    """Ranks the newest matches only: of very many, nobody can say which is the best one, and reading all documents
    costs more than all the rest of the page."""
    found = (
        select(ListingSearch).where(*where).order_by(*_order(shape.sort, ListingSearch)).limit(at_most + 1).subquery()
    )
    page = select(found.c.listing_id, func.count().over()).order_by(*rank, *_order(shape.sort, found.c))
    page = page.limit(_PAGE["per_page"]).offset(_PAGE["skipped"])
    total = select(func.count()).select_from(found)
    settings = {"pg_trgm.word_similarity_threshold": str(SIMILARITY)} if shape.matching == "likeness" else None
    return Paged(Query(page, prepare=False, settings=settings), Query(total, prepare=False, settings=settings), at_most)


def _order(sort: str, row: Any) -> list[SQLColumnExpression[Any]]:
    newest = [row.published_at.desc(), row.listing_id]
    match sort:
        case "price_up":
            return [row.price_minor.asc(), *newest]
        case "price_down":
            return [row.price_minor.desc(), *newest]
        case "worth_up":
            return [_worth(row).asc().nulls_last(), *newest]
        case "worth_down":
            return [_worth(row).desc().nulls_last(), *newest]
        case _:
            return newest


def _rows(listing_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """The index rows of these listings, built inside the database: title first, then materials and category, maker,
    description."""
    materials = func.array_to_string(Listing.materials, " ")

    def weighted(words: SQLColumnExpression[str], weight: str) -> SQLColumnExpression[Any]:
        return func.setweight(func.to_tsvector("english", func.unaccent(words)), text(f"'{weight}'"))

    document = (
        weighted(Listing.title, "A")
        .op("||")(weighted(materials + " " + Category.name, "B"))
        .op("||")(weighted(Shop.name, "B"))
        .op("||")(weighted(Listing.description, "C"))
    )
    words = func.lower(func.unaccent(Listing.title + " " + Shop.name + " " + materials))
    columns: dict[str, Any] = {
        "listing_id": Listing.id,
        "document": document,
        "words": words,
        "category": Listing.category,
        "shop_id": Listing.shop_id,
        "currency": Listing.currency,
        "price_minor": Listing.price_minor,
        "in_stock": Stock.on_hand > Stock.reserved,
        "published_at": Listing.published_at,
    }
    return (
        select(*(columns[column.name].label(column.name) for column in ListingSearch.__table__.columns))
        .join(Shop, Shop.id == Listing.shop_id)
        .join(Category, Category.slug == Listing.category)
        .join(Stock, Stock.listing_id == Listing.id)
        .where(Listing.id.in_(listing_ids), FOR_SALE)
    )
