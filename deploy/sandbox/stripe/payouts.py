"""Payouts of connected accounts to their banks.

    pending ──> in_transit ──> paid ──(returned by the bank)──> failed
       │             └──> failed
       └──> canceled

Owns these states. The balance is debited when a payout is made and credited again when it fails or is cancelled.
"""

import time
from datetime import UTC, datetime
from typing import Any

from deploy.sandbox.door import Call
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.accounts import Accounts
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.banks import FAILURES
from deploy.sandbox.stripe.errors import conflict, invalid, missing
from deploy.sandbox.stripe.events import NOBODY, Events, kind_of
from deploy.sandbox.stripe.pace import Pace
from deploy.sandbox.stripe.transfers import poor

Body = dict[str, Any]
KIND = "payout"
PENDING_SHARE = 0.25
"""How much of its way a payout stands pending, before the bank's run takes it."""


class Payouts:
    """Runs inside the caller's transaction."""

    def __init__(self, store: Store, accounts: Accounts, events: Events, balances: Balances, pace: Pace) -> None:
        self._store = store
        self._accounts = accounts
        self._events = events
        self._balances = balances
        self._pace = pace

    def create(self, params: Body, call: Call) -> Body:
        if not call.account:
            raise invalid("The sandbox pays out connected accounts only: send Stripe-Account.")
        account = self._accounts.get(call.account)
        amount, currency = params["amount"], params["currency"]
        bank = self._accounts.bank_for(account, currency)
        if bank is None:
            raise conflict(f"Sorry, you don't have any external accounts in that currency ({currency}).")
        if params.get("destination", bank["id"]) != bank["id"]:
            raise invalid(f"No such external account: '{params['destination']}'", param="destination")
        if not account["payouts_enabled"] or bank["status"] == "errored":
            raise conflict(
                "Payouts have been disabled on the connected account. Check its requirements and its bank account.",
                code="payouts_not_allowed",
            )
        if self._balances.available(currency, call.account) < amount:
            raise poor()
        payout = self._payout(params, bank)
        booked = self._balances.book(payout["id"], KIND, -amount, currency, account=call.account, after=0)
        payout["balance_transaction"] = booked["id"]
        payout["_in_transit_at"] = payout["_arrives_at"] - self._pace.payout * (1 - PENDING_SHARE)
        self._save(payout, due=payout["_in_transit_at"])
        self._events.emit("payout.created", payout, call, call.account)
        return payout

    def get(self, payout_id: str, account: str) -> Body:
        payout = self._store.get(kind_of(KIND, account), payout_id)
        if payout is None:
            raise missing(KIND, payout_id)
        return payout

    def cancel(self, payout_id: str, call: Call) -> Body:
        payout = self.get(payout_id, call.account)
        if payout["status"] != "pending":
            raise conflict(f"Payouts can only be canceled while they are pending; this one is {payout['status']}.")
        self._give_back(payout, "payout_cancel")
        payout["status"] = "canceled"
        self._save(payout)
        self._events.emit("payout.canceled", payout, call, call.account)
        return payout

    def send_back(self, payout_id: str, code: str) -> Body:
        """The bank returns what it had taken. Raises `ValueError` in words for the person at the control route."""
        found = self._store.query(
            "SELECT json_extract(body, '$._account') FROM objects WHERE id = ? AND kind LIKE 'payout@%'", (payout_id,)
        )
        if not found:
            raise ValueError("There is no such payout.")
        if code not in FAILURES:
            raise ValueError(f"failure_code is one of {', '.join(FAILURES)}")
        payout = self.get(payout_id, found[0][0])
        if payout["status"] != "paid":
            raise ValueError(f"Only a payout that was paid can be returned; this one is {payout['status']}.")
        self._fail(payout, code)
        return payout

    def tick(self, payout: Body) -> None:
        """The next step on its way is due."""
        if payout["status"] == "pending":
            payout["status"] = "in_transit"
            self._save(payout, due=payout["_arrives_at"])
            self._events.emit("payout.updated", payout, NOBODY, payout["_account"])
        elif payout["status"] == "in_transit" and payout["_fails"]:
            self._fail(payout, payout["_fails"])
        elif payout["status"] == "in_transit":
            payout.update(status="paid", reconciliation_status="not_applicable")
            self._save(payout)
            self._events.emit("payout.paid", payout, NOBODY, payout["_account"])

    def hurry(self) -> int:
        """Whatever is on its way arrives, or fails, now; how many payouts that were."""
        waiting = self._store.waiting(f"{KIND}@")
        for _, payout in waiting:
            while payout["status"] in {"pending", "in_transit"}:
                self.tick(payout)
        return len(waiting)

    def _fail(self, payout: Body, code: str) -> None:
        back = self._give_back(payout, "payout_failure")
        payout.update(
            status="failed",
            failure_balance_transaction=back["id"],
            failure_code=code,
            failure_message=FAILURES[code],
        )
        self._save(payout)
        self._events.emit("payout.failed", payout, NOBODY, payout["_account"])
        self._accounts.payout_failed(payout["_account"], payout["destination"])

    def _give_back(self, payout: Body, kind: str) -> Body:
        return self._balances.book(
            payout["id"], kind, payout["amount"], payout["currency"], account=payout["_account"], after=0
        )

    def _save(self, payout: Body, due: float | None = None) -> None:
        self._store.put(kind_of(KIND, payout["_account"]), payout, parent=payout["_account"], due=due)

    def _payout(self, params: Body, bank: Body) -> Body:
        arrives = time.time() + self._pace.payout
        day = datetime.fromtimestamp(arrives, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "id": objects.new_id("po"),
            "object": KIND,
            "amount": params["amount"],
            "application_fee": None,
            "application_fee_amount": None,
            "arrival_date": int(day.timestamp()),
            "automatic": False,
            "balance_transaction": None,
            "created": objects.now(),
            "currency": params["currency"],
            "description": params.get("description"),
            "destination": bank["id"],
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "method": "standard",
            "original_payout": None,
            "reconciliation_status": "not_applicable",
            "reversed_by": None,
            "source_type": "card",
            "statement_descriptor": params.get("statement_descriptor"),
            "status": "pending",
            "type": "bank_account",
            "_account": bank["account"],
            "_arrives_at": arrives,
            "_fails": bank["_fails"],
        }
