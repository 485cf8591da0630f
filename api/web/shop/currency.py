"""The form in the footer that chooses a currency. Leads back to the page that it was sent from."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from api.access import access
from api.auth.cross_site import local_path
from api.currencies import choice
from api.web import forms
from api.web.page import CurrentPage
from models.repositories import people

router = APIRouter(include_in_schema=False)


@router.post("/currency", dependencies=[access("visitor", "low", owns="self")])
async def choose(page: CurrentPage) -> RedirectResponse:
    typed = await forms.typed(page.request)
    wanted = typed.get("currency", "")[:3]
    currency = choice.checked(wanted) if wanted else None
    await page.carts.choose(page.owner, currency)
    if page.visitor.person is not None:
        await people.choose_currency(page.session, page.visitor.person.id, currency)
    response = page.go(local_path(_page_before(page.request.headers.get("referer", "")), "/"))
    choice.remember(response, page.request, currency)
    return response


def _page_before(referer: str) -> str:
    """Path and query of the page that the form stood on; a page that answered a form is not asked for again."""
    try:
        parts = urlsplit(referer[:2000])
    except ValueError:
        return "/"
    path = "/cart" if parts.path.startswith("/cart/") else parts.path
    return f"{path}?{parts.query}" if parts.query else path or "/"
