"""Stripe's own books: every movement is a balance transaction, of the platform's account or of a connected one.

Owns what is pending and what is available, by account and currency, and the moment at which the one becomes the other.
Running totals stand beside the transactions, so that nothing has to be summed up before a transfer.
"""

import time
from typing import Any

from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.events import kind_of
from deploy.sandbox.stripe.pace import Pace
from deploy.sandbox.stripe.settlement import settled

Body = dict[str, Any]
KIND = "balance_transaction"
_TOTAL = "balance.total"
_OLD_BOOKS = f"""
SELECT kind, json_extract(body, '$.currency'), sum(json_extract(body, '$.net')) FROM objects
WHERE kind = '{KIND}' GROUP BY 1, 2
"""  # noqa: S608 - own names


class Balances:
    """Runs inside the caller's transaction."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        if not store.page(_TOTAL, limit=1) and store.page(KIND, limit=1):
            self._open_old_books()

    def book(
        self,
        source: str,
        kind: str,
        amount: int,
        currency: str,
        *,
        fee: int = 0,
        account: str = "",
        after: float | None = None,
        at_once: bool = False,
    ) -> Body:
        """One movement; it is pending for `after` seconds, or as long as a charge's money is."""
        wait = 0.0 if at_once else self._pace.available if after is None else after
        converted = settled(kind, amount, currency, self._pace.config.stripe_settles)
        if converted.currency != currency:
            amount, currency = converted.amount, converted.currency
            fee = objects.fee_of(amount) if fee else 0
        booked = objects.balance_transaction(source, kind, amount, fee, currency, available_after=wait)
        booked["exchange_rate"] = converted.exchange_rate
        self._store.put(kind_of(KIND, account), booked, parent=source, due=booked["available_on"] if wait else None)
        if wait:
            self._add(account, currency, pending=booked["net"])
        else:
            self._add(account, currency, available=booked["net"])
        return booked

    def available(self, currency: str, account: str = "") -> int:
        self.settle()
        return int(self._total(account, currency)["available"])

    def shown(self, account: str = "") -> Body:
        """Stripe's balance object; an account that never had money has none of its currency."""
        self.settle()
        totals = self._store.page(_TOTAL, parent=account or "platform")

        def amounts(name: str) -> list[Body]:
            found = sorted((total["currency"], total[name]) for total in totals)
            return [
                {"amount": amount, "currency": currency, "source_types": {"card": amount}} for currency, amount in found
            ] or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]

        return {
            "object": "balance",
            "available": amounts("available"),
            "livemode": False,
            "pending": amounts("pending"),
        }

    def settle(self) -> None:
        """Whatever is due has become available, also when the clock has not been here yet."""
        for kind, body in self._store.waiting(KIND, time.time()):
            self.tick(kind, body)

    def hurry(self) -> int:
        """All that is pending becomes available now; how many movements that were."""
        waiting = self._store.waiting(KIND)
        for kind, body in waiting:
            self.tick(kind, {**body, "available_on": objects.now()})
        return len(waiting)

    def tick(self, kind: str, body: Body) -> None:
        account = kind.partition("@")[2]
        self._store.put(kind, body)
        self._add(account, body["currency"], available=body["net"], pending=-body["net"])

    def _add(self, account: str, currency: str, *, available: int = 0, pending: int = 0) -> None:
        total = self._total(account, currency)
        total["available"] += available
        total["pending"] += pending
        self._store.put(_TOTAL, total, parent=account or "platform")

    def _total(self, account: str, currency: str) -> Body:
        total_id = f"balance/{account or 'platform'}/{currency}"
        found = self._store.get(_TOTAL, total_id)
        return found or {"id": total_id, "currency": currency, "available": 0, "pending": 0}

    def _open_old_books(self) -> None:
        """A file from before there were totals: all of it counts as available."""
        with self._store.transaction():
            for kind, currency, net in self._store.query(_OLD_BOOKS):
                self._add(kind.partition("@")[2], currency, available=net)
