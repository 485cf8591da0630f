"""Who sends too many requests that change something is asked to wait; nobody else notices."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from api.auth.throttle import network_of
from api.dependencies import ANONYMOUS
from tests.api.conftest import open_client, running_app, settings_for

LIMIT = 5


@pytest.fixture
async def strict(postgres_url: str) -> AsyncIterator[FastAPI]:
    async with running_app(settings_for(postgres_url).model_copy(update={"writes_per_minute": LIMIT})) as app:
        yield app


async def _add(client: AsyncClient, listing_id: str) -> tuple[int, str]:
    answer = await client.post("/api/v1/cart/lines", json={"listing_id": listing_id, "quantity": 1})
    return answer.status_code, answer.headers.get("retry-after", "")


async def test_a_program_that_nobody_knows_is_counted_by_its_address(strict: FastAPI, listing_id: str) -> None:
    answers = []
    for _ in range(LIMIT + 2):
        async with open_client(strict) as forgetful:  # throws its cookie away each time
            answers.append(await _add(forgetful, listing_id))
    assert [status for status, _ in answers] == [200] * LIMIT + [429, 429]
    assert 0 < int(answers[-1][1]) <= 60
    async with open_client(strict) as reader:
        assert (await reader.get("/api/v1/cart")).status_code == 200


async def test_many_carts_from_one_address_are_counted_together(strict: FastAPI, listing_id: str) -> None:
    """A cart costs nothing, so whoever collects them must not have a count for each."""
    carts = [open_client(strict, **{"sec-fetch-site": "same-origin"}) for _ in range(LIMIT)]
    answers = [(await _add(cart, listing_id))[0] for _ in range(LIMIT + 1) for cart in carts]
    assert answers.count(200) == ANONYMOUS * LIMIT
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
    ],
)
def test_one_household_is_one_sender(address: str, network: str) -> None:
    """Everybody with IPv6 has 2^64 addresses."""
    assert network_of(address) == network


async def test_each_person_has_a_count_of_their_own(strict: FastAPI, buyer: AsyncClient, keeper: AsyncClient) -> None:
    async with open_client(strict, authorization=buyer.headers["authorization"]) as one:
        answers = [(await one.delete("/api/v1/sessions/none")).status_code for _ in range(LIMIT + 1)]
    assert answers == [404] * LIMIT + [429]
    async with open_client(strict, authorization=keeper.headers["authorization"]) as other:
        assert (await other.delete("/api/v1/sessions/none")).status_code == 404
