"""The step that seals what stood in clear: nobody in the database is lost, and nothing readable is left behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from api.auth.passwords import hash_password
from core.clock import now
from core.database import Database
from core.database import create_engine as create_async_engine
from core.settings import get_settings
from deploy.embedded.postgres import ROLE, PostgresCluster
from deploy.seed.accounts import ADMINISTRATOR, CUSTOMER, DemoAccount, artisan
from models import migrations
from models.ports import PostalAddress
from models.repositories import addresses, people
from tests.support.keys import key_ring, keys_file

DEMO = (CUSTOMER, ADMINISTRATOR, artisan("saltmarsh-pottery", "Wren Alder"))
HASH = hash_password("made-by-hand")


@dataclass(frozen=True)
class OldHouse:
    """A database of an earlier release."""

    url: str
    engine: Engine

    def at(self, revision: str) -> None:
        configured = migrations.alembic_config(self.url)
        (command.downgrade if revision < self.revision() else command.upgrade)(configured, revision)

    def revision(self) -> str:
        with self.engine.connect() as connection:
            if not connection.scalar(text("SELECT to_regclass('alembic_version')")):
                return "0000"
            return str(connection.scalar(text("SELECT version_num FROM alembic_version")))

    def run(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]

    def move_in(self, number: int, who: DemoAccount) -> None:
        """As release 0004 wrote people and addresses."""
        self.run(
            "INSERT INTO users (id, email, name, password_hash, role, time_scale)"
            " VALUES (:id, :email, :name, :hash, :role, 480)",
            id=f"usr_{number}",
            email=who.email.title(),
            name=who.name,
            hash=HASH,
            role=who.role.value,
        )
        self.run(
            "INSERT INTO addresses (id, user_id, name, line1, city, region, postal_code, country)"
            " VALUES (:id, :user, :name, '77 Nightjar Passage', 'Machias', 'ME', '04654', 'US')",
            id=f"adr_{number}",
            user=f"usr_{number}",
            name=who.name,
        )

    def everything(self) -> str:
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return "\n".join(
            str(row)
            for (table,) in tables
            for row in self.rows(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - the table's own name
        )


@pytest.fixture
def old_house(postgres_server: PostgresCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[OldHouse]:
    monkeypatch.setenv("ARTISAN_KEYS_FILE", str(keys_file()))
    get_settings.cache_clear()
    name = f"old_{uuid4().hex[:12]}"
    postgres_server.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(ROLE)))
    engine = create_engine(postgres_server.url(name))
    house = OldHouse(postgres_server.url(name), engine)
    house.at("0004")
    yield house
    engine.dispose()
    get_settings.cache_clear()
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


async def test_the_demo_people_come_along(old_house: OldHouse) -> None:
    for number, who in enumerate(DEMO):
        old_house.move_in(number, who)
    assert "Noor Haddad" in old_house.everything()
    old_house.at("head")

    database = Database(create_async_engine(old_house.url), key_ring())
    async with database.transaction() as session:
        for number, who in enumerate(DEMO):
            found = await people.find_by_email(session, who.email.upper())
            assert found is not None
            assert (found.id, found.name, found.email) == (f"usr_{number}", who.name, who.email.title())
            assert (found.role, found.time_scale, found.erased) == (who.role, 480, False)
            assert await people.credentials(session, who.email) == (found.id, HASH)
            (saved,) = await addresses.of_person(session, found.id)
            home = PostalAddress(who.name, "77 Nightjar Passage", "Machias", "ME", "04654", "US")
            assert (saved.id, saved.postal) == (f"adr_{number}", home)
    await database.close()
    assert old_house.rows("SELECT count(*) FROM users WHERE email_verified_at = created_at") == [(3,)]
    everything = old_house.everything().lower()
    for clear in ("noor haddad", "@demo.example", "nightjar"):
        assert clear not in everything
        assert clear.encode().hex() not in everything


async def test_the_way_back_opens_everything_but_who_was_erased(old_house: OldHouse) -> None:
    for number, who in enumerate(DEMO):
        old_house.move_in(number, who)
    old_house.at("0006")
    database = Database(create_async_engine(old_house.url), key_ring())
    async with database.transaction() as session:
        assert await people.erase(session, "usr_1", "erasure-usr_1-1", now())
    await database.close()
    old_house.at("0005")
    assert old_house.rows("SELECT id, email, name FROM users ORDER BY id") == [
        ("usr_0", CUSTOMER.email.title(), CUSTOMER.name),
        ("usr_1", "usr_1@erased.invalid", "a former customer"),
        ("usr_2", DEMO[2].email.title(), DEMO[2].name),
    ]
    assert old_house.rows("SELECT name, line1, city, country FROM addresses ORDER BY id") == [
        (CUSTOMER.name, "77 Nightjar Passage", "Machias", "US"),
        ("", "erased", "", "US"),
        (DEMO[2].name, "77 Nightjar Passage", "Machias", "US"),
    ]
    with pytest.raises(IntegrityError):
        old_house.move_in(9, CUSTOMER)  # one account an address, as before


def test_more_people_than_one_page_holds(old_house: OldHouse) -> None:
    old_house.run(
        "INSERT INTO users (id, email, name, password_hash, role)"
        " SELECT 'usr_' || n, 'p' || n || '@example.com', 'P', 'x', 'customer' FROM generate_series(1, 2345) n"
    )
    old_house.at("0006")
    assert old_house.rows(
        "SELECT count(*), count(DISTINCT email_index), count(wrapped_key) FROM users, person_keys"
        " WHERE person_id = users.id"
    ) == [(2345, 2345, 2345)]


def test_an_empty_house_needs_no_key_ring(
    postgres_server: PostgresCluster, old_house: OldHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTISAN_KEYS_FILE", "/nowhere/keys.json")
    get_settings.cache_clear()
    old_house.at("0006")
    assert old_house.revision() == "0006"
