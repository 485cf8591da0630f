"""Asking for a piece, the customer's list, and the artisan's board of all commissions by who must act."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.access import access
from api.capacity.service import CapacityService
from api.checkout.routes import Checkouts
from api.checkout.schemas import AddressInput
from api.commissions import lists
from api.commissions.inputs import RequestInput
from api.commissions.leaks import ContactLeak
from api.commissions.routes import Requests
from api.commissions.schemas import CommissionCard
from api.commissions_talk.routes import Talk
from api.dependencies import Session, ShopKeeper, SignedIn, get_parts
from api.money import parse_amount
from api.web import forms
from api.web.commissions.screen import show
from api.web.commissions.sides import before_of
from api.web.commissions.talk import add_pictures, sent_files
from api.web.page import CurrentPage, Page
from models.errors import DomainError, InvalidInput, NotFound
from models.repositories import commission_reading
from models.repositories.commission_reading import ShopAsked

router = APIRouter(include_in_schema=False, dependencies=[Depends(forms.closing_uploads)])

PER_PAGE = 20
ON_BOARD = 100
LABELS = {
    "title": "What it should be",
    "brief": "Description",
    "budget": "Budget",
    "wanted_by": "Wanted by",
    "files": "Pictures",
    "address_id": "Where it goes",
    "name": "Full name",
    "line1": "Street and number",
    "city": "Town or city",
    "region": "State or province",
    "postal_code": "ZIP or postal code",
    "country": "Country",
}


@router.get("/commissions", dependencies=[access("customer", "medium", owns="self")])
async def mine(page: CurrentPage, person: SignedIn, session: Session) -> Response:
    found = await lists.bought(session, person, before=before_of(page), limit=PER_PAGE)
    return await page.html("commissions/list.html", found=found)


@router.get("/studio/commissions", dependencies=[access("artisan", "medium", owns="self")])
async def board(page: CurrentPage, keeper: ShopKeeper, session: Session) -> Response:
    """The nearest deadline on top of each column."""
    me = await lists.sold(session, keeper, group="me", limit=ON_BOARD)
    other = await lists.sold(session, keeper, group="other", limit=ON_BOARD)
    nobody = await lists.sold(session, keeper, group="nobody", limit=ON_BOARD)
    ended = await lists.sold(session, keeper, group="ended", before=before_of(page), limit=PER_PAGE)
    columns = {"you": me.items, "customer": other.items, "nobody": nobody.items}
    groups = {name: nearest_first(items) for name, items in columns.items()}
    return await page.html(
        "commissions/board.html", desk_here="commissions", groups={**groups, "ended": ended.items}, next=ended.next
    )


@router.get("/shops/{slug}/commission", dependencies=[access("customer", "medium")])
async def form(page: CurrentPage, person: SignedIn, checkouts: Checkouts, slug: str) -> Response:
    return await _form(page, person, checkouts, await _shop(page, slug), {"name": person.name}, {})


@router.post("/shops/{slug}/commission", dependencies=[access("customer", "medium")])
async def ask(  # noqa: PLR0917 - the services that a request touches
    page: CurrentPage, person: SignedIn, checkouts: Checkouts, requests: Requests, talk: Talk, slug: str
) -> Response:
    """Its pictures are added to the request that stands; one that is refused can be sent once more in a message."""
    shop = await _shop(page, slug)
    typed = await forms.typed(page.request)
    values, errors = _read(typed, shop)
    address_id, about_address = await _address(person, checkouts, typed)
    given, refused = forms.checked(RequestInput, {**values, "address_id": address_id or "adr_unknown"})
    errors = {**refused, **about_address, **errors}
    if given is None or errors:
        return await _form(page, person, checkouts, shop, typed, errors, status=422)
    try:
        view = await requests.place(person, given)
    except ContactLeak as leak:
        return await _form(page, person, checkouts, shop, typed, {}, status=leak.status, leak=leak.message)
    except DomainError as problem:
        said = {name.removesuffix("_minor"): words for name, words in forms.refusal(problem).items()}
        return await _form(page, person, checkouts, shop, typed, said, status=problem.status)
    try:
        await add_pictures(talk, person, view.id, await sent_files(page), "brief")
    except DomainError as problem:
        return await show(page, person, view, problem=problem)
    return page.go(f"/commissions/{view.id}")


def nearest_first(cards: Sequence[CommissionCard]) -> list[CommissionCard]:
    """Those without a deadline last, the newest of them first, as they came."""
    dated = sorted((one for one in cards if one.deadline), key=lambda one: (one.deadline, one.id))
    return dated + [one for one in cards if not one.deadline]


def _read(typed: dict[str, str], shop: ShopAsked) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {
        "shop": shop.slug,
        "title": typed.get("title", ""),
        "brief": typed.get("brief", ""),
        "currency": shop.currency,
        "confirm": typed.get("confirm") == "1",
    }
    errors = {}
    if typed.get("budget", "").strip():
        try:
            values["budget_minor"] = parse_amount(typed["budget"], shop.currency) or None
        except InvalidInput as problem:
            errors["budget"] = problem.message
    if typed.get("wanted_by", "").strip():
        try:
            values["wanted_by"] = date.fromisoformat(typed["wanted_by"].strip())
        except ValueError:
            errors["wanted_by"] = "Enter a day, such as 2027-05-10."
    return values, errors


async def _address(person: SignedIn, checkouts: Checkouts, typed: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The saved one that was chosen, or the one that was typed by somebody who has none."""
    if typed.get("address_id"):
        return typed["address_id"][:40], {}
    given, errors = forms.checked(AddressInput, typed)
    if given is None:
        return "", errors
    return (await checkouts.save_address(person, given)).id, {}


async def _shop(page: Page, slug: str) -> ShopAsked:
    shop = await commission_reading.shop(page.session, slug[:80])
    if shop is None or not shop.is_open:
        raise NotFound("There is no such shop, or it is closed.")
    return shop


async def _form(  # noqa: PLR0917 - one form, as it was typed
    page: Page,
    person: SignedIn,
    checkouts: Checkouts,
    shop: ShopAsked,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    leak: str = "",
) -> Response:
    return await page.html(
        "commissions/request.html",
        status=status,
        shop=shop,
        currency=shop.currency,
        addresses=await checkouts.addresses(person),
        values=values,
        errors=errors,
        labels=LABELS,
        leak=leak,
        terms=await CapacityService(page.session, get_parts(page.request).processes).terms(shop.slug),
    )
