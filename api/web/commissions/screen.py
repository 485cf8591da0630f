"""One screen for both sides of a commission, its live part, and the moves that are one click on it.

The service and its process decide; a refused move is shown on the screen with the words that it was refused with.
"""

from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from fastapi.responses import Response

from api.capacity.service import CapacityService
from api.commissions.inputs import AnswerChangeInput, AnswerEndInput, AnswerProofInput, RetryInput
from api.commissions.payment import AWAITED
from api.commissions.routes import CommissionId, Commissions
from api.commissions.schemas import CommissionView
from api.commissions_talk.service import TalkService
from api.dependencies import SignedIn, get_parts
from api.web import forms
from api.web.commissions import looks
from api.web.commissions.sides import both_sides, router
from api.web.page import CurrentPage, Page
from models.errors import Conflict, DomainError, InvalidInput, NotFound, NotNow, Unavailable
from models.repositories import commission_stories
from models.repositories import commissions as rows
from models.types import Role

__all__ = ["context", "router", "show"]

ELSEWHERE = {"cross-site", "same-site"}
"""Where somebody comes from who comes back from the payment page."""
MESSAGES = 100
"""The newest ones; earlier ones have pages of their own."""
OUT_OF_DATE = "This page is out of date. Read it again."
REFUSED = (Conflict, InvalidInput, Unavailable)
"""What a form is shown again for, with all that was typed."""


async def story_mark(page: Page, person: SignedIn, commission_id: str) -> str:
    """Names how far the story went, for the price of one row. Raises `NotFound` for a stranger."""
    facts = await rows.facts(page.session, commission_id)
    if person.role is not Role.ADMINISTRATOR and person.id not in {facts.row.customer_id, facts.artisan_id}:
        raise NotFound(rows.UNKNOWN)
    process = facts.process
    return f"{process.sequence}-{int(process.updated_at.timestamp())}" if process else "0"


def context(view: CommissionView, **more: object) -> dict[str, object]:
    """What the templates of every page of one commission get."""
    return {
        "view": view,
        "base": looks.base_of(view),
        "frame": looks.frame_of(view),
        "names": looks.names(view),
        "title_of": looks.title_of,
        "desk_here": "commissions",
        "problem": None,
        **more,
    }


def screen(view: CommissionView, seen: str, **more: object) -> dict[str, object]:
    shown = {
        "acts": looks.acts(view),
        "headline": looks.headline(view),
        "milestone": looks.current(view),
        "charge": looks.due_charge(view),
        "stretches": looks.stretches(view),
        "side": looks.beside,
        "older": looks.older,
        "seen": seen,
        "place": None,
        "is_live": True,
        "story": None,
        "conversation": None,
    }
    return context(view, **{**shown, **more})


async def show(
    page: Page,
    person: SignedIn,
    view: CommissionView,
    *,
    talk: TalkService | None = None,
    problem: DomainError | None = None,
    status: int = 0,
    **more: object,
) -> Response:
    """The whole screen. What the other side wrote counts as read by it, and not by its live part."""
    seen = await story_mark(page, person, view.id)
    story = await commission_stories.standing_of(page.session, view.id) if view.status == "completed" else None
    talk = talk or TalkService(page.session, get_parts(page.request).processes)
    place = await CapacityService(page.session, get_parts(page.request).processes).place(view.id)
    conversation, mark = None, ""
    if view.role != "administrator":
        conversation = await talk.conversation(person, view.id, None, MESSAGES)
        await talk.read(person, view.id, conversation.next_after)
        mark = await talk.mark(person, view.id)
    shown = {"said": {}, "leak": "", "errors": {}, **more, "conversation": conversation, "mark": mark, "place": place}
    code = status or (problem.status if problem else 200)
    return await page.html(
        "commissions/screen.html", status=code, **screen(view, seen, problem=problem, story=story, **shown)
    )


