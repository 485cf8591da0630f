"""How a piece was made: the artisan writes and asks, the customer reads exactly what everybody would, and answers.

The service decides. What was typed is never lost: a refused form is shown again.
"""

from collections.abc import Awaitable

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.commission_stories.routes import Stories
from api.commission_stories.schemas import ConsentInput, OfferInput, StoryDeclineInput, StoryInput, StoryView
from api.commissions.routes import CommissionId, Commissions
from api.dependencies import SignedIn
from api.web import forms
from api.web.commissions import looks
from api.web.commissions.screen import OUT_OF_DATE, context
from api.web.page import CurrentPage, Page
from models.errors import Conflict, InvalidInput

router = APIRouter(include_in_schema=False)
CUSTOMERS = "/commissions/{commission_id}/story"
ARTISANS = "/studio/commissions/{commission_id}/story"
BY_CUSTOMER = [access("customer", "medium", owns="commission")]
BY_ARTISAN = [access("artisan", "medium", owns="commission")]
AT_ONCE = 300
"""Pictures whose fields are read of one form."""


@router.get(CUSTOMERS, dependencies=BY_CUSTOMER)
@router.get(ARTISANS, dependencies=BY_ARTISAN)
async def story(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    return await _show(page, person, service, commissions, commission_id)


@router.post(ARTISANS, dependencies=BY_ARTISAN)
async def write(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(StoryInput, {**typed, "pictures": chosen(typed)})
    try:
        if given is not None:
            await service.write(person, commission_id, given)
            return page.go(f"{page.request.url.path}#draft")
    except (Conflict, InvalidInput) as problem:
        errors = forms.refusal(problem)
    if not chosen(typed):
        errors["pictures"] = "Choose at least one picture."
    return await _show(page, person, service, commissions, commission_id, values=typed, errors=errors, status=422)


@router.post(f"{ARTISANS}/offer", dependencies=BY_ARTISAN)
async def offer(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    given, _ = forms.checked(OfferInput, await _sent(page))
    step = service.offer(person, commission_id, given.version) if given else _out_of_date()
    return await _move(page, person, service, commissions, commission_id, step)


@router.post(f"{CUSTOMERS}/consent", dependencies=BY_CUSTOMER)
async def consent(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    given, _ = forms.checked(ConsentInput, await _sent(page))
    step = service.consent(person, commission_id, given) if given else _out_of_date()
    return await _move(page, person, service, commissions, commission_id, step)


@router.post(f"{CUSTOMERS}/decline", dependencies=BY_CUSTOMER)
async def decline(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    given, _ = forms.checked(StoryDeclineInput, await _sent(page))
    step = service.decline(person, commission_id, given.version) if given else _out_of_date()
    return await _move(page, person, service, commissions, commission_id, step)


@router.post(f"{CUSTOMERS}/withdraw", dependencies=BY_CUSTOMER)
@router.post(f"{ARTISANS}/withdraw", dependencies=BY_ARTISAN)
async def withdraw(
    page: CurrentPage, person: SignedIn, service: Stories, commissions: Commissions, commission_id: CommissionId
) -> Response:
    step = service.withdraw(person, commission_id)
    return await _move(page, person, service, commissions, commission_id, step)


def chosen(typed: dict[str, str]) -> list[dict[str, str]]:
    """The ticked pictures with their captions, in the order of their numbers; without one, where they stood."""
    ticked = [name.removeprefix("tell-") for name in typed if name.startswith("tell-")][:AT_ONCE]
    placed = sorted(enumerate(ticked), key=lambda one: (_place(typed.get(f"place-{one[1]}", "")), one[0]))
    return [{"id": picture, "caption": typed.get(f"caption-{picture}", "")} for _, picture in placed]


def written(view: StoryView) -> dict[str, str]:
    """The newest version as the form's fields; nothing where there is none."""
    newest = view.draft or view.offered or view.last or view.shown
    if newest is None:
        return {}
    values = {"title": newest.title, "text": newest.text}
    for number, one in enumerate(newest.pictures, 1):
        values |= {f"tell-{one.id}": "1", f"place-{one.id}": str(number), f"caption-{one.id}": one.caption}
    return values


def _place(text: str) -> int:
    try:
        return forms.whole_number(text)
    except ValueError:
        return AT_ONCE


async def _sent(page: Page) -> dict[str, object]:
    typed = await forms.typed(page.request)
    try:
        return {**typed, "version": forms.whole_number(typed.get("version", ""))}
    except ValueError:
        return {}


async def _out_of_date() -> StoryView:
    raise InvalidInput(OUT_OF_DATE)


async def _move(  # noqa: PLR0917 - one step, for whom and of what
    page: Page,
    person: SignedIn,
    service: Stories,
    commissions: Commissions,
    commission_id: str,
    step: Awaitable[StoryView],
) -> Response:
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        return await _show(page, person, service, commissions, commission_id, problem=problem, status=problem.status)
    return page.go(f"{page.request.url.path.partition('/story')[0]}/story")


async def _show(
    page: Page,
    person: SignedIn,
    service: Stories,
    commissions: Commissions,
    commission_id: str,
    *,
    problem: Conflict | InvalidInput | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    found = await service.view(person, commission_id)
    view = await commissions.view(person, commission_id)
    if not page.request.url.path.startswith(looks.base_of(view)):  # an artisan who is the customer of another one
        return page.go(f"{looks.base_of(view)}/story")
    shown = context(
        view,
        story=found,
        problem=problem,
        values=written(found) if values is None else values,
        errors=errors or {},
    )
    return await page.html("commissions/story.html", status=status, **shown)
