"""Search on PostgreSQL: full text in English without accents, trigrams for typos. One row a published listing.

Takes part in the caller's transaction, so a listing and its place in the index change together.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.ports import SearchQuery, SearchResult
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


class Paged(NamedTuple):
    """A page of ids that each carry the total, and the total by itself; it is exact up to `counted`."""

    rows: Select[str, int]
    total: Select[int]
    counted: int


class PostgresSearch:
    """A `SearchIndex` over the table `listing_search`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(self, query: SearchQuery) -> SearchResult:
        wanted = " ".join(query.text.split())
        if not wanted:
            return await self._result(query, _sorted_page(query, []))
        # Parsed by itself and then written into the statement: the planner has to know how common the words are, which
        # neither a function call nor the generic plan of a prepared statement would tell it.
        parsed = select(cast(func.websearch_to_tsquery("english", func.unaccent(wanted)), Text))
        words = (await self._session.execute(parsed)).scalar_one()
        terms = cast(bindparam(None, words, Text, literal_execute=True), TSQUERY)
        matches: Filters = [ListingSearch.document.bool_op("@@")(terms)]
        if query.sort == "relevance":
            page = _ranked_page(query, matches, RANKED, lambda row: func.ts_rank(row.document, terms))
        else:
            page = _sorted_page(query, matches)
        found = await self._result(query, page)
        return found if found.total else await self._misspelt(query, wanted)

    async def index(self, listing_ids: Sequence[str]) -> None:
        if not listing_ids:
            return
        await self._session.flush()
        # What is not published any more goes; what is gets its row rewritten, all in two statements.
        gone = (
            select(Listing.id)
            .where(Listing.id == ListingSearch.listing_id, Listing.status == "published")
            .correlate(ListingSearch)
        )
        await self._session.execute(
            delete(ListingSearch).where(ListingSearch.listing_id.in_(listing_ids), ~exists(gone))
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

    async def _misspelt(self, query: SearchQuery, wanted: str) -> SearchResult:
        """Nothing has these words, so what has words like them. The operator, unlike the function, uses the index."""
        await self._session.execute(
            select(func.set_config("pg_trgm.word_similarity_threshold", str(SIMILARITY), literal(True)))
        )
        plain = func.lower(func.unaccent(wanted))
        page = _ranked_page(
            query,
            [plain.bool_op("<%")(ListingSearch.words)],
            GUESSED,
            lambda row: func.word_similarity(plain, row.words),
        )
        return await self._result(query, page)

    async def _result(self, query: SearchQuery, page: Paged) -> SearchResult:
        """One statement for the page and the total."""
        rows = (await self._session.execute(page.rows)).all()
        if rows:
            number: int = rows[0][1]
        elif query.page > 1:  # beyond the last page there is no row to carry the total
            number = (await self._session.execute(page.total)).scalar_one()
        else:
            number = 0
        return SearchResult(tuple(row[0] for row in rows), min(number, page.counted), number > page.counted)


def _sorted_page(query: SearchQuery, matches: Filters) -> Paged:
    where = [*matches, *_filters(query)]
    counted = select(literal(1)).select_from(ListingSearch).where(*where).limit(COUNTED + 1).subquery()
    total = select(func.count()).select_from(counted)
    rows = (
        select(ListingSearch.listing_id, total.scalar_subquery())
        .where(*where)
        .order_by(*_order(query, ListingSearch))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
    )
    return Paged(rows, total, COUNTED)


def _ranked_page(
    query: SearchQuery, matches: Filters, at_most: int, rank: Callable[[Any], SQLColumnExpression[Any]]
) -> Paged:
    """Ranks the newest matches only: of very many, nobody can say which is the best one, and reading all documents
    costs more than all the rest of the page."""
    found = (
        select(ListingSearch)
        .where(*matches, *_filters(query))
        .order_by(*_order(query, ListingSearch))
        .limit(at_most + 1)
        .subquery()
    )
    best = [rank(found.c).desc()] if query.sort == "relevance" else []
    rows = (
        select(found.c.listing_id, func.count().over())
        .order_by(*best, *_order(query, found.c))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
    )
    return Paged(rows, select(func.count()).select_from(found), at_most)


def _filters(query: SearchQuery) -> Filters:
    filters: Filters = []
    if query.category is not None:
        filters.append(ListingSearch.category == query.category)
    if query.shop_id is not None:
        filters.append(ListingSearch.shop_id == query.shop_id)
    if query.currency is not None:
        filters.append(ListingSearch.currency == query.currency)
    if query.price_min is not None:
        filters.append(ListingSearch.price_minor >= query.price_min)
    if query.price_max is not None:
        filters.append(ListingSearch.price_minor <= query.price_max)
    if query.in_stock:
        # The stock itself, not the index: the last piece may have been reserved a second ago.
        filters.append(exists().where(Stock.listing_id == ListingSearch.listing_id, Stock.on_hand > Stock.reserved))
    return filters


def _order(query: SearchQuery, row: Any) -> list[SQLColumnExpression[Any]]:
    newest = [row.published_at.desc(), row.listing_id]
    match query.sort:
        case "price_up":
            return [row.price_minor.asc(), *newest]
        case "price_down":
            return [row.price_minor.desc(), *newest]
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
        .where(Listing.id.in_(listing_ids), Listing.status == "published")
    )
