"""The hosted page on which an artisan gives what Stripe wants of them: plain forms, no script.

Owns what is typed and shown; `accounts.py` decides. A link opens once; opened again, or too late, it leads back to the
shop, which makes a new one. What is typed here is checked and thrown away.
"""

import time
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.door import Refusal, read_body
from deploy.sandbox.pages import Pages
from deploy.sandbox.store import Store
from deploy.sandbox.stripe.accounts import BANK, Accounts
from deploy.sandbox.stripe.errors import MANNERS
from deploy.sandbox.webhooks import Deliverer

Body = dict[str, Any]
SHOP = "ArtisanConnect"
WORDS = {
    "individual.first_name": "Your first name",
    "individual.last_name": "Your last name",
    "tos_acceptance.date": "That you agree to the terms",
    "individual.id_number": "The number of your identity card",
    "individual.verification.document": "A picture of your passport",
    "company.tax_id": "Your business's tax number",
}
"""For what is wanted; anything else is shown by the provider's own name. The address that agreed comes by itself."""


class AccountPage:
    def __init__(self, store: Store, accounts: Accounts, deliverer: Deliverer, pages: Pages) -> None:
        self._store = store
        self._accounts = accounts
        self._deliverer = deliverer
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/connect/{link}", self.form, methods=["GET"]),
            Route("/connect/{link}", self.submit, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        with self._store.transaction():
            link = self._accounts.open_link(request.path_params["link"])
        if link is None:
            return self._unknown()
        if link["state"] == "used":
            return RedirectResponse(link["return_url"], 303)
        if link["state"] != "new" or link["expires_at"] <= time.time():
            return RedirectResponse(link["refresh_url"], 303)
        return self._form(link)

    async def submit(self, request: Request) -> Response:
        try:
            body = await read_body(request, MANNERS)
        except Refusal:
            body = b""
        fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
        try:
            link = self._accounts.link(request.path_params["link"])
        except Refusal:
            return self._unknown()
        if link["state"] == "used":
            return RedirectResponse(link["return_url"], 303)
        if link["state"] != "opened" or link["expires_at"] <= time.time():
            return RedirectResponse(link["refresh_url"], 303)
        typed = {name: fields.get(name, "").strip()[:100] for name in ("first_name", "last_name")}
        wrong = {}
        if not typed["first_name"]:
            wrong["first_name"] = "Enter your first name, as it stands in your passport."
        if not typed["last_name"]:
            wrong["last_name"] = "Enter your last name, as it stands in your passport."
        if fields.get("agree") != "yes":
            wrong["agree"] = "Agree to the terms: without them nobody may be paid."
        if wrong:
            return self._form(link, typed, wrong, status=422)
        with self._store.transaction():
            self._accounts.use_link(link)
        self._deliverer.wake()
        return RedirectResponse(link["return_url"], 303)

    def _form(
        self, link: Body, typed: dict[str, str] | None = None, wrong: dict[str, str] | None = None, *, status: int = 200
    ) -> Response:
        account = self._accounts.get(link["account"])
        due = account["requirements"]["currently_due"]
        wanted = [WORDS.get(name, name) for name in due if name not in {BANK, "tos_acceptance.ip"}]
        return self._pages.show(
            "connect.html",
            status,
            link=link,
            shop=SHOP,
            wanted=wanted,
            typed=typed or {"first_name": "", "last_name": ""},
            wrong=wrong or {},
        )

    def _unknown(self) -> Response:
        return self._pages.not_found("We know no such page. Go back to the shop and open it again from your payouts.")
