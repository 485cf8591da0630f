"""A registration on real servers: the mail arrives once with a link that works; Temporal has learnt nothing of it."""

from uuid import uuid4

import httpx
from google.protobuf.json_format import MessageToJson
from sqlalchemy import select
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import History
from temporalio.client import Client

from core.codec import SealingCodec
from core.database import Database
from models.repositories import letters
from models.rules.letters import LetterKind
from models.tables.letters import Letter
from tests.processes.conftest import NAMESPACE
from tests.support.inbox import Inbox, token_in
from tests.support.marketplace import PASSWORD
from tests.support.running import Market, patiently
from tests.support.sandbox import MAIL_KEY
from tests.support.stack import TemporalServer
from tests.workflows.replay.record import messages_in
from workflows.letter import messages


async def newest(database: Database, person_email: str) -> letters.LetterRow:
    async with database.transaction() as session:
        for letter_id in await session.scalars(
            select(Letter.id).where(Letter.kind == LetterKind.VERIFY_EMAIL.value).order_by(Letter.created_at.desc())
        ):
            found = await letters.find(session, letter_id)
            if found is not None and found.to == person_email:
                return found.row
    raise AssertionError(f"no letter to {person_email}")


async def test_a_registration_from_the_form_to_the_account(
    town: Market, database: Database, temporal_dev_server: TemporalServer
) -> None:
    email, name = f"{uuid4().hex[:12]}@newcomer.example", "Ada Newcomer"
    inbox = Inbox(f"{town.sandbox.url}/mail/v1", MAIL_KEY)
    await town.faults(once=[{"match": "POST /mail/v1/messages", "fault": "timeout_after_success"}], timeout_seconds=0.2)
    async with httpx.AsyncClient(base_url=town.url, trust_env=False) as http:
        person = {"name": name, "email": email, "password": PASSWORD, "accept_terms": True}
        assert (await http.post("/api/v1/customers", json=person)).status_code == 202
        mails = await patiently(lambda: inbox.letters(http, email, "verify_email"), 60)
        token = token_in(mails[0]["text"])

        async def sent() -> bool:
            return (await newest(database, email)).sent_at is not None

        await patiently(sent, 60)
        assert len(await inbox.letters(http, email, "verify_email")) == 1  # though it was handed over twice
        entered = await http.post("/api/v1/email-verifications", json={"token": token, "password": PASSWORD})
        assert entered.status_code == 201, entered.text

    row = await newest(database, email)
    client = await Client.connect(temporal_dev_server.address, namespace=NAMESPACE)
    handle = client.get_workflow_handle(messages.workflow_id(row.id))
    history = History(events=(await handle.fetch_history()).events)
    payloads = [part for part in messages_in(history) if isinstance(part, Payload)]
    plain = [part.data.decode() for part in await SealingCodec(database.keys).decode(payloads)]
    assert any(row.id in said for said in plain)
    for said in (MessageToJson(history), *plain):
        for secret in (email, name, token.partition(".")[2], PASSWORD):
            assert secret not in said
