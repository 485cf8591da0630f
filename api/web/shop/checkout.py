"""The till, the way to the payment page and back. The checkout service and its process decide everything."""

from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.checkout.routes import Checkouts
from api.checkout.schemas import AddressInput, AddressView
from api.checkout.service import CheckoutService
from api.dependencies import SignedIn
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import Conflict, DomainError, InvalidInput
from models.types import CheckoutStatus

router = APIRouter(include_in_schema=False)

REGION_HELP = "Use the two letters of the state or province, such as ME or QC."


@router.get("/checkout", dependencies=[access("customer", "medium", owns="self")])
async def till(page: CurrentPage, person: SignedIn, service: Checkouts) -> Response:
    cart = await page.carts.current(page.owner)
    if not cart.shops or cart.problems or cart.status != "open":
        return page.go("/cart")
    known = await service.addresses(person)
    asked = page.request.query_params
    chosen = next((one for one in known if one.id == asked.get("address")), known[0] if known else None)
    if asked.get("address") == "new" or chosen is None:
        return await _address_form(page, known, {"name": person.name, "country": "US"}, {})
    return await _till(page, service, known, chosen)


@router.post("/checkout/address", dependencies=[access("customer", "medium", owns="self")])
async def save_address(page: CurrentPage, person: SignedIn, service: Checkouts) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(AddressInput, typed)
    if given is None:
        if "region" in errors and typed.get("region"):
            errors["region"] = REGION_HELP
        return await _address_form(page, await service.addresses(person), typed, errors)
    saved = await service.save_address(person, given)
    return page.go(f"/checkout?{urlencode({'address': saved.id})}")


@router.post("/checkout/pay", dependencies=[access("customer", "medium", owns="self")])
async def pay(page: CurrentPage, person: SignedIn, service: Checkouts) -> Response:
    """Places the cart and sends the browser to the provider's page; no card number ever comes here."""
    typed = await forms.typed(page.request)
    address_id = typed.get("address_id", "")[:40]
    try:
        expected = forms.whole_number(typed.get("expected_total_minor", ""))
        credit = forms.whole_number(typed.get("credit_minor", "") or "0")  # a box that is not ticked sends nothing
        placed = await service.place(person, address_id, expected, credit)
    except ValueError:
        return page.go("/checkout")
    except (Conflict, InvalidInput) as problem:
        known = await service.addresses(person)
        chosen = next((one for one in known if one.id == address_id), None)
        if chosen is None:
            return page.go("/checkout")
        return await _till(page, service, known, chosen, problem)
    return page.go(placed.redirect_url)


async def _till(
    page: Page,
    service: CheckoutService,
    known: list[AddressView],
    chosen: AddressView,
    problem: DomainError | None = None,
) -> Response:
    """Totals for the chosen address, or why there are none (a maker who does not send there, a piece just sold)."""
    assert page.visitor.person is not None  # noqa: S101 - the routes above require it
    preview = None
    try:
        preview = await service.preview(page.visitor.person, chosen.id)
    except (Conflict, InvalidInput) as refused:
        problem = problem or refused
    cart = await page.carts.current(page.owner)
    return await page.html(
        "shop/till.html",
        status=problem.status if problem else 200,
        cart=cart,
        cart_count=cart.count,
        known=known,
        chosen=chosen,
        preview=preview,
        problem=problem,
    )


async def _address_form(
    page: Page, known: list[AddressView], values: dict[str, str], errors: dict[str, str]
) -> Response:
    return await page.html(
        "shop/address.html", status=422 if errors else 200, known=known, values=values, errors=errors
    )


@router.get("/checkout/{checkout_id}/pay", dependencies=[access("customer", "medium", owns="checkout")])
async def go_on_paying(page: CurrentPage, person: SignedIn, service: Checkouts, checkout_id: str) -> RedirectResponse:
    return page.go(await service.pay_url(person, checkout_id))


@router.post("/checkout/{checkout_id}/cancel", dependencies=[access("customer", "medium", owns="checkout")])
async def cancel(page: CurrentPage, person: SignedIn, service: Checkouts, checkout_id: str) -> RedirectResponse:
    status = await service.abandon(person, checkout_id)
    return page.go("/cart" if status == CheckoutStatus.ABANDONED else f"/checkout/{checkout_id}/return")


@router.get("/checkout/{checkout_id}/return", dependencies=[access("customer", "medium", owns="checkout")])
async def back_from_payment(page: CurrentPage, person: SignedIn, service: Checkouts, checkout_id: str) -> Response:
    """The order is made whether or not anybody looks at this page; it only tells. Asks the process to look, too."""
    await service.customer_returned(person, checkout_id)
    left = page.request.query_params.get("back") == "1"
    return await page.html("shop/return.html", checkout=await service.view(person, checkout_id), left=left)


@router.get("/checkout/{checkout_id}/standing", dependencies=[access("customer", "medium", owns="checkout")])
async def standing(page: CurrentPage, person: SignedIn, service: Checkouts, checkout_id: str) -> Response:
    """The live part of the return page."""
    left = page.request.query_params.get("back") == "1"
    return page.fragment("shop/return_standing.html", checkout=await service.view(person, checkout_id), left=left)
