"""The steps of mails about unread messages against the database: when one is due, what it says, whom it spares."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from activities.commission_talk import CommissionTalkActivities, LookForUnread, MailUnread, NoteMailed
from core import clock
from core.database import Database
from models.ports import Forgotten, Mail
from models.repositories import commission_talk, commission_unread, commissions, person_keys
from models.tables.commission_talk import CommissionMessage
from tests.support.commissioned import Finished, add_finished
from tests.support.marketplace import add_shop

MINUTE = timedelta(minutes=1)


@dataclass
class Sent:
    """Stands in for the mail service; its contract is tested with the gateway."""

    mails: list[tuple[str, Mail]] = field(default_factory=list)

    async def send(self, mail: Mail, *, key: str) -> None:
        self.mails.append((key, mail))

    async def erase(self, address: str, *, key: str) -> Forgotten:
        raise NotImplementedError


@dataclass
class Talk:
    database: Database
    of: Finished
    steps: CommissionTalkActivities
    sent: Sent

    async def write(self, text: str = "Is the oak dry by now?", *, by_customer: bool = True) -> datetime:
        async with self.database.transaction() as session:
            sender = self.of.customer_id if by_customer else self.of.shop.owner_id
            sequence = await commission_talk.add_message(session, self.of.id, sender, text, [], leak_warned=False)
            row = await session.scalar(select(CommissionMessage).where(CommissionMessage.sequence == sequence))
            assert row is not None
            return row.created_at

    def look(self) -> LookForUnread:
        return LookForUnread(self.of.id, self.of.shop.owner_id, 5 * MINUTE, 30 * MINUTE)

    async def mail(self, reader_id: str = "", messages: int = 1) -> bool:
        step = MailUnread(self.of.id, reader_id or self.of.shop.owner_id, messages, "talk/1")
        return await self.steps.mail_unread(step)

    async def quieten(self, *, quiet: bool = True) -> None:
        async with self.database.transaction() as session:
            await commission_talk.be_quiet(session, self.of.id, self.of.shop.owner_id, quiet=quiet)


@pytest.fixture
async def talk(database: Database) -> Talk:
    sent = Sent()
    async with database.transaction() as session:
        finished = await add_finished(session, await add_shop(session, name="Ébène & Fils"), charged=False)
    return Talk(database, finished, CommissionTalkActivities(database, sent, "https://shop.example/"), sent)


async def test_a_mail_is_due_after_the_oldest_message_and_after_the_pause(talk: Talk) -> None:
    assert await talk.steps.look_for_unread(talk.look()) is None
    first = await talk.write()
    await talk.write()
    due = await talk.steps.look_for_unread(talk.look())
    assert due is not None and (due.at, due.messages, due.up_to) == (first + 5 * MINUTE, 2, 2)
    note = NoteMailed(talk.of.id, talk.of.shop.owner_id, due.up_to, due.at)
    await talk.steps.note_mailed(note)
    await talk.steps.note_mailed(note)
    assert await talk.steps.look_for_unread(talk.look()) is None, "nothing new since the mail"
    await talk.write()
    again = await talk.steps.look_for_unread(talk.look())
    assert again is not None and (again.at, again.messages, again.up_to) == (due.at + 30 * MINUTE, 3, 3)


async def test_what_somebody_wrote_themselves_does_not_wait_for_them(talk: Talk) -> None:
    await talk.write(by_customer=False)
    assert await talk.steps.look_for_unread(talk.look()) is None
    assert not await talk.mail()


async def test_the_mail_says_who_and_how_many_and_how_to_stop_and_no_word_of_theirs(talk: Talk) -> None:
    await talk.write("Bring the walnut, not the oak.")
    await talk.write("And the brass.")
    assert await talk.mail(messages=2)
    ((key, mail),) = talk.sent.mails
    async with talk.database.transaction() as session:
        number = (await commissions.get(session, talk.of.id)).number
    token = commission_unread.stop_token(talk.database.keys, talk.of.id, talk.of.shop.owner_id)
    stop = f"https://shop.example/quiet/{token}"
    assert (key, mail.subject) == ("talk/1", f"Commission {number}: 2 messages from your customer")
    assert f"https://shop.example/studio/commissions/{talk.of.id}#talk" in mail.text
    assert stop in mail.text and stop in mail.html
    assert mail.headers == {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    for part in (mail.subject, mail.text, mail.html):
        assert "walnut" not in part and "brass" not in part
    assert talk.of.customer_id not in mail.text and talk.of.shop.owner_id not in mail.text


async def test_the_customer_is_told_by_the_shops_name(talk: Talk) -> None:
    await talk.write(by_customer=False)
    assert await talk.mail(talk.of.customer_id)
    ((_, mail),) = talk.sent.mails
    assert mail.to == talk.of.customer_email
    assert "a message from Ébène & Fils" in mail.subject
    assert "Ébène &amp; Fils" in mail.html
    assert f"https://shop.example/commissions/{talk.of.id}#talk" in mail.text


async def test_quiet_is_kept_and_its_end_hands_over_what_waits(talk: Talk) -> None:
    written = await talk.write()
    async with talk.database.transaction() as session:
        (waiting,) = await commission_unread.not_handed_over(session, 50)
        assert (waiting.reader_id, waiting.up_to) == (talk.of.shop.owner_id, 1)
        await commission_unread.handed_over(session, waiting, written)
        assert await commission_unread.not_handed_over(session, 50) == []
    await talk.quieten()
    assert await talk.steps.look_for_unread(talk.look()) is None
    assert not await talk.mail()
    await talk.quieten(quiet=False)
    async with talk.database.transaction() as session:
        assert await commission_unread.not_handed_over(session, 50) == [waiting]
    assert await talk.steps.look_for_unread(talk.look()) is not None


async def test_nobody_is_left_to_be_told_once_their_key_is_gone(talk: Talk) -> None:
    await talk.write()
    async with talk.database.transaction() as session:
        await person_keys.destroy(session, talk.of.shop.owner_id, "erasure-1", clock.now())
    assert not await talk.mail()
    assert talk.sent.mails == []
    assert await talk.steps.look_for_unread(talk.look()) is None, "or it would look again for ever"
