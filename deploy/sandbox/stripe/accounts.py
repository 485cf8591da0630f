"""Connected accounts: what Stripe wants of an artisan, what the account may do meanwhile, and its bank accounts.

Owns requirements and what follows from them. An account may be sent money while nothing but a bank account is wanted
and nobody has restricted it; payouts need the bank account too, and one whose last payout failed counts as none.
"""

import secrets
import time
from typing import Any

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.banks import bank_account
from deploy.sandbox.stripe.errors import conflict, invalid, missing, no_access
from deploy.sandbox.stripe.events import NOBODY, Events
from deploy.sandbox.stripe.regions import FULL, KNOWN, RECIPIENT

Body = dict[str, Any]
KIND, LINK = "account", "account_link"
LINK_SECONDS = 300
BANK = "external_account"
PERSON = ("individual.first_name", "individual.last_name", "tos_acceptance.date", "tos_acceptance.ip")
"""What a new account owes, as far as the sandbox asks for it; the real one wants dates of birth and more."""


HOLDER = frozenset({"account_holder_name", "business_profile", "email", "fingerprint", "last4", "routing_number"})
"""What says whose account it is, and where their bank is."""


class Accounts:
    """Runs inside the caller's transaction."""

    def __init__(self, store: Store, config: SandboxConfig, events: Events, balances: Balances) -> None:
        self._store = store
        self._config = config
        self._events = events
        self._balances = balances

    def create(self, params: Body) -> Body:
        country = params.get("country", self._config.stripe_country)
        if country not in KNOWN | {self._config.stripe_country}:
            raise invalid(
                f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, "
                "such as 'US', 'EG', or 'GB'.",
                code="country_unsupported",
                param="country",
            )
        agreement = params.get("tos_acceptance", {}).get("service_agreement", FULL)
        asked = {name for name, of in params.get("capabilities", {}).items() if of.get("requested") == "true"}
        if agreement == FULL and "transfers" in asked and "card_payments" not in asked:
            raise invalid(
                "You cannot request the `transfers` capability without the `card_payments` capability "
                f"for accounts in {country}."
            )
        if agreement == RECIPIENT and "card_payments" in asked:
            raise invalid("Accounts under the `recipient` service agreement cannot request `card_payments`.")
        account = _account(params, country, agreement, asked)
        if BANK in params:
            self._attach(account, params[BANK])
        self._save(account)
        return account

    def get(self, account_id: str) -> Body:
        account = self._store.get(KIND, account_id)
        if account is None:
            raise no_access(account_id)
        return account

    def update(self, account_id: str, params: Body, call: Call) -> Body:
        account = self.get(account_id)
        account["metadata"] = {**account["metadata"], **params.get("metadata", {})}
        account["business_profile"].update(params.get("business_profile", {}))
        if "email" in params:
            account["email"] = params["email"]
        if BANK in params:
            self._attach(account, params[BANK])
        self._save(account)
        self._tell(account, call)
        return account

    def delete(self, account_id: str) -> Body:
        """As for accounts in live mode: none with money in it. Whoever asks afterwards has no access to it."""
        self.get(account_id)
        shown = self._balances.shown(account_id)
        lying = {entry["currency"] for kind in ("available", "pending") for entry in shown[kind] if entry["amount"]}
        if lying:
            raise conflict(
                "For an account created with your live-mode key, you cannot delete the account when the balance in any "
                f"currency is non-zero. Currencies with non-zero balances: {', '.join(sorted(lying))}."
            )
        self._store.delete(account_id)
        self._store.drop(LINK, account_id)
        self._store.rewrite(f'"{account_id}"', _without_holder)
        return {"id": account_id, "object": "account", "deleted": True}

    def banks(self, account_id: str) -> Body:
        shown: Body = self.get(account_id)["external_accounts"]
        return shown

    def bank_for(self, account: Body, currency: str) -> Body | None:
        """Where payouts in the currency go; one that has failed is returned too."""
        banks: list[Body] = account["external_accounts"]["data"]
        return next((bank for bank in banks if bank["currency"] == currency), None)

    # The page on which an artisan gives what is wanted

    def create_link(self, params: Body) -> Body:
        account = self.get(params["account"])
        now = objects.now()
        link = {
            "id": "alink_" + secrets.token_urlsafe(24),
            "created": now,
            "expires_at": now + LINK_SECONDS,
            "account": account["id"],
            "return_url": params["return_url"],
            "refresh_url": params["refresh_url"],
            "state": "new",
        }
        self._store.put(LINK, link, parent=account["id"])
        return {
            "object": "account_link",
            "created": now,
            "expires_at": link["expires_at"],
            "url": f"{self._config.base_url}/connect/{link['id']}",
        }

    def open_link(self, link_id: str) -> Body | None:
        """The link as it was before it was opened: a link opens once."""
        link = self._store.get(LINK, link_id)
        if link is not None and link["state"] == "new":
            self._store.put(LINK, {**link, "state": "opened"})
        return link

    def use_link(self, link: Body) -> Body:
        """What is wanted has been given. Returns the account."""
        self._store.put(LINK, {**link, "state": "used"})
        return self.complete(link["account"])

    def complete(self, account_id: str) -> Body:
        account = self.get(account_id)
        account.update(details_submitted=True, _wanted=[], _deadline=None)
        account["tos_acceptance"]["date"] = objects.now()
        self._save(account)
        self._tell(account, NOBODY)
        return account

    # What happens to an account

    def require(self, account_id: str, names: list[str], seconds: float | None) -> Body:
        """Stripe wants more; with `seconds` it waits for so long before it pauses anything."""
        account = self.get(account_id)
        account["_wanted"] = list(dict.fromkeys([*account["_wanted"], *names]))
        account["_deadline"] = None if seconds is None else int(time.time() + seconds)
        self._save(account)
        self._tell(account, NOBODY)
        return account

    def restrict(self, account_id: str, reason: str) -> Body:
        """`rejected.fraud`, `listed`, `under_review`, ...; empty lifts it."""
        account = self.get(account_id)
        account["_restricted"] = reason
        self._save(account)
        self._tell(account, NOBODY)
        return account

    def payout_failed(self, account_id: str, bank_id: str) -> None:
        """No further payout goes to that bank account until it is replaced."""
        account = self._store.get(KIND, account_id)
        if account is None:
            return  # deleted while the payout was on its way
        for bank in account["external_accounts"]["data"]:
            if bank["id"] == bank_id:
                bank["status"] = "errored"
                self._events.emit("account.external_account.updated", bank, NOBODY, account_id)
        self._save(account)
        self._tell(account, NOBODY)

    def tick(self, account: Body) -> None:
        """The deadline of what was wanted has passed."""
        self._save(account)
        self._tell(account, NOBODY)

    def _attach(self, account: Body, given: Body) -> None:
        """In place of the one before of that currency, as Stripe does for `external_account`."""
        bank = bank_account(given, account["id"])
        banks: list[Body] = account["external_accounts"]["data"]
        account["external_accounts"]["data"] = [kept for kept in banks if kept["currency"] != bank["currency"]] + [bank]

    def _tell(self, account: Body, call: Call) -> None:
        self._events.emit("account.updated", shown(account), call, account["id"])

    def _save(self, account: Body) -> None:
        _judge(account)
        deadline = account["requirements"]["current_deadline"]
        self._store.put(KIND, account, parent="", due=deadline)

    def by_metadata(self, name: str, value: str) -> list[Body]:
        return self._store.page(KIND, matching={f"metadata.{name}": value})

    def link(self, link_id: str) -> Body:
        found = self._store.get(LINK, link_id)
        if found is None:
            raise missing("account_link", link_id)
        return found


