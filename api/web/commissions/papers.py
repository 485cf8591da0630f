"""The forms that move a commission: offers and changes, acceptance, decline, leaving, parting as friends, revisions.

What was typed is never lost: a refused form is shown again with the words beside the field that they are about.
"""

from fastapi.responses import Response

from api.commissions.inputs import AcceptInput, AnswerProofInput, DeclineInput, EndInput, LeaveInput
from api.commissions.routes import CommissionId, Commissions
from api.commissions.schemas import CommissionView, MilestoneView
from api.commissions.words import WHY
from api.dependencies import SignedIn
from api.web import forms
from api.web.commissions import editor, looks
from api.web.commissions.screen import REFUSED, context, show
from api.web.commissions.sides import both_sides, router
from api.web.page import CurrentPage, Page
from models.errors import DomainError, InvalidInput, NotFound, NotNow
from workflows.commission.messages import DECLINE_REASONS

__all__ = ["milestone_of", "router"]

# The editor: a quote, a counter-offer, a change


@both_sides.get("/{commission_id}/offer")
async def offer_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    allowed = looks.acts(view)
    act = allowed.get("quote") or allowed.get("counter")
    if act is None or act.version is None:
        return page.go(looks.base_of(view))
    form = editor.of_terms(view.offer.terms, view.currency) if view.offer else editor.fresh(view)
    return await _editor(page, view, form, act.version)


