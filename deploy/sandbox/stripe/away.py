"""Payments of customers who are not there, and how they come back to one.

    create (off_session) ──> succeeded
       │ bank wants them, or declines
       ▼
    requires_payment_method ──confirm (on-session)──> requires_action ──page──> succeeded
                                     └──> succeeded, or declined again

Owns these intents; what a charge books is the machine's. Every method runs inside the caller's transaction. A card's
refusal is an answer with an `error`, because the intent stays.
"""

from typing import Any

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.cards import CARDS
from deploy.sandbox.stripe.customers import Customers
from deploy.sandbox.stripe.errors import conflict, invalid
from deploy.sandbox.stripe.events import NOBODY
from deploy.sandbox.stripe.machine import MAXIMUM, MINIMUM, STEP, Machine
from deploy.sandbox.stripe.objects import public

Body = dict[str, Any]
AUTHENTICATE = "authenticate"
_SENTENCES = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
}


class Away:
    def __init__(self, store: Store, config: SandboxConfig, machine: Machine, customers: Customers) -> None:
        self._store = store
        self._config = config
        self._machine = machine
        self._customers = customers

    def create(self, params: Body, call: Call) -> Body:
        if not params.get("confirm") or not params.get("off_session"):
            raise invalid("The sandbox plays PaymentIntents that are confirmed at once, off-session.", param="confirm")
        amount, currency = params["amount"], params["currency"]
        if amount < MINIMUM.get(currency, 1):
            raise invalid(f"Amount must be at least {MINIMUM.get(currency, 1)} {currency}", code="amount_too_small")
        if amount > MAXIMUM:
            raise invalid("Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")
        if amount % STEP.get(currency, 1):
            raise invalid(f"Amounts in {currency} have three decimals, and the last digit has to be 0.", param="amount")
        customer = self._customers.customer(params["customer"])
        method = self._customers.method(params["payment_method"])
        if method["customer"] != customer["id"]:
            raise invalid(
                f"The provided PaymentMethod cannot be attached to customer {customer['id']}.", param="payment_method"
            )
        intent = objects.payment_intent(
            {"amount_total": amount, "currency": currency, "customer_email": customer["email"]},
            {"capture_method": "automatic", **params},
        )
        intent.update(customer=customer["id"], payment_method=method["id"], _session="")
        self._machine.emit("payment_intent.created", intent, call)
        return self._try(intent, method, method["_away"], call)

    def confirm(self, intent_id: str, params: Body, call: Call) -> Body:
        """The customer is there now."""
        intent = self._machine.intent(intent_id)
        if intent["status"] not in {"requires_payment_method", "requires_confirmation"}:
            raise self._machine.unexpected(intent, "confirmed", "requires_payment_method, requires_confirmation")
        if intent["_session"]:
            raise conflict("This PaymentIntent belongs to a Checkout Session.", code="payment_intent_unexpected_state")
        if "return_url" not in params:
            raise invalid("You must provide a `return_url` when confirming.", param="return_url")
        method = self._customers.method(str(params.get("payment_method") or intent["payment_method"] or ""))
        if method["customer"] != intent["customer"]:
            raise invalid("The provided PaymentMethod belongs to somebody else.", param="payment_method")
        intent["payment_method"] = method["id"]
        if method["_away"] != AUTHENTICATE and not CARDS[method["_number"]].three_ds:
            return self._try(intent, method, method["_away"], call)
        intent.update(
            status="requires_action",
            last_payment_error=None,
            next_action={
                "type": "redirect_to_url",
                "redirect_to_url": {
                    "url": f"{self._config.base_url}/authenticate/{intent['id']}",
                    "return_url": params["return_url"],
                },
            },
        )
        self._machine.save_intent(intent)
        self._machine.emit("payment_intent.requires_action", intent, call)
        return intent

    def authenticate(self, intent: Body, *, passed: bool) -> Body:
        """The customer's answer on their bank's page; the intent as it is then."""
        method = self._customers.method(intent["payment_method"])
        declined = method["_away"] if method["_away"] != AUTHENTICATE else ""
        self._try(intent, method, declined if passed else AUTHENTICATE, NOBODY)
        return intent

    def _try(self, intent: Body, method: Body, outcome: str, call: Call) -> Body:
        behaviour = CARDS[method["_number"]]
        card = {**method["card"], "name": method["billing_details"]["name"]}
        charge = objects.charge(
            intent,
            card,
            authorised=not outcome,
            risk_level=behaviour.risk_level,
            three_ds=None if outcome else "exempted",
        )
        charge["_refund"], charge["_at_once"] = behaviour.refund, behaviour.at_once
        intent.update(latest_charge=charge["id"], next_action=None)
        if not outcome:
            intent.update(status="requires_capture", amount_capturable=intent["amount"], last_payment_error=None)
            self._machine.book(intent, charge, intent["amount"], call)
            return intent
        decline = "authentication_required" if outcome == AUTHENTICATE else outcome
        code = decline if decline in {"authentication_required", "expired_card"} else "card_declined"
        error = {
            "type": "card_error",
            "code": code,
            "decline_code": decline,
            "message": _SENTENCES.get(decline, "Your card was declined."),
            "charge": charge["id"],
        }
        charge.update(failure_code=code, failure_message=error["message"])
        intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
        self._machine.save_charge(charge)
        self._machine.save_intent(intent)
        self._machine.emit("payment_intent.payment_failed", intent, call)
        return {"error": {**error, "payment_intent": public(intent)}}
