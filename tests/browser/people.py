"""People reached through the public API, for the parts of a story that a test does not watch in the browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Page

from tests.support.inbox import Inbox

PASSWORD = "a-sentence-to-remember"
GOOD_CARD = "4242 4242 4242 4242"
RISKY_CARD = "4100 0000 0000 0019"
ADDRESS = {
    "name": "Ada Buyer",
    "line1": "12 Linden Street",
    "line2": "",
    "city": "Portland",
    "region": "ME",
    "postal_code": "04101",
    "country": "US",
}


async def until(look: Callable[[], Awaitable[Any]], what: str, within: float = 30) -> Any:
    """What `look` answers as soon as it is true; fails naming what never happened."""
    deadline = asyncio.get_running_loop().time() + within
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"{what}: not within {within:g} s"
        await asyncio.sleep(0.2)
    return found


@dataclass(frozen=True)
class Shopper:
    """A customer with an account of their own."""

    email: str
    name: str
    http: httpx.AsyncClient
    url: str
    headers: dict[str, str]

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=self.headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()

    async def fill(self, *listing_ids: str) -> None:
        for listing_id in listing_ids:
            await self.call("POST", "/cart/lines", {"listing_id": listing_id, "quantity": 1})

    async def place(self) -> Any:
        address = await self.call("POST", "/addresses", ADDRESS)
        return await self.call("POST", "/checkouts", {"address_id": address["id"]})

    async def pay(self, placed: Any, card: str = GOOD_CARD) -> None:
        """Fills in the provider's form as a browser without script would, and comes back."""
        form = await self.http.get(placed["redirect_url"])
        action = re.search(r'<form method="post" action="([^"]+)"', form.text)
        assert action is not None, form.text
        typed = {"cardnumber": card, "expiry": "12/40", "cvc": "123", "name": self.name}
        target = str(httpx.URL(placed["redirect_url"]).join(action[1]))
        assert (await self.http.post(target, data=typed)).is_redirect
        await self.call("POST", f"/checkouts/{placed['checkout_id']}/returned")

    async def buy(self, *listing_ids: str, card: str = GOOD_CARD, ends: str = "paid") -> Any:
        """A whole checkout, up to the status it should reach; its view."""
        await self.fill(*listing_ids)
        placed = await self.place()
        await self.pay(placed, card)

        async def there() -> Any:
            view = await self.call("GET", f"/checkouts/{placed['checkout_id']}")
            return view if view["status"] == ends else None

        return await until(there, f"a checkout that is {ends}")


async def register(http: httpx.AsyncClient, url: str, inbox: Inbox, name: str) -> Shopper:
    """With the link of the letter, as people do."""
    email = f"{uuid4().hex[:12]}@buyer.example"
    person = {"name": name, "email": email, "password": PASSWORD, "accept_terms": True}
    answer = await http.post(f"{url}/api/v1/customers", json=person)
    assert answer.status_code == 202, answer.text
    token = await inbox.token(http, email, "verify_email")
    answer = await http.post(f"{url}/api/v1/email-verifications", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    http.cookies.clear()
    return Shopper(email, name, http, url, {"Authorization": f"Bearer {answer.json()['token']}"})


async def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """By the form, as people do."""
    await page.goto("/sign-in")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)
