"""Letters as a test's people read them: straight from the rows, with the link's token derived as the mail's is."""

from sqlalchemy import select

from core.database import Database
from models.repositories import letters
from models.rules.letters import LetterKind
from models.tables.letters import Letter


async def written(database: Database) -> list[tuple[str, str]]:
    """(kind, address) of every letter so far, oldest first; no address for those that go to nobody."""
    async with database.transaction() as session:
        ids = (await session.scalars(select(Letter.id).order_by(Letter.created_at, Letter.id))).all()
        found = [await letters.find(session, letter_id) for letter_id in ids]
    return [(one.row.kind.value, one.to) for one in found if one is not None]


async def newest_token(database: Database, kind: LetterKind) -> str:
    """Of the newest letter of this kind."""
    async with database.transaction() as session:
        query = select(Letter.id).where(Letter.kind == kind.value).order_by(Letter.created_at.desc()).limit(1)
        found = await letters.find(session, (await session.scalars(query)).one())
        assert found is not None
        return letters.link_token(database.keys, found.row)
