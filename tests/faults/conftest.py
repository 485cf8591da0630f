"""Stacks of their own for fault tests: an empty marketplace but for one shop, which keeps their start short."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

from core.database import Database, create_engine
from core.keys import open_key_ring
from tests.support.whole_stack import WholeStack, whole_stack

SMALL = {"ARTISAN_SEED_ARTISANS": "1", "ARTISAN_SEED_LISTINGS": "1", "ARTISAN_STEP_UP_SECONDS": "7200"}
"""Nobody in these tests types a password, so no proof grows old while servers die."""


@contextlib.contextmanager
def own_stack(home: Path, settings: Mapping[str, str]) -> Iterator[WholeStack]:
    with whole_stack(home, settings={**SMALL, **settings}) as stack:
        yield stack


@contextlib.asynccontextmanager
async def database_of(stack: WholeStack) -> AsyncIterator[Database]:
    """The stack's own database, to fill it before and to count in it afterwards."""
    database = Database(
        create_engine(stack.environment["ARTISAN_DATABASE_URL"], 2),
        open_key_ring(Path(stack.environment["ARTISAN_HOME"]) / "keys.json"),
    )
    try:
        yield database
    finally:
        await database.close()
