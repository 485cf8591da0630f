"""The control routes: switches, plans and figures for tests, tours and the curious. No partner has these."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.courier.machine import OUTCOMES, SCANS, CourierMachine
from deploy.sandbox.courier.routes import shown
from deploy.sandbox.door import Refusal
from deploy.sandbox.faults import Faults
from deploy.sandbox.pages import Pages
from deploy.sandbox.plain import answer
from deploy.sandbox.store import Store
from deploy.sandbox.webhooks import Deliverer

Body = dict[str, Any]
_MONEY_SQL = """
SELECT json_extract(body, '$.metadata.checkout') AS reference, json_extract(body, '$.currency'),
       sum(json_extract(body, '$.captured')), sum(json_extract(body, '$.amount_captured'))
FROM objects WHERE kind = 'charge' AND json_extract(body, '$.status') = 'succeeded' GROUP BY 1, 2
"""
_REFUND_SQL = """
SELECT json_extract(body, '$.currency'), count(*), sum(json_extract(body, '$.amount'))
FROM objects WHERE kind = 'refund' AND json_extract(body, '$.status') <> 'failed' GROUP BY 1
"""
_STATUS_SQL = "SELECT json_extract(body, '$.status'), count(*) FROM objects WHERE kind = ? GROUP BY 1"


class Control:
    def __init__(
        self,
        store: Store,
        config: SandboxConfig,
        *,
        faults: Faults,
        deliverer: Deliverer,
        couriers: CourierMachine,
        pages: Pages,
    ) -> None:
        self._store = store
        self._config = config
        self._faults = faults
        self._deliverer = deliverer
        self._couriers = couriers
        self._pages = pages

    def routes(self) -> list[Route]:
        shipments = "/_control/couriers/{code}/shipments/{tracking}"
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/_control/faults", self.faults, methods=["GET", "PUT"]),
            Route("/_control/stats", self.stats, methods=["GET"]),
            Route("/_control/outbox", self.outbox, methods=["GET"]),
            Route("/_control/reset", self.reset, methods=["POST"]),
            Route("/_control/couriers/{code}/by-reference/{reference}", self.by_reference, methods=["GET"]),
            Route(shipments + "/plan", self.plan, methods=["PUT"]),
            Route(shipments + "/scans", self.scan, methods=["POST"]),
        ]

    async def index(self, _: Request) -> Response:
        stats = self._figures()
        sessions = self._store.page("checkout.session", limit=10)
        shipments = self._store.page("shipment", limit=10)
        return self._pages.show(
            "index.html",
            stats=stats,
            sessions=sessions,
            shipments=shipments,
            couriers={courier.code: courier.name for courier in self._config.couriers},
            faults=self._faults.settings,
        )

    async def health(self, _: Request) -> Response:
        self._store.query("SELECT 1")
        return JSONResponse({"status": "ok"})

    async def faults(self, request: Request) -> Response:
        if request.method == "PUT":
            given = await _json(request)
            try:
                self._faults.replace(given)
            except (ValueError, TypeError) as error:
                return _wrong(str(error))
        return JSONResponse(self._faults.settings)

    async def stats(self, _: Request) -> Response:
        return JSONResponse(self._figures())

    def _figures(self) -> Body:
        references: dict[str, int] = {}
        captured: dict[str, Body] = {}
        for reference, currency, charges, amount in self._store.query(_MONEY_SQL):
            if charges:
                references[reference or ""] = references.get(reference or "", 0) + charges
                total = captured.setdefault(currency, {"charges": 0, "amount": 0})
                total["charges"] += charges
                total["amount"] += amount
        refunded = {
            currency: {"refunds": count, "amount": amount} for currency, count, amount in self._store.query(_REFUND_SQL)
        }
        by_status = {
            kind: dict(self._store.query(_STATUS_SQL, (kind,)))
            for kind in ("checkout.session", "payment_intent", "charge", "refund", "shipment")
        }
        outbox = dict(self._store.query("SELECT state, count(*) FROM outbox GROUP BY 1"))
        return {
            "captured": captured,
            "refunded": refunded,
            "captured_per_reference": references,
            "captured_more_than_once": sorted(name for name, count in references.items() if name and count > 1),
            "cancelled": by_status["payment_intent"].get("canceled", 0),
            "by_status": by_status,
            "callbacks": outbox,
            "mails": self._store.query("SELECT count(*) FROM objects WHERE kind = 'mail'")[0][0],
        }

    async def outbox(self, request: Request) -> Response:
        """The last 500 callbacks and what became of them."""
        rows = self._store.query(
            "SELECT id, channel, event_id, state, attempts, last_answer, due FROM outbox ORDER BY id DESC LIMIT 500"
        )
        names = ("id", "channel", "event_id", "state", "attempts", "last_answer", "due")
        return JSONResponse({"callbacks": [dict(zip(names, row, strict=True)) for row in rows]})

    async def reset(self, _: Request) -> Response:
        """Empties the sandbox; after the answer nothing of the past arrives anywhere."""
        with self._store.transaction():
            self._store.reset()
        self._faults.load()
        await self._deliverer.settle()
        return JSONResponse({"status": "empty"})

    # Couriers

    async def by_reference(self, request: Request) -> Response:
        found = self._couriers.by_reference(request.path_params["code"], request.path_params["reference"])
        if found is None:
            return _wrong("There is no shipment with this reference.", 404)
        return JSONResponse({**shown(found), "label": found["label"], "plan": found["plan"]})

    async def plan(self, request: Request) -> Response:
        given = await _json(request)
        outcomes = given.get("outcomes")
        delay = given.get("delay_seconds", 1)
        if not isinstance(outcomes, list) or not outcomes or any(outcome not in OUTCOMES for outcome in outcomes):
            return _wrong(f"outcomes is a list of {', '.join(OUTCOMES)}, one for each attempt.")
        if not isinstance(delay, int | float) or delay < 0:
            return _wrong("delay_seconds is a number, 0 or more.")
        at = request.path_params
        try:
            with self._store.transaction():
                shipment = self._couriers.plan(at["code"], at["tracking"], outcomes, delay)
        except Refusal as refused:
            return answer(refused)
        return JSONResponse({**shown(shipment), "plan": shipment["plan"]})

    async def scan(self, request: Request) -> Response:
        given = await _json(request)
        if given.get("type") not in SCANS:
            return _wrong(f"type is one of {', '.join(SCANS)}.")
        attempt = given.get("attempt")
        if attempt is not None and (not isinstance(attempt, int) or attempt < 1):
            return _wrong("attempt is a whole number from 1.")
        if (at_time := given.get("occurred_at")) is not None:
            try:
                datetime.fromisoformat(at_time)
            except (TypeError, ValueError):
                return _wrong("occurred_at is a date and time as in RFC 3339.")
        at = request.path_params
        try:
            with self._store.transaction():
                scan = self._couriers.scan(at["code"], at["tracking"], given)
        except Refusal as refused:
            return answer(refused)
        self._deliverer.wake()
        return JSONResponse(scan, 201)


async def _json(request: Request) -> Body:
    try:
        given = await request.json()
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _wrong(message: str, status: int = 422) -> Response:
    return JSONResponse({"error": {"message": message}}, status)
