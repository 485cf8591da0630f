"""What may happen to a parcel: label, dispatch, scans, outcome, and the callback that each scan sends.

Owns shipments and their plans. Every method runs inside the caller's transaction.
"""

import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from deploy.sandbox.config import CourierConfig, SandboxConfig
from deploy.sandbox.courier import rates
from deploy.sandbox.faults import Faults
from deploy.sandbox.plain import refuse
from deploy.sandbox.store import Store

Body = dict[str, Any]
OUTCOMES = ("delivered", "failed", "returned")
SCANS = ("in_transit", "out_for_delivery", *OUTCOMES)
FINAL = {"delivered", "returned"}
PARTIES = {"recipient": "to", "sender": "origin"}
_REASONS = {"failed": "nobody_at_home", "returned": "refused_by_recipient"}


class CourierMachine:
    """One for all couriers; each shipment carries its courier's code."""

    def __init__(self, store: Store, config: SandboxConfig, faults: Faults) -> None:
        self._store = store
        self._config = config
        self._faults = faults

    def buy(self, courier: CourierConfig, body: Body) -> Body:
        """Raises 409 with the label when the reference has one already: nobody pays postage twice."""
        known = self.by_reference(courier.code, body["reference"])
        if known is not None:
            raise refuse(
                409, "duplicate_reference", "This reference has a label already.", remember=True, label=known["label"]
            )
        quoted = rates.quote(
            courier.code,
            body["service"],
            origin=body["origin"]["country"],
            to=body["to"]["country"],
            weight_grams=body["weight_grams"],
            currency=rates.home_currency(body["origin"]["country"]),
        )
        tracking, label_id = _tracking_number(courier.code), "lbl_" + secrets.token_hex(12)
        label = {
            "id": label_id,
            "tracking_number": tracking,
            "service": body["service"],
            "amount": quoted["amount"],
            "currency": quoted["currency"],
            "label_url": f"{self._config.base_url}/courier/{courier.code}/labels/{label_id}",
        }
        shipment = {
            "id": tracking,
            "courier": courier.code,
            "reference": body["reference"],
            "label": label,
            "origin": body["origin"],
            "to": body["to"],
            "weight_grams": body["weight_grams"],
            "created": int(time.time()),
            "status": "label_created",
            "attempt": 0,
            "plan": None,
            "scans": [],
        }
        self._store.put("label", {"id": label_id, "tracking_number": tracking})
        self._save(shipment)
        return label

    def by_reference(self, code: str, reference: str) -> Body | None:
        found = self._store.page("shipment", parent=f"{code}:{reference}", limit=1)
        return found[0] if found else None

    def by_label(self, code: str, label_id: str) -> Body | None:
        label = self._store.get("label", label_id)
        shipment = self._store.get("shipment", label["tracking_number"]) if label else None
        return shipment if shipment and shipment["courier"] == code else None

    def shipment(self, code: str, tracking: str) -> Body:
        shipment = self._store.get("shipment", tracking)
        if shipment is None or shipment["courier"] != code:
            raise refuse(404, "not_found", f"There is no shipment {tracking[:40]}.")
        return shipment

    def dispatch(self, code: str, tracking: str, attempt: int) -> Body:
        shipment = self.shipment(code, tracking)
        if attempt <= shipment["attempt"]:
            return shipment  # asked again for an attempt that is under way or over
        if shipment["status"] in FINAL:
            raise refuse(409, "shipment_closed", f"The shipment is already {shipment['status']}.", remember=True)
        if attempt != shipment["attempt"] + 1:
            raise refuse(409, "attempt_out_of_order", f"The next attempt is {shipment['attempt'] + 1}.", remember=True)
        shipment.update(attempt=attempt, status="dispatched")
        self._save(shipment)
        self._schedule(shipment)
        return shipment

    def plan(self, code: str, tracking: str, outcomes: list[str], delay: float) -> Body:
        """From now on; an attempt that is under way starts over with it."""
        shipment = self.shipment(code, tracking)
        shipment["plan"] = {"outcomes": outcomes, "delay_seconds": delay}
        self._save(shipment)
        if shipment["attempt"] > 0 and shipment["status"] not in OUTCOMES:
            self._schedule(shipment)
        return shipment

    def erase(self, code: str, references: list[str], party: str) -> int:
        """Empties an address on these shipments and the places that scans named, sent or still to be sent; how many
        shipments it changed."""
        erased = 0
        for reference in references:
            shipment = self.by_reference(code, reference)
            if shipment is None:
                continue
            kept = shipment[PARTIES[party]]["country"]
            shipment[PARTIES[party]] = {
                **dict.fromkeys(shipment[PARTIES[party]], ""),
                "name": "Erased",
                "country": kept,
            }
            shipment["scans"] = [{**scan, "location": "", "reason": ""} for scan in shipment["scans"]]
            self._save(shipment)
            self._store.rewrite(f'"tracking_number":"{shipment["id"]}"', _without_place)
            erased += 1
        return erased

    def scan(self, code: str, tracking: str, given: Body) -> Body:
        """One scan sent by hand, believed as it comes."""
        shipment = self.shipment(code, tracking)
        return self._record(shipment, given)

    def tick(self, due: Body) -> None:
        """A planned scan fell due."""
        self._store.delete(due["id"])
        shipment = self._store.get("shipment", due["tracking_number"])
        if shipment is not None and shipment["attempt"] == due["attempt"]:
            self._record(shipment, due)

    def _schedule(self, shipment: Body) -> None:
        plan, delay = shipment["plan"], self._config.courier_autopilot_seconds
        outcome = "delivered"
        if plan is not None:
            delay = plan["delay_seconds"]
            outcome = plan["outcomes"][min(shipment["attempt"], len(plan["outcomes"])) - 1]
        elif delay <= 0:
            return
        now = time.time()
        steps = (("in_transit", 0.25), ("out_for_delivery", 0.6), (outcome, 1.0))
        for position, (kind, share) in enumerate(steps):
            # One row a step of a parcel: a new plan or attempt takes the place of what was still to come.
            body = {
                "id": f"due:{shipment['id']}:{position}",
                "tracking_number": shipment["id"],
                "attempt": shipment["attempt"],
                "type": kind,
            }
            self._store.put("scan.due", body, due=now + delay * share)

    def _record(self, shipment: Body, given: Body) -> Body:
        kind, city = given["type"], shipment["to"].get("city", "")
        scan = {
            "id": "cev_" + secrets.token_hex(12),
            "type": kind,
            "tracking_number": shipment["id"],
            "attempt": given.get("attempt") or max(shipment["attempt"], 1),
            "occurred_at": given.get("occurred_at") or datetime.now(UTC).isoformat(timespec="milliseconds"),
            "reason": given.get("reason") or _REASONS.get(kind, ""),
            "location": given.get("location") or (city if kind != "in_transit" else shipment["origin"].get("city", "")),
        }
        shipment["scans"].append(scan)
        shipment["status"] = kind
        self._save(shipment)
        text, now = json.dumps(scan, separators=(",", ":")), time.time()
        # A courier repeats and delays its callbacks but never loses one for good: that is its promise to us.
        for delay in self._faults.for_webhook(None).delays or (0.0,):
            self._store.enqueue(f"courier:{shipment['courier']}", scan["id"], text, now + delay)
        return scan

    def _save(self, shipment: Body) -> None:
        self._store.put("shipment", shipment, parent=f"{shipment['courier']}:{shipment['reference']}")


def _without_place(body: Body) -> Body:
    return {**body, "location": "", "reason": ""} if body.get("location") else body


def _tracking_number(code: str) -> str:
    """Two letters of the courier, ten digits, a check digit and its country, as on real parcels."""
    letters = "".join(char for char in code.upper() if char.isalpha())
    digits = f"{secrets.randbelow(10**10):010d}"
    check = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10
    return f"{(letters + 'XX')[:2]}{digits}{check}US"