async def move(
    page: Page, person: SignedIn, service: Commissions, step: Awaitable[Any], commission_id: str
) -> Response:
    """Carries it out and goes back to the screen; what was refused is said there."""
    try:
        await step
    except (Conflict, InvalidInput) as problem:
        page.session.expire_all()
        return await show(page, person, await service.view(person, commission_id), problem=problem)
    return page.go(_base(page, commission_id))


@both_sides.get("/{commission_id}")
async def one(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    view = await service.view(person, commission_id)
    if view.role == "customer" and view.status in AWAITED and page.request.headers.get("sec-fetch-site") in ELSEWHERE:
        with suppress(Unavailable):  # only a hint: the provider's own message follows
            await service.returned(person, commission_id)
    if page.request.url.path != looks.base_of(view):  # an artisan who is the customer of another one
        return page.go(looks.base_of(view))
    return await show(page, person, view)


@both_sides.get("/{commission_id}/live")
async def live(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    """An empty answer while nothing has happened, without asking the process."""
    seen = await story_mark(page, person, commission_id)
    if page.request.query_params.get("seen") == seen:
        return Response(status_code=204)
    view = await service.view(person, commission_id)
    place = await CapacityService(page.session, get_parts(page.request).processes).place(commission_id)
    return page.fragment("commissions/live.html", **screen(view, seen, place=place))


@both_sides.post("/{commission_id}/milestones/{number}/approve")
async def approve(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId, number: int
) -> Response:
    step = service.answer_proof(person, commission_id, number, AnswerProofInput(answer="approve"))
    return await move(page, person, service, step, commission_id)


@both_sides.post("/{commission_id}/change/answer", sensitivity="high")
async def answer_change(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    typed = await forms.typed(page.request)
    given, _ = forms.checked(AnswerChangeInput, _numbers(typed, "version") | {"agree": typed.get("agree") == "1"})
    if given is None:
        return await show(page, person, await service.view(person, commission_id), problem=InvalidInput(OUT_OF_DATE))
    return await move(page, person, service, service.answer_change(person, commission_id, given), commission_id)


@both_sides.post("/{commission_id}/end/answer", sensitivity="high")
async def answer_end(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    typed = await forms.typed(page.request)
    numbers = _numbers(typed, "agreed_bp", "shown_back_minor")
    given, _ = forms.checked(AnswerEndInput, numbers | {"agree": typed.get("agree") == "1"})
    if given is None:
        return await show(page, person, await service.view(person, commission_id), problem=InvalidInput(OUT_OF_DATE))
    return await move(page, person, service, service.answer_end(person, commission_id, given), commission_id)


@both_sides.get("/{commission_id}/pay", only="customer")
async def pay(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    """A link, not a form: a browser would hold a form's way to another site against our own policy."""
    found = await service.payment(person, commission_id)
    if found.url:
        return page.go(found.url)
    return page.go(_base(page, commission_id))


@both_sides.post("/{commission_id}/payment", only="customer")
async def try_again(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    """With the card that is kept, or with another one: then the page offers the way to the payment."""
    given = RetryInput(another_card=(await forms.typed(page.request)).get("another_card") == "1")
    return await move(page, person, service, service.retry_payment(person, commission_id, given), commission_id)


@both_sides.post("/{commission_id}/place", only="customer")
async def answer_place(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    """Takes the place that is offered, or leaves the list."""
    typed = await forms.typed(page.request)
    places = CapacityService(page.session, get_parts(page.request).processes)
    view = await service.view(person, commission_id)
    if not view.status.startswith("place_"):
        return await show(page, person, view, problem=NotNow("This request does not wait for a place any more."))
    step = places.take if typed.get("take") == "1" else places.leave
    return await move(page, person, service, step(person, commission_id), commission_id)


def _base(page: Page, commission_id: str) -> str:
    return f"{page.request.url.path.partition(commission_id)[0]}{commission_id}"


def _numbers(typed: dict[str, str], *names: str) -> dict[str, int]:
    """The hidden numbers of a form; one that somebody has changed into something else is left out."""
    found = {}
    for name in names:
        try:
            found[name] = forms.whole_number(typed.get(name, ""))
        except ValueError:
            continue
    return found
