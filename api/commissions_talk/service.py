"""The conversation inside a commission, for the JSON API and the pages.

Words are SQL's alone, and never the process's. Other people's conversations do not exist, whoever asks.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions.leaks import warn
from api.commissions_talk.schemas import Conversation, MessageInput, MessageView, PictureView
from api.listings import pictures as picture_files
from api.process_client import ProcessClient
from models.errors import Forbidden, InvalidInput, NotFound, NotNow
from models.repositories import commission_reading, commission_talk, commission_versions, commissions
from models.repositories.commission_talk import NewPicture, ShownPicture
from models.repositories.commissions import CommissionFacts
from models.types import Party

LARGE, SMALL = 960, 320


@dataclass(frozen=True)
class Upload:
    data: bytes
    purpose: str
    milestone: int | None
    alt: str


class TalkService:
    def __init__(self, session: AsyncSession, processes: ProcessClient) -> None:
        self._session = session
        self._processes = processes

    async def add_picture(self, person: Person, commission_id: str, upload: Upload) -> PictureView:
        """Raises `NotFound`, `Forbidden`, `InvalidInput`, `TooLarge`."""
        facts = await self._own(person, commission_id)
        await self._refuse_purpose(person, facts, upload)
        prepared = await picture_files.prepare(upload.data)
        picture_id = await commission_talk.add_picture(
            self._session,
            NewPicture(
                commission_id=commission_id,
                by_id=person.id,
                purpose=upload.purpose,
                milestone=upload.milestone,
                alt=upload.alt,
                width=prepared.width,
                height=prepared.height,
                small=prepared.renditions[SMALL],
                large=prepared.renditions[LARGE],
            ),
        )
        src = address_of(commission_id, picture_id)
        return PictureView(id=picture_id, src=src, alt=upload.alt, width=prepared.width, height=prepared.height)

    async def picture(self, person: Person, commission_id: str, picture_id: str, *, large: bool) -> bytes:
        """Raises `NotFound`."""
        await self._own(person, commission_id)
        return await commission_talk.body_of(self._session, commission_id, picture_id, large=large)

    async def remove_picture(self, person: Person, commission_id: str, picture_id: str) -> None:
        """One that no message was sent with yet. Raises `NotFound`."""
        await self._own(person, commission_id)
        await commission_talk.remove_unsent(self._session, commission_id, picture_id, person.id)

    async def conversation(self, person: Person, commission_id: str, after: int | None, limit: int) -> Conversation:
        """Those behind `after`; without it, the newest ones."""
        facts = await self._own(person, commission_id)
        unread = await commission_talk.unread(self._session, commission_id, person.id)
        if after is None:
            found = await commission_talk.newest(self._session, commission_id, limit=limit)
        else:
            found = await commission_talk.messages(self._session, commission_id, after=after, limit=limit)
        names = await commission_reading.names(self._session, [facts.row.customer_id])
        senders = {facts.row.customer_id: names[facts.row.customer_id], facts.artisan_id: facts.shop_name}
        shown = [
            MessageView(
                id=one.id,
                sequence=one.sequence,
                mine=one.sender_id == person.id,
                sender=senders[one.sender_id],
                text=one.body,
                at=one.at,
                read_at=one.read_at,
                leak_warned=one.leak_warned,
                pictures=[picture_view(commission_id, picture) for picture in one.pictures],
            )
            for one in found
        ]
        quiet = await commission_talk.is_quiet(self._session, commission_id, person.id)
        next_after = shown[-1].sequence if shown else after or 0
        return Conversation(messages=shown, next_after=next_after, unread=unread, quiet=quiet)

    async def mark(self, person: Person, commission_id: str) -> str:
        """Names how far the conversation and its reading have come, as this reader sees it. Raises `NotFound`."""
        await self._own(person, commission_id)
        newest, seen = await commission_talk.progress(self._session, commission_id, person.id)
        return f"{newest}-{seen}"

    async def send(self, person: Person, commission_id: str, given: MessageInput) -> Conversation:
        """Raises `ContactLeak` until that is confirmed, `NotFound` for a picture that is not there to be sent."""
        await self._own(person, commission_id)
        leads_away = warn(given.text, confirmed=given.confirm, field="text")
        sequence = await commission_talk.add_message(
            self._session, commission_id, person.id, given.text, given.pictures, leak_warned=leads_away
        )
        return await self.conversation(person, commission_id, sequence - 1, 1)

    async def read(self, person: Person, commission_id: str, up_to: int) -> None:
        await self._own(person, commission_id)
        await commission_talk.mark_read(self._session, commission_id, person.id, up_to)

    async def be_quiet(self, person: Person, commission_id: str, *, quiet: bool) -> None:
        await self._own(person, commission_id)
        await commission_talk.be_quiet(self._session, commission_id, person.id, quiet=quiet)

    # Helpers

    async def _own(self, person: Person, commission_id: str) -> CommissionFacts:
        facts = await commissions.facts(self._session, commission_id)
        if person.id not in {facts.row.customer_id, facts.artisan_id}:
            raise NotFound(commissions.UNKNOWN)
        return facts

    async def _refuse_purpose(self, person: Person, facts: CommissionFacts, upload: Upload) -> None:
        by = Party.CUSTOMER if person.id == facts.row.customer_id else Party.ARTISAN
        if (upload.purpose == "proof") != (upload.milestone is not None):
            raise InvalidInput("A proof is of a milestone, and nothing else is.", field="milestone")
        if upload.purpose == "brief" and by is not Party.CUSTOMER:
            raise Forbidden("Only the customer adds pictures to their wish. Send yours with a message.")
        if upload.purpose == "brief" and facts.row.version:
            raise NotNow("The contract stands on the wish as it was. Send this picture with a message.")
        if upload.purpose != "proof":
            return
        if by is not Party.ARTISAN:
            raise Forbidden("Only the artisan shows how far the work is.")
        if facts.row.version == 0:
            raise InvalidInput("Nothing is agreed yet, so there is nothing to prove.", field="milestone")
        contract = await commission_versions.version(self._session, facts.row.id, facts.row.version)
        if upload.milestone not in contract.titles and upload.milestone not in {
            one.number for one in contract.terms.milestones
        }:
            raise NotFound("This commission has no such milestone.")
        if await commission_talk.is_approved(self._session, facts.row.id, upload.milestone or 0):
            raise NotNow("This milestone is approved on the pictures that it has. Send this one with a message.")


def picture_view(commission_id: str, picture: ShownPicture) -> PictureView:
    return PictureView(
        id=picture.id,
        src=address_of(commission_id, picture.id),
        alt=picture.alt,
        width=picture.width,
        height=picture.height,
    )


def address_of(commission_id: str, picture_id: str) -> str:
    return f"/api/v1/commissions/{commission_id}/pictures/{picture_id}"
