"""People in real PostgreSQL: sealed at rest, found by any spelling of their address, and gone once their key is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from core import clock
from core.database import Database, create_engine, keys_of
from core.keys import FileKeyRing, Purpose
from core.sealing import Tampered, key_of
from models.errors import NotFound, refused_by_database
from models.ports import PostalAddress
from models.repositories import addresses, people, person_keys
from models.repositories.people import FORMER
from models.repositories.person_keys import PersonErased
from models.tables.people import Address, PersonKey, User

HOME = PostalAddress("Ada Byron", "1 Mill Lane", "Albany", "NY", "12207", "US", line2="Flat 2", phone="+15185550123")


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyRing:
    return FileKeyRing.create(tmp_path / "keys.json")


@pytest.fixture
async def database(postgres_url: str, ring: FileKeyRing) -> AsyncIterator[Database]:
    """With a ring of the test's own, that it may rotate."""
    opened = Database(create_engine(postgres_url), ring)
    yield opened
    await opened.close()


async def add(database: Database, name: str = "Ada Byron", email: str = "Ada@Example.com") -> str:
    async with database.transaction() as session:
        added = await people.add_person(session, name, email, password_hash="$hash")
    assert added is not None
    return added


async def erase(database: Database, person_id: str) -> bool:
    async with database.transaction() as session:
        return await people.erase(session, person_id, f"erasure-{person_id}-1", clock.now())


