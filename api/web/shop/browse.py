"""Home, categories, search, one listing, one shop. Thin: the catalogue service answers."""

from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import access
from api.capacity.service import CapacityService
from api.catalogue.schemas import ListingCard
from api.catalogue.schemas import Page as ResultPage
from api.commission_stories import service as stories
from api.dependencies import get_parts
from api.money import parse_amount
from api.web import forms
from api.web.page import CurrentPage, Page
from models.errors import DomainError, InvalidInput, NotFound
from models.ports import SearchQuery

router = APIRouter(include_in_schema=False, dependencies=[access("visitor", "low")])

PER_PAGE = 24
TOLD = 4
"""Stories of how a piece was made, beside what a shop sells."""
DEEPEST_PAGE = 200
SORTS = (("newest", "Newest first"), ("price_up", "Price, low to high"), ("price_down", "Price, high to low"))
MATCHING = ("relevance", "Best match")
PRICES_IN = "USD"
"""How a filter's bare number is read for somebody who has chosen no currency; it is compared with the number that each
maker asks, whatever their currency."""


@router.get("/")
async def home(page: CurrentPage) -> HTMLResponse:
    shown = await page.catalogue.home()
    spread = [card for card in (*shown.one_of_a_kind, *shown.newest) if card.picture][:3]
    elsewhere = {card.id for card in spread}
    # The lead plate takes four places, so nine fill three rows; a piece is shown once on this page.
    newest = [card for card in shown.newest if card.id not in elsewhere][:9]
    elsewhere |= {card.id for card in newest}
    unique = [card for card in shown.one_of_a_kind if card.id not in elsewhere][:8]
    return await page.html(
        "shop/home.html",
        home=shown,
        spread=spread,
        newest=newest,
        unique=unique[: 4 * (len(unique) // 4)] or unique,
    )


@router.get("/c/{category}")
async def category(page: CurrentPage, category: str) -> HTMLResponse:
    found = next((one for one in await page.categories() if one.slug == category), None)
    if found is None:
        raise NotFound("There is no such craft in the catalogue. Choose one from the menu above.")
    return await _results(page, heading=found.name, blurb=found.blurb, path=f"/c/{category}", category=category)


@router.get("/search")
async def search(page: CurrentPage) -> HTMLResponse:
    text = page.request.query_params.get("q", "").strip()[:200]
    heading = f"“{text}”" if text else "The whole catalogue"
    return await _results(page, heading=heading, blurb="", path="/search", text=text)


async def _results(
    page: Page, *, heading: str, blurb: str, path: str, category: str = "", text: str = ""
) -> HTMLResponse:
    """A filtered page of plates. A filter that cannot be read is pointed at, and left out."""
    asked = page.request.query_params
    chosen = category or asked.get("category", "")[:40]
    sorts = (MATCHING, *SORTS) if text else SORTS
    sort = asked.get("sort", "")
    values = {
        "q": text,
        "category": chosen,
        "sort": sort if sort in dict(sorts) else sorts[0][0],
        "price_min": asked.get("price_min", "").strip()[:16],
        "price_max": asked.get("price_max", "").strip()[:16],
        "in_stock": asked.get("in_stock") == "1",
    }
    errors: dict[str, str] = {}
    currency = page.currency or PRICES_IN
    low, high = (_price(values, name, currency, errors) for name in ("price_min", "price_max"))
    try:
        number = min(max(forms.whole_number(asked.get("page", "1")), 1), DEEPEST_PAGE)
    except ValueError:
        number = 1
    query = SearchQuery(
        text=text,
        category=chosen or None,
        price_min=low,
        price_max=high,
        in_stock=bool(values["in_stock"]),
        sort=str(values["sort"]),
        page=number,
        per_page=PER_PAGE,
    )
    try:
        found = await page.catalogue.browse(query)
    except InvalidInput as error:
        errors |= forms.refusal(error)
        found = ResultPage[ListingCard](items=[], total=0, total_is_floor=False, page=1, pages=1)

    def address(number: int) -> str:
        kept = {name: asked[name] for name in ("q", "category", "sort", "price_min", "price_max", "in_stock")
                if asked.get(name)}  # fmt: skip
        return f"{path}?{urlencode({**kept, 'page': number})}"

    return await page.html(
        "shop/browse.html",
        status=422 if errors else 200,
        heading=heading,
        blurb=blurb,
        page=found,
        values=values,
        errors=errors,
        sorts=sorts,
        action=path,
        plain_action=f"{path}?{urlencode({'q': text})}" if text else path,
        show_text=not category,
        filtered=bool(values["price_min"] or values["price_max"] or values["in_stock"] or (chosen and not category)),
        address=address,
        searched=text,
        here=category,
    )


def _price(values: dict[str, object], name: str, currency: str, errors: dict[str, str]) -> int | None:
    text = str(values[name])
    if not text:
        return None
    try:
        return parse_amount(text, currency)
    except InvalidInput as error:
        errors[name] = error.message
        return None


@router.get("/l/{listing_id}")
@router.get("/l/{listing_id}/{slug}")
async def listing(page: CurrentPage, listing_id: str, slug: str = "") -> Response:
    return await show_listing(page, listing_id, slug=slug)


async def show_listing(
    page: Page,
    listing_id: str,
    *,
    slug: str | None = None,
    quantity: int | str = 1,
    problem: DomainError | None = None,
) -> Response:
    """The listing's page, also with the reason why a piece could not be put into the cart."""
    found = await page.catalogue.listing(listing_id)
    if slug is not None and slug != found.slug:
        return RedirectResponse(f"/l/{found.id}/{found.slug}", status_code=301)
    beside = await page.catalogue.browse(SearchQuery(shop_id=found.shop.id, sort="newest", per_page=5))
    return await page.html(
        "shop/listing.html",
        status=problem.status if problem else 200,
        listing=found,
        more=[card for card in beside.items if card.id != found.id][:4],
        quantity=quantity,
        errors=forms.refusal(problem) if problem and "field" in problem.details else {},
        problem=problem,
    )


@router.get("/shops/{slug}")
async def shop(page: CurrentPage, slug: str) -> HTMLResponse:
    found = await page.catalogue.shop(slug)
    try:
        number = min(max(forms.whole_number(page.request.query_params.get("page", "1")), 1), DEEPEST_PAGE)
    except ValueError:
        number = 1
    pieces = await page.catalogue.browse(SearchQuery(shop_id=found.id, sort="newest", page=number, per_page=PER_PAGE))
    terms = await CapacityService(page.session, get_parts(page.request).processes).terms(slug)
    told = await stories.listed(page.session, slug, limit=TOLD) if number == 1 else None
    return await page.html(
        "shop/shop.html",
        shop=found,
        page=pieces,
        terms=terms,
        told=told.items if told else [],
        address=lambda n: f"/shops/{slug}?page={n}",
    )
