"""JSON routes of pictures and messages inside a commission. Thin: who may, what in, what out."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import Response

from api.access import access
from api.commissions_talk.schemas import Conversation, MessageInput, PictureView, Purpose, QuietInput, ReadInput
from api.commissions_talk.service import TalkService, Upload
from api.dependencies import Session, SignedIn, get_parts
from api.errors import error_responses
from api.idempotency import Once
from api.limits import PICTURE
from api.text import Line
from models.errors import TooLarge

router = APIRouter(prefix="/api/v1/commissions/{commission_id}", tags=["commissions"])


async def talk_service(request: Request, session: Session) -> TalkService:
    return TalkService(session, get_parts(request).processes)


Talk = Annotated[TalkService, Depends(talk_service)]
CommissionId = Annotated[str, Path(max_length=40)]
PictureId = Annotated[str, Path(max_length=40)]
Words = Annotated[Line, Form(max_length=300)]
Number = Annotated[int | None, Form(ge=1, le=1_000)]

READ = error_responses(401, 403, 404, 422)
MOVE = error_responses(400, 401, 403, 404, 409, 422)


@router.post(
    "/pictures",
    status_code=201,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Add a picture of the wish, of the work, or for a message",
    response_model=PictureView,
    responses=error_responses(400, 401, 403, 404, 409, 413, 422),
)
async def add_commission_picture(
    commission_id: CommissionId,
    *,
    file: Annotated[UploadFile, File(description="JPEG, PNG or WebP, up to 8 MB and 40 million pixels")],
    purpose: Annotated[Purpose, Form()],
    milestone: Number = None,
    alt: Words = "",
    person: SignedIn,
    service: Talk,
    once: Once,
) -> Response:
    """Only the two people of the commission see it. Places and cameras that it names are taken out."""
    data = await picture_data(file)
    upload = Upload(data, purpose, milestone, alt)
    told_apart = f"{purpose} {milestone} {alt}".encode()
    return await once.respond(
        lambda: service.add_picture(person, commission_id, upload),
        status=201,
        body=hashlib.sha256(data).digest() + told_apart,
    )


async def picture_data(file: UploadFile) -> bytes:
    """Raises `TooLarge` before it is read whole."""
    if file.size is None or file.size > PICTURE:
        raise TooLarge(f"This picture is larger than {PICTURE / 1e6:g} MB. Save it smaller and try again.")
    return await file.read()


@router.get(
    "/pictures/{picture_id}",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="A picture",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **READ},
)
async def commission_picture(
    commission_id: CommissionId,
    picture_id: PictureId,
    person: SignedIn,
    service: Talk,
    size: Annotated[Literal["small", "large"], Query()] = "large",
) -> Response:
    body = await service.picture(person, commission_id, picture_id, large=size == "large")
    return Response(body, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


@router.delete(
    "/pictures/{picture_id}",
    status_code=204,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Take back a picture that was not sent yet",
    responses=READ,
)
async def remove_commission_picture(
    commission_id: CommissionId, picture_id: PictureId, person: SignedIn, service: Talk
) -> None:
    await service.remove_picture(person, commission_id, picture_id)


@router.get(
    "/messages",
    dependencies=[access("customer", "medium", owns="commission")],
    summary="The conversation",
    responses=READ,
)
async def commission_messages(
    commission_id: CommissionId,
    person: SignedIn,
    service: Talk,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Conversation:
    """The oldest first, behind `after`. Looking is not reading: say what was seen with `read`."""
    return await service.conversation(person, commission_id, after, limit)


@router.post(
    "/messages",
    status_code=201,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Write to the other side",
    response_model=Conversation,
    responses=MOVE,
)
async def send_commission_message(
    commission_id: CommissionId, given: MessageInput, person: SignedIn, service: Talk, once: Once
) -> Response:
    """What looks like a way around the platform is answered with a warning (`contact_leak`) that can be confirmed."""
    return await once.respond(lambda: service.send(person, commission_id, given), status=201)


@router.post(
    "/messages/read",
    status_code=204,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Say which messages were seen",
    responses=READ,
)
async def read_commission_messages(
    commission_id: CommissionId, given: ReadInput, person: SignedIn, service: Talk
) -> None:
    await service.read(person, commission_id, given.up_to)


@router.put(
    "/quiet",
    status_code=204,
    dependencies=[access("customer", "medium", owns="commission")],
    summary="Mails about messages of this commission: none, or again",
    responses=READ,
)
async def quieten_commission(commission_id: CommissionId, given: QuietInput, person: SignedIn, service: Talk) -> None:
    await service.be_quiet(person, commission_id, quiet=given.quiet)
