"""The cart's page and its forms. The cart service decides; a refusal is shown beside the line it concerns."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.access import access
from api.auth import sessions
from api.auth.throttle import TooManyAttempts, address_of
from api.carts.service import CartOwner
from api.web import forms
from api.web.page import CurrentPage, Page
from api.web.shop.browse import show_listing
from models.errors import DomainError, InvalidInput, NotFound

router = APIRouter(include_in_schema=False)


@router.get("/cart", dependencies=[access("visitor", "low", owns="self")])
async def cart(page: CurrentPage) -> Response:
    return await show_cart(page)


async def show_cart(
    page: Page, problem: DomainError | None = None, listing_id: str = "", *, code: str | None = None
) -> Response:
    """`code` is what was typed where it is refused."""
    shown = await page.carts.current(page.owner)
    return await page.html(
        "shop/cart.html",
        status=problem.status if problem else 200,
        cart=shown,
        cart_count=shown.count,
        problem=problem,
        problem_line=listing_id,
        typed_code=code,
    )


@router.post("/cart/add", dependencies=[access("visitor", "low", owns="self")])
async def add(page: CurrentPage) -> Response:
    """The first piece gives an anonymous browser its session."""
    typed = await forms.typed(page.request)
    listing_id, quantity = typed.get("listing_id", "")[:40], typed.get("quantity", "1")
    owner = page.owner
    try:
        pieces = _quantity(quantity)
        if owner == CartOwner():
            await page.catalogue.listing(listing_id)  # nobody gets a session for a piece that is not there
            page.visitor = await sessions.open_anonymous(page.request, page.session)
            owner = page.owner
        async with page.session.begin_nested():
            await page.carts.add(owner, listing_id, pieces)
    except NotFound:
        raise
    except DomainError as problem:
        return await show_listing(page, listing_id, quantity=quantity[:6], problem=problem)
    return page.go("/cart")


@router.post("/cart/accept-prices", dependencies=[access("visitor", "low", owns="self")])
async def accept_prices(page: CurrentPage) -> RedirectResponse:
    await page.carts.accept_prices(page.owner)
    return page.go("/cart")


@router.post("/cart/code", dependencies=[access("visitor", "low", owns="self")])
async def enter_code(page: CurrentPage) -> Response:
    given = (await forms.typed(page.request)).get("code", "")[:60]
    try:
        await page.carts.enter_code(page.owner, given, address_of(page.request))
    except (InvalidInput, TooManyAttempts) as problem:
        return await show_cart(page, problem, code=given)
    except DomainError as problem:
        return await show_cart(page, problem)
    return page.go("/cart#sum")


@router.post("/cart/code/remove", dependencies=[access("visitor", "low", owns="self")])
async def remove_code(page: CurrentPage) -> Response:
    try:
        await page.carts.remove_code(page.owner)
    except DomainError as problem:
        return await show_cart(page, problem)
    return page.go("/cart#sum")


@router.post("/cart/{listing_id}", dependencies=[access("visitor", "low", owns="self")])
async def change(page: CurrentPage, listing_id: str) -> Response:
    typed = await forms.typed(page.request)
    try:
        async with page.session.begin_nested():
            await page.carts.change(page.owner, listing_id, _quantity(typed.get("quantity", "")))
    except DomainError as problem:
        return await show_cart(page, problem, listing_id)
    return page.go("/cart")


@router.post("/cart/{listing_id}/remove", dependencies=[access("visitor", "low", owns="self")])
async def remove(page: CurrentPage, listing_id: str) -> Response:
    try:
        async with page.session.begin_nested():
            await page.carts.remove(page.owner, listing_id)
    except NotFound:
        pass  # removed already, in another tab: that is what was wanted
    except DomainError as problem:
        return await show_cart(page, problem, listing_id)
    return page.go("/cart")


def _quantity(text: str) -> int:
    try:
        return forms.whole_number(text, what="how many")
    except ValueError as error:
        raise InvalidInput(str(error), field="quantity") from None
