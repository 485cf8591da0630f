"""The couriers' routes: `/courier/{code}/v1`, and the label as a page to print. Owns validation and shapes."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.sandbox.config import CourierConfig, SandboxConfig
from deploy.sandbox.courier import rates
from deploy.sandbox.courier.barcode import code39
from deploy.sandbox.courier.machine import PARTIES, CourierMachine
from deploy.sandbox.door import Call, Door
from deploy.sandbox.pages import Pages
from deploy.sandbox.plain import PlainManners, answer, refuse, serve, text, whole

Body = dict[str, Any]
MAX_GRAMS = 70_000


class CourierRoutes:
    def __init__(self, config: SandboxConfig, door: Door, machine: CourierMachine, pages: Pages) -> None:
        self._couriers = {courier.code: courier for courier in config.couriers}
        self._door = door
        self._machine = machine
        self._pages = pages

    def routes(self) -> list[Route]:
        base = "/courier/{code}/v1"
        return [
            Route(base + "/quotes", self.quotes, methods=["POST"]),
            Route(base + "/labels", self.buy, methods=["POST"]),
            Route(base + "/labels", self.labels, methods=["GET"]),
            Route(base + "/erasures", self.erase, methods=["POST"]),
            Route(base + "/shipments/{tracking}", self.shipment, methods=["GET"]),
            Route(base + "/shipments/{tracking}/dispatch", self.dispatch, methods=["POST"]),
            Route("/courier/{code}/labels/{label}", self.label_page, methods=["GET"]),
        ]

    async def quotes(self, request: Request) -> Response:
        def work(body: Body, courier: CourierConfig) -> tuple[int, Body]:
            origin, to = _address(body, "origin"), _address(body, "to")
            grams = whole(body, "weight_grams", 1, MAX_GRAMS)
            currency = text(body, "currency")
            if currency not in rates.PER_DOLLAR:
                raise refuse(422, "invalid", f"We do not quote in {currency[:10]}.", field="currency")
            return 200, {
                "quotes": [
                    rates.quote(
                        courier.code,
                        service,
                        origin=origin["country"],
                        to=to["country"],
                        weight_grams=grams,
                        currency=currency,
                    )
                    for service in rates.SERVICES
                ]
            }

        return await self._serve(request, work)

    async def buy(self, request: Request) -> Response:
        def work(body: Body, courier: CourierConfig) -> tuple[int, Body]:
            if text(body, "service") not in rates.SERVICES:
                raise refuse(422, "invalid", f"service must be one of {', '.join(rates.SERVICES)}.", field="service")
            return 201, self._machine.buy(
                courier,
                {
                    "reference": text(body, "reference"),
                    "service": body["service"],
                    "origin": _address(body, "origin"),
                    "to": _address(body, "to"),
                    "weight_grams": whole(body, "weight_grams", 1, MAX_GRAMS),
                },
            )

        return await self._serve(request, work)

    async def labels(self, request: Request) -> Response:
        reference = request.query_params.get("reference", "")

        def work(_: Body, courier: CourierConfig) -> tuple[int, Body]:
            shipment = self._machine.by_reference(courier.code, reference)
            return 200, {"labels": [shipment["label"]] if shipment else []}

        return await self._serve(request, work)

    async def shipment(self, request: Request) -> Response:
        tracking = request.path_params["tracking"]

        def work(_: Body, courier: CourierConfig) -> tuple[int, Body]:
            return 200, shown(self._machine.shipment(courier.code, tracking))

        return await self._serve(request, work)

    async def dispatch(self, request: Request) -> Response:
        tracking = request.path_params["tracking"]

        def work(body: Body, courier: CourierConfig) -> tuple[int, Body]:
            attempt = whole(body, "attempt", 1, 100)
            shipment = self._machine.dispatch(courier.code, tracking, attempt)
            return 202, {"tracking_number": tracking, "attempt": attempt, "status": shipment["status"]}

        return await self._serve(request, work)

    async def erase(self, request: Request) -> Response:
        def work(body: Body, courier: CourierConfig) -> tuple[int, Body]:
            references, party = body.get("references"), text(body, "party")
            if not isinstance(references, list) or not all(isinstance(one, str) for one in references):
                raise refuse(422, "invalid", "references must be a list of references.", field="references")
            if party not in PARTIES:
                raise refuse(422, "invalid", f"party must be one of {', '.join(PARTIES)}.", field="party")
            count = self._machine.erase(courier.code, references, party)
            return 201, {"id": "era_" + secrets.token_hex(12), "count": count}

        return await self._serve(request, work)

    async def label_page(self, request: Request) -> Response:
        courier = self._couriers.get(request.path_params["code"])
        shipment = self._machine.by_label(courier.code, request.path_params["label"]) if courier else None
        if shipment is None or courier is None:
            return self._pages.not_found("There is no such label.")
        return self._pages.show("label.html", courier=courier.name, shipment=shipment, barcode=code39(shipment["id"]))

    async def _serve(self, request: Request, work: Any) -> Response:
        courier = self._couriers.get(request.path_params["code"])
        if courier is None:
            return answer(refuse(404, "not_found", "There is no such courier."))

        def bound(body: Body, _: Call) -> tuple[int, Body]:
            result: tuple[int, Body] = work(body, courier)
            return result

        return await serve(request, self._door, PlainManners(f"courier:{courier.code}"), courier.api_key, bound)


def shown(shipment: Body) -> Body:
    """What a customer of the courier may know of a shipment."""
    return {
        "tracking_number": shipment["id"],
        "reference": shipment["reference"],
        "service": shipment["label"]["service"],
        "status": shipment["status"],
        "attempt": shipment["attempt"],
        "scans": shipment["scans"],
    }


def _address(body: Body, name: str) -> Body:
    given = body.get(name)
    if not isinstance(given, dict):
        raise refuse(422, "invalid", f"{name} must be an address.", field=name)
    address = {
        part: text(given, part, required=part in {"name", "line1", "city", "country"})
        for part in ("name", "line1", "line2", "city", "region", "postal_code", "country", "phone")
    }
    if len(address["country"]) != 2 or not address["country"].isupper():
        message = f"{name}.country must be two capital letters (ISO 3166-1)."
        raise refuse(422, "invalid", message, field=f"{name}.country")
    return address
