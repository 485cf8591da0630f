"""Stripe's routes: which parameters each call takes, and which method of the machine it is.

Owns authentication, lists, `expand` and the schema of each call. No state changes here.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Door, Refusal, read_body
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.errors import MANNERS, invalid, missing, refusal, unauthorised
from deploy.sandbox.stripe.forms import EXPAND, LISTING, Choice, Group, Kind, Many, Metadata, Params, Text, Whole, parse
from deploy.sandbox.stripe.machine import Machine, public
from deploy.sandbox.stripe.redaction import Redactions

Body = dict[str, Any]
Handle = Callable[[Params, dict[str, str], Call], Body]
CURRENCIES = Choice(("usd", "cad", "mxn", "eur", "gbp", "jpy", "kwd"))
JOBS = "/v1/privacy/redaction_jobs"
SHOW = Group({"expand": EXPAND})
SESSION = Group(
    {
        "mode": Choice(("payment",)),
        "line_items": Many(
            Group(
                {
                    "quantity": Whole(1, 999_999),
                    "price_data": Group(
                        {
                            "currency": CURRENCIES,
                            "unit_amount": Whole(0, 99_999_999),
                            "product_data": Group(
                                {
                                    "name": Text(),
                                    "description": Text(),
                                    "images": Many(Text(2048), 8),
                                    "metadata": Metadata(),
                                },
                                ("name",),
                            ),
                            "tax_behavior": Choice(("inclusive", "exclusive", "unspecified")),
                        },
                        ("currency", "unit_amount", "product_data"),
                    ),
                },
                ("quantity", "price_data"),
            )
        ),
        "payment_intent_data": Group(
            {
                "capture_method": Choice(("automatic", "automatic_async", "manual")),
                "metadata": Metadata(),
                "description": Text(1000),
                "statement_descriptor_suffix": Text(22),
                "transfer_group": Text(255),
                "receipt_email": Text(800),
            }
        ),
        "payment_method_types": Many(Choice(("card",))),
        "success_url": Text(),
        "cancel_url": Text(),
        "expires_at": Whole(),
        "customer_email": Text(800),
        "client_reference_id": Text(200),
        "metadata": Metadata(),
        "locale": Text(20),
        "submit_type": Choice(("auto", "book", "donate", "pay")),
        "expand": EXPAND,
    },
    ("mode", "line_items", "success_url"),
)
CAPTURE = Group({"amount_to_capture": Whole(1), "expand": EXPAND})
CANCEL = Group(
    {
        "cancellation_reason": Choice(("duplicate", "fraudulent", "requested_by_customer", "abandoned")),
        "expand": EXPAND,
    }
)
REFUND = Group(
    {
        "payment_intent": Text(255),
        "charge": Text(255),
        "amount": Whole(1),
        "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
        "metadata": Metadata(),
        "expand": EXPAND,
    }
)
REDACTION = Group(
    {
        "objects": Group(
            {
                "checkout_sessions": Many(Text(255), 1000),
                "payment_intents": Many(Text(255), 1000),
                "charges": Many(Text(255), 1000),
            }
        ),
        "validation_behavior": Choice(("error", "fix")),
        "expand": EXPAND,
    },
    ("objects",),
)
EXPANDABLE = {
    ("checkout.session", "payment_intent"): "payment_intent",
    ("payment_intent", "latest_charge"): "charge",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "balance_transaction"): "balance_transaction",
    ("refund", "payment_intent"): "payment_intent",
    ("refund", "charge"): "charge",
    ("refund", "balance_transaction"): "balance_transaction",
    ("refund", "failure_balance_transaction"): "balance_transaction",
}


def _listing(**extra: Kind) -> Group:
    return Group({**LISTING, **extra})


class StripeRoutes:
    """`/v1`, one route a call of Stripe's."""

    def __init__(
        self, store: Store, config: SandboxConfig, door: Door, machine: Machine, redactions: Redactions
    ) -> None:
        self._store = store
        self._redactions = redactions
        self._config = config
        self._door = door
        self._machine = machine

    def routes(self) -> list[Route]:
        get, post, machine = "GET", "POST", self._machine
        sessions, intents = "/v1/checkout/sessions", "/v1/payment_intents"
        return [
            self._route(post, sessions, SESSION, lambda p, _, __: machine.create_session(p)),
            self._route(get, sessions, _listing(payment_intent=Text(255)), self._list("checkout.session")),
            self._route(get, sessions + "/{id}", SHOW, lambda _, at, __: machine.session(at["id"])),
            self._route(post, sessions + "/{id}/expire", SHOW, lambda _, at, c: machine.expire_session(at["id"], c)),
            self._route(get, sessions + "/{id}/line_items", _listing(), self._line_items),
            self._route(get, intents, _listing(), self._list("payment_intent")),
            self._route(get, intents + "/{id}", SHOW, lambda _, at, __: machine.intent(at["id"])),
            self._route(
                post,
                intents + "/{id}/capture",
                CAPTURE,
                lambda p, at, c: machine.capture(at["id"], p.get("amount_to_capture"), c),
            ),
            self._route(
                post,
                intents + "/{id}/cancel",
                CANCEL,
                lambda p, at, c: machine.cancel(at["id"], p.get("cancellation_reason"), c),
            ),
            self._route(get, "/v1/charges", _listing(payment_intent=Text(255)), self._list("charge")),
            self._route(get, "/v1/charges/{id}", SHOW, lambda _, at, __: machine.charge(at["id"])),
            self._route(post, "/v1/refunds", REFUND, lambda p, _, c: machine.refund(p, c)),
            self._route(get, "/v1/refunds", _listing(payment_intent=Text(255)), self._list("refund")),
            self._route(get, "/v1/refunds/{id}", SHOW, self._one("refund")),
            self._route(
                get, "/v1/balance_transactions", _listing(source=Text(255)), self._list("balance_transaction", "source")
            ),
            self._route(get, "/v1/balance_transactions/{id}", SHOW, self._one("balance_transaction")),
            self._route(get, "/v1/events", _listing(type=Text(100)), self._list("event")),
            self._route(get, "/v1/events/{id}", SHOW, self._one("event")),
            self._route(get, "/v1/balance", SHOW, self._balance),
            self._route(post, JOBS, REDACTION, lambda p, _, __: self._redactions.create(p)),
            self._route(get, JOBS + "/{id}", SHOW, lambda _, at, __: self._redactions.job(at["id"])),
            self._route(post, JOBS + "/{id}/run", SHOW, lambda _, at, __: self._redactions.run(at["id"])),
            Route("/v1/{path:path}", self._unknown, methods=["GET", "POST", "DELETE"]),
        ]

    def _route(self, method: str, path: str, schema: Group, handle: Handle) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._authorise(request)
                if len(request.headers.get("idempotency-key", "")) > 255:
                    raise refusal(400, "idempotency_error", "Idempotency keys can be up to 255 characters long.")
                raw = await read_body(request, MANNERS) if method == "POST" else request.url.query.encode()
            except Refusal as refused:
                return _refuse(refused)

            def work(call: Call) -> tuple[int, Body]:
                params = schema.read(parse(raw), "")
                expand = params.pop("expand", [])
                return 200, self._show(handle(params, request.path_params, call), expand)

            fingerprint = hashlib.sha256(f"{method} {request.url.path}\n".encode() + raw).hexdigest()
            return await self._door.serve(request, MANNERS, fingerprint, work)

        return Route(path, endpoint, methods=[method])

    def _authorise(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                value = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                value = ""
        if not hmac.compare_digest(value.encode(), self._config.stripe_secret_key.encode()):
            raise unauthorised(value)

    async def _unknown(self, request: Request) -> Response:
        return _refuse(
            refusal(
                404,
                "invalid_request_error",
                f"Unrecognized request URL ({request.method}: {request.url.path}). The sandbox plays only the part of "
                "Stripe that the product uses.",
                remember=False,
            )
        )

    # Reading

    def _one(self, kind: str) -> Handle:
        def handle(_: Params, at: dict[str, str], __: Call) -> Body:
            found = self._store.get(kind, at["id"])
            if found is None:
                raise missing(kind, at["id"])
            return found

        return handle

    def _list(self, kind: str, parent: str = "payment_intent") -> Handle:
        url = "/v1/" + {"checkout.session": "checkout/sessions"}.get(kind, kind + "s")

        def handle(params: Params, _: dict[str, str], __: Call) -> Body:
            limit = params.get("limit", 10)
            for cursor in ("starting_after", "ending_before"):
                if cursor in params and self._store.get(kind, params[cursor]) is None:
                    raise missing(kind, params[cursor], cursor)
            found = self._store.page(
                kind,
                parent=params.get(parent),
                limit=limit + 1,
                after=params.get("starting_after"),
                before=params.get("ending_before"),
                created=params.get("created"),
                matching=("type", params["type"]) if "type" in params else None,
            )
            extra = found[1:] if "ending_before" in params else found[:limit]
            data = extra if len(found) > limit else found
            return objects.collection(url, data, has_more=len(found) > limit)

        return handle

    def _line_items(self, params: Params, at: dict[str, str], _: Call) -> Body:
        lines: list[Body] = self._machine.session(at["id"])["_lines"]
        if "starting_after" in params:
            ids = [line["id"] for line in lines]
            if params["starting_after"] not in ids:
                raise missing("line_item", params["starting_after"], "starting_after")
            lines = lines[ids.index(params["starting_after"]) + 1 :]
        limit = params.get("limit", 10)
        url = f"/v1/checkout/sessions/{at['id']}/line_items"
        return objects.collection(url, lines[:limit], has_more=len(lines) > limit)

    def _balance(self, _: Params, __: dict[str, str], ___: Call) -> Body:
        rows = self._store.query(
            "SELECT json_extract(body, '$.currency'), json_extract(body, '$.available_on') > ?,"
            " sum(json_extract(body, '$.net')) FROM objects WHERE kind = 'balance_transaction' GROUP BY 1, 2",
            (objects.now(),),
        )

        def amounts(*, pending: bool) -> list[Body]:
            found = [(currency, net) for currency, later, net in rows if bool(later) is pending]
            return [
                {"amount": net, "currency": currency, "source_types": {"card": net}} for currency, net in sorted(found)
            ] or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]

        return {
            "object": "balance",
            "available": amounts(pending=False),
            "livemode": False,
            "pending": amounts(pending=True),
        }

    # Showing

    def _show(self, body: Body, expand: list[str]) -> Body:
        if body["object"] == "list":
            shown = {**body, "data": [public(entry) for entry in body["data"]]}
            for path in expand:
                head, _, rest = path.partition(".")
                if head != "data" or not rest:
                    raise invalid(f"This property cannot be expanded ({path}).", param="expand")
                for entry, raw in zip(shown["data"], body["data"], strict=True):
                    self._expand(entry, raw, rest.split("."))
            return shown
        shown = public(body)
        for path in expand:
            self._expand(shown, body, path.split("."))
        if shown["object"] == "balance_transaction":
            shown["status"] = "available" if shown["available_on"] <= objects.now() else "pending"
        return shown

    def _expand(self, shown: Body, raw: Body, path: list[str]) -> None:
        """Replaces an id by its object, in place, and goes on below it."""
        name = path[0]
        if len(path) > 4:
            raise invalid("You cannot expand more than 4 levels of a property.", param="expand")
        if (shown["object"], name) == ("checkout.session", "line_items"):
            shown[name] = objects.collection(
                f"/v1/checkout/sessions/{shown['id']}/line_items", raw["_lines"], has_more=False
            )
            return
        kind = EXPANDABLE.get((shown["object"], name))
        if kind is None:
            raise invalid(f"This property cannot be expanded ({name}).", param="expand")
        value = shown.get(name)
        if value is None:
            return
        if isinstance(value, str):
            value = public(self._store.get(kind, value) or {})
            if kind == "balance_transaction":
                value["status"] = "available" if value["available_on"] <= objects.now() else "pending"
            shown[name] = value
        if len(path) > 1:
            self._expand(value, value, path[1:])


def _refuse(refused: Refusal) -> Response:
    return Response(json.dumps(refused.body), refused.status, media_type="application/json")
