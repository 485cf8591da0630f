"""Control routes of connected accounts and money out: what an artisan, a bank or the passing of time would do.

Owns switches and figures for tests, tours and the curious; no partner has these.
"""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.door import Refusal
from deploy.sandbox.plain import answer
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.accounts import Accounts, shown
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.errors import MANNERS
from deploy.sandbox.stripe.pace import Pace
from deploy.sandbox.stripe.payouts import Payouts
from deploy.sandbox.webhooks import Deliverer

Body = dict[str, Any]
_SENT_SQL = """
SELECT json_extract(body, '$.currency'), count(*), sum(json_extract(body, '$.amount'))
FROM objects WHERE {where} GROUP BY 1
"""
_TWICE_SQL = """
SELECT json_extract(body, '$.metadata.operation') FROM objects WHERE {where}
GROUP BY 1 HAVING count(*) > 1 AND json_extract(body, '$.metadata.operation') IS NOT NULL ORDER BY 1
"""
_MOVES = {
    "transferred": "kind = 'transfer'",
    "reversed": "kind = 'transfer_reversal'",
    "paid_out": "kind LIKE 'payout@%' AND json_extract(body, '$.status') NOT IN ('failed', 'canceled')",
}


class ConnectControl:
    def __init__(
        self,
        store: Store,
        deliverer: Deliverer,
        *,
        accounts: Accounts,
        payouts: Payouts,
        balances: Balances,
        pace: Pace,
    ) -> None:
        self._store = store
        self._deliverer = deliverer
        self._accounts = accounts
        self._payouts = payouts
        self._balances = balances
        self._pace = pace

    def routes(self) -> list[Route]:
        base = "/_control/stripe"
        return [
            Route(f"{base}/accounts", self.accounts, methods=["GET"]),
            Route(f"{base}/accounts/{{id}}/complete", self.complete, methods=["POST"]),
            Route(f"{base}/accounts/{{id}}/require", self.require, methods=["POST"]),
            Route(f"{base}/accounts/{{id}}/restrict", self.restrict, methods=["POST"]),
            Route(f"{base}/payouts", self.payouts, methods=["GET"]),
            Route(f"{base}/payouts/{{id}}/return", self.send_back, methods=["POST"]),
            Route(f"{base}/pace", self.pace, methods=["GET", "PUT"]),
            Route(f"{base}/hurry", self.hurry, methods=["POST"]),
            Route(f"{base}/forget-keys", self.forget_keys, methods=["POST"]),
            Route(f"{base}/money-out", self.figures, methods=["GET"]),
        ]

    async def accounts(self, request: Request) -> Response:
        """All, or those whose metadata says so: `?shop_id=shp_1`."""
        asked = {f"metadata.{name}": value for name, value in request.query_params.items()}
        found = self._store.page("account", limit=1000, matching=asked)
        return JSONResponse({"accounts": [shown(account) for account in found]})

    async def complete(self, request: Request) -> Response:
        """As if the artisan had filled in the provider's page."""
        return self._on_account(lambda: self._accounts.complete(request.path_params["id"]))

    async def require(self, request: Request) -> Response:
        """`{"requirements": ["individual.verification.document"], "seconds": 60}`; without seconds it is past due."""
        given = await _json(request)
        names, seconds = given.get("requirements"), given.get("seconds")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            return _wrong("requirements is a list of names, such as individual.verification.document.")
        if seconds is not None and (not isinstance(seconds, int | float) or seconds < 0):
            return _wrong("seconds is a number, 0 or more.")
        return self._on_account(lambda: self._accounts.require(request.path_params["id"], names, seconds))

    async def restrict(self, request: Request) -> Response:
        """`{"reason": "rejected.fraud"}`; an empty reason lifts it."""
        reason = (await _json(request)).get("reason")
        if not isinstance(reason, str):
            return _wrong("reason is one of Stripe's, such as rejected.fraud, or empty to lift it.")
        return self._on_account(lambda: self._accounts.restrict(request.path_params["id"], reason))

    async def payouts(self, request: Request) -> Response:
        """The latest first; `?account=acct_1` for one account's."""
        account = request.query_params.get("account")
        rows = self._store.query(
            "SELECT body, json_extract(body, '$._account') FROM objects"
            " WHERE kind LIKE 'payout@%' AND (? IS NULL OR parent = ?) ORDER BY seq DESC LIMIT 1000",
            (account, account),
        )
        return JSONResponse({"payouts": [{**objects.public(_loads(body)), "account": of} for body, of in rows]})

    async def send_back(self, request: Request) -> Response:
        """`{"failure_code": "account_closed"}`: the bank returns a payout that it had taken."""
        code = (await _json(request)).get("failure_code", "account_closed")
        try:
            with self._store.transaction():
                payout = self._payouts.send_back(request.path_params["id"], str(code))
        except ValueError as error:
            return _wrong(str(error))
        self._deliverer.wake()
        return JSONResponse(objects.public(payout))

    async def pace(self, request: Request) -> Response:
        """`{"available_seconds": 5, "payout_seconds": 2}`, for what begins from now on."""
        if request.method == "PUT":
            try:
                with self._store.transaction():
                    self._pace.change(await _json(request))
            except ValueError as error:
                return _wrong(str(error))
        return JSONResponse(self._pace.shown())

    async def hurry(self, _: Request) -> Response:
        """Whatever is pending is available now, and payouts on their way have arrived or failed."""
        with self._store.transaction():
            hurried = {"transactions": self._balances.hurry(), "payouts": self._payouts.hurry()}
        self._deliverer.wake()
        return JSONResponse(hurried)

    async def forget_keys(self, _: Request) -> Response:
        """As a day does: no idempotency key of Stripe's is remembered any more."""
        with self._store.transaction():
            return JSONResponse({"forgotten": self._store.forget_answers(MANNERS.realm)})

    async def figures(self, _: Request) -> Response:
        """What went out, by currency, and operations of ours that did so more than once."""
        told: Body = {}
        for name, where in _MOVES.items():
            rows = self._store.query(_SENT_SQL.format(where=where))
            told[name] = {currency: {"count": count, "amount": amount} for currency, count, amount in rows}
            told[f"{name}_more_than_once"] = [row[0] for row in self._store.query(_TWICE_SQL.format(where=where))]
        return JSONResponse(told)

    def _on_account(self, act: Callable[[], Body]) -> Response:
        try:
            with self._store.transaction():
                account = act()
        except Refusal as refused:
            return answer(refused)
        self._deliverer.wake()
        return JSONResponse(shown(account))


def _loads(text: str) -> Body:
    body: Body = json.loads(text)
    return body


async def _json(request: Request) -> Body:
    try:
        given = await request.json()
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _wrong(message: str, status: int = 422) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
