"""`artisan code`: what a demo account's telephone would show, on the embedded stack and nowhere else."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from api.auth import factors
from core import clock
from core.database import Database
from core.settings import Settings
from deploy.demo_codes import code_for
from models.repositories import factors as stored
from models.types import Role
from tests.support.keys import keys_file
from tests.support.marketplace import add_person
from tests.support.second_factors import add_codes


def settings_of(url: str, environment: str) -> Settings:
    given = Settings(environment="test", keys_file=keys_file(), database_url=url, mail_api_key=SecretStr("nobody"))
    return given.model_copy(update={"environment": environment})


async def test_a_code_that_is_taken_and_then_the_next_one(database: Database, postgres_url: str) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session, Role.ADMINISTRATOR)
        await add_codes(session, person_id)
    for _ in range(2):
        code = await code_for(settings_of(postgres_url, "embedded"), email)
        async with database.transaction() as session:
            assert await factors.check_code(session, person_id, code) == "totp"


async def test_it_waits_until_a_code_is_acceptable(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        person_id, email = await add_person(session, Role.ADMINISTRATOR)
        secret = await add_codes(session, person_id)
        used = factors.step_at(clock.now()) + 1
        assert await stored.use_step(session, person_id, used)
    slept: list[float] = []
    now = clock.now()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(clock, "now", lambda: now)
    assert await code_for(settings_of(postgres_url, "embedded"), email) == factors.code_of(secret, used + 1)
    then = now + timedelta(seconds=slept[0])
    assert factors.matching_step(secret, factors.code_of(secret, used + 1), then) == used + 1


@pytest.mark.parametrize("environment", ["cluster", "test"])
async def test_it_is_refused_elsewhere(postgres_url: str, environment: str) -> None:
    with pytest.raises(ValueError, match="embedded stack only"):
        await code_for(settings_of(postgres_url, environment), "admin@demo.example")


async def test_who_has_none_is_told_so(database: Database, postgres_url: str) -> None:
    async with database.transaction() as session:
        _, email = await add_person(session)
    with pytest.raises(ValueError, match="has no one-time codes"):
        await code_for(settings_of(postgres_url, "embedded"), email)
    with pytest.raises(ValueError, match="nobody signs in as"):
        await code_for(settings_of(postgres_url, "embedded"), "nobody@demo.example")
