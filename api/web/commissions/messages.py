"""The conversation of a commission on a page of its own, its live part, and whether mails tell of it.

Opening a page of the newest messages reads them. Its live part reads what it brings while the page is looked at, and
nothing in a tab that nobody sees.
"""

from fastapi.responses import Response

from api.commissions.routes import CommissionId, Commissions
from api.commissions_talk.routes import Talk
from api.commissions_talk.service import TalkService
from api.dependencies import SignedIn
from api.web import forms
from api.web.commissions.screen import MESSAGES, context
from api.web.commissions.sides import both_sides, router
from api.web.commissions.talk import back_to
from api.web.page import CurrentPage, Page

__all__ = ["router"]

LOOKED_AT = "X-Visible"
"""Sent along with a live update by a page that can be seen."""


@both_sides.get("/{commission_id}/messages")
async def messages(
    page: CurrentPage, person: SignedIn, service: Commissions, talk: Talk, commission_id: CommissionId
) -> Response:
    if "seen" in page.request.query_params:
        return await _news(page, person, talk, commission_id)
    before = _before(page)
    view = await service.view(person, commission_id)
    if before is not None:
        last = max(0, before - 1)
        older = await talk.conversation(person, commission_id, max(0, last - MESSAGES), min(last, MESSAGES))
        return await page.html("commissions/messages.html", status=200, **context(view, conversation=older, mark=""))
    newest = await talk.conversation(person, commission_id, None, MESSAGES)
    await talk.read(person, commission_id, newest.next_after)
    shown = {"conversation": newest, "mark": await talk.mark(person, commission_id), "said": {}, "leak": ""}
    return await page.html("commissions/messages.html", status=200, **context(view, errors={}, **shown))


@both_sides.post("/{commission_id}/quiet")
async def quiet(page: CurrentPage, person: SignedIn, talk: Talk, commission_id: CommissionId) -> Response:
    typed = await forms.typed(page.request)
    await talk.be_quiet(person, commission_id, quiet=typed.get("quiet") != "0")
    await page.session.commit()
    return page.go(back_to(page, typed, "/quiet"))


async def _news(page: Page, person: SignedIn, talk: TalkService, commission_id: str) -> Response:
    """An empty answer while there are none: one small question to the database."""
    mark = await talk.mark(person, commission_id)
    if page.request.query_params["seen"] == mark:
        return Response(status_code=204)
    newest = await talk.conversation(person, commission_id, None, MESSAGES)
    if LOOKED_AT in page.request.headers:
        await talk.read(person, commission_id, newest.next_after)
        mark = await talk.mark(person, commission_id)
    base = page.request.url.path.removesuffix("/messages")
    return page.fragment("commissions/said.html", conversation=newest, mark=mark, base=base)


def _before(page: Page) -> int | None:
    """None for the newest, and for what is no number."""
    try:
        return min(forms.whole_number(page.request.query_params.get("before", "")), 1_000_000)
    except ValueError:
        return None
