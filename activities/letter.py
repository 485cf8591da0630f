"""Puts a letter about an account together and hands it to the mail service. An id comes in; the address, the name and
the link's secret are looked up or derived here and stay out of the history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from activities.letter_texts import FACTORS, LEADS_TO, TEXTS
from activities.mail_texts import fill
from activities.payout_texts import values_of
from core import clock
from core.database import Database
from core.keys import KeyErased
from models.errors import NotFound
from models.ports import Mail, Mailer
from models.repositories import gift_cards, letters, payouts_holds, shops
from models.rules.letters import CARRY_A_CODE
from models.types import LetterStatus


@dataclass(frozen=True)
class SendLetter:
    letter_id: str


class LetterActivities:
    """Dependencies: the database, the mail service, our public address."""

    def __init__(self, database: Database, mailer: Mailer, public_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._public_url = public_url.rstrip("/")

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [self.send_letter]

    @activity.defn(name="notifications.send_letter")
    @translates_errors
    async def send_letter(self, step: SendLetter) -> LetterStatus:
        """Once, whatever is retried: the mail service knows the letter by its id. Raises `NotFound` for no letter."""
        async with self._database.transaction() as session:
            letter = await letters.find(session, step.letter_id)
            if letter is None:
                raise NotFound("There is no such letter.")
            row = letter.row
            if row.sent_at is not None:
                return LetterStatus.SENT
            if not letter.to:
                return LetterStatus.NOBODY
            if row.key_id and not row.is_open(clock.now()):
                return LetterStatus.EXPIRED
            try:
                token = letters.link_token(self._database.keys, row) if row.key_id else ""
            except KeyErased:
                return LetterStatus.EXPIRED
            values = await _values(session, letter)
            if row.kind in CARRY_A_CODE:
                values["code"] = gift_cards.code_of(self._database.keys, row)
        link = self._public_url + str(row.details.get("link") or LEADS_TO[row.kind]).replace("{token}", token)
        subject, text, html = fill(TEXTS[row.kind], values, link)
        mail = Mail(to=letter.to, subject=subject, text=text, html=html, tag=row.kind.value)
        await self._mailer.send(mail, key=f"letter-{row.id}")
        async with self._database.transaction() as session:
            await letters.sent(session, row.id, clock.now())
        return LetterStatus.SENT


async def _values(session: AsyncSession, letter: letters.Addressed) -> dict[str, str]:
    """The text's blanks, out of what the row's details point to."""
    details = letter.row.details
    values = {name: str(value) for name, value in details.items()} | values_of(details) | {"name": letter.name}
    if "factor" in details:
        values["factor"] = FACTORS.get(str(details["factor"]), "A second factor")
    if "shop_id" in details:
        values["shop"] = await shops.name_of(session, str(details["shop_id"]))
    if "decision_id" in details:
        values["reason"] = await shops.reason_of(session, str(details["decision_id"]))
    if "hold_id" in details:
        values["reason"] = await payouts_holds.decision_of(session, str(details["hold_id"]))
    return values