class TestFinding:
    async def test_by_any_spelling_and_shown_as_it_was_given(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            for spelling in ("Ada@Example.com", "ada@example.com", " ADA@EXAMPLE.COM "):
                assert await people.credentials(session, spelling) == (person_id, "$hash")
                found = await people.find_by_email(session, spelling)
                assert found is not None
                assert (found.id, found.name, found.email, found.erased) == (
                    person_id,
                    "Ada Byron",
                    "Ada@Example.com",
                    False,
                )
            assert await people.credentials(session, "ada@example.org") is None

    async def test_an_address_has_one_account(self, database: Database) -> None:
        await add(database)
        async with database.transaction() as session:
            assert await people.add_person(session, "Another", "ADA@example.com") is None
            assert len((await session.scalars(select(PersonKey))).all()) == 1

    async def test_somebody_without_a_password_has_none(self, database: Database) -> None:
        async with database.transaction() as session:
            person_id = await people.add_person(session, "Key Only", "key@example.com")
            assert await people.credentials(session, "key@example.com") == (person_id, None)

    async def test_nobody_is_nobody(self, database: Database) -> None:
        async with database.transaction() as session:
            assert await people.find_person(session, "usr_unknown") is None
            assert await person_keys.is_destroyed(session, "usr_unknown") is None
            with pytest.raises(NotFound) as unknown:
                await person_keys.open_key(session, "usr_unknown")
            assert not isinstance(unknown.value, PersonErased)


class TestChanging:
    async def test_a_new_address_replaces_the_old_one(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            assert await people.change_email(session, person_id, "countess@example.com", clock.now())
        async with database.transaction() as session:
            assert await people.find_by_email(session, "ada@example.com") is None
            found = await people.find_by_email(session, "Countess@example.com")
            assert found is not None
            assert found.email == "countess@example.com"

    async def test_not_to_one_that_somebody_else_has(self, database: Database) -> None:
        person_id = await add(database)
        await add(database, "Bo", "bo@example.com")
        async with database.transaction() as session:
            assert not await people.change_email(session, person_id, "BO@example.com", None)
        async with database.transaction() as session:
            found = await people.find_person(session, person_id)
            assert found is not None
            assert found.email == "Ada@Example.com"

    async def test_a_new_name(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            await people.rename(session, person_id, "Ada, Countess of Lovelace 👑")
            found = await people.find_person(session, person_id)
            assert found is not None
            assert found.name == "Ada, Countess of Lovelace 👑"

    async def test_an_address_is_verified_once(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            assert await people.verify_email(session, person_id, clock.now())
            assert not await people.verify_email(session, person_id, clock.now())


class TestAddresses:
    async def test_come_back_whole_and_newest_first(self, database: Database) -> None:
        person_id = await add(database)
        abroad = PostalAddress("Béla", "Fő utca 2", "Budapest", "", "1011", "HU")
        async with database.transaction() as session:
            first = await addresses.add(session, person_id, HOME)
            second = await addresses.add(session, person_id, abroad)
            saved = await addresses.of_person(session, person_id)
            assert [(one.id, one.postal) for one in saved] == [(second, abroad), (first, HOME)]
            assert (await addresses.find(session, first, person_id)).postal == HOME

    async def test_are_their_owners_alone(self, database: Database) -> None:
        person_id, other = await add(database), await add(database, "Bo", "bo@example.com")
        async with database.transaction() as session:
            address_id = await addresses.add(session, person_id, HOME)
            assert await addresses.of_person(session, other) == []
            with pytest.raises(NotFound):
                await addresses.find(session, address_id, other)

    async def test_given_to_another_row_they_stay_shut(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            first = await addresses.add(session, person_id, HOME)
            second = await addresses.add(session, person_id, HOME)
            sealed = select(Address.sealed).where(Address.id == first).scalar_subquery()
            await session.execute(update(Address).where(Address.id == second).values(sealed=sealed))
            with pytest.raises(Tampered):
                await addresses.find(session, second, person_id)


class TestErasure:
    async def test_leaves_a_tombstone_and_nothing_that_opens(self, database: Database) -> None:
        person_id = await add(database)
        async with database.transaction() as session:
            address_id = await addresses.add(session, person_id, HOME)
            kept = await session.get_one(User, person_id)
            sealed, key = kept.name_sealed, await person_keys.open_key(session, person_id)
        assert await erase(database, person_id)
        assert not await erase(database, person_id)
        async with database.transaction() as session:
            tombstone = await session.get_one(PersonKey, person_id)
            assert (tombstone.wrapped_key, tombstone.destroyed_by) == (None, f"erasure-{person_id}-1")
            assert tombstone.destroyed_at is not None
            assert await person_keys.is_destroyed(session, person_id)
            row = await session.get_one(User, person_id)
            assert (row.email_sealed, row.name_sealed, row.email_index, row.password_hash) == (None,) * 4
            ring, address = keys_of(session), await session.get_one(Address, address_id)
            assert people.name_of(ring, person_id, tombstone.wrapped_key, sealed) == FORMER
            assert addresses.opened(ring, address, tombstone.wrapped_key) is None
            shown = addresses.shown(ring, address, tombstone.wrapped_key)
            assert (shown.name, shown.line1, shown.country) == (FORMER, "erased", "US")
        assert sealed is not None
        assert person_keys.open_field(key, person_id, "name", sealed) == "Ada Byron"  # the key alone was missing

    async def test_is_told_without_an_exception_where_people_look(self, database: Database) -> None:
        person_id = await add(database)
        await erase(database, person_id)
        async with database.transaction() as session:
            found = await people.find_person(session, person_id)
            assert found is not None
            assert (found.name, found.email, found.erased) == (FORMER, "", True)
            assert await people.find_by_email(session, "ada@example.com") is None
            assert await people.credentials(session, "ada@example.com") is None
            assert await addresses.of_person(session, person_id) == []

    async def test_nothing_new_is_sealed_for_them(self, database: Database) -> None:
        person_id = await add(database)
        await erase(database, person_id)
        async with database.transaction() as session:
            with pytest.raises(PersonErased):
                await addresses.add(session, person_id, HOME)
            with pytest.raises(PersonErased):
                await people.rename(session, person_id, "Ada")
            with pytest.raises(PersonErased):
                await people.change_email(session, person_id, "ada@example.com", None)
            assert not await people.verify_email(session, person_id, clock.now())

    async def test_a_destroyed_key_is_enough_by_itself(self, database: Database) -> None:
        """Rows that came back from a backup stay shut, as long as the tombstones are there."""
        person_id = await add(database)
        async with database.transaction() as session:
            assert await person_keys.destroy(session, person_id, "erasure-1", clock.now())
            found = await people.find_person(session, person_id)
            assert found is not None
            assert (found.name, found.email, found.erased) == (FORMER, "", True)

    async def test_the_address_is_free_for_a_new_person(self, database: Database) -> None:
        first = await add(database)
        await erase(database, first)
        second = await add(database)
        assert second != first
        async with database.transaction() as session:
            found = await people.find_by_email(session, "ada@example.com")
            assert found is not None
            assert found.id == second

    async def test_others_are_untouched(self, database: Database) -> None:
        person_id, other = await add(database), await add(database, "Bo", "bo@example.com")
        await erase(database, person_id)
        async with database.transaction() as session:
            found = await people.find_person(session, other)
            assert found is not None
            assert (found.name, found.erased) == ("Bo", False)

    @pytest.mark.parametrize("half", [{"erased_at": None}, {"email_index": "x"}, {"password_hash": "$x"}])
    async def test_nobody_is_erased_by_half(self, database: Database, half: dict[str, object]) -> None:
        person_id = await add(database)
        await erase(database, person_id)
        with pytest.raises(DBAPIError) as refused:
            async with database.transaction() as session:
                await session.execute(update(User).where(User.id == person_id).values(half))
        assert isinstance(refused_by_database(refused.value), PersonErased)


class TestRotation:
    async def test_everybody_stays_readable_also_when_the_old_key_is_gone(
        self, database: Database, ring: FileKeyRing
    ) -> None:
        ids = [await add(database, f"Person {n}", f"p{n}@example.com") for n in range(7)]
        await erase(database, ids[0])
        old, new = ring.current(Purpose.PEOPLE).id, ring.rotate(Purpose.PEOPLE).id
        late = await add(database, "Late", "late@example.com")
        await self.readable(database, ids[1:])
        async with database.transaction() as session:
            assert await person_keys.is_needed(session, old)
        rewrapped: list[int] = []
        while not rewrapped or rewrapped[-1]:
            async with database.transaction() as session:
                rewrapped.append(await person_keys.rewrap(session, batch=4))
        assert rewrapped == [4, 2, 0]
        async with database.transaction() as session:
            assert not await person_keys.is_needed(session, old)
            wrapped = await session.scalars(select(PersonKey.wrapped_key).where(PersonKey.wrapped_key.is_not(None)))
            assert {key_of(key) for key in wrapped if key} == {new}
            assert await person_keys.is_destroyed(session, ids[0])
        ring.erase(old)
        await self.readable(database, [*ids[1:], late])

    async def test_a_ring_that_lost_its_key_too_early_erases_and_breaks_nothing(
        self, database: Database, ring: FileKeyRing
    ) -> None:
        person_id, old = await add(database), ring.current(Purpose.PEOPLE).id
        ring.rotate(Purpose.PEOPLE)
        ring.erase(old)
        other = await add(database, "Bo", "bo@example.com")
        async with database.transaction() as session:
            assert await person_keys.rewrap(session) == 0
            found = await people.find_person(session, person_id)
            assert found is not None
            assert (found.name, found.email) == (FORMER, "")
        await self.readable(database, [other])

    async def readable(self, database: Database, ids: list[str]) -> None:
        async with database.transaction() as session:
            for person_id in ids:
                found = await people.find_person(session, person_id)
                assert found is not None
                assert (found.erased, found.name != FORMER, "@" in found.email) == (False, True, True)


async def test_a_person_told_to_a_log_shows_nothing(database: Database) -> None:
    person_id = await add(database)
    async with database.transaction() as session:
        told = repr(await people.find_person(session, person_id))
    assert person_id in told
    assert "Ada" not in told
    assert "sealed" not in told
