"""The hosted payment page: plain forms, no script. Owns what the customer types and sees; `machine.py` decides.

Card numbers live only as long as the request; what is kept of a card is in `cards.details`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.door import Refusal, read_body
from deploy.sandbox.pages import Pages
from deploy.sandbox.store import Store
from deploy.sandbox.stripe.cards import CARDS, details, digits, luhn
from deploy.sandbox.stripe.errors import MANNERS
from deploy.sandbox.stripe.machine import Machine
from deploy.sandbox.webhooks import Deliverer

Body = dict[str, Any]
_EXPIRY = re.compile(r"^\s*(\d{1,2})\s*[/ -]?\s*(\d{2}|20\d{2})\s*$")
SHOP = "ArtisanConnect"


@dataclass(frozen=True, slots=True)
class Typed:
    """The card form as sent, and what is wrong with each field."""

    number: str
    name: str
    expiry: str
    exp_month: int
    exp_year: int
    wrong: dict[str, str]


def read_card(fields: dict[str, str], now: datetime) -> Typed:
    wrong: dict[str, str] = {}
    number = digits(fields.get("cardnumber", ""))
    if not number:
        wrong["cardnumber"] = "Enter the card number."
    elif not luhn(number):
        wrong["cardnumber"] = "This card number is not valid. Check the digits."
    month, year = 0, 0
    expiry = fields.get("expiry", "")
    match = _EXPIRY.match(expiry)
    if match is None or not 1 <= int(match.group(1)) <= 12:
        wrong["expiry"] = "Enter the expiry date as month and year, for example 12/34."
    else:
        month, year = int(match.group(1)), int(match.group(2)) % 100 + 2000
        if (year, month) < (now.year, now.month):
            wrong["expiry"] = "This card has expired. Use another card."
    if not re.fullmatch(r"\d{3,4}", fields.get("cvc", "").strip()):
        wrong["cvc"] = "Enter the security code: three or four digits."
    name = fields.get("name", "").strip()[:200]
    if not name:
        wrong["name"] = "Enter the name on the card."
    if not wrong and number not in CARDS:
        wrong["cardnumber"] = "This page is in test mode and takes test cards only. You find them above the form."
    return Typed(number, name, expiry, month, year, wrong)


class PayPage:
    def __init__(self, store: Store, machine: Machine, deliverer: Deliverer, pages: Pages) -> None:
        self._store = store
        self._machine = machine
        self._deliverer = deliverer
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/pay/{session}", self.form, methods=["GET"]),
            Route("/pay/{session}", self.pay, methods=["POST"]),
            Route("/pay/{session}/authenticate", self.challenge, methods=["GET"]),
            Route("/pay/{session}/authenticate", self.authenticate, methods=["POST"]),
            Route("/_control/stripe/sessions/{session}/pay", self.pay_by_machine, methods=["POST"]),
        ]

    # Pages

    async def form(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return self._unknown()
        return self._closed(session) or self._form(session)

    async def pay(self, request: Request) -> Response:
        try:
            fields = _fields(await read_body(request, MANNERS))
        except Refusal as refused:
            return self._pages.show(
                "notice.html",
                refused.status,
                title="That did not work",
                message="What arrived was too large for a card form. Go back and try again.",
                way=None,
                label="",
            )
        session = self._session(request)
        if session is None:
            return self._unknown()
        if (closed := self._closed(session, pressed=True)) is not None:
            return closed
        typed = read_card(fields, datetime.now(UTC))
        if typed.wrong:
            return self._form(session, typed, status=422)
        outcome = self._confirm(session, typed.number, typed.name, typed.exp_month, typed.exp_year)
        if outcome == "paid":
            return RedirectResponse(success_url(session), 303)
        if outcome == "three_ds":
            return RedirectResponse(f"/pay/{session['id']}/authenticate", 303)
        return self._form(session, typed, declined=outcome, status=402)

    async def challenge(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return self._unknown()
        if (closed := self._closed(session)) is not None:
            return closed
        if "_card" not in session:
            return RedirectResponse(f"/pay/{session['id']}", 303)
        return self._pages.show("challenge.html", session=session, last4=session["_card"]["last4"])

    async def authenticate(self, request: Request) -> Response:
        try:
            fields = _fields(await read_body(request, MANNERS))
        except Refusal:
            fields = {}
        session = self._session(request)
        if session is None:
            return self._unknown()
        if (closed := self._closed(session, pressed=True)) is not None:
            return closed
        answer = fields.get("answer")
        if "_card" not in session or answer not in {"complete", "fail"}:
            return RedirectResponse(f"/pay/{session['id']}", 303)
        outcome = self._authenticate(session, passed=answer == "complete")
        if outcome == "paid":
            return RedirectResponse(success_url(session), 303)
        return self._form(session, declined=outcome, status=402)

    # The same for tours and load

    async def pay_by_machine(self, request: Request) -> Response:
        """`{"card": "4242424242424242", "three_ds": "complete"}`; answers what the customer would have met."""
        try:
            given = await request.json()
        except ValueError:
            given = None
        if not isinstance(given, dict):
            return JSONResponse({"error": {"message": "Send a JSON object with the test card."}}, 400)
        number = digits(str(given.get("card", "4242424242424242")))
        if number not in CARDS:
            return JSONResponse({"error": {"message": "That is none of the test cards."}}, 422)
        session = self._session(request)
        if session is None:
            return JSONResponse({"error": {"message": "There is no such session."}}, 404)
        if session["status"] != "open":
            return JSONResponse({"outcome": session["status"], "message": "The session is no longer open."}, 409)
        outcome = self._confirm(session, number, str(given.get("name", "Test Customer")), 12, 2040)
        if outcome == "three_ds":
            session = self._session(request) or session
            outcome = self._authenticate(session, passed=given.get("three_ds", "complete") == "complete")
        if outcome == "paid":
            return JSONResponse({"outcome": "paid", "redirect_url": success_url(session)})
        return JSONResponse({"outcome": "declined", "message": outcome}, 402)

    # Below the surface

    def _session(self, request: Request) -> Body | None:
        try:
            with self._store.transaction():
                return self._machine.session(request.path_params["session"])
        except Refusal:
            return None
        finally:
            self._deliverer.wake()

    def _confirm(self, session: Body, number: str, name: str, month: int, year: int) -> str:
        with self._store.transaction():
            outcome = self._machine.confirm(session, number, details(number, name, month, year))
        self._deliverer.wake()
        return outcome

    def _authenticate(self, session: Body, *, passed: bool) -> str:
        with self._store.transaction():
            outcome = self._machine.authenticate(session, passed=passed)
        self._deliverer.wake()
        return outcome

    def _unknown(self) -> Response:
        return self._pages.not_found("We know no payment at this address. Go back to the shop and open it again.")

    def _closed(self, session: Body, *, pressed: bool = False) -> Response | None:
        """What to show instead of the form when nothing can be paid here any more."""
        if session["status"] == "complete":
            if pressed:
                return RedirectResponse(success_url(session), 303)
            return self._pages.show(
                "notice.html",
                title="This payment is done",
                message="Your payment went through. There is nothing left to do here.",
                way=success_url(session),
                label=f"Go to your order at {SHOP}",
            )
        if session["status"] == "expired":
            return self._pages.show(
                "notice.html",
                410 if pressed else 200,
                title="This payment page has expired",
                message="Nothing was charged. Your things may still be there: go back to the shop and start again.",
                way=session["cancel_url"],
                label=f"Back to {SHOP}",
            )
        return None

    def _form(self, session: Body, typed: Typed | None = None, *, declined: str = "", status: int = 200) -> Response:
        return self._pages.show(
            "pay.html",
            status,
            session=session,
            lines=session["_lines"],
            shop=SHOP,
            typed=typed,
            wrong=typed.wrong if typed else {},
            declined=declined,
        )


def success_url(session: Body) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _fields(body: bytes) -> dict[str, str]:
    """Bytes that are no text become replacement characters, which no field accepts."""
    found = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}
