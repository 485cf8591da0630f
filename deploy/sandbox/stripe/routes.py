"""Routes of payments: which parameters each call takes, and which method of the machine it is.

Owns the schema of each call. No state changes here; how a call is served is `serving.py`'s.
"""

from typing import Any

from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Door
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.errors import missing
from deploy.sandbox.stripe.forms import EXPAND, Choice, Group, Many, Metadata, Params, Text, Whole
from deploy.sandbox.stripe.machine import Machine
from deploy.sandbox.stripe.redaction import Redactions
from deploy.sandbox.stripe.serving import Serving, listing

Body = dict[str, Any]
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
                "setup_future_usage": Choice(("off_session", "on_session")),
                "metadata": Metadata(),
                "description": Text(1000),
                "statement_descriptor_suffix": Text(22),
                "transfer_group": Text(255),
                "receipt_email": Text(800),
            }
        ),
        "payment_method_types": Many(Choice(("card",))),
        "customer": Text(255),
        "customer_creation": Choice(("always", "if_required")),
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


class StripeRoutes(Serving):
    """`/v1`, one route a call."""

    def __init__(
        self, store: Store, config: SandboxConfig, door: Door, machine: Machine, redactions: Redactions
    ) -> None:
        super().__init__(store, config, door)
        self._redactions = redactions
        self._machine = machine

    def routes(self) -> list[Route]:
        get, post, machine = "GET", "POST", self._machine
        sessions, intents = "/v1/checkout/sessions", "/v1/payment_intents"
        return [
            self._route(post, sessions, SESSION, lambda p, _, __: machine.create_session(p)),
            self._route(get, sessions, listing(payment_intent=Text(255)), self._list("checkout.session")),
            self._route(get, sessions + "/{id}", SHOW, lambda _, at, __: machine.session(at["id"])),
            self._route(post, sessions + "/{id}/expire", SHOW, lambda _, at, c: machine.expire_session(at["id"], c)),
            self._route(get, sessions + "/{id}/line_items", listing(), self._line_items),
            self._route(
                get, intents, listing(customer=Text(255)), self._list("payment_intent", "payment_intent", "customer")
            ),
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
            self._route(get, "/v1/charges", listing(payment_intent=Text(255)), self._list("charge")),
            self._route(get, "/v1/charges/{id}", SHOW, lambda _, at, __: machine.charge(at["id"])),
            self._route(post, "/v1/refunds", REFUND, lambda p, _, c: machine.refund(p, c)),
            self._route(get, "/v1/refunds", listing(payment_intent=Text(255)), self._list("refund")),
            self._route(get, "/v1/refunds/{id}", SHOW, self._one("refund")),
            self._route(post, JOBS, REDACTION, lambda p, _, __: self._redactions.create(p)),
            self._route(get, JOBS + "/{id}", SHOW, lambda _, at, __: self._redactions.job(at["id"])),
            self._route(post, JOBS + "/{id}/run", SHOW, lambda _, at, __: self._redactions.run(at["id"])),
        ]

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
