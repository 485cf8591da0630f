"""How a call of Stripe's is served: key, account, parameters, the door, and what the answer shows.

Owns authentication, `Stripe-Account`, lists and `expand`; which calls there are is the routes'.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Door, Refusal, read_body
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.errors import MANNERS, StripeManners, invalid, missing, no_access, refusal, unauthorised
from deploy.sandbox.stripe.events import kind_of
from deploy.sandbox.stripe.forms import LISTING, Group, Kind, Params, parse
from deploy.sandbox.stripe.objects import public

Body = dict[str, Any]
Handle = Callable[[Params, dict[str, str], Call], Body]
SOURCES = {
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "tr": "transfer",
    "trr": "transfer_reversal",
    "po": "payout",
}
"""What an id's first letters say of the object."""
EXPANDABLE = {
    ("checkout.session", "payment_intent"): "payment_intent",
    ("payment_intent", "latest_charge"): "charge",
    ("payment_intent", "payment_method"): "payment_method",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "balance_transaction"): "balance_transaction",
    ("charge", "source_transfer"): "transfer",
    ("refund", "payment_intent"): "payment_intent",
    ("refund", "charge"): "charge",
    ("refund", "balance_transaction"): "balance_transaction",
    ("refund", "failure_balance_transaction"): "balance_transaction",
    ("balance_transaction", "source"): "",
    ("transfer", "balance_transaction"): "balance_transaction",
    ("transfer", "destination"): "account",
    ("transfer_reversal", "balance_transaction"): "balance_transaction",
    ("transfer_reversal", "transfer"): "transfer",
    ("payout", "balance_transaction"): "balance_transaction",
    ("payout", "failure_balance_transaction"): "balance_transaction",
}
OURS = {"transfer", "transfer_reversal", "account", "checkout.session", "payment_intent", "payment_method", "customer"}
"""Kinds that the platform has, whoever asks on whose behalf."""


def listing(**extra: Kind) -> Group:
    return Group({**LISTING, **extra})


class Serving:
    """What the routes of payments and those of connected accounts have in common."""

    def __init__(self, store: Store, config: SandboxConfig, door: Door) -> None:
        self._store = store
        self._config = config
        self._door = door

    def _route(self, method: str, path: str, schema: Group, handle: Handle, *, connected: bool = False) -> Route:
        """`connected`: it may be called on behalf of a connected account."""

        async def endpoint(request: Request) -> Response:
            account = request.headers.get("stripe-account", "")
            try:
                self._authorise(request)
                if len(request.headers.get("idempotency-key", "")) > 255:
                    raise refusal(400, "idempotency_error", "Idempotency keys can be up to 255 characters long.")
                if account and self._store.get("account", account) is None:
                    raise no_access(account)
                if account and not connected:
                    raise invalid("The sandbox plays this call for the platform's own account only.")
                raw = await read_body(request, MANNERS) if method == "POST" else request.url.query.encode()
            except Refusal as refused:
                return _refuse(refused)

            def work(call: Call) -> tuple[int, Body]:
                params = schema.read(parse(raw), "")
                expand = params.pop("expand", [])
                call = replace(call, account=account)
                body = handle(params, request.path_params, call)
                if "error" in body:  # a card's refusal: unlike ours, it leaves its traces
                    return 402, body
                return 200, self._show(body, expand, account)

            fingerprint = hashlib.sha256(f"{method} {request.url.path}\n".encode() + raw).hexdigest()
            manners = StripeManners(f"{MANNERS.realm}@{account}") if account else MANNERS
            return await self._door.serve(request, manners, fingerprint, work)

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

    # Reading

    def _one(self, kind: str) -> Handle:
        def handle(_: Params, at: dict[str, str], call: Call) -> Body:
            found = self._store.get(_kept(kind, call.account), at["id"])
            if found is None:
                raise missing(kind, at["id"])
            return found

        return handle

    def _list(self, kind: str, parent: str = "payment_intent", *matching: str) -> Handle:
        """Filtered by the parameter that names the parent, and by `matching`: parameters that are fields too."""
        url = "/v1/" + {"checkout.session": "checkout/sessions"}.get(kind, kind + "s")

        def handle(params: Params, _: dict[str, str], call: Call) -> Body:
            kept = _kept(kind, call.account)
            limit = params.get("limit", 10)
            for cursor in ("starting_after", "ending_before"):
                if cursor in params and self._store.get(kept, params[cursor]) is None:
                    raise missing(kind, params[cursor], cursor)
            found = self._store.page(
                kept,
                parent=params.get(parent),
                limit=limit + 1,
                after=params.get("starting_after"),
                before=params.get("ending_before"),
                created=params.get("created"),
                matching={name: params[name] for name in matching if name in params},
            )
            extra = found[1:] if "ending_before" in params else found[:limit]
            data = extra if len(found) > limit else found
            return objects.collection(url, data, has_more=len(found) > limit)

        return handle

    # Showing

    def _show(self, body: Body, expand: list[str], account: str) -> Body:
        if body["object"] == "list":
            shown = {**body, "data": [_shown(entry) for entry in body["data"]]}
            for path in expand:
                head, _, rest = path.partition(".")
                if head != "data" or not rest:
                    raise invalid(f"This property cannot be expanded ({path}).", param="expand")
                for entry, raw in zip(shown["data"], body["data"], strict=True):
                    self._expand(entry, raw, rest.split("."), account)
            return shown
        shown = _shown(body)
        for path in expand:
            self._expand(shown, body, path.split("."), account)
        return shown

    def _expand(self, shown: Body, raw: Body, path: list[str], account: str) -> None:
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
            kind = kind or SOURCES[value.partition("_")[0]]
            shown[name] = value = _shown(self._store.get(_kept(kind, account), value) or {})
        if len(path) > 1:
            self._expand(value, value, path[1:], account)


def unknown(request: Request) -> Response:
    return _refuse(
        refusal(
            404,
            "invalid_request_error",
            f"Unrecognized request URL ({request.method}: {request.url.path}). The sandbox plays only the part of "
            "Stripe that the product uses.",
            remember=False,
        )
    )


def _kept(kind: str, account: str) -> str:
    return kind if kind in OURS else kind_of(kind, account)


def _shown(body: Body) -> Body:
    shown = public(body)
    if shown.get("object") == "balance_transaction":
        shown["status"] = "available" if shown["available_on"] <= objects.now() else "pending"
    return shown


def _refuse(refused: Refusal) -> Response:
    return Response(json.dumps(refused.body), refused.status, media_type="application/json")
