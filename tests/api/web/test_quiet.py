"""The link that stops mails about messages: for mail programs and people, without an account, and for nobody else."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.database import Database
from models.repositories import commission_talk, commission_unread
from tests.api.conftest import open_client, signed_in
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import TestShop

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def finished(database: Database, shop: TestShop) -> Finished:
    async with database.transaction() as session:
        return await add_finished(session, shop, charged=False)


def link(database: Database, finished: Finished, person_id: str) -> str:
    return f"/quiet/{commission_unread.stop_token(database.keys, finished.id, person_id)}"


async def quiet(database: Database, finished: Finished) -> tuple[bool, bool]:
    """Of the customer and of the artisan."""
    async with database.transaction() as session:
        customer = await commission_talk.is_quiet(session, finished.id, finished.customer_id)
        return customer, await commission_talk.is_quiet(session, finished.id, finished.shop.owner_id)


async def test_one_click_of_a_mail_program_stops_one_sides_mails(
    client: AsyncClient, database: Database, finished: Finished
) -> None:
    path = link(database, finished, finished.customer_id)
    looked = await client.get(path)
    assert (looked.status_code, await quiet(database, finished)) == (200, (False, False)), "looking changes nothing"
    client.cookies.clear()
    for _ in range(2):
        answer = await client.post(path, data=ONE_CLICK)
        assert (answer.status_code, await quiet(database, finished)) == (200, (True, False))
    assert "No more mails" in (await client.get(path)).text


async def test_a_mail_program_may_send_it_as_a_form_of_parts(
    client: AsyncClient, database: Database, finished: Finished
) -> None:
    path = link(database, finished, finished.shop.owner_id)
    parts = {name: (None, value) for name, value in ONE_CLICK.items()}
    assert (await client.post(path, files=parts)).status_code == 200
    assert await quiet(database, finished) == (False, True)


async def test_the_pages_button_works_for_whoever_is_signed_in_as_somebody(
    app: FastAPI, database: Database, finished: Finished
) -> None:
    """The link says whose mails they are, and not who is signed in."""
    path = link(database, finished, finished.shop.owner_id)
    customer = await signed_in(app, finished.customer_email)
    assert (await customer.post(path)).status_code == 200
    assert await quiet(database, finished) == (False, True)


async def test_a_link_that_is_none_of_ours_is_a_friendly_page(
    app: FastAPI, client: AsyncClient, database: Database, finished: Finished
) -> None:
    good = link(database, finished, finished.customer_id)
    commission_id, key_id, proof = good.removeprefix("/quiet/").split(".")
    for wrong in (
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        f"/quiet/{commission_id}.{key_id}.",
        f"/quiet/{commission_id}..{proof}",
        f"/quiet/com_other.{key_id}.{proof}",
        f"/quiet/{commission_id}.nokey.{proof}",
        f"{good}{'A' * 300}",
        "/quiet/x",
    ):
        async with open_client(app) as browser:
            for answer in (await browser.get(wrong), await browser.post(wrong, data=ONE_CLICK)):
                assert answer.status_code == 404, wrong
                assert "does not work any more" in answer.text
    assert await quiet(database, finished) == (False, False)
    assert commission_unread.stop_token(database.keys, finished.id, finished.customer_id) != (
        commission_unread.stop_token(database.keys, finished.id, finished.shop.owner_id)
    )
