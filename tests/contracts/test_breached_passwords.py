"""The `BreachedPasswords` port against the sandbox."""

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from activities.gateways.breaches_http import HttpBreachedPasswords
from deploy.sandbox.breaches.routes import BREACHED
from models.errors import PartnerUnavailable


@pytest.fixture
async def service(sandbox_url: str) -> AsyncIterator[HttpBreachedPasswords]:
    gateway = HttpBreachedPasswords(f"{sandbox_url}/breaches")
    yield gateway
    await gateway.aclose()


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.mark.parametrize("password", BREACHED)
async def test_a_known_password_is_found_by_five_digits(service: HttpBreachedPasswords, password: str) -> None:
    found = await service.range(digest(password)[:5])
    assert found == {digest(password)[5:]: BREACHED[password]}  # without the padding that came along


async def test_an_unknown_one_is_not(service: HttpBreachedPasswords) -> None:
    assert await service.range(digest("correct horse battery")[:5]) == {}


@pytest.mark.parametrize("prefix", ["", "abcde", "ABCDEF", "../..", "GGGGG"])
async def test_nothing_but_five_digits_is_ever_asked(service: HttpBreachedPasswords, prefix: str) -> None:
    with pytest.raises(ValueError, match="five hexadecimal"):
        await service.range(prefix)


async def test_padding_hides_how_many_there_are(sandbox_url: str) -> None:
    async with httpx.AsyncClient(trust_env=False, headers={"Add-Padding": "true"}) as client:
        lines = [
            len((await client.get(f"{sandbox_url}/breaches/range/{digest(password)[:5]}")).text.splitlines())
            for password in (*BREACHED, "correct horse battery")
        ]
    assert len(set(lines)) == 1


async def test_silence_is_told_apart_from_innocence() -> None:
    gateway = HttpBreachedPasswords("http://127.0.0.1:9/breaches")
    with pytest.raises(PartnerUnavailable):
        await gateway.range("ABCDE")
    await gateway.aclose()
