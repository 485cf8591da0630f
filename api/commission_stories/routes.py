"""JSON routes of stories: for the two people of a commission, and for everybody. Thin: who may, what in, what out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.access import access
from api.commission_stories import service as stories
from api.commission_stories.schemas import (
    ConsentInput,
    OfferInput,
    PublicStory,
    StoryDeclineInput,
    StoryInput,
    StoryList,
    StoryView,
)
from api.commission_stories.service import StoryService
from api.dependencies import Letterbox, Session, SignedIn
from api.errors import error_responses
from api.fulfillment.schemas import IdText
from api.idempotency import Once
from models.repositories import commission_stories

router = APIRouter(prefix="/api/v1", tags=["commissions"])


async def story_service(session: Session, post: Letterbox) -> StoryService:
    return StoryService(session, post)


Stories = Annotated[StoryService, Depends(story_service)]
CommissionId = Annotated[str, Path(max_length=40)]
StoryId = Annotated[str, Path(max_length=40)]

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)
NO_COPY = {"Cache-Control": "no-store", "X-Robots-Tag": "noarchive, noimageindex"}
"""A story may be taken back at any time: then no cache goes on showing it."""


@router.get(
    "/commissions/{commission_id}/story",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Where the story of a piece stands",
    responses=READ,
)
async def commission_story(commission_id: CommissionId, person: SignedIn, service: Stories) -> StoryView:
    return await service.view(person, commission_id)


@router.put(
    "/commissions/{commission_id}/story",
    dependencies=[access("artisan", "medium", owns="commission")],
    summary="Write how a piece was made",
    response_model=StoryView,
    responses=MOVE,
)
async def write_commission_story(
    commission_id: CommissionId, given: StoryInput, person: SignedIn, service: Stories, once: Once
) -> Response:
    """Of a completed commission. Nobody else sees it before the customer is asked, and what they were asked about stays
    as it is: a change of it is another version, and needs their consent again."""
    return await once.respond(lambda: service.write(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/story/offer",
    dependencies=[access("artisan", "medium", owns="commission")],
    summary="Ask the customer whether it may be told in public",
    response_model=StoryView,
    responses=MOVE,
)
async def offer_commission_story(
    commission_id: CommissionId, given: OfferInput, person: SignedIn, service: Stories, once: Once
) -> Response:
    """At most three times about one piece, and only when something has changed since."""
    return await once.respond(lambda: service.offer(person, commission_id, given.version))


@router.post(
    "/commissions/{commission_id}/story/consent",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Agree that it is told in public",
    response_model=StoryView,
    responses=MOVE,
)
async def consent_to_commission_story(
    commission_id: CommissionId, given: ConsentInput, person: SignedIn, service: Stories, once: Once
) -> Response:
    """To the version that was read, by the customer and by no app. Sent again, it changes how they are named in it."""
    return await once.respond(lambda: service.consent(person, commission_id, given))


@router.post(
    "/commissions/{commission_id}/story/decline",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Rather not",
    response_model=StoryView,
    responses=MOVE,
)
async def decline_commission_story(
    commission_id: CommissionId, given: StoryDeclineInput, person: SignedIn, service: Stories, once: Once
) -> Response:
    """No reason is asked for. What is shown already stays until it is taken back."""
    return await once.respond(lambda: service.decline(person, commission_id, given.version))


@router.post(
    "/commissions/{commission_id}/story/withdraw",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Take it back",
    response_model=StoryView,
    responses=MOVE,
)
async def withdraw_commission_story(
    commission_id: CommissionId, person: SignedIn, service: Stories, once: Once
) -> Response:
    """Either side, at any time. Page and pictures are gone at once; an open question is taken back, too."""
    return await once.respond(lambda: service.withdraw(person, commission_id))


@router.get(
    "/stories",
    dependencies=[access("public", "low")],
    summary="How pieces were made",
    responses=error_responses(422),
)
async def public_stories(
    session: Session,
    response: Response,
    shop: Annotated[str | None, Query(max_length=120, pattern=r"^[^\x00]*$")] = None,
    before: IdText | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
) -> StoryList:
    """Of one shop, by its slug, or of all; the newest first."""
    response.headers.update(NO_COPY)
    return await stories.listed(session, shop, before=before, limit=limit)


@router.get(
    "/stories/{story_id}",
    dependencies=[access("public", "low")],
    summary="How a piece was made",
    responses=error_responses(404, 422),
)
async def public_story(story_id: StoryId, session: Session, response: Response) -> PublicStory:
    """As long as both sides want it told."""
    response.headers.update(NO_COPY)
    return await stories.told(session, story_id)


@router.get(
    "/stories/{story_id}/pictures/{picture_id}",
    dependencies=[access("public", "low")],
    summary="A picture of how a piece was made",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **error_responses(404, 422)},
)
async def public_story_picture(
    story_id: StoryId,
    picture_id: Annotated[str, Path(max_length=40)],
    session: Session,
    size: Annotated[Literal["small", "large"], Query()] = "large",
) -> Response:
    body = await commission_stories.public_body(session, story_id, picture_id, large=size == "large")
    return Response(body, media_type="image/webp", headers=NO_COPY)
