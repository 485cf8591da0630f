"""Whatever is done to the audit log behind its triggers' backs is found, and named by its row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import connect, sql
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from activities.audit_seal import AuditSealActivities, SealDays
from core.database import Database
from core.keys import FileKeyRing, KeyRing, Purpose
from deploy.embedded.postgres import SUPERUSER, PostgresCluster
from deploy.verify import audit
from models.repositories import audit as audit_log
from models.repositories.audit import Asked
from models.rules.audit_chain import GENESIS
from models.tables.audit import AuditEntry, AuditLink
from tests.support.keys import key_ring

MONDAY = date(2026, 11, 16)
DAY = timedelta(days=1)
THURSDAY_NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
Tamper = Callable[..., None]


@pytest.fixture
def tamper(postgres_server: PostgresCluster, postgres_url: str) -> Tamper:
    """Runs statements as the superuser, with every trigger and foreign key switched off."""

    def run(*statements: str) -> None:
        with connect(
            host="127.0.0.1",
            port=postgres_server.port,
            user=SUPERUSER,
            password=postgres_server.superuser_password,
            dbname=make_url(postgres_url).database,
        ) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(sql.SQL(statement))

    return run


async def violations(database: Database, keys: KeyRing | None = None, now: datetime = THURSDAY_NOON) -> list[str]:
    async with database.engine.connect() as connection:
        found = [await rule.examine(connection) for rule in audit.RULES]
        found += await audit.examine(connection, keys or database.keys, now)
        await connection.rollback()
    return [violation.sentence for line in found for violation in line.violations]


async def write(database: Database, day: date, entries: int) -> None:
    for number in range(entries):
        async with database.transaction() as session:
            await session.execute(
                insert(AuditEntry).values(
                    at=datetime(day.year, day.month, day.day, 9, number, tzinfo=UTC),
                    actor=f"usr_{number}",
                    role="customer",
                    action="session.signed_in",
                    details={"methods": ["password"], "second_factor": False, "number": number},
                )
            )


@pytest.fixture
async def log(database: Database) -> Database:
    """Three entries a day on Monday, Tuesday (none on Wednesday) and two on Thursday, which is today."""
    await write(database, MONDAY, 3)
    await write(database, MONDAY + DAY, 3)
    await write(database, MONDAY + 3 * DAY, 2)
    await AuditSealActivities(database).seal_days(SealDays(MONDAY + 3 * DAY, 31))
    return database


async def test_a_log_that_nobody_touched(log: Database) -> None:
    assert await violations(log) == []
    async with log.engine.connect() as connection:
        chain, seals = await audit.examine(connection, log.keys, THURSDAY_NOON)
    assert (chain.count, chain.unit, seals.count, seals.unit) == (8, "links", 3, "seals")


async def test_an_empty_log(database: Database) -> None:
    assert await violations(database) == []


@dataclass(frozen=True)
class Damage:
    """What somebody did, and what is said of it."""

    name: str
    statements: Sequence[str]
    says: Sequence[str]


CHANGED = "audit entry 4 is not what was written as link 4: changed, or moved there"
DAMAGES = (
    Damage("actor", ["UPDATE audit_entries SET actor = 'usr_9' WHERE id = 4"], [CHANGED]),
    Damage("role", ["UPDATE audit_entries SET role = 'artisan' WHERE id = 4"], [CHANGED]),
    Damage("action", ["UPDATE audit_entries SET action = 'session.signed_out' WHERE id = 4"], [CHANGED]),
    Damage("subject", ["UPDATE audit_entries SET subject = 'usr_9' WHERE id = 4"], [CHANGED]),
    Damage("instant", ["UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = 4"], [CHANGED]),
    Damage(
        "details", ["UPDATE audit_entries SET details = details || '{\"number\": 1}'::jsonb WHERE id = 4"], [CHANGED]
    ),
    Damage("hash", ["UPDATE audit_chain SET hash = sha256('x') WHERE seq = 8"], [CHANGED.replace("4", "8")]),
    Damage("row", ["DELETE FROM audit_entries WHERE id = 2"], ["audit entry 2, link 2, was taken out"]),
    Damage(
        "row and link",
        ["DELETE FROM audit_entries WHERE id = 2", "DELETE FROM audit_chain WHERE seq = 2"],
        ["link 2 is missing from the audit chain"],
    ),
    Damage(
        "beginning",
        ["DELETE FROM audit_entries WHERE id <= 2", "DELETE FROM audit_chain WHERE seq <= 2"],
        ["links 1 to 2 are missing from the audit chain"],
    ),
    Damage(
        "tail past a seal",
        ["DELETE FROM audit_entries WHERE id >= 6", "DELETE FROM audit_chain WHERE seq >= 6"],
        [
            "the seal of 2026-11-17 covers 6 links, the audit chain ends at 5",
            "the seal of 2026-11-18 covers 6 links, the audit chain ends at 5",
        ],
    ),
    Damage(
        "everything",
        ["DELETE FROM audit_entries", "DELETE FROM audit_chain"],
        [
            "the seal of 2026-11-16 covers 3 links, the audit chain ends at 0",
            "the seal of 2026-11-17 covers 6 links, the audit chain ends at 0",
            "the seal of 2026-11-18 covers 6 links, the audit chain ends at 0",
        ],
    ),
    Damage(
        "two entries swapped",
        [
            "UPDATE audit_chain SET entry_id = -4 WHERE seq = 4",
            "UPDATE audit_chain SET entry_id = 4 WHERE seq = 5",
            "UPDATE audit_chain SET entry_id = 5 WHERE seq = 4",
        ],
        [
            "audit entry 5 is not what was written as link 4: changed, or moved there",
            "audit entry 4 is not what was written as link 5: changed, or moved there",
        ],
    ),
    Damage(
        "two links swapped",
        [
            "UPDATE audit_chain SET seq = -4 WHERE seq = 4",
            "UPDATE audit_chain SET seq = 4 WHERE seq = 5",
            "UPDATE audit_chain SET seq = 5 WHERE seq = -4",
        ],
        [
            "link 4 of the audit chain (entry 5) does not follow link 3: one of them was replaced or moved",
            "audit entry 5 is not what was written as link 4: changed, or moved there",
            "link 5 of the audit chain (entry 4) does not follow link 4: one of them was replaced or moved",
            "audit entry 4 is not what was written as link 5: changed, or moved there",
            "link 6 of the audit chain (entry 6) does not follow link 5: one of them was replaced or moved",
        ],
    ),
    Damage(
        "an entry put in",
        [
            "INSERT INTO audit_entries (actor, role, action, details) "
            "VALUES ('usr_1', 'artisan', 'withdrawal.requested', '{}')"
        ],
        [
            "audit entry 9 (withdrawal.requested by usr_1) was put in beside the chain, or its link was taken out",
        ],
    ),
    Damage("a seal taken out", ["DELETE FROM audit_seals WHERE day = '2026-11-17'"], ["2026-11-17 has no seal"]),
    Damage(
        "all seals taken out",
        ["DELETE FROM audit_seals"],
        [f"2026-11-{number} has no seal" for number in (16, 17, 18)],
    ),
    Damage(
        "a seal moved back",
        [
            "UPDATE audit_seals SET up_to_seq = 2, hash = (SELECT hash FROM audit_chain WHERE seq = 2) "
            "WHERE day = '2026-11-18'"
        ],
        [
            "the seal of 2026-11-18 was not signed with our key {key}",
            "the seal of 2026-11-18 covers less than that of 2026-11-17",
        ],
    ),
    Damage(
        "a key that nobody has",
        ["UPDATE audit_seals SET key_id = 'seals-00000000' WHERE day = '2026-11-16'"],
        ["the seal of 2026-11-16 names the key seals-00000000, which our key ring does not have"],
    ),
    Damage(
        "a key for something else",
        ["UPDATE audit_seals SET key_id = '{tokens}' WHERE day = '2026-11-16'"],
        ["the seal of 2026-11-16 was not signed with our key {tokens}"],
    ),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
async def test_damage_is_named(log: Database, tamper: Tamper, damage: Damage) -> None:
    names = {"key": key_ring().current(Purpose.SEALS).id, "tokens": key_ring().current(Purpose.TOKENS).id}

    def named(sentence: str) -> str:
        for name, value in names.items():
            sentence = sentence.replace(f"{{{name}}}", value)
        return sentence

    tamper(*(named(statement) for statement in damage.statements))
    assert await violations(log) == [named(sentence) for sentence in damage.says]


async def rewrite(database: Database, tamper: Tamper) -> None:
    """What somebody does who knows how the chain is made: changes entry 2, and links everything after it anew."""
    tamper("UPDATE audit_entries SET actor = 'usr_9' WHERE id = 2")
    before = GENESIS
    statements = []
    async for part in audit_log.in_order(database, Asked()):
        for entry in part:
            after = entry.link.hash(before)
            values = f"previous_hash = '\\x{before.hex()}', hash = '\\x{after.hex()}'"
            statements.append(f"UPDATE audit_chain SET {values} WHERE seq = {entry.link.seq}")  # noqa: S608 - our own
            before = after
    tamper(*statements)


async def test_a_chain_that_was_written_anew_does_not_fit_its_seals(log: Database, tamper: Tamper) -> None:
    await rewrite(log, tamper)
    assert await violations(log) == [
        "the seal of 2026-11-16 does not fit link 3: the chain was rewritten up to there",
        "the seal of 2026-11-17 does not fit link 6: the chain was rewritten up to there",
        "the seal of 2026-11-18 does not fit link 6: the chain was rewritten up to there",
    ]


async def test_seals_written_anew_need_our_key(log: Database, tamper: Tamper) -> None:
    await rewrite(log, tamper)
    tamper("UPDATE audit_seals s SET hash = c.hash FROM audit_chain c WHERE c.seq = s.up_to_seq")
    key = key_ring().current(Purpose.SEALS).id
    assert await violations(log) == [
        f"the seal of 2026-11-{number} was not signed with our key {key}" for number in (16, 17, 18)
    ]


async def test_seals_outlive_a_rotation_of_their_key_and_end_with_its_erasure(
    database: Database, tmp_path: Path
) -> None:
    ring = FileKeyRing.create(tmp_path / "keys.json")
    own = Database(database.engine, ring)
    await write(own, MONDAY, 1)
    await AuditSealActivities(own).seal_days(SealDays(MONDAY + DAY, 31))
    key = ring.current(Purpose.SEALS).id
    ring.rotate(Purpose.SEALS)
    tuesday_noon = THURSDAY_NOON - 2 * DAY
    assert await violations(own, now=tuesday_noon) == []
    ring.erase(key)
    assert await violations(own, now=tuesday_noon) == [
        f"the seal of 2026-11-16 can't be checked any more: its key {key} was erased"
    ]


async def test_a_day_may_be_sealed_some_hours_late(log: Database) -> None:
    friday = datetime(2026, 11, 20, 5, 59, tzinfo=UTC)
    assert await violations(log, now=friday) == []
    assert await violations(log, now=friday + timedelta(minutes=1)) == ["2026-11-19 has no seal"]


async def test_a_log_that_is_wrong_throughout_is_told_in_part(database: Database, tamper: Tamper) -> None:
    async with database.transaction() as session:
        row = {"actor": "usr_1", "role": "customer", "action": "session.signed_in", "details": {}}
        await session.execute(insert(AuditEntry), [row] * 150)
    tamper("UPDATE audit_entries SET actor = 'usr_2'")
    async with database.engine.connect() as connection:
        chain, _ = await audit.examine(connection, database.keys, datetime.now(UTC))
    assert (chain.count, len(chain.violations)) == (150, audit.TOLD)
    async with database.transaction() as session:
        assert len(list(await session.scalars(select(AuditLink.seq)))) == 150
