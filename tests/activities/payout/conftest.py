"""A shop that has earned USD 94.15 and has a bank account, in a real database; a provider in memory."""

from datetime import timedelta

import pytest

from activities.payout import Part, PayoutActivities, SetAside
from activities.payout_account import PayoutAccountActivities
from activities.set_aside import Wanted
from activities.withdrawal import SetAsideWithdrawal, WithdrawalActivities
from core import clock
from core.database import Database
from models.repositories import payouts_standing
from models.repositories.processes import Progress
from models.rules.payouts import Standing
from models.types import Party, TimelineEntry
from tests.support.marketplace import TestShop, add_shop
from tests.support.payouts import FakeProvider, earn, give_bank

EARNED = 9_415
PAUSE = timedelta(days=3)


@pytest.fixture
async def shop(database: Database) -> TestShop:
    async with database.transaction() as session:
        shop = await add_shop(session)
        await give_bank(session, shop)
        await earn(session, shop, EARNED)
        return shop


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def steps(database: Database, provider: FakeProvider) -> PayoutActivities:
    return PayoutActivities(database, provider)


@pytest.fixture
def accounts(database: Database, provider: FakeProvider) -> PayoutAccountActivities:
    return PayoutAccountActivities(database, provider)


def progress(payout_id: str, sequence: int = 1, status: str = "sending_money", what: str = "payout_sent") -> Progress:
    """What the workflow would hand to its next step."""
    return Progress(
        workflow_id=payout_id,
        process="payout",
        status=status,
        sequence=sequence,
        entries=(TimelineEntry(sequence=sequence, at=clock.now(), actor=Party.SYSTEM, what=what),),
    )


def scheduled(shop: TestShop, *, attempt: int = 1, period: str = "2026-11-23") -> SetAside:
    payout_id = f"payout-{shop.id}-{period}-usd"
    return SetAside(Wanted(payout_id, shop.id, "USD", attempt, PAUSE, period), progress(payout_id))


async def withdraw(database: Database, shop: TestShop, name: str, minor: int | None, currency: str = "USD") -> int:
    """What was set aside. Raises `ApplicationError` when it is refused."""
    payout_id = f"withdrawal-{name}"
    wanted = Wanted(payout_id, shop.id, currency, 1, PAUSE, amount_minor=minor)
    step = SetAsideWithdrawal(wanted, shop.owner_id, progress(payout_id))
    return (await WithdrawalActivities(database).set_aside(step)).amount_minor


def part(shop: TestShop, minor: int = EARNED, *, attempt: int = 1) -> Part:
    return Part(f"payout-{shop.id}-2026-11-23-usd", shop.id, minor, "USD", attempt)


async def standing(database: Database, shop: TestShop, currency: str = "USD") -> Standing:
    async with database.transaction() as session:
        return await payouts_standing.standing(session, shop.id, currency, clock.now())
