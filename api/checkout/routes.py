"""JSON routes of the checkout. Thin: who may, what in, what out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.access import access
from api.audit.reading import audits_reading
from api.checkout.schemas import (
    AddressInput,
    AddressView,
    CheckoutPreview,
    CheckoutView,
    DecisionInput,
    HeldCheckout,
    PlacedView,
    PlaceInput,
    StatusView,
)
from api.checkout.service import CheckoutService
from api.dependencies import Session, SignedIn, get_parts
from api.errors import error_responses
from api.idempotency import Once

router = APIRouter(prefix="/api/v1", tags=["checkout"])


async def checkout_service(request: Request, session: Session) -> CheckoutService:
    parts = get_parts(request)
    return CheckoutService(
        session,
        parts.reader,
        parts.processes,
        parts.tax,
        parts.rates,
        public_url=parts.settings.public_url,
        allow_time_scale=parts.settings.allow_time_scale,
        pay_within_seconds=parts.settings.checkout_pay_within_seconds,
    )


Checkouts = Annotated[CheckoutService, Depends(checkout_service)]


@router.get("/addresses", dependencies=[access("customer", "medium", owns="self")], summary="Saved addresses")
async def addresses(person: SignedIn, service: Checkouts) -> list[AddressView]:
    return await service.addresses(person)


@router.post(
    "/addresses",
    status_code=201,
    dependencies=[access("customer", "medium", owns="self")],
    summary="Save an address",
    response_model=AddressView,
    responses=error_responses(400, 401, 422),
)
async def save_address(person: SignedIn, given: AddressInput, service: Checkouts, once: Once) -> Response:
    return await once.respond(lambda: service.save_address(person, given), status=201)


@router.get(
    "/checkouts/preview",
    dependencies=[access("customer", "low", owns="address")],
    summary="What the cart costs at an address",
)
async def preview(person: SignedIn, address_id: str, service: Checkouts) -> CheckoutPreview:
    return await service.preview(person, address_id)


@router.post(
    "/checkouts",
    status_code=201,
    dependencies=[access("customer", "medium", owns="self")],
    summary="Place the cart: reserve, freeze the price, open the payment",
    response_model=PlacedView,
    responses=error_responses(400, 401, 404, 409, 422),
)
async def place(person: SignedIn, given: PlaceInput, service: Checkouts, once: Once) -> Response:
    """Two clicks, two tabs and a repeated request are one checkout, with or without an `Idempotency-Key`."""
    return await once.respond(
        lambda: service.place(person, given.address_id, given.expected_total_minor, given.credit_minor), status=201
    )


@router.get(
    "/checkouts/{checkout_id}",
    dependencies=[access("customer", "medium", owns="checkout")],
    summary="Where a checkout stands",
)
async def view(person: SignedIn, checkout_id: str, service: Checkouts) -> CheckoutView:
    return await service.view(person, checkout_id)


@router.post(
    "/checkouts/{checkout_id}/returned",
    status_code=202,
    dependencies=[access("customer", "low", owns="checkout")],
    summary="The browser is back from the payment page",
)
async def returned(person: SignedIn, checkout_id: str, service: Checkouts) -> StatusView:
    await service.customer_returned(person, checkout_id)
    return StatusView(id=checkout_id, status="noted")


@router.post(
    "/checkouts/{checkout_id}/abandon",
    dependencies=[access("customer", "medium", owns="checkout")],
    summary="Cancel the payment",
    responses=error_responses(401, 404, 409),
)
async def abandon(person: SignedIn, checkout_id: str, service: Checkouts) -> StatusView:
    return StatusView(id=checkout_id, status=await service.abandon(person, checkout_id))


@router.get(
    "/admin/held-checkouts",
    dependencies=[access("administrator", "high", owns="any"), audits_reading("held_checkouts")],
    summary="Checkouts held for review",
)
async def held(service: Checkouts) -> list[HeldCheckout]:
    return await service.held()


@router.post(
    "/admin/held-checkouts/{checkout_id}/decision",
    dependencies=[access("administrator", "high", owns="any")],
    summary="Approve or refuse a held checkout",
)
async def decide_held_checkout(
    person: SignedIn, checkout_id: str, given: DecisionInput, service: Checkouts
) -> StatusView:
    status = await service.decide(person, checkout_id, approve=given.approve, reason=given.reason)
    return StatusView(id=checkout_id, status=status)
