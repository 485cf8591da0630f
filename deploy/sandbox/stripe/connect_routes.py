"""Routes of connected accounts, transfers, payouts and books: their parameters, and whose method each is.

Owns the schema of each call; how a call is served is `serving.py`'s.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.door import Call, Door
from deploy.sandbox.store import Store
from deploy.sandbox.stripe import objects
from deploy.sandbox.stripe.accounts import Accounts, shown
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.forms import EXPAND, Choice, Group, Kind, Metadata, Params, Text, Whole
from deploy.sandbox.stripe.payouts import Payouts
from deploy.sandbox.stripe.routes import CURRENCIES, SHOW
from deploy.sandbox.stripe.serving import Handle, Serving, listing, unknown
from deploy.sandbox.stripe.transfers import Transfers

Body = dict[str, Any]
_FLAG = Group({"requested": Choice(("true", "false"))})
BANK = Group(
    {
        "object": Choice(("bank_account",)),
        "country": Text(2),
        "currency": CURRENCIES,
        "account_holder_name": Text(200),
        "account_holder_type": Choice(("individual", "company")),
        "routing_number": Text(20),
        "account_number": Text(40),
    },
    ("object", "country", "currency", "account_number"),
)
PROFILE = Group({"mcc": Text(4), "name": Text(200), "url": Text(2000), "product_description": Text(40_000)})
ACCOUNT: dict[str, Kind] = {
    "email": Text(800),
    "metadata": Metadata(),
    "business_profile": PROFILE,
    "external_account": BANK,
    "expand": EXPAND,
}
NEW_ACCOUNT = Group(
    {
        **ACCOUNT,
        "country": Text(2),
        "default_currency": CURRENCIES,
        "business_type": Choice(("individual", "company", "non_profit", "government_entity")),
        "capabilities": Group({"transfers": _FLAG, "card_payments": _FLAG}),
        "controller": Group(
            {
                "fees": Group({"payer": Choice(("account", "application"))}),
                "losses": Group({"payments": Choice(("application", "stripe"))}),
                "requirement_collection": Choice(("application", "stripe")),
                "stripe_dashboard": Group({"type": Choice(("express", "full", "none"))}),
            }
        ),
        "settings": Group(
            {"payouts": Group({"schedule": Group({"interval": Choice(("manual", "daily", "weekly", "monthly"))})})}
        ),
        "tos_acceptance": Group({"service_agreement": Choice(("full", "recipient"))}),
    }
)
ACCOUNT_LINK = Group(
    {
        "account": Text(255),
        "type": Choice(("account_onboarding", "account_update")),
        "return_url": Text(),
        "refresh_url": Text(),
        "collection_options": Group(
            {
                "fields": Choice(("currently_due", "eventually_due")),
                "future_requirements": Choice(("include", "omit")),
            }
        ),
        "expand": EXPAND,
    },
    ("account", "type", "return_url", "refresh_url"),
)
MONEY: dict[str, Kind] = {
    "amount": Whole(1, 99_999_999_999),
    "metadata": Metadata(),
    "description": Text(1000),
    "expand": EXPAND,
}
TRANSFER = Group(
    {**MONEY, "currency": CURRENCIES, "destination": Text(255), "transfer_group": Text(255)},
    ("amount", "currency", "destination"),
)
REVERSAL = Group(MONEY)
PAYOUT = Group(
    {
        **MONEY,
        **{"currency": CURRENCIES, "destination": Text(255)},
        **{"statement_descriptor": Text(22), "method": Choice(("standard",))},
    },
    ("amount", "currency"),
)
BOOKED = listing(source=Text(255), type=Text(60), currency=CURRENCIES)


class ConnectRoutes(Serving):
    """`/v1`, one route a call; and whatever no route is for."""

    def __init__(
        self,
        store: Store,
        config: SandboxConfig,
        door: Door,
        *,
        accounts: Accounts,
        transfers: Transfers,
        payouts: Payouts,
        balances: Balances,
    ) -> None:
        super().__init__(store, config, door)
        self._accounts = accounts
        self._transfers = transfers
        self._payouts = payouts
        self._balances = balances

    def routes(self) -> list[Route]:
        return [*self._account_routes(), *self._money_routes(), *self._book_routes(), self._rest()]

    def _account_routes(self) -> list[Route]:
        get, post, accounts = "GET", "POST", self._accounts
        one = "/v1/accounts/{id}"
        return [
            self._route(post, "/v1/accounts", NEW_ACCOUNT, lambda p, _, __: shown(accounts.create(p))),
            self._route(get, "/v1/accounts", listing(), self._shown_accounts()),
            self._route(get, one, SHOW, lambda _, at, __: shown(accounts.get(at["id"]))),
            self._route(post, one, Group(ACCOUNT), lambda p, at, c: shown(accounts.update(at["id"], p, c))),
            self._route("DELETE", one, Group({}), lambda _, at, __: accounts.delete(at["id"])),
            self._route(get, one + "/external_accounts", listing(), lambda _, at, __: accounts.banks(at["id"])),
            self._route(post, "/v1/account_links", ACCOUNT_LINK, lambda p, _, __: accounts.create_link(p)),
        ]

    def _money_routes(self) -> list[Route]:
        get, post, transfers, payouts = "GET", "POST", self._transfers, self._payouts
        one, back, out = "/v1/transfers/{id}", "/v1/transfers/{id}/reversals", "/v1/payouts/{id}"
        return [
            self._route(post, "/v1/transfers", TRANSFER, lambda p, _, c: transfers.create(p, c)),
            self._route(
                get,
                "/v1/transfers",
                listing(destination=Text(255), transfer_group=Text(255)),
                self._list("transfer", "destination", "transfer_group"),
            ),
            self._route(get, one, SHOW, lambda _, at, __: transfers.get(at["id"])),
            self._route(post, back, REVERSAL, lambda p, at, c: transfers.reverse(at["id"], p, c)),
            self._route(get, back, listing(), lambda p, at, __: transfers.reversals(at["id"], p)),
            self._route(post, "/v1/payouts", PAYOUT, lambda p, _, c: payouts.create(p, c), connected=True),
            self._route(
                get,
                "/v1/payouts",
                listing(status=Text(30), destination=Text(255)),
                self._list("payout", "", "status", "destination"),
                connected=True,
            ),
            self._route(get, out, SHOW, lambda _, at, c: payouts.get(at["id"], c.account), connected=True),
            self._route(post, out + "/cancel", SHOW, lambda _, at, c: payouts.cancel(at["id"], c), connected=True),
        ]

    def _book_routes(self) -> list[Route]:
        get, booked = "GET", "/v1/balance_transactions"
        return [
            self._route(
                get, booked, BOOKED, self._list("balance_transaction", "source", "type", "currency"), connected=True
            ),
            self._route(get, booked + "/{id}", SHOW, self._one("balance_transaction"), connected=True),
            self._route(get, "/v1/balance", SHOW, lambda _, __, c: self._balances.shown(c.account), connected=True),
            self._route(get, "/v1/events", listing(type=Text(100)), self._list("event", "", "type"), connected=True),
            self._route(get, "/v1/events/{id}", SHOW, self._one("event"), connected=True),
        ]

    def _shown_accounts(self) -> Handle:
        listed = self._list("account")

        def handle(params: Params, at: dict[str, str], call: Call) -> Body:
            page = listed(params, at, call)
            return objects.collection(
                "/v1/accounts", [shown(account) for account in page["data"]], has_more=page["has_more"]
            )

        return handle

    def _rest(self) -> Route:
        async def endpoint(request: Request) -> Response:
            return unknown(request)

        return Route("/v1/{path:path}", endpoint, methods=["GET", "POST", "DELETE"])
