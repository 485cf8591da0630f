"""Erasures that wait, and the page that undoes a second factor of an intruder’s, in Chromium, at both widths."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core import clock
from core.database import Database, keys_of
from models.repositories import letters, privacy_erasures
from models.repositories.processes import Progress, record_progress
from models.rules.letters import LetterKind
from models.tables.catalogue import Shop
from models.types import Party, Role, TimelineEntry
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_money import OpenBrowser, check_page, open_browser
from tests.support.marketplace import add_person, add_shop
from tests.support.payouts import earn
from tests.support.signing_in import session_of

__all__ = ["open_browser"]
pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Scene:
    administrator: str
    buyer: str
    undo: str
    """The token of a letter's link."""


@pytest.fixture
async def scene(database: Database) -> Scene:
    """One who owes, overdue; one whose shop is suspended; one whose account the provider does not close."""
    now = clock.now()
    async with database.transaction() as session:
        administrator_id, _ = await add_person(session, Role.ADMINISTRATOR)
        buyer_id, _ = await add_person(session)
        for name, days, status, minor in (
            ("Saltmarsh Pottery", 40, "waiting", -3_000),
            ("Loom Hill", 9, "waiting", 9_415),
            ("Third Ridge", 2, "erasing", 0),
        ):
            shop = await add_shop(session, name=name)
            if minor:
                await earn(session, shop, minor)
            if minor > 0:
                await session.execute(update(Shop).where(Shop.id == shop.id).values(status="suspended"))
            id_ = f"erasure-{shop.owner_id}-1"
            asked = now - timedelta(days=days + 14)
            await privacy_erasures.announce(
                session, id_, shop.owner_id, 1, requested_at=asked, erase_at=now - timedelta(days=days)
            )
            what = "erasure_refused" if status == "erasing" else "erasure_waits"
            line = TimelineEntry(1, now, Party.SYSTEM, what, subject="payments" if status == "erasing" else "")
            await record_progress(session, Progress(id_, "erasure", status, sequence=1, entries=(line,)))
        letter_id = await letters.write(session, LetterKind.FIRST_FACTOR_ADDED, buyer_id, details={"factor": "totp"})
        letter = await letters.find(session, letter_id)
        assert letter is not None
        return Scene(
            administrator=await session_of(session, administrator_id, two_factors=True),
            buyer=await session_of(session, buyer_id),
            undo=letters.link_token(keys_of(session), letter.row),
        )


async def test_a_debt_is_written_off_without_script(open_browser: OpenBrowser, scene: Scene) -> None:
    page = await open_browser(scene.administrator, script=False)
    await page.goto("/admin/erasures")
    for words in ("Overdue", "The shop is suspended", "Refused for now: The payment provider"):
        assert await page.get_by_text(words).count() == 1, words
    await page.get_by_role("button", name="Write $30.00 off").click()
    await page.get_by_text("Written off. The deletion goes on").wait_for()
    assert await page.get_by_role("button", name="off").count() == 0


async def test_the_pages_fit_and_are_accessible(open_browser: OpenBrowser, scene: Scene) -> None:
    pages = {
        "erasures": (scene.administrator, "/admin/erasures"),
        "undo": (scene.buyer, f"/second-factor/undo?token={scene.undo}"),
        "undone": (scene.buyer, "/second-factor/undo/done?more=1"),
    }
    for name, (token, path) in pages.items():
        page = await open_browser(token)
        await check_page(page, path)
        if folder := os.environ.get("SCREENSHOTS"):
            for viewport in (DESK, PHONE):
                await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
                await page.screenshot(path=Path(folder) / f"{name}-{viewport['width']}.png", full_page=True)
