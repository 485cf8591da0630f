"""What may happen to a payment: sessions, intents, charges, refunds, and the event that each change emits.

Owns the state machine. Every method runs inside the caller's transaction and raises `Refusal` in Stripe's words; HTTP,
idempotency and faults are the door's.
"""

import time
from typing import Any

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.cards import CARDS, Card
from deploy.sandbox.stripe.customers import Customers
from deploy.sandbox.stripe.errors import conflict, invalid, missing
from deploy.sandbox.stripe.events import NOBODY, Events
from deploy.sandbox.stripe.objects import public

Body = dict[str, Any]
MIN_LIFE, MAX_LIFE = 30 * 60, 24 * 3600
REFUND_SETTLES_AFTER = 3.0
# Stripe's minimum charge amounts, in minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MINIMUM = {"usd": 50, "eur": 50, "cad": 50, "gbp": 30, "mxn": 1000, "jpy": 50}
MAXIMUM = 99_999_999
STEP = {"kwd": 10}
"""Three-decimal currencies: https://docs.stripe.com/currencies#three-decimal"""


class Machine:
    """All writes to Stripe's objects."""

    def __init__(
        self, store: Store, config: SandboxConfig, events: Events, balances: Balances, customers: Customers
    ) -> None:
        self._store = store
        self._config = config
        self._events = events
        self._balances = balances
        self._customers = customers

    # Sessions

    def create_session(self, params: Body) -> Body:
        lines = [objects.line_item(line) for line in params["line_items"]]
        if len({line["currency"] for line in lines}) != 1:
            raise invalid("All line items must have the same currency.", param="line_items")
        total, currency = sum(line["amount_total"] for line in lines), lines[0]["currency"]
        least = MINIMUM.get(currency, 1)
        if total < least:
            raise invalid(
                f"The Checkout Session's total amount due must add up to at least {least} {currency} "
                "in the smallest unit of its currency.",
                code="amount_too_small",
            )
        if any(line["price"]["unit_amount"] % STEP.get(currency, 1) for line in lines):
            raise invalid(
                f"Amounts in {currency} have three decimals, and the last digit has to be 0.", param="line_items"
            )
        if total > MAXIMUM:
            raise invalid(
                "The Checkout Session's total amount is greater than the maximum allowed.", code="amount_too_large"
            )
        now = objects.now()
        expires_at = params.get("expires_at", now + MAX_LIFE)
        if not now + MIN_LIFE <= expires_at <= now + MAX_LIFE:
            raise invalid(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param="expires_at",
            )
        session = objects.session(params, lines, expires_at, self._config.base_url)
        session["_lines"] = lines
        session["_intent"] = params.get("payment_intent_data", {})
        session["_keeps"] = params.get("customer_creation") == "always"
        if "customer" in params:
            session["customer_email"] = self._customers.customer(params["customer"])["email"]
        self._store.put("checkout.session", session, parent="", due=expires_at)
        return session

    def session(self, session_id: str) -> Body:
        """As of now: one whose time is over is expired before it is shown. Raises Stripe's 404."""
        session = self._store.get("checkout.session", session_id)
        if session is None:
            raise missing("checkout.session", session_id, "session")
        if session["status"] == "open" and session["expires_at"] <= time.time():
            self._close(session, NOBODY)
        return session

    def expire_session(self, session_id: str, call: Call) -> Body:
        session = self.session(session_id)
        if session["status"] != "open":
            raise conflict(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{session['status']}`."
            )
        self._close(session, call)
        return session

    def _close(self, session: Body, call: Call) -> None:
        session.update(status="expired", url=None)
        session.pop("_card", None)
        self._save_session(session)
        if session["payment_intent"] is not None:
            intent = self.intent(session["payment_intent"])
            if intent["status"] in {"requires_payment_method", "requires_action"}:
                self.void(intent, "automatic", call)
        self.emit("checkout.session.expired", session, call)

    def _save_session(self, session: Body) -> None:
        due = session["expires_at"] if session["status"] == "open" else None
        self._store.put("checkout.session", session, parent=session["payment_intent"] or "", due=due)

    # The customer's side

    def confirm(self, session: Body, number: str, card: Body) -> str:
        """The customer presses Pay: `paid`, `three_ds`, or the sentence that says why not. The session is open."""
        behaviour = CARDS[number]
        intent = self._intent_of(session)
        intent["payment_method"] = self._customers.new_method(number, card)["id"]
        if behaviour.three_ds:
            session["_card"] = {**card, "_number": number[-4:], "_key": number}
            intent.update(
                status="requires_action",
                next_action={
                    "type": "redirect_to_url",
                    "redirect_to_url": {"url": f"{session['url']}/authenticate", "return_url": session["success_url"]},
                },
            )
            self.save_intent(intent)
            self._save_session(session)
            self.emit("payment_intent.requires_action", intent, NOBODY)
            return "three_ds"
        return self._authorise(session, intent, behaviour, card, None)

    def authenticate(self, session: Body, *, passed: bool) -> str:
        """The customer's answer to the 3-D Secure challenge; as `confirm`."""
        intent = self.intent(session["payment_intent"])
        card = session.pop("_card")
        behaviour = CARDS[card.pop("_key")]
        card.pop("_number")
        if passed:
            return self._authorise(session, intent, behaviour, card, "authenticated")
        failed = Card(
            decline=(
                "payment_intent_authentication_failure",
                "",
                "We are unable to authenticate your payment method. "
                "Please choose a different payment method and try again.",
            )
        )
        return self._authorise(session, intent, failed, card, "failed")

    def _intent_of(self, session: Body) -> Body:
        if session["payment_intent"] is not None:
            return self.intent(session["payment_intent"])
        intent = objects.payment_intent(session, session["_intent"])
        intent.update(_session=session["id"], customer=session["customer"])
        session["payment_intent"] = intent["id"]
        return intent

    def _authorise(self, session: Body, intent: Body, behaviour: Card, card: Body, three_ds: str | None) -> str:
        charge = objects.charge(
            intent, card, authorised=behaviour.decline is None, risk_level=behaviour.risk_level, three_ds=three_ds
        )
        intent.update(latest_charge=charge["id"], next_action=None)
        if behaviour.decline is not None:
            code, decline_code, message = behaviour.decline
            charge.update(failure_code=code, failure_message=message)
            intent.update(
                status="requires_payment_method",
                payment_method=None,
                last_payment_error={
                    "type": "card_error",
                    "code": code,
                    "message": message,
                    "charge": charge["id"],
                    **({"decline_code": decline_code} if decline_code else {}),
                },
            )
            self.save_charge(charge)
            self.save_intent(intent)
            self._save_session(session)
            self.emit("payment_intent.payment_failed", intent, NOBODY)
            return message
        charge["_refund"] = behaviour.refund
        charge["_at_once"] = behaviour.at_once
        intent.update(status="requires_capture", amount_capturable=intent["amount"], last_payment_error=None)
        session.update(
            status="complete",
            url=None,
            customer_details={"email": session["customer_email"], "name": card["name"]},
        )
        self._customers.keep(session, intent, card["name"])
        self.save_charge(charge)
        self.save_intent(intent)
        self._save_session(session)
        self.emit("checkout.session.completed", session, NOBODY)
        if intent["capture_method"] == "manual":
            self.emit("payment_intent.amount_capturable_updated", intent, NOBODY)
        else:
            self.book(intent, charge, intent["amount"], NOBODY)
        return "paid"

    # Intents

    def intent(self, intent_id: str) -> Body:
        intent = self._store.get("payment_intent", intent_id)
        if intent is None:
            raise missing("payment_intent", intent_id, "intent")
        return intent

    def charge(self, charge_id: str) -> Body:
        charge = self._store.get("charge", charge_id)
        if charge is None:
            raise missing("charge", charge_id)
        return charge

    def capture(self, intent_id: str, amount: int | None, call: Call) -> Body:
        intent = self.intent(intent_id)
        if intent["status"] != "requires_capture":
            raise self.unexpected(intent, "captured", "requires_capture")
        charge = self.charge(intent["latest_charge"])
        amount = intent["amount_capturable"] if amount is None else amount
        if amount > intent["amount_capturable"]:
            raise conflict(
                f"The payment could not be captured because the requested capture amount ({amount}) is greater than "
                f"the authorized amount ({intent['amount_capturable']}).",
                code="amount_too_large",
                param="amount_to_capture",
            )
        self.book(intent, charge, amount, call)
        return intent

    def book(self, intent: Body, charge: Body, amount: int, call: Call) -> None:
        booked = self._balances.book(
            charge["id"],
            "charge",
            amount,
            intent["currency"],
            fee=objects.fee_of(amount),
            at_once=charge.get("_at_once", False),
        )
        charge.update(captured=True, amount_captured=amount, balance_transaction=booked["id"])
        intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
        self.save_charge(charge)
        self.save_intent(intent)
        session = self._store.get("checkout.session", intent["_session"])
        if session is not None:
            session["payment_status"] = "paid"
            self._save_session(session)
        self.emit("charge.captured", charge, call)
        self.emit("payment_intent.succeeded", intent, call)

    def cancel(self, intent_id: str, reason: str | None, call: Call) -> Body:
        intent = self.intent(intent_id)
        session = self._store.get("checkout.session", intent["_session"])
        if session is not None and session["status"] == "open":
            raise conflict(
                "You cannot cancel this PaymentIntent because it was created by a Checkout Session. "
                "To cancel it, expire the Checkout Session.",
                code="payment_intent_unexpected_state",
                payment_intent=public(intent),
            )
        if intent["status"] not in {"requires_capture", "requires_payment_method", "requires_action"}:
            allowed = "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing"
            raise self.unexpected(intent, "canceled", allowed)
        self.void(intent, reason, call)
        return intent

    def void(self, intent: Body, reason: str | None, call: Call) -> None:
        if intent["status"] == "requires_capture":
            charge = self.charge(intent["latest_charge"])
            # Stripe shows a released authorisation as a charge that was refunded without ever being captured.
            charge.update(refunded=True, amount_refunded=charge["amount"])
            self.save_charge(charge)
        intent.update(
            status="canceled",
            amount_capturable=0,
            canceled_at=objects.now(),
            cancellation_reason=reason,
            next_action=None,
        )
        self.save_intent(intent)
        self.emit("payment_intent.canceled", intent, call)

    @staticmethod
    def unexpected(intent: Body, done: str, allowed: str) -> Exception:
        return conflict(
            f"This PaymentIntent could not be {done} because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be {done}: {allowed}.",
            code="payment_intent_unexpected_state",
            payment_intent=public(intent),
        )

    def save_intent(self, intent: Body) -> None:
        due = None
        if intent["status"] == "requires_capture":
            due = intent["created"] + objects.AUTHORISATION_DAYS * 86_400.0
        self._store.put("payment_intent", intent, parent=intent["_session"], due=due)

    def save_charge(self, charge: Body) -> None:
        self._store.put("charge", charge, parent=charge["payment_intent"])

    # Refunds

    def refund(self, params: Body, call: Call) -> Body:
        if "payment_intent" in params:
            intent = self.intent(params["payment_intent"])
            if intent["status"] != "succeeded":
                raise conflict(
                    f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                    code="payment_intent_unexpected_state",
                )
            charge = self.charge(intent["latest_charge"])
        elif "charge" in params:
            charge = self.charge(params["charge"])
        else:
            raise invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
                code="parameter_missing",
            )
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left <= 0:
            raise conflict(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        amount = params.get("amount", left)
        if amount > left:
            raise conflict(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        if amount % STEP.get(charge["currency"], 1):
            raise invalid(
                f"Amounts in {charge['currency']} have three decimals, and the last digit has to be 0.", param="amount"
            )
        refund = objects.refund(charge, amount, params.get("reason"), params.get("metadata", {}))
        booked = self._balances.book(
            refund["id"], "refund", -amount, charge["currency"], at_once=charge.get("_at_once", False)
        )
        refund["balance_transaction"] = booked["id"]
        due = None
        if charge["_refund"] != "succeeded":
            refund["_then"] = "succeeded" if charge["_refund"] == "pending" else "failed"
            refund["status"] = "pending" if charge["_refund"] == "pending" else "succeeded"
            due = time.time() + REFUND_SETTLES_AFTER
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
        self._store.put("refund", refund, parent=charge["payment_intent"], due=due)
        self.save_charge(charge)
        self.emit("refund.created", refund, call)
        self.emit("charge.refunded", charge, call)
        return refund

    def _settle_refund(self, refund: Body) -> None:
        refund["status"] = refund.pop("_then")
        if refund["status"] == "failed":
            charge = self.charge(refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            back = self._balances.book(
                refund["id"],
                "refund_failure",
                refund["amount"],
                refund["currency"],
                at_once=charge.get("_at_once", False),
            )
            refund.update(failure_reason="expired_or_canceled_card", failure_balance_transaction=back["id"])
            self.save_charge(charge)
        self._store.put("refund", refund, parent=refund["payment_intent"])
        self.emit("refund.updated", refund, NOBODY)
        if refund["status"] == "failed":
            self.emit("refund.failed", refund, NOBODY)

    # The clock and the events

    def tick(self, kind: str, body: Body) -> None:
        """Something fell due."""
        if kind == "checkout.session":
            self.session(body["id"])
        elif kind == "payment_intent":
            self.void(body, "automatic", NOBODY)
        elif kind == "refund":
            self._settle_refund(body)

    def emit(self, kind: str, body: Body, call: Call) -> None:
        self._events.emit(kind, body, call)
