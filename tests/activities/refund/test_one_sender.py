"""Two processes that look after one refund: one sends at a time, and the other finds what was sent."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import refunds as module
from activities.refunds import RefundActivities, SendRefund, SentRefund
from core import clock
from core.database import Database
from models.errors import PartnerUnavailable
from tests.support.orders import PaidOrder
from tests.support.partners import MemoryRefunds

OWN, MENDING = "refund-rfd_own", "refund-rfd_mending"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> MemoryRefunds:
    monkeypatch.setattr(module, "LOOK_AGAIN_AFTER", 0)
    return MemoryRefunds()


async def send(
    database: Database, provider: MemoryRefunds, order: PaidOrder, process: str, attempt: int = 1
) -> SentRefund:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id=process, attempt=attempt)
    operation = f"{OWN}/refund"
    step = SendRefund(order.id, operation, f"{process}:{operation}/1-1", {}, dict(order.pieces), "damaged")
    sent: SentRefund = await environment.run(RefundActivities(database, provider).send_refund, step)
    return sent


async def test_two_processes_send_one_refund_once(
    database: Database, provider: MemoryRefunds, order: PaidOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked, and found nothing, before either has sent."""
    looking = provider.find_refund

    async def slowly(intent_id: str, operation: str) -> object:
        found = await looking(intent_id, operation)
        await asyncio.sleep(0.05)
        return found

    monkeypatch.setattr(provider, "find_refund", slowly)
    outcomes = await asyncio.gather(
        *(send(database, provider, order, process) for process in (OWN, MENDING)), return_exceptions=True
    )
    refused = [it for it in outcomes if isinstance(it, ApplicationError)]
    assert [(it.type, it.non_retryable) for it in refused] == [(PartnerUnavailable.code, False)]
    assert len(provider.sent) == 1
    (sent,) = provider.sent.values()
    for process, later in ((OWN, 2), (MENDING, 4)):
        with time_machine.travel(clock.now() + timedelta(minutes=later)):
            assert (await send(database, provider, order, process)).provider_id == sent.id
    assert len(provider.sent) == 1


async def test_a_refund_that_came_back_is_sent_again_by_one_of_them(
    database: Database, provider: MemoryRefunds, order: PaidOrder
) -> None:
    await send(database, provider, order, OWN)
    (key,) = provider.sent
    provider.sent[key] = replace(provider.sent[key], state="failed")
    mended = await send(database, provider, order, MENDING)
    assert len(provider.sent) == 2, "keys of its own: the provider would repeat the failed one under the other's"
    assert await send(database, provider, order, OWN) == mended
    assert len(provider.sent) == 2


async def test_while_no_answer_has_come_the_other_waits(
    database: Database, provider: MemoryRefunds, order: PaidOrder
) -> None:
    """The request may still be at work at the provider, so nobody else asks it to send the same."""
    provider.forgets_answers = 1
    with pytest.raises(ApplicationError):
        await send(database, provider, order, OWN)
    with pytest.raises(ApplicationError, match="Another process"):
        await send(database, provider, order, MENDING)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        await send(database, provider, order, MENDING)
    assert len(provider.sent) == 1


async def test_an_answer_that_got_lost_is_looked_for_twice_and_not_sent_again(
    database: Database, provider: MemoryRefunds, order: PaidOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.forgets_answers = 1
    with pytest.raises(ApplicationError):
        await send(database, provider, order, OWN)
    looks = 0
    looking = provider.find_refund

    async def late(intent_id: str, operation: str) -> object:
        nonlocal looks
        looks += 1
        return await looking(intent_id, operation) if looks > 1 else None

    monkeypatch.setattr(provider, "find_refund", late)
    await send(database, provider, order, OWN, attempt=2)
    assert (looks, len(provider.sent)) == (2, 1)
