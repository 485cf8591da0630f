"""A message that nobody reads, on real servers: one mail without its words, and one click that stops them."""

from datetime import timedelta

import httpx
import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowExecutionStatus

from core.codec import SealingCodec
from models.repositories import commission_talk
from tests.processes.conftest import NAMESPACE
from tests.support.commissioned import add_finished
from tests.support.inbox import Inbox
from tests.support.marketplace import TestShop
from tests.support.running import Market, patiently
from tests.support.sandbox import MAIL_KEY
from tests.support.stack import TemporalServer
from tests.workflows.replay.record import messages_in
from workflows import policies
from workflows.commission_talk import messages

QUICK = policies.TalkDeadlines(mail_after=timedelta(seconds=0.5), mail_again_after=timedelta(seconds=1))
WORDS = "The drawer should open to the left."


async def test_from_the_message_to_the_one_click(
    town: Market, pottery: TestShop, temporal_dev_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "resolve_talk", lambda scale: QUICK)
    async with town.database.transaction() as session:
        finished = await add_finished(session, pottery, charged=False)

    async def write(text: str) -> None:
        async with town.database.transaction() as session:
            await commission_talk.add_message(session, finished.id, pottery.owner_id, text, [], leak_warned=False)

    client = await Client.connect(temporal_dev_server.address, namespace=NAMESPACE)
    process = client.get_workflow_handle(messages.workflow_id(finished.id, finished.customer_id))
    runs: list[str | None] = []

    async def ended() -> bool:
        return (await process.describe()).status == WorkflowExecutionStatus.COMPLETED

    async def begun_anew() -> bool:
        return (await process.describe()).run_id not in runs

    inbox = Inbox(f"{town.sandbox.url}/mail/v1", MAIL_KEY)
    async with httpx.AsyncClient(base_url=town.url, trust_env=False) as http:
        await write(WORDS)
        (mail,) = await patiently(lambda: inbox.letters(http, finished.customer_email, "commission_unread"), 30)
        assert WORDS not in mail["text"] + mail["html"] + mail["subject"]
        assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert await patiently(ended, 30)
        history = History(events=(await process.fetch_history()).events)
        stop = mail["headers"]["List-Unsubscribe"].strip("<>")
        assert (await http.post(stop, data={"List-Unsubscribe": "One-Click"})).status_code == 200
        runs.append((await process.describe()).run_id)
        await write("And the handle?")
        await patiently(begun_anew, 30)
        await patiently(ended, 30)
        assert len(await inbox.letters(http, finished.customer_email, "commission_unread")) == 1

    payloads = [part for part in messages_in(history) if isinstance(part, Payload)]
    plain = [part.data.decode() for part in await SealingCodec(town.database.keys).decode(payloads)]
    assert any(finished.id in said for said in plain)
    for said in (MessageToJson(history), *plain):
        for secret in (finished.customer_email, WORDS, mail["subject"].partition(" from ")[2], stop.rpartition(".")[2]):
            assert secret not in said