def shown(account: Body) -> Body:
    """As the API shows it: of a bank account, what Stripe shows."""
    banks = account["external_accounts"]
    return {
        **objects.public(account),
        "external_accounts": {**banks, "data": [objects.public(bank) for bank in banks["data"]]},
    }


def _without_holder(value: Any) -> Any:
    """An event, or an answer that is remembered, without whose account and bank it was about."""
    if isinstance(value, list):
        return [_without_holder(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {key: None if key in HOLDER else _without_holder(part) for key, part in value.items()}


def _judge(account: Body) -> None:
    """Requirements, capabilities and what is enabled, from what is wanted, by when, and who restricted it."""
    usable = any(bank["status"] != "errored" for bank in account["external_accounts"]["data"])
    wanted: list[str] = account["_wanted"]
    deadline = account["_deadline"]
    late = bool(wanted) and (deadline is None or deadline <= time.time())
    due = [*wanted, *([] if usable else [BANK])]
    past = [*(wanted if late else []), *([] if usable else [BANK])]
    reason = account["_restricted"] or ("requirements.past_due" if past else None)
    account["requirements"] = {
        "alternatives": [],
        "current_deadline": deadline if wanted and not late else None,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": past,
        "pending_verification": [],
    }
    able = not late and not account["_restricted"]
    account["capabilities"] = dict.fromkeys(account["_asked"], "active" if able else "inactive")
    account["charges_enabled"] = able and "card_payments" in account["_asked"]
    account["payouts_enabled"] = able and usable


def _account(params: Body, country: str, agreement: str, asked: set[str]) -> Body:
    account_id = objects.new_id("acct", 16)
    controller = params.get("controller", {})
    schedule = params.get("settings", {}).get("payouts", {}).get("schedule", {})
    return {
        "id": account_id,
        "object": "account",
        "business_profile": {"mcc": None, "name": None, "url": None, **params.get("business_profile", {})},
        "business_type": params.get("business_type"),
        "capabilities": {},
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": controller.get("fees", {}).get("payer", "account")},
            "is_controller": True,
            "losses": {"payments": controller.get("losses", {}).get("payments", "stripe")},
            "requirement_collection": controller.get("requirement_collection", "stripe"),
            "stripe_dashboard": {"type": controller.get("stripe_dashboard", {}).get("type", "full")},
            "type": "application",
        },
        "country": country,
        "created": objects.now(),
        "default_currency": params.get("default_currency", "usd"),
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "future_requirements": {"currently_due": [], "eventually_due": [], "past_due": [], "current_deadline": None},
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": {},
        "settings": {
            "payouts": {
                "debit_negative_balances": False,
                "schedule": {"delay_days": 2, "interval": schedule.get("interval", "daily")},
                "statement_descriptor": None,
            }
        },
        "tos_acceptance": {"date": None, "ip": None, "service_agreement": agreement, "user_agent": None},
        "type": "none",
        "_asked": sorted(asked),
        "_wanted": list(PERSON),
        "_deadline": None,
        "_restricted": "",
    }