@both_sides.post("/{commission_id}/offer")
async def send_offer(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    form = editor.sent(await forms.typed(page.request))
    version = _version(form.values)
    if editor.rearranged(form, _used(view)):
        return await _editor(page, view, form, version)
    given = editor.read(form, version, view.currency)
    if given is None:
        return await _editor(page, view, form, version, status=422)
    try:
        await service.offer(person, commission_id, given)
    except REFUSED as problem:
        editor.refused(form, problem)
        return await _editor(page, view, form, version, status=problem.status)
    return page.go(looks.base_of(view))


@both_sides.get("/{commission_id}/change")
async def change_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    act = looks.acts(view).get("propose_change")
    if act is None or act.version is None or view.contract is None:
        return page.go(looks.base_of(view))
    form = editor.of_terms(view.contract.terms, view.currency)
    return await _editor(page, view, form, act.version, is_change=True)


@both_sides.post("/{commission_id}/change")
async def propose_change(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    if view.contract is None:
        return page.go(looks.base_of(view))
    form = editor.sent(await forms.typed(page.request))
    version = _version(form.values)
    if editor.rearranged(form, _used(view)):
        return await _editor(page, view, form, version, is_change=True)
    given = editor.read(form, version, view.currency, view.contract.terms)
    if given is None:
        return await _editor(page, view, form, version, is_change=True, status=422)
    try:
        await service.propose_change(person, commission_id, given)
    except REFUSED as problem:
        editor.refused(form, problem)
        return await _editor(page, view, form, version, is_change=True, status=problem.status)
    return page.go(looks.base_of(view))


# Acceptance and decline


@both_sides.get("/{commission_id}/accept", sensitivity="high")
async def accept_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    return await _accept(page, await service.view(person, commission_id))


@both_sides.post("/{commission_id}/accept", sensitivity="high")
async def accept(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    """The sum that the button named comes back with the click."""
    typed = await forms.typed(page.request)
    view = await service.view(person, commission_id)
    try:
        given, _ = forms.checked(
            AcceptInput, {name: forms.whole_number(typed.get(name, "")) for name in ("version", "most_minor")}
        )
    except ValueError:
        given = None
    if given is None:
        return await _accept(page, view, problem=InvalidInput("This page is out of date. Read the offer again."))
    try:
        await service.accept(person, commission_id, given)
    except REFUSED as problem:
        page.session.expire_all()
        return await _accept(page, await service.view(person, commission_id), problem=problem, person=person)
    return page.go(looks.base_of(view))


@both_sides.get("/{commission_id}/decline")
async def decline_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    view = await service.view(person, commission_id)
    if "decline" not in looks.acts(view):
        return page.go(looks.base_of(view))
    return await _decline(page, view, {}, {})


@both_sides.post("/{commission_id}/decline")
async def decline(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    typed = await forms.typed(page.request)
    view = await service.view(person, commission_id)
    given, _ = forms.checked(DeclineInput, {"reason": typed.get("reason", "")})
    if given is None:
        return await _decline(page, view, typed, {"reason": "Choose why."}, status=422)
    try:
        await service.decline(person, commission_id, given.reason)
    except REFUSED as problem:
        return await _decline(page, view, typed, forms.refusal(problem), status=problem.status)
    return page.go(looks.base_of(view))


# Ends


@both_sides.get("/{commission_id}/leave", sensitivity="high")
async def leave_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId
) -> Response:
    return await _leave(page, person, await service.view(person, commission_id))


@both_sides.post("/{commission_id}/leave", sensitivity="high")
async def leave(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    """Carries along what its button said. Where that has changed, the new figure is shown and nothing happens."""
    typed = await forms.typed(page.request)
    try:
        given, _ = forms.checked(LeaveInput, {"shown_back_minor": forms.whole_number(typed.get("shown_back", ""))})
    except ValueError:
        given = None
    problem: DomainError | None = None
    if given is None:
        problem = InvalidInput("This page is out of date. Look at the figures again.")
    else:
        try:
            view = await service.leave(person, commission_id, given)
            return page.go(looks.base_of(view))
        except REFUSED as refused:
            problem = refused
            page.session.expire_all()
    return await _leave(page, person, await service.view(person, commission_id), problem=problem)


@both_sides.get("/{commission_id}/end")
async def end_form(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    view = await service.view(person, commission_id)
    if "offer_end" not in looks.acts(view):
        return page.go(looks.base_of(view))
    return await page.html("commissions/end.html", status=200, **context(view, values={"share": "50"}, errors={}))


@both_sides.post("/{commission_id}/end")
async def offer_end(page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId) -> Response:
    typed = await forms.typed(page.request)
    view = await service.view(person, commission_id)
    errors: dict[str, str] = {}
    given, _ = forms.checked(EndInput, {"agreed_bp": editor.share_of(typed.get("share", ""))})
    if given is None:
        errors = {"share": editor.NO_SHARE}
    else:
        try:
            await service.offer_end(person, commission_id, given.agreed_bp)
        except REFUSED as problem:
            errors = {"share": problem.message}
        else:
            return page.go(looks.base_of(view))
    return await page.html("commissions/end.html", status=422, **context(view, values=typed, errors=errors))


# A revision


@both_sides.get("/{commission_id}/milestones/{number}/revision", only="customer")
async def revision_form(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId, number: int
) -> Response:
    view = await service.view(person, commission_id)
    if "revise" not in looks.acts(view):
        return page.go(looks.base_of(view))
    return await _revision(page, view, milestone_of(view, number), {}, {})


@both_sides.post("/{commission_id}/milestones/{number}/revision", only="customer")
async def ask_for_revision(
    page: CurrentPage, person: SignedIn, service: Commissions, commission_id: CommissionId, number: int
) -> Response:
    typed = await forms.typed(page.request)
    view = await service.view(person, commission_id)
    if "revise" not in looks.acts(view):
        return await show(page, person, view, problem=NotNow("This can't be revised now. Here is where it stands."))
    one = milestone_of(view, number)
    given, errors = forms.checked(AnswerProofInput, {"answer": "revise", "note": typed.get("note", "")})
    if given is None:
        return await _revision(page, view, one, typed, errors, status=422)
    try:
        await service.answer_proof(person, commission_id, number, given)
    except REFUSED as problem:
        return await _revision(page, view, one, typed, forms.refusal(problem, "note"), status=problem.status)
    return page.go(looks.base_of(view))


def milestone_of(view: CommissionView, number: int) -> MilestoneView:
    """Raises `NotFound`."""
    for one in view.milestones:
        if one.number == number:
            return one
    raise NotFound("This commission has no such milestone.")


def _used(view: CommissionView) -> int:
    """The highest number of a milestone that any version has had."""
    return max((one.number for version in view.versions for one in version.terms.milestones), default=0)


def _version(values: dict[str, str]) -> int:
    try:
        return max(1, min(forms.whole_number(values.get("version", "")), 1_000))
    except ValueError:
        return 1


async def _editor(
    page: Page,
    view: CommissionView,
    form: editor.Typed,
    version: int,
    *,
    is_change: bool = False,
    status: int = 200,
) -> Response:
    is_first = not view.versions
    heading = "Propose a change" if is_change else "Make an offer" if is_first else "Make a counter-offer"
    return await page.html(
        "commissions/editor.html",
        status=status,
        **context(view, form=form, version=version, heading=heading, held=view.contract if is_change else None),
    )


async def _accept(
    page: Page, view: CommissionView, *, problem: DomainError | None = None, person: SignedIn | None = None
) -> Response:
    if view.offer is None or view.mandate is None:
        if problem is not None and person is not None:
            return await show(page, person, view, problem=problem)
        return page.go(looks.base_of(view))
    rows = looks.alone(view.offer)
    status = problem.status if problem else 200
    return await page.html("commissions/accept.html", status=status, **context(view, rows=rows, problem=problem))


async def _decline(
    page: Page, view: CommissionView, values: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> Response:
    reasons = {code: WHY[code] for code in DECLINE_REASONS}
    return await page.html(
        "commissions/decline.html", status=status, **context(view, values=values, errors=errors, reasons=reasons)
    )


async def _leave(page: Page, person: SignedIn, view: CommissionView, *, problem: DomainError | None = None) -> Response:
    if "leave" not in looks.acts(view) or view.leaving is None:
        return await show(page, person, view, problem=problem) if problem else page.go(looks.base_of(view))
    status = problem.status if problem else 200
    return await page.html("commissions/leave.html", status=status, **context(view, problem=problem))


async def _revision(
    page: Page,
    view: CommissionView,
    one: MilestoneView,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    return await page.html(
        "commissions/revision.html", status=status, **context(view, one=one, values=values, errors=errors)
    )
