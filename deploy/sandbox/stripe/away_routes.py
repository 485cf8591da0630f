"""Routes of customers and of payments without them; the page on which they come back; the switch for their cards.

Owns the schemas and the page. What happens is `away.py`'s and `customers.py`'s.
"""

from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Door, Refusal, read_body
from deploy.sandbox.pages import Pages
from deploy.sandbox.store import Store
from deploy.sandbox.stripe.away import Away
from deploy.sandbox.stripe.customers import Customers
from deploy.sandbox.stripe.errors import MANNERS
from deploy.sandbox.stripe.forms import EXPAND, Choice, Group, Many, Metadata, Text, Whole
from deploy.sandbox.stripe.machine import Machine
from deploy.sandbox.stripe.routes import CURRENCIES, SHOW
from deploy.sandbox.stripe.serving import Serving
from deploy.sandbox.webhooks import Deliverer

Body = dict[str, Any]
YES = Choice(("true",))
CREATE = Group(
    {
        "amount": Whole(1),
        "currency": CURRENCIES,
        "customer": Text(255),
        "payment_method": Text(255),
        "payment_method_types": Many(Choice(("card",))),
        "confirm": YES,
        "off_session": YES,
        "metadata": Metadata(),
        "description": Text(1000),
        "transfer_group": Text(255),
        "expand": EXPAND,
    },
    ("amount", "currency", "customer", "payment_method"),
)
CONFIRM = Group({"payment_method": Text(255), "return_url": Text(2048), "expand": EXPAND})


class AwayRoutes(Serving):
    def __init__(
        self,
        store: Store,
        config: SandboxConfig,
        door: Door,
        *,
        machine: Machine,
        away: Away,
        customers: Customers,
        deliverer: Deliverer,
        pages: Pages,
    ) -> None:
        super().__init__(store, config, door)
        self._machine = machine
        self._away = away
        self._customers = customers
        self._deliverer = deliverer
        self._pages = pages

    def routes(self) -> list[Route]:
        get, post, away, customers = "GET", "POST", self._away, self._customers
        return [
            self._route(post, "/v1/payment_intents", CREATE, lambda p, _, c: away.create(p, c)),
            self._route(
                post, "/v1/payment_intents/{id}/confirm", CONFIRM, lambda p, at, c: away.confirm(at["id"], p, c)
            ),
            self._route(get, "/v1/payment_methods/{id}", SHOW, self._one("payment_method")),
            self._route(get, "/v1/customers/{id}", SHOW, lambda _, at, __: customers.shown(at["id"])),
            self._route("DELETE", "/v1/customers/{id}", SHOW, lambda _, at, __: customers.delete(at["id"])),
            Route("/authenticate/{intent}", self.challenge, methods=["GET"]),
            Route("/authenticate/{intent}", self.authenticate, methods=["POST"]),
            Route("/_control/stripe/customers/{id}/cards", self.behave, methods=["PUT"]),
        ]

    async def challenge(self, request: Request) -> Response:
        intent = self._waiting(request)
        if intent is None:
            return self._over()
        method = self._customers.method(intent["payment_method"])
        return self._pages.show("come_back.html", intent=intent, last4=method["card"]["last4"])

    async def authenticate(self, request: Request) -> Response:
        try:
            answers = parse_qs((await read_body(request, MANNERS)).decode("utf-8", errors="replace")).get("answer", [])
        except Refusal:
            answers = []
        intent = self._waiting(request)
        if intent is None:
            return self._over()
        if answers[:1] not in (["complete"], ["fail"]):
            return RedirectResponse(f"/authenticate/{intent['id']}", 303)
        back = intent["next_action"]["redirect_to_url"]["return_url"]
        with self._store.transaction():
            self._away.authenticate(intent, passed=answers[0] == "complete")
        self._deliverer.wake()
        return RedirectResponse(back, 303)

    async def behave(self, request: Request) -> Response:
        """`{"away": "authenticate"}`: empty pays, a decline code declines."""
        try:
            given = await request.json()
        except ValueError:
            given = None
        if not isinstance(given, dict) or not isinstance(given.get("away"), str):
            return JSONResponse({"error": {"message": 'Send {"away": ""}, "authenticate" or a decline code.'}}, 400)
        try:
            with self._store.transaction():
                cards = self._customers.behave(request.path_params["id"], given["away"])
        except Refusal as refused:
            return JSONResponse(refused.body, refused.status)
        return JSONResponse({"cards": cards})

    def _waiting(self, request: Request) -> Body | None:
        intent = self._store.get("payment_intent", request.path_params["intent"])
        return (
            intent if intent is not None and intent["status"] == "requires_action" and not intent["_session"] else None
        )

    def _over(self) -> Response:
        return self._pages.not_found(
            "Nothing waits for you at this address. Go back to the shop to see where it stands."
        )
