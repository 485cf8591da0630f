"""Transfers to connected accounts and their reversals. Owns who may be sent money, and both sides' bookings.

A transfer takes what is available and nothing that is pending; a refund of the charge leaves it as it is. It arrives as
a payment in the connected account's own books. The sandbox never converts a currency, which the real one does where the
connected account has no balance in it.
"""

from typing import Any

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Refusal
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.accounts import KIND as ACCOUNT
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.errors import conflict, missing, refusal
from deploy.sandbox.stripe.events import Events, kind_of
from deploy.sandbox.stripe.pace import Pace
from deploy.sandbox.stripe.regions import RECIPIENT, refused_because

Body = dict[str, Any]
KIND, REVERSAL = "transfer", "transfer_reversal"


class Transfers:
    """Runs inside the caller's transaction."""

    def __init__(self, store: Store, config: SandboxConfig, events: Events, balances: Balances, pace: Pace) -> None:
        self._store = store
        self._config = config
        self._events = events
        self._balances = balances
        self._pace = pace

    def create(self, params: Body, call: Call) -> Body:
        account = self._store.get(ACCOUNT, params["destination"])
        if account is None:
            raise refusal(
                400,
                "invalid_request_error",
                f"No such destination: '{params['destination']}'",
                code="resource_missing",
                param="destination",
                remember=False,
            )
        agreement = account["tos_acceptance"]["service_agreement"]
        if account["capabilities"].get("transfers") != "active":
            raise conflict(
                "Your destination account needs to have at least one of the following capabilities enabled: "
                "transfers, crypto_transfers, legacy_payments",
                code="insufficient_capabilities_for_transfer",
            )
        if (why := refused_because(self._config.stripe_country, account["country"], agreement)) is not None:
            raise conflict(why)
        amount, currency = params["amount"], params["currency"]
        if self._balances.available(currency) < amount:
            raise poor()
        transfer = {
            "id": objects.new_id("tr"),
            "object": KIND,
            "amount": amount,
            "amount_reversed": 0,
            "balance_transaction": None,
            "created": objects.now(),
            "currency": currency,
            "description": params.get("description"),
            "destination": account["id"],
            "destination_payment": objects.new_id("py"),
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "reversed": False,
            "source_transaction": None,
            "source_type": "card",
            "transfer_group": params.get("transfer_group"),
        }
        booked = self._balances.book(transfer["id"], KIND, -amount, currency, after=0)
        transfer["balance_transaction"] = booked["id"]
        self._arrive(transfer, account["id"], self._pace.recipient if agreement == RECIPIENT else 0)
        self._save(transfer)
        self._events.emit("transfer.created", transfer, call)
        return transfer

    def get(self, transfer_id: str) -> Body:
        transfer = self._store.get(KIND, transfer_id)
        if transfer is None:
            raise missing(KIND, transfer_id)
        return {**transfer, "reversals": self.reversals(transfer_id, {})}

    def reversals(self, transfer_id: str, params: Body) -> Body:
        limit = params.get("limit", 10)
        found = self._store.page(REVERSAL, parent=transfer_id, limit=limit + 1, after=params.get("starting_after"))
        return objects.collection(f"/v1/transfers/{transfer_id}/reversals", found[:limit], has_more=len(found) > limit)

    def reverse(self, transfer_id: str, params: Body, call: Call) -> Body:
        transfer = self.get(transfer_id)
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = params.get("amount", left)
        if left <= 0:
            raise conflict(f"Transfer {transfer_id} is already fully reversed.", code="transfer_already_reversed")
        if amount > left:
            raise conflict(
                f"Transfer reversal amount ({amount}) is greater than unreversed amount on transfer ({left})",
                param="amount",
            )
        account, currency = transfer["destination"], transfer["currency"]
        if self._balances.available(currency, account) < amount:
            raise poor("The connected account's balance is too low to reverse this transfer.")
        reversal = {
            "id": objects.new_id("trr"),
            "object": REVERSAL,
            "amount": amount,
            "balance_transaction": None,
            "created": objects.now(),
            "currency": currency,
            "destination_payment_refund": objects.new_id("pyr"),
            "metadata": params.get("metadata", {}),
            "source_refund": None,
            "transfer": transfer_id,
        }
        booked = self._balances.book(reversal["id"], "transfer_refund", amount, currency, after=0)
        reversal["balance_transaction"] = booked["id"]
        self._leave(transfer, reversal)
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] >= transfer["amount"]
        self._store.put(REVERSAL, reversal, parent=transfer_id)
        self._save(transfer)
        self._events.emit("transfer.reversed", self.get(transfer_id), call)
        return reversal

    def _save(self, transfer: Body) -> None:
        kept = {name: value for name, value in transfer.items() if name != "reversals"}
        self._store.put(KIND, kept, parent=transfer["destination"])

    def _arrive(self, transfer: Body, account: str, wait: float) -> None:
        booked = self._balances.book(
            transfer["destination_payment"],
            "payment",
            transfer["amount"],
            transfer["currency"],
            account=account,
            after=wait,
        )
        payment = {
            "id": transfer["destination_payment"],
            "object": "charge",
            "amount": transfer["amount"],
            "amount_captured": transfer["amount"],
            "amount_refunded": 0,
            "balance_transaction": booked["id"],
            "captured": True,
            "created": transfer["created"],
            "currency": transfer["currency"],
            "livemode": False,
            "metadata": {},
            "paid": True,
            "refunded": False,
            "source_transfer": transfer["id"],
            "status": "succeeded",
            "transfer_group": transfer["transfer_group"],
        }
        self._store.put(kind_of("charge", account), payment, parent=transfer["id"])

    def _leave(self, transfer: Body, reversal: Body) -> None:
        account = transfer["destination"]
        booked = self._balances.book(
            reversal["destination_payment_refund"],
            "payment_refund",
            -reversal["amount"],
            reversal["currency"],
            account=account,
            after=0,
        )
        refund = {
            "id": reversal["destination_payment_refund"],
            "object": "refund",
            "amount": reversal["amount"],
            "balance_transaction": booked["id"],
            "charge": transfer["destination_payment"],
            "created": reversal["created"],
            "currency": reversal["currency"],
            "metadata": {},
            "source_transfer_reversal": reversal["id"],
            "status": "succeeded",
        }
        self._store.put(kind_of("refund", account), refund, parent=transfer["id"])


def poor(sentence: str = "You have insufficient funds in your Stripe account for this transfer.") -> Refusal:
    return conflict(
        f"{sentence} Your card balance is too low. You can use the /v1/balance endpoint to view your Stripe balance "
        "(for more details, see https://docs.stripe.com/api#balance).",
        code="balance_insufficient",
    )
