"""Withdrawing by the page's form, with the real process: one click is one withdrawal, a refusal stands beside its field
and takes nothing that was typed away."""

import re

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from core.database import Database
from models.tables.payouts import Payout

PAGE = "/studio/money/withdraw"
HTML = {"accept": "text/html"}


def _key(page: Response) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def _send(keeper: AsyncClient, amount: str, key: str, currency: str = "USD") -> Response:
    return await keeper.post(PAGE, data={"amount": amount, "currency": currency, "key": key}, headers=HTML)


async def _count(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(Payout)) or 0


async def test_a_double_click_is_one_withdrawal_with_a_page(keeper: AsyncClient, database: Database) -> None:
    form = await keeper.get(PAGE, headers=HTML)
    assert form.status_code == 200, form.text
    assert 'value="$94.15"' in form.text and "6789" in form.text
    key = _key(form)
    first, second = await _send(keeper, "$50.00", key), await _send(keeper, "50", key)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert await _count(database) == 1
    shown = await keeper.get(first.headers["location"], headers=HTML)
    assert "$50.00 are set aside for you" in shown.text and "The story so far" in shown.text
    assert "$44.15" in (await keeper.get("/studio/money", headers=HTML)).text


@pytest.mark.parametrize(
    ("amount", "status", "words"),
    [
        ("", 422, "This is no amount of money"),
        ("0", 422, "Enter how much of what is available"),
        ("-5", 422, "This is no amount of money"),
        ("10.005", 422, "decimals"),
        ("999999999999", 422, "Enter how much of what is available"),
        ("94.16", 409, "more than is available now: $94.15"),
        ("0.50", 409, "The least that can be paid out is $1.00"),
    ],
)
async def test_a_refusal_stands_beside_the_amount(
    keeper: AsyncClient, database: Database, amount: str, status: int, words: str
) -> None:
    key = _key(await keeper.get(PAGE, headers=HTML))
    refused = await _send(keeper, amount, key)
    assert refused.status_code == status
    assert words in refused.text and 'id="amount-error"' in refused.text
    assert f'value="{amount}"' in refused.text
    assert _key(refused) != key  # what was refused was never begun, so the next try is another one
    assert await _count(database) == 0


async def test_a_currency_without_a_balance_is_no_choice(keeper: AsyncClient, database: Database) -> None:
    for currency in ("XXX", "JPY"):
        refused = await _send(keeper, "5", _key(await keeper.get(PAGE, headers=HTML)), currency)
        assert refused.status_code in {409, 422} and "to put right" in refused.text
    assert await _count(database) == 0
