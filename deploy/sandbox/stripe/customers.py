"""Customers and their kept cards. Owns what is remembered of a card and of whom; charges are `away.py`'s."""

from typing import Any

from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.cards import CARDS
from deploy.sandbox.stripe.errors import missing

Body = dict[str, Any]
CUSTOMER, METHOD = "customer", "payment_method"


class Customers:
    """Every method runs inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def customer(self, customer_id: str) -> Body:
        found = self._store.get(CUSTOMER, customer_id)
        if found is None or found.get("deleted"):
            raise missing(CUSTOMER, customer_id, "customer")
        return found

    def shown(self, customer_id: str) -> Body:
        """What a look at a customer answers: of a deleted one, that it is."""
        found = self._store.get(CUSTOMER, customer_id)
        if found is None:
            raise missing(CUSTOMER, customer_id)
        return found

    def method(self, method_id: str) -> Body:
        found = self._store.get(METHOD, method_id)
        if found is None:
            raise missing(METHOD, method_id, "payment_method")
        return found

    def new_method(self, number: str, card: Body) -> Body:
        method = {
            "id": objects.new_id("pm"),
            "object": METHOD,
            "billing_details": {"name": card["name"]},
            "card": {key: card[key] for key in ("brand", "country", "exp_month", "exp_year", "fingerprint", "last4")},
            "created": objects.now(),
            "customer": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
            "_number": number,
            "_away": CARDS[number].away,
        }
        self._store.put(METHOD, method)
        return method

    def keep(self, session: Body, intent: Body, name: str | None) -> None:
        """A paid session makes its customer, and attaches the card that may be charged later."""
        if session["customer"] is None and session.get("_keeps"):
            customer = {
                "id": objects.new_id("cus", 14),
                "object": CUSTOMER,
                "created": objects.now(),
                "email": session["customer_email"],
                "livemode": False,
                "metadata": {},
                "name": name,
            }
            self._store.put(CUSTOMER, customer)
            session["customer"] = customer["id"]
        intent["customer"] = session["customer"]
        if session["customer"] is not None and intent["setup_future_usage"] == "off_session":
            method = self.method(intent["payment_method"])
            method["customer"] = session["customer"]
            self._store.put(METHOD, method)

    def delete(self, customer_id: str) -> Body:
        """Name, address and cards are gone; what was paid stays."""
        self.customer(customer_id)
        deleted = {"id": customer_id, "object": CUSTOMER, "deleted": True}
        self._store.put(CUSTOMER, deleted)
        for method in self._store.page(METHOD, limit=1000, matching={"customer": customer_id}):
            method.update(customer=None, _away="card_not_supported", billing_details={"name": None})
            self._store.put(METHOD, method)
        return deleted

    def behave(self, customer_id: str, away: str) -> int:
        """From now on the customer's cards do this when they are charged without them; how many cards it is."""
        self.customer(customer_id)
        methods = self._store.page(METHOD, limit=1000, matching={"customer": customer_id})
        for method in methods:
            method["_away"] = away
            self._store.put(METHOD, method)
        return len(methods)
