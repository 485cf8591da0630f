"""What every `SearchIndex` does. A second implementation joins by adding its opener to `INDEXES`."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from activities.gateways.postgres_search import COUNTED, PostgresSearch
from core.database import Database
from models.ports import SearchIndex, SearchQuery
from models.tables.catalogue import Listing, Shop, Stock
from tests.support.marketplace import Piece, add_listing, add_shop, ago

INDEXES: dict[str, Callable[[AsyncSession], SearchIndex]] = {"postgres": PostgresSearch}


@pytest.fixture(params=list(INDEXES))
def opened(request: pytest.FixtureRequest) -> Callable[[AsyncSession], SearchIndex]:
    return INDEXES[request.param]


class World:
    """Seven pieces of two shops, known by short names."""

    def __init__(self, database: Database, opened: Callable[[AsyncSession], SearchIndex]) -> None:
        self.database = database
        self.opened = opened
        self.ids: dict[str, str] = {}
        self.shops: dict[str, str] = {}

    async def build(self) -> None:
        async with self.database.transaction() as session:
            pots = await add_shop(session, name="Saltmarsh Pottery")
            wood = await add_shop(session, name="Érable et Fils", currency="CAD")
            self.shops = {"pots": pots.id, "wood": wood.id}
            pieces = {
                "mug": (pots, Piece(title="Speckled coffee mug", price_minor=4_800, published_at=ago(days=1))),
                "bowl": (
                    pots,
                    Piece(
                        title="Noodle bowl",
                        description="Wide and deep; the same glaze as on the mug beside it.",
                        price_minor=6_400,
                        published_at=ago(days=2),
                    ),
                ),
                "vase": (pots, Piece(title="Bud vase", price_minor=3_900, on_hand=0, published_at=ago(days=3))),
                "held": (
                    pots,
                    Piece(title="Tea caddy", price_minor=8_000, on_hand=1, reserved=1, published_at=ago(days=4)),
                ),
                "board": (
                    wood,
                    Piece(
                        title="Planche à découper",
                        description="End grain, oiled twice.",
                        category="woodwork",
                        materials=("sugar maple", "beeswax"),
                        price_minor=9_500,
                        published_at=ago(days=5),
                    ),
                ),
                "draft": (pots, Piece(title="Secret mug", status="draft")),
                "gone": (pots, Piece(title="Withdrawn mug", status="withdrawn")),
            }
            for name, (shop, piece) in pieces.items():
                self.ids[name] = await add_listing(session, shop, piece)
        async with self.database.transaction() as session:
            await self.opened(session).index(list(self.ids.values()))

    async def find(self, **query: object) -> list[str]:
        names = {listing_id: name for name, listing_id in self.ids.items()}
        async with self.database.transaction() as session:
            result = await self.opened(session).search(SearchQuery(**query))  # type: ignore[arg-type]  # test shorthand
        return [names[listing_id] for listing_id in result.listing_ids]


@pytest.fixture
async def world(database: Database, opened: Callable[[AsyncSession], SearchIndex]) -> World:
    built = World(database, opened)
    await built.build()
    return built


async def test_without_words_everything_published_comes_newest_first(world: World) -> None:
    assert await world.find() == ["mug", "bowl", "vase", "held", "board"]


async def test_a_title_counts_more_than_a_description(world: World) -> None:
    assert await world.find(text="mug") == ["mug", "bowl"]


async def test_word_forms_case_and_accents_do_not_matter(world: World) -> None:
    assert await world.find(text="MUGS") == ["mug", "bowl"]
    assert await world.find(text="decouper") == ["board"]
    assert await world.find(text="découper") == ["board"]
    assert await world.find(text="erable") == ["board"]


async def test_materials_category_and_maker_are_searched(world: World) -> None:
    assert await world.find(text="beeswax") == ["board"]
    assert await world.find(text="woodwork") == ["board"]
    assert set(await world.find(text="saltmarsh")) == {"mug", "bowl", "vase", "held"}


async def test_all_words_have_to_be_there_and_a_minus_excludes(world: World) -> None:
    assert await world.find(text="noodle mug") == ["bowl"]
    assert await world.find(text="mug -noodle") == ["mug"]


async def test_a_typo_finds_what_was_meant(world: World) -> None:
    assert (await world.find(text="cofee"))[0] == "mug"
    assert (await world.find(text="speckeld"))[0] == "mug"
    assert (await world.find(text="nodle bowl"))[0] == "bowl"


async def test_what_nothing_resembles_finds_nothing(world: World) -> None:
    assert await world.find(text="xylophone quartet") == []


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        "a & | ! ( )",
        "%",
        "\\",
        "<->",
        "-",
        "🏺",
        "' or 1=1 --",
        "the of and",
        "it's",
        "a\\'b \\\\",
        "%s %(x)s :y",
    ],
)
async def test_no_text_is_an_error(world: World, text: str) -> None:
    assert isinstance(await world.find(text=text), list)


async def test_filters_narrow_and_combine(world: World) -> None:
    assert await world.find(category="woodwork") == ["board"]
    assert await world.find(category="nothing") == []
    assert await world.find(shop_id=world.shops["pots"]) == ["mug", "bowl", "vase", "held"]
    assert await world.find(currency="CAD") == ["board"]
    assert await world.find(price_min=4_000, price_max=6_400) == ["mug", "bowl"]
    assert await world.find(in_stock=True) == ["mug", "bowl", "board"]
    assert await world.find(text="mug", price_max=5_000, in_stock=True) == ["mug"]


async def test_sorting(world: World) -> None:
    assert await world.find(sort="price_up") == ["vase", "mug", "bowl", "held", "board"]
    assert await world.find(sort="price_down") == ["board", "held", "bowl", "mug", "vase"]
    assert await world.find(text="mug", sort="price_down") == ["bowl", "mug"]


async def test_pages_do_not_overlap_and_each_knows_the_total(world: World) -> None:
    async with world.database.transaction() as session:
        index = world.opened(session)
        pages = [await index.search(SearchQuery(page=page, per_page=2)) for page in (1, 2, 3, 4)]
        misspelt = [await index.search(SearchQuery(text="saltmarh", page=page, per_page=3)) for page in (1, 2)]
    assert [len(page.listing_ids) for page in pages] == [2, 2, 1, 0]
    assert {page.total for page in pages} == {5}
    assert len({listing_id for page in pages for listing_id in page.listing_ids}) == 5
    assert [len(page.listing_ids) for page in misspelt] == [3, 1]


async def test_indexing_again_follows_every_change(world: World) -> None:
    mug, bowl, vase = world.ids["mug"], world.ids["bowl"], world.ids["vase"]
    async with world.database.transaction() as session:
        await session.execute(update(Listing).where(Listing.id == mug).values(title="Tankard", price_minor=1))
        await session.execute(update(Listing).where(Listing.id == bowl).values(status="withdrawn"))
        await session.execute(update(Stock).where(Stock.listing_id == vase).values(on_hand=3))
        await session.execute(update(Shop).where(Shop.id == world.shops["wood"]).values(name="Maple & Sons"))
        await world.opened(session).index([mug, bowl, vase, world.ids["board"]])
    assert await world.find(text="tankard") == ["mug"]
    assert await world.find(price_max=1) == ["mug"]
    assert "bowl" not in await world.find()
    assert "vase" in await world.find(in_stock=True)
    assert await world.find(text="sons") == ["board"]


async def test_indexing_nothing_or_something_unknown_does_nothing(world: World) -> None:
    async with world.database.transaction() as session:
        await world.opened(session).index([])
        await world.opened(session).index(["lst_unknown"])
    assert len(await world.find()) == 5


async def test_a_large_total_is_told_as_a_floor(
    database: Database, opened: Callable[[AsyncSession], SearchIndex]
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session)
        first = await add_listing(session, shop)
        # Copies of one row: a thousand separate inserts would test patience only.
        connection = await session.connection()
        columns = "shop_id, category, slug, title, description, materials, dimensions, price_minor, currency, "
        columns += "weight_grams, lead_time_days, status, created_at, published_at, updated_at"
        await connection.exec_driver_sql(
            f"insert into listings (id, {columns}) select 'lst_' || n, {columns} "  # noqa: S608 - constants
            f"from listings, generate_series(1, {COUNTED}) n"
        )
        await connection.exec_driver_sql(
            f"insert into stock (listing_id, on_hand) select 'lst_' || n, 1 from generate_series(1, {COUNTED}) n"  # noqa: S608 - a constant of this file
        )
        index = opened(session)
        await index.index([f"lst_{number}" for number in range(1, COUNTED + 1)])
        result = await index.search(SearchQuery(per_page=3))
        assert (result.total, result.total_is_floor, len(result.listing_ids)) == (COUNTED, True, 3)
        exact = await index.search(SearchQuery(text="mug", price_max=4_800, per_page=3, page=400))
        assert (exact.listing_ids, exact.total) == ((), COUNTED)
        assert first
