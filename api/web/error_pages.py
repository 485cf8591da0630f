"""Errors as pages: what happened, what to do now, a reference to quote. Touches no database: it may be what is down."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.auth.visitor import NOBODY
from api.currencies.choice import chosen
from api.errors import Problem
from api.web.templating import render

HEADINGS = {
    400: "We could not read that",
    401: "Please sign in",
    403: "That is not open to you",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "Something has changed",
    413: "That is too large",
    422: "Something needs putting right",
    429: "A little slower, please",
    500: "That was our mistake",
    502: "A partner said no",
    503: "We will be back in a moment",
}
REASSURANCE = {
    403: "If you think you should be able to see this, sign in with the account it belongs to.",
    404: "The piece may have found its buyer, or the address has a slip in it.",
    409: "Nothing is lost. Go back, reload the page and look at how things stand now.",
    413: "Nothing has been saved. A picture may have up to 8 MB.",
    422: "Nothing has been saved. Go back, correct it and send it again.",
    429: "Wait a minute, then try again. Nothing has been changed.",
    500: "Whatever you have already paid for or saved is safe. If it happens again, tell us the reference.",
    502: "You have not been charged for anything that this page did not show you.",
    503: "Orders and payments under way go on by themselves. Reload this page in a minute.",
}


def error_page(request: Request, problem: Problem) -> HTMLResponse:
    """Fits `api.errors.ErrorPage`."""
    kept = getattr(request.app.state, "web_categories", None)
    visitor = getattr(request.state, "visitor", NOBODY)
    body = render(
        "error.html",
        {
            "visitor": visitor,
            "shown_in": chosen(request, visitor),
            "nav_categories": kept[1] if kept else [],
            "cart_count": 0,
            "searched": "",
            "here": "",
            "problem": problem,
            "heading": HEADINGS.get(problem.status, "That did not work"),
            "reassurance": REASSURANCE.get(problem.status, ""),
        },
    )
    return HTMLResponse(body, problem.status, headers={"Cache-Control": "no-store"})
