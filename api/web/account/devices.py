"""Where somebody is signed in, and signing out there."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.auth.routes import end_session, sign_out_elsewhere
from api.auth.schemas import DeviceView
from api.dependencies import CurrentVisitor, Session, SignedIn
from api.web.page import CurrentPage
from core import clock
from models.repositories import sessions as stored

router = APIRouter(prefix="/account/devices", include_in_schema=False)


@router.get("", dependencies=[access("customer", "medium", owns="self")])
async def devices(page: CurrentPage, person: SignedIn, session: Session) -> Response:
    rows = await stored.devices_of(session, person.id, clock.now())
    return await page.html(
        "account/devices.html",
        account_here="devices",
        devices=[DeviceView.of(row, page.visitor.session_id) for row in rows],
        done=page.request.query_params.get("done", ""),
    )


@router.post("/others", dependencies=[access("customer", "medium", owns="self")])
async def end_others(page: CurrentPage, person: SignedIn, visitor: CurrentVisitor, session: Session) -> Response:
    await sign_out_elsewhere(person, visitor, session)
    return page.go("/account/devices?done=others")


@router.post("/{session_id}", dependencies=[access("customer", "medium", owns="session")])
async def end(session_id: str, page: CurrentPage, person: SignedIn, session: Session) -> Response:
    await end_session(session, person.id, person.role, session_id)
    return page.go("/account/devices?done=one")
