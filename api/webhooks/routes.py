"""The doors for partners' messages. Verify, store, answer 202; a repeated message gets the same answer.

Nothing is decided here. A message that can't be believed or that concerns no parcel of the sender is refused, and the
sender tries again or does not; everything else is ours to process from the moment of the answer.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import access
from api.catalogue.schemas import View
from api.dependencies import CurrentParts, Parts, Session
from api.errors import error_responses
from api.webhooks.accounts import ACCOUNTS
from api.webhooks.inbox import CHARGES, COURIER, REFUNDS, SIGNALS, STRIPE, is_of_commission
from models.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from models.ports import CourierEvent
from models.repositories import inbox, parcels

LARGEST_BODY = 256 * 1024
LONGEST_ID = 100
LONGEST_TYPE = 80
LONGEST_TEXT = 500

router = APIRouter(
    prefix="/webhooks",
    tags=["webhooks"],
    responses=error_responses(400, 403, 404, 409, 413),
)


class NotHandedOver(Conflict):
    code = "not_handed_over"


class Received(View):
    received: bool = True


@router.post(
    "/stripe", status_code=202, summary="Stripe's events", dependencies=[access("partner", "high", owns="any")]
)
async def stripe(
    request: Request, session: Session, parts: CurrentParts, stripe_signature: Annotated[str, Header()] = ""
) -> Received:
    body = await _body(request)
    event = parts.gateways.payment_webhooks.verify(body, stripe_signature)
    if event.type in ACCOUNTS:
        subject = event.account_id
    else:
        # A charge of a kept card has no page, and so no reference but its operation.
        subject = event.operation if event.type in REFUNDS else event.reference or event.operation
    listened_to = {*(CHARGES if is_of_commission(subject) else SIGNALS), *REFUNDS, *ACCOUNTS}
    concerns_nobody = event.type not in listened_to or not subject
    # The whole event names the buyer, and the provider keeps it anyway: ours is only what finds it again.
    payload = {"payment_id": event.payment_id, "created_at": event.created_at.isoformat()}
    if event.type in ACCOUNTS:
        payload["operation"] = event.operation
    stored = inbox.NewEvent(STRIPE, event.event_id, event.type, subject, payload)
    await keep(session, parts, stored, concerns_nobody=concerns_nobody)
    return Received()


@router.post(
    "/couriers/{code}",
    status_code=202,
    summary="A courier's scans and delivery results",
    dependencies=[access("partner", "high", owns="any")],
)
async def courier(
    code: str, request: Request, session: Session, parts: CurrentParts, courier_signature: Annotated[str, Header()] = ""
) -> Received:
    sender = parts.gateways.couriers.get(code)
    if sender is None:
        raise NotFound("We work with no courier of this name.")
    body = await _body(request)
    event = sender.verify(body, courier_signature)
    await _check_parcel(session, event)
    payload = {
        "occurred_at": event.occurred_at.isoformat(),
        "reason": event.reason[:LONGEST_TEXT],
        "location": event.location[:LONGEST_TEXT],
    }
    stored = inbox.NewEvent(
        f"{COURIER}{code}", event.event_id, event.type, event.tracking_number, payload, event.attempt
    )
    await keep(session, parts, stored, concerns_nobody=event.outcome is None)
    return Received()


async def _body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise TooLarge("A message of this kind is never so large.")
    return body


async def _check_parcel(session: AsyncSession, event: CourierEvent) -> None:
    """Only about parcels that this very courier has been given, and attempts that have been asked for."""
    known = await parcels.find_tracked(session, event.tracking_number)
    if not known:
        raise NotFound("We have no parcel with this tracking number.")
    own = [parcel for parcel in known if parcel.courier == event.courier]
    if not own:
        raise Forbidden("This parcel travels with another courier.")
    check_attempt(own[0], event)


def check_attempt(parcel: parcels.TrackedParcel, event: CourierEvent) -> None:
    """Raises `NotHandedOver`, and `Conflict` for an attempt that has not been asked for."""
    if parcel.attempt == 0:
        raise NotHandedOver("The artisan has not handed this parcel over yet. Send the message again afterwards.")
    if event.attempt > parcel.attempt:
        raise Conflict("This delivery attempt has not been asked for yet. Send the message again afterwards.")


async def keep(session: AsyncSession, parts: Parts, event: inbox.NewEvent, *, concerns_nobody: bool) -> None:
    """Committed before anything is processed: from here on the message is ours."""
    if max(len(event.event_id), len(event.subject)) > LONGEST_ID or len(event.type) > LONGEST_TYPE:
        raise InvalidInput(f"Ids have up to {LONGEST_ID} characters, types up to {LONGEST_TYPE}.")
    leased = await inbox.store(session, event, concerns_nobody=concerns_nobody)
    await session.commit()
    if leased is not None and not concerns_nobody:
        parts.inbox.process_soon(leased)
