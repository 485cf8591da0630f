"""Stories of finished commissions, for the JSON API and the pages: written, asked about, answered, taken back, read.

Each move is decided while the commission's row is held, by what whoever moves has seen. Other people's do not exist.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commission_stories.schemas import (
    ConsentInput,
    PublicStory,
    StoryCard,
    StoryInput,
    StoryList,
    StoryPictureView,
    StoryView,
    VersionView,
)
from api.letter.post import Post
from models.audited import Audited
from models.errors import InvalidInput, NotFound, NotNow
from models.repositories import audit, commission_reading, commission_stories, commissions, letters
from models.repositories.commission_stories import Public, Told, Version, first_name_of
from models.repositories.commission_talk import ShownPicture
from models.repositories.commissions import CommissionFacts
from models.rules.commission import stories
from models.rules.commission.stories import Move, Standing, StoryState
from models.rules.letters import LetterKind
from models.types import Party

CUSTOMERS_PAGE = "/commissions/{id}/story"
ARTISANS_PAGE = "/studio/commissions/{id}/story"


@dataclass(frozen=True)
class StoryService:
    session: AsyncSession
    post: Post

    async def view(self, person: Person, commission_id: str) -> StoryView:
        """Raises `NotFound`."""
        facts, side = await self._own(person, commission_id)
        found = await commission_stories.versions(self.session, commission_id)
        at = await self._standing(commission_id, found)
        pictures = await commission_stories.choosable(self.session, commission_id)
        names = await commission_reading.names(self.session, [facts.row.customer_id])
        by_state = {one.state: _version_view(commission_id, one, pictures) for one in found if one.told is not None}
        newest = found[-1] if found else None
        is_over = newest is not None and newest.state in {StoryState.DECLINED, StoryState.WITHDRAWN}
        is_artisan = side is Party.ARTISAN
        return StoryView(
            role=side.value,
            can=stories.moves(at, side),
            offers_left=at.offers_left,
            draft=by_state.get(StoryState.DRAFT) if is_artisan else None,
            offered=by_state.get(StoryState.OFFERED),
            shown=by_state.get(StoryState.SHOWN),
            last=by_state.get(newest.state) if newest is not None and is_over else None,
            public_path=public_path(newest.story_id) if newest is not None and at.shown else "",
            first_name=first_name_of(names[facts.row.customer_id]),
            choosable=[_picture(_private(commission_id, one.id), one) for one in pictures] if is_artisan else [],
        )

    async def write(self, person: Person, commission_id: str, given: StoryInput) -> StoryView:
        """Raises `NotFound`, `NotNow`, `InvalidInput`."""
        await self._may(person, commission_id, Move.WRITE)
        allowed = {one.id for one in await commission_stories.choosable(self.session, commission_id)}
        chosen = [one.id for one in given.pictures]
        if len(set(chosen)) != len(chosen):
            raise InvalidInput("Each picture is told once. Leave one of the two out.", field="pictures")
        if not set(chosen) <= allowed:
            raise InvalidInput("Choose from the pictures of approved work alone.", field="pictures")
        told = Told(given.title, given.text, tuple((one.id, one.caption) for one in given.pictures))
        await commission_stories.write(self.session, commission_id, person.id, told)
        return await self.view(person, commission_id)

    async def offer(self, person: Person, commission_id: str, version: int) -> StoryView:
        """Asks the customer, once, by mail. Raises `NotFound`, `NotNow`."""
        at, facts = await self._may(person, commission_id, Move.OFFER, version)
        await commission_stories.move(self.session, commission_id, stories.changes(at, Move.OFFER))
        await self._tell(LetterKind.STORY_OFFERED, facts, Party.CUSTOMER)
        return await self.view(person, commission_id)

    async def consent(self, person: Person, commission_id: str, given: ConsentInput) -> StoryView:
        """To what was read, and nothing else. Again, it changes how the customer is named.
        Raises `NotFound`, `NotNow`."""
        at, facts = await self._may(person, commission_id, Move.CONSENT, given.version)
        is_news = given.version != at.shown
        await commission_stories.move(self.session, commission_id, stories.changes(at, Move.CONSENT, given.version))
        await commission_stories.name_as(self.session, commission_id, given.version, given.named)
        details: dict[str, str | int | bool] = {"version": given.version, "named": given.named.value}
        await self._audit(Audited.STORY_AGREED, person, commission_id, details)
        if is_news:
            await self._tell(LetterKind.STORY_AGREED, facts, Party.ARTISAN)
        return await self.view(person, commission_id)

    async def decline(self, person: Person, commission_id: str, version: int) -> StoryView:
        """Raises `NotFound`, `NotNow`."""
        at, facts = await self._may(person, commission_id, Move.DECLINE, version)
        await commission_stories.move(self.session, commission_id, stories.changes(at, Move.DECLINE))
        await self._tell(LetterKind.STORY_DECLINED, facts, Party.ARTISAN)
        return await self.view(person, commission_id)

    async def withdraw(self, person: Person, commission_id: str) -> StoryView:
        """From this answer on, nobody is given the story or a picture of it. Raises `NotFound`, `NotNow`."""
        at, facts = await self._may(person, commission_id, Move.WITHDRAW)
        await commission_stories.move(self.session, commission_id, stories.changes(at, Move.WITHDRAW))
        await self._audit(Audited.STORY_TAKEN_BACK, person, commission_id, {"version": at.shown or at.offered})
        if at.shown:
            other = Party.ARTISAN if person.id == facts.row.customer_id else Party.CUSTOMER
            await self._tell(LetterKind.STORY_TAKEN_BACK, facts, other)
        return await self.view(person, commission_id)

    # Helpers

    async def _own(self, person: Person, commission_id: str) -> tuple[CommissionFacts, Party]:
        facts = await commissions.facts(self.session, commission_id)
        if person.id == facts.artisan_id:
            return facts, Party.ARTISAN
        if person.id == facts.row.customer_id:
            return facts, Party.CUSTOMER
        raise NotFound(commissions.UNKNOWN)

    async def _standing(self, commission_id: str, found: list[Version]) -> Standing:
        completed = await commission_stories.is_completed(self.session, commission_id)
        return commission_stories.standing(found, completed=completed)

    async def _may(
        self, person: Person, commission_id: str, move: Move, version: int = 0
    ) -> tuple[Standing, CommissionFacts]:
        facts, side = await self._own(person, commission_id)
        await commission_stories.locked(self.session, commission_id)
        at = await self._standing(commission_id, await commission_stories.versions(self.session, commission_id))
        why_not = stories.refusal(at, side, move, version)
        if why_not:
            raise NotNow(why_not)
        return at, facts

    async def _tell(self, kind: LetterKind, facts: CommissionFacts, whom: Party) -> None:
        is_customer = whom is Party.CUSTOMER
        person_id = facts.row.customer_id if is_customer else facts.artisan_id
        link = (CUSTOMERS_PAGE if is_customer else ARTISANS_PAGE).format(id=facts.row.id)
        await letters.write(self.session, kind, person_id, details={"shop_id": facts.row.shop_id, "link": link})
        self.post.wake()

    async def _audit(
        self, what: Audited, person: Person, commission_id: str, details: dict[str, str | int | bool]
    ) -> None:
        await audit.append(
            self.session, what, actor=person.id, role=person.role, subject=commission_id, details=details
        )


async def told(session: AsyncSession, story_id: str) -> PublicStory:
    """What anybody may read. Raises `NotFound`."""
    found = await commission_stories.public(session, story_id)
    return PublicStory(
        id=found.id,
        title=found.told.title,
        text=found.told.text,
        shop_slug=found.shop_slug,
        shop_name=found.shop_name,
        made_for=found.first_name,
        shown_at=found.shown_at,
        pictures=await _public_pictures(session, found),
    )


async def listed(session: AsyncSession, shop: str | None, *, before: str | None = None, limit: int = 12) -> StoryList:
    """The newest first."""
    found = await commission_stories.public_of(session, shop, before=before, limit=limit + 1)
    items = []
    for one in found[:limit]:
        pictures = await _public_pictures(session, one)
        first = pictures[0] if pictures else None
        items.append(
            StoryCard(id=one.id, title=one.told.title, shop_slug=one.shop_slug, shop_name=one.shop_name, picture=first)
        )
    return StoryList(items=items, next_before=items[-1].id if len(found) > limit else None)


def public_path(story_id: str) -> str:
    return f"/made/{story_id}"


async def _public_pictures(session: AsyncSession, found: Public) -> list[StoryPictureView]:
    there = await commission_stories.public_pictures(session, found)
    return [
        _picture(f"/api/v1/stories/{found.id}/pictures/{picture_id}", there[picture_id], caption)
        for picture_id, caption in found.told.pictures
        if picture_id in there
    ]


def _version_view(commission_id: str, one: Version, pictures: list[ShownPicture]) -> VersionView:
    assert one.told is not None  # noqa: S101 - asked before
    there = {picture.id: picture for picture in pictures}
    return VersionView(
        version=one.version,
        state=one.state,
        title=one.told.title,
        text=one.told.text,
        pictures=[
            _picture(_private(commission_id, picture_id), there[picture_id], caption)
            for picture_id, caption in one.told.pictures
            if picture_id in there
        ],
        named=one.named,
        offered_at=one.offered_at,
        answered_at=one.answered_at,
    )


def _picture(src: str, picture: ShownPicture, caption: str = "") -> StoryPictureView:
    return StoryPictureView(
        id=picture.id, src=src, alt=picture.alt, caption=caption, width=picture.width, height=picture.height
    )


def _private(commission_id: str, picture_id: str) -> str:
    return f"/api/v1/commissions/{commission_id}/pictures/{picture_id}"
