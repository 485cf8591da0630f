"""Looks whether messages of a commission wait to be read, and mails about them. Ids come in; names and addresses are
loaded here and stay out of the history, as do the words of the conversation, here and in the mail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity

from activities.boundary import translates_errors
from activities.commission_texts import UNREAD
from activities.mail_texts import fill
from core.database import Database
from models.ports import Mail, Mailer
from models.repositories import commission_contacts, commission_unread

STOP = "Stop mails about messages of this commission"


@dataclass(frozen=True)
class LookForUnread:
    commission_id: str
    reader_id: str
    mail_after: timedelta
    mail_again_after: timedelta


@dataclass(frozen=True)
class MailDue:
    at: datetime
    messages: int
    up_to: int
    """Sequence of the newest message that the mail is about."""


@dataclass(frozen=True)
class MailUnread:
    commission_id: str
    reader_id: str
    messages: int
    """As of the look: tried again, it is the same mail."""
    key: str
    """`<workflow id>/<newest message>`: the mail service sends it once."""


@dataclass(frozen=True)
class NoteMailed:
    commission_id: str
    reader_id: str
    up_to: int
    at: datetime


class CommissionTalkActivities:
    """Dependencies: the database, the mail service, our public address."""

    def __init__(self, database: Database, mailer: Mailer, public_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._public_url = public_url.rstrip("/")

    def own(self) -> list[Callable[..., Any]]:
        """What the pool of commissions registers."""
        return [self.look_for_unread, self.note_mailed]

    def at_the_mail_service(self) -> list[Callable[..., Any]]:
        """What the pool of that partner registers."""
        return [self.mail_unread]

    @activity.defn(name="commission.look_for_unread")
    @translates_errors
    async def look_for_unread(self, step: LookForUnread) -> MailDue | None:
        """When the next mail is due, as far as is known now. None: nothing waits that no mail was about."""
        async with self._database.transaction() as session:
            found = await commission_unread.unread(session, step.commission_id, step.reader_id)
        if found is None:
            return None
        at = found.since + step.mail_after
        if found.mailed_at is not None:
            at = max(at, found.mailed_at + step.mail_again_after)
        return MailDue(at, found.messages, found.up_to)

    @activity.defn(name="notifications.mail_unread")
    @translates_errors
    async def mail_unread(self, step: MailUnread) -> bool:
        """False: there is nothing to tell any more, or nobody who wants to be told. Raises `NotFound`."""
        async with self._database.transaction() as session:
            known = await commission_contacts.contacts(session, step.commission_id)
            found = await commission_unread.unread(session, step.commission_id, step.reader_id)
        to_artisan = step.reader_id == known.artisan_id
        to = known.artisan_email if to_artisan else known.customer_email
        if found is None or not to:
            return False
        values = {
            "name": known.artisan_name if to_artisan else known.customer_name,
            "who": "your customer" if to_artisan else known.shop_name,
            "number": known.number,
            "messages": "a message" if step.messages == 1 else f"{step.messages} messages",
            "wait": "waits" if step.messages == 1 else "wait",
        }
        page = f"{'/studio' if to_artisan else ''}/commissions/{step.commission_id}#talk"
        token = commission_unread.stop_token(self._database.keys, step.commission_id, step.reader_id)
        stop = f"{self._public_url}/quiet/{token}"
        subject, text, html = fill(UNREAD, values, f"{self._public_url}{page}", stop=(STOP, stop))
        mail = Mail(
            to=to,
            subject=subject,
            text=text,
            html=html,
            tag="commission_unread",
            # RFC 8058: a mail program stops them with one request of its own, and the page behind it has a button.
            headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
        await self._mailer.send(mail, key=step.key)
        return True

    @activity.defn(name="commission.note_mailed")
    @translates_errors
    async def note_mailed(self, step: NoteMailed) -> None:
        async with self._database.transaction() as session:
            await commission_unread.mailed(session, step.commission_id, step.reader_id, step.up_to, step.at)
