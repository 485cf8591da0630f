"""The cart as JSON. An anonymous client keeps its cart by the cookie it is given; a signed-in one by its token."""

from fastapi import APIRouter, Request, Response

from api.access import access
from api.auth.throttle import address_of
from api.carts.dependencies import Carts, NewOwner, Owner
from api.carts.schemas import AddLine, CartView, ChangeLine, EnterCode
from api.errors import error_responses
from api.idempotency import Once

router = APIRouter(prefix="/api/v1/cart", tags=["cart"])


@router.get(
    "", summary="The cart", responses=error_responses(401), dependencies=[access("visitor", "low", owns="self")]
)
async def get_cart(carts: Carts, owner: Owner) -> CartView:
    return await carts.current(owner)


@router.post(
    "/lines",
    summary="Put pieces into the cart",
    response_model=CartView,
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("visitor", "low", owns="self")],
)
async def add_line(body: AddLine, carts: Carts, owner: NewOwner, once: Once) -> Response:
    """Adds to the quantity that is there already."""
    return await once.respond(lambda: carts.add(owner, body.listing_id, body.quantity))


@router.patch(
    "/lines/{listing_id}",
    summary="Change a quantity",
    responses=error_responses(400, 401, 403, 404, 409, 422),
    dependencies=[access("visitor", "low", owns="self")],
)
async def change_line(listing_id: str, body: ChangeLine, carts: Carts, owner: Owner) -> CartView:
    return await carts.change(owner, listing_id, body.quantity)


@router.delete(
    "/lines/{listing_id}",
    summary="Remove a piece",
    responses=error_responses(401, 403, 404, 409),
    dependencies=[access("visitor", "low", owns="self")],
)
async def remove_line(listing_id: str, carts: Carts, owner: Owner) -> CartView:
    return await carts.remove(owner, listing_id)


@router.post(
    "/accept-prices",
    summary="Accept today's prices",
    responses=error_responses(401, 403, 404, 409),
    dependencies=[access("visitor", "low", owns="self")],
)
async def accept_prices(carts: Carts, owner: Owner) -> CartView:
    """For a cart whose `problems` name `price_changed`. Sending it twice does what sending it once does."""
    return await carts.accept_prices(owner)


@router.put(
    "/code",
    summary="Enter a shop's code",
    responses=error_responses(400, 401, 403, 404, 409, 422, 429),
    dependencies=[access("visitor", "low", owns="self")],
)
async def enter_code(body: EnterCode, request: Request, carts: Carts, owner: Owner) -> CartView:
    """In place of the one before; capitals and spaces don't matter. A refusal's `reason` says why: `unknown` (also for
    a code of a shop that is not in the cart), `not_yet`, `expired`, `used_up`, `used_by_you`."""
    return await carts.enter_code(owner, body.code, address_of(request))


@router.delete(
    "/code",
    summary="Take a shop's code out",
    responses=error_responses(401, 403, 404, 409),
    dependencies=[access("visitor", "low", owns="self")],
)
async def remove_code(carts: Carts, owner: Owner) -> CartView:
    return await carts.remove_code(owner)
