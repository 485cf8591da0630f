"""Pictures and words inside a commission: the proof of a milestone, and the conversation as its screen shows it.

The services decide what a picture or a message may be. Refused, a form is shown again, but for its files: no browser
sends those back.
"""

from collections.abc import Sequence

from fastapi.responses import Response
from starlette.datastructures import UploadFile

from api.commissions.inputs import ProofInput
from api.commissions.leaks import ContactLeak
from api.commissions.routes import CommissionId, Commissions
from api.commissions.schemas import CommissionView, MilestoneView
from api.commissions_talk.routes import Talk
from api.commissions_talk.schemas import MessageInput
from api.commissions_talk.service import TalkService, Upload
from api.dependencies import SignedIn
from api.limits import PICTURE
from api.web import forms
from api.web.commissions import looks
from api.web.commissions.papers import milestone_of
from api.web.commissions.screen import context, show
from api.web.commissions.sides import both_sides
from api.web.page import CurrentPage, Page
from models.errors import DomainError, NotNow, TooLarge

AT_ONCE = 5
"""Files of one form; more are added with the next one."""


async def sent_files(page: Page) -> list[UploadFile]:
    form = await page.request.form()
    found = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    return found[:AT_ONCE]


async def add_pictures(  # noqa: PLR0917 - one form's pictures, for what and whose they are
    talk: TalkService,
    person: SignedIn,
    commission_id: str,
    files: Sequence[UploadFile],
    purpose: str,
    milestone: int | None = None,
    alt: str = "",
) -> list[str]:
    """Their ids. Raises what the service refuses one of them with."""
    added = []
    for one in files:
        if one.size is None or one.size > PICTURE:
            raise TooLarge(f"A picture is larger than {PICTURE / 1e6:g} MB. Save it smaller and try again.")
        upload = Upload(await one.read(), purpose, milestone, alt[:300])
        added.append((await talk.add_picture(person, commission_id, upload)).id)
    return added


@both_sides.get("/{commission_id}/milestones/{number}/proof", only="artisan")
async def proof_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId, number: int
) -> Response:
    view = await service.view(person, commission_id)
    if "prove" not in looks.acts(view):
        return page.go(looks.base_of(view))
    return await _proof(page, view, milestone_of(view, number), {}, {})


@both_sides.post("/{commission_id}/milestones/{number}/proof", only="artisan")
async def prove(  # noqa: PLR0917 - both services, and whose milestone
    page: CurrentPage, person: SignedIn, service: Commissions, talk: Talk, commission_id: CommissionId, number: int
) -> Response:
    view = await service.view(person, commission_id)
    if "prove" not in looks.acts(view):
        return await show(page, person, view, problem=NotNow("No work is to be shown now. Here is where it stands."))
    one = milestone_of(view, number)
    typed = await forms.typed(page.request)
    files = await sent_files(page)
    if not files and not one.proofs:
        return await _proof(page, view, one, typed, {"files": "Add a picture: what is approved is what can be seen."})
    given, errors = forms.checked(ProofInput, {"note": typed.get("note", ""), "confirm": typed.get("confirm") == "1"})
    if given is None:
        return await _proof(page, view, one, typed, errors)
    try:
        await add_pictures(talk, person, commission_id, files, "proof", number, typed.get("alt", ""))
        await service.give_proof(person, commission_id, number, given)
    except DomainError as problem:
        return await _proof(page, view, one, typed, forms.refusal(problem, "files"), status=problem.status)
    return page.go(looks.base_of(view))


@both_sides.post("/{commission_id}/messages")
async def say(
    page: CurrentPage, person: SignedIn, service: Commissions, talk: Talk, commission_id: CommissionId
) -> Response:
    typed = await forms.typed(page.request)
    given, errors = forms.checked(MessageInput, {"text": typed.get("text", ""), "confirm": typed.get("confirm") == "1"})
    leak, status = "", 422
    if given is not None:
        words, files = given, await sent_files(page)

        async def send() -> dict[str, str]:
            pictures = await add_pictures(talk, person, commission_id, files, "message", alt=typed.get("alt", ""))
            await talk.send(person, commission_id, words.model_copy(update={"pictures": pictures}))
            return {}

        once = page.once(typed, given.text, [(one.filename, one.size) for one in files])
        try:
            # Refused, it is all rolled back: no picture stays behind of a message that was not sent.
            await once.respond(send, status=201, body=b"")
        except ContactLeak as warning:
            leak, status = warning.message, warning.status
        except DomainError as problem:
            errors, status = forms.refusal(problem, "files"), problem.status
        else:
            await page.session.commit()
            return page.go(back_to(page, typed, "/messages"))
    view = await service.view(person, commission_id)
    return await show(page, person, view, talk=talk, said=typed, leak=leak, errors=errors, status=status)


def back_to(page: Page, typed: dict[str, str], behind: str) -> str:
    """The page that the form stood on: the conversation's own, or the screen."""
    base = page.request.url.path.removesuffix(behind)
    return f"{base}/messages" if typed.get("stays") else f"{base}#talk"


async def _proof(
    page: Page,
    view: CommissionView,
    one: MilestoneView,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 0,
) -> Response:
    return await page.html(
        "commissions/proof.html",
        status=status or (422 if errors else 200),
        **context(view, one=one, values=values, errors=errors),
    )
