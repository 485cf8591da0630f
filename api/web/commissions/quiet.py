"""The page behind the link that stops mails about messages of a commission. Whoever has the link may: it came by mail,
and its reader need not sign in, nor have an account any more.

A mail program sends the request by itself, without a page and without a cookie (RFC 8058, one-click): looking changes
nothing, sending twice is once, and the answer to it is no redirect.
"""

from fastapi import APIRouter
from fastapi.responses import Response

from api.access import access
from api.dependencies import Session
from api.web.page import CurrentPage, Page
from models.repositories import commission_talk, commission_unread
from models.repositories.commission_unread import Reader

router = APIRouter(include_in_schema=False)


@router.get("/quiet/{token}", dependencies=[access("visitor", "low")])
async def stop_mails_form(token: str, page: CurrentPage, session: Session) -> Response:
    return await _shown(page, token, await commission_unread.reader_of(session, token))


@router.post("/quiet/{token}", dependencies=[access("visitor", "low")])
async def stop_mails(token: str, page: CurrentPage, session: Session) -> Response:
    reader = await commission_unread.reader_of(session, token)
    if reader is not None:
        await commission_talk.be_quiet(session, reader.commission_id, reader.person_id)
        await session.commit()
    return await _shown(page, token, reader)


async def _shown(page: Page, token: str, reader: Reader | None) -> Response:
    if reader is None:
        return await page.html(
            "account/told.html",
            status=404,
            heading="This link does not work any more",
            lede="No mails were stopped. The link may have been cut off on its way here, or it is too old.",
            more=["You can stop them on the commission’s own page, too: they are switched off beside its messages."],
            action=("/commissions", "Your commissions"),
        )
    is_quiet = await commission_talk.is_quiet(page.session, reader.commission_id, reader.person_id)
    return await page.html("commissions/quiet.html", reader=reader, token=token, is_quiet=is_quiet)
