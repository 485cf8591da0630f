"""Whole checkouts: two lines into a cart, an address, the click, the payment, until the orders are there.

    artisan bench checkout --json [--alone 30] [--together 120] [--at-once 8]

*Placing* is from the click to the provider's redirect address in hand, with the sandbox answering at once. The sandbox
plays the provider and this process the crowd: both are named apart and not counted.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.settings import get_settings
from core.temporal import connect
from deploy.seed.accounts import PASSWORD
from tests.bench.actions import actions_up_to_capture
from tests.bench.figures import cpu_between, cpu_seconds, machine, percentiles, report
from tests.bench.http import Connection
from tests.support.inbox import token_in

ADDRESS = {
    "name": "Bench Buyer",
    "line1": "1 Quiet Street",
    "city": "Portland",
    "region": "OR",
    "postal_code": "97201",
    "country": "US",
}
SHOPS = ("saltmarsh-pottery", "third-ridge-woodshop")
PLENTY = 9_000
LOOK_EVERY = 0.05
PAID_WITHIN = 30.0


@dataclass
class Timing:
    placing: float
    whole: float
    checkout_id: str


class Crowd:
    def __init__(self) -> None:
        settings = get_settings()
        self.base = settings.public_url
        self.sandbox = settings.stripe_api_base
        self.mail = settings.mail_base_url
        self.reads_mail = {"Authorization": f"Bearer {settings.mail_api_key.get_secret_value()}"}
        self.run = time.time_ns()

    async def sign_in(self, api: Connection, email: str, password: str) -> dict[str, str]:
        answer = await self.expect(api, "POST", "/api/v1/sessions", {"email": email, "password": password})
        return {"Authorization": f"Bearer {answer['token']}"}

    async def buyer(self, number: int) -> dict[str, str]:
        """A customer of this run's own: an earlier run that was broken off may have left carts half paid."""
        email, password = f"bench-{self.run}-{number}@bench.example", "whole-checkouts-at-once"
        person = {"name": "Bench Buyer", "email": email, "password": password, "accept_terms": True}
        async with Connection(self.base) as api:
            await self.expect(api, "POST", "/api/v1/customers", person)
            confirmed = {"token": await self.letter_to(email), "password": password}
            answer = await self.expect(api, "POST", "/api/v1/email-verifications", confirmed)
            return {"Authorization": f"Bearer {answer['token']}"}

    async def letter_to(self, email: str) -> str:
        """What the link in the letter carries."""
        path = f"{urlsplit(self.mail).path}/messages?to={email}&tag=verify_email"
        deadline = time.perf_counter() + PAID_WITHIN
        async with Connection(self.mail) as post:
            while True:
                found = (await self.expect(post, "GET", path, None, self.reads_mail))["messages"]
                if found:
                    return token_in(found[0]["text"])
                if time.perf_counter() > deadline:
                    raise RuntimeError(f"no letter to {email}")
                await asyncio.sleep(LOOK_EVERY)

    async def listing(self, shop: str) -> str:
        """The shop's cheapest piece, of which there are now plenty: the bench measures, it does not sell out."""
        async with Connection(self.base) as api:
            desk = await self.sign_in(api, f"{shop}@demo.example", PASSWORD)
            found = await self.expect(api, "GET", f"/api/v1/shops/{shop}/listings?sort=price_up&per_page=1")
            listing_id = str(found["items"][0]["id"])
            await self.expect(api, "PUT", f"/api/v1/shop/listings/{listing_id}/stock", {"on_hand": PLENTY}, desk)
            return listing_id

    async def checkout(self, api: Connection, provider: Connection, who: dict[str, str], lines: list[str]) -> Timing:
        begun = time.perf_counter()
        for listing_id in lines:
            await self.expect(api, "POST", "/api/v1/cart/lines", {"listing_id": listing_id, "quantity": 1}, who)
        address = await self.expect(api, "POST", "/api/v1/addresses", ADDRESS, who)
        preview = await self.expect(api, "GET", f"/api/v1/checkouts/preview?address_id={address['id']}", None, who)
        clicked = time.perf_counter()
        placed = await self.expect(
            api,
            "POST",
            "/api/v1/checkouts",
            {"address_id": address["id"], "expected_total_minor": preview["total"]["minor"]},
            who,
        )
        placing = time.perf_counter() - clicked
        if "/pay/" not in placed["redirect_url"]:
            raise RuntimeError(f"no payment page: {placed['redirect_url']}")
        pay = f"/_control/stripe/sessions/{placed['payment_id']}/pay"
        await self.expect(provider, "POST", pay, {"card": "4242424242424242"})
        deadline = time.perf_counter() + PAID_WITHIN
        while True:
            seen = await self.expect(api, "GET", f"/api/v1/checkouts/{placed['checkout_id']}", None, who)
            if seen["status"] == "paid" and seen["orders"]:
                return Timing(placing, time.perf_counter() - begun, placed["checkout_id"])
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{placed['checkout_id']} is still {seen['status']}")
            await asyncio.sleep(LOOK_EVERY)

    @staticmethod
    async def expect(
        api: Connection, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Any:
        answer = await api.request(method, path, body, headers)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return answer.json()

    async def shop(self, count: int, buyers: list[dict[str, str]], lines: list[str]) -> tuple[list[Timing], float]:
        """`count` checkouts by as many at once as there are buyers; the wall time of all."""
        left = iter(range(count))
        timings: list[Timing] = []

        async def keep_buying(who: dict[str, str]) -> None:
            async with Connection(self.base) as api, Connection(self.sandbox) as provider:
                for _ in left:
                    timings.append(await self.checkout(api, provider, who, lines))

        begun = time.perf_counter()
        await asyncio.gather(*(keep_buying(who) for who in buyers))
        return timings, time.perf_counter() - begun


async def run(alone: int, together: int, at_once: int) -> dict[str, object]:
    crowd = Crowd()
    buyers = [await crowd.buyer(number) for number in range(at_once)]
    lines = [await crowd.listing(shop) for shop in SHOPS]
    await crowd.shop(6, buyers[:2], lines)  # caches, connections, compiled statements
    figures: dict[str, object] = {"bench": "checkout", "machine": machine(), "sandbox_latency_ms": 0}
    for name, count, who in (("alone", alone, buyers[:1]), (f"at_once_{at_once}", together, buyers)):
        before = cpu_seconds()
        timings, wall = await crowd.shop(count, who, lines)
        figures[name] = {
            "whole_per_s": round(len(timings) / wall, 2),
            "placing": percentiles([timing.placing for timing in timings]),
            "whole": percentiles([timing.whole for timing in timings]),
            "cpu_s_per_checkout": cpu_between(before, cpu_seconds(), len(timings)),
        }
    single, _ = await crowd.shop(1, buyers[:1], lines[:1])
    client = await connect(get_settings())
    figures["actions_one_artisan_up_to_capture"] = await actions_up_to_capture(client, single[0].checkout_id)
    return figures


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--alone", type=int, default=30)
    options.add_argument("--together", type=int, default=120)
    options.add_argument("--at-once", type=int, default=8)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    report(asyncio.run(run(min(given.alone, 500), min(given.together, 2_000), min(given.at_once, 64))))
