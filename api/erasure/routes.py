"""Deleting one's account, and everything that goes with it. Its receipt is open to whoever has the code."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.access import access
from api.dependencies import CurrentParts, Session, SignedIn
from api.erasure.service import ErasureService, ErasureView
from api.errors import error_responses

router = APIRouter(prefix="/api/v1", tags=["privacy"])

Code = Annotated[str, Field(max_length=100)]


class RequestErasure(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    """The account's own address, typed to confirm that this is meant."""


async def erasure_service(session: Session, parts: CurrentParts) -> ErasureService:
    return ErasureService(session, parts.processes, parts.settings.allow_time_scale)


Erasures = Annotated[ErasureService, Depends(erasure_service)]


@router.post(
    "/me/erasure",
    status_code=202,
    summary="Delete my account and what is kept about me",
    responses=error_responses(400, 401, 403, 409, 422, 503),
    dependencies=[access("customer", "high", owns="self")],
)
async def request_erasure(body: RequestErasure, person: SignedIn, erasures: Erasures) -> ErasureView:
    """Nothing happens for 14 days, in which it can be cancelled. Asked for again, it is the same one."""
    return await erasures.request(person, body.email)


@router.get(
    "/me/erasure",
    summary="Where the deletion stands",
    responses=error_responses(401, 403, 404),
    dependencies=[access("customer", "medium", owns="self")],
)
async def my_erasure(person: SignedIn, erasures: Erasures) -> ErasureView:
    return await erasures.mine(person)


@router.delete(
    "/me/erasure",
    summary="Keep my account after all",
    responses=error_responses(400, 401, 403, 404, 409, 503),
    dependencies=[access("customer", "medium", owns="self")],
)
async def cancel_erasure(person: SignedIn, erasures: Erasures) -> ErasureView:
    """Until the deletion has begun; then it answers 409 `not_now`."""
    return await erasures.cancel_mine(person)


@router.post(
    "/me/erasure/checks",
    summary="Look whether the deletion can go on",
    responses=error_responses(400, 401, 403, 404, 409, 503),
    dependencies=[access("customer", "medium", owns="self")],
)
async def check_erasure(person: SignedIn, erasures: Erasures) -> ErasureView:
    """What it waits for is looked at every day by itself."""
    return await erasures.check_mine(person)


@router.get(
    "/erasures/{code}",
    summary="The receipt of a deletion",
    responses=error_responses(404, 422),
    dependencies=[access("visitor", "low")],
)
async def receipt(code: Code, erasures: Erasures) -> ErasureView:
    """By the code of the last letter. Names nobody."""
    return await erasures.by_code(code)


@router.delete(
    "/erasures/{code}",
    summary="Cancel a deletion by the letter's link",
    responses=error_responses(400, 403, 404, 409, 422, 503),
    dependencies=[access("visitor", "medium")],
)
async def cancel_by_code(code: Code, erasures: Erasures) -> ErasureView:
    return await erasures.cancel_by_code(code)
