"""What buyers, makers and an administrator do while servers die around them: they try again, as people would.

A person repeats what was not answered, or was answered with "try again"; a refusal is believed. Owns this patience and
the moves; who wants what is `town`'s, what must be true in the end is the tests'.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.town import Resident, Shopper

GOOD = "4242 4242 4242 4242"
ASKS_THE_CUSTOMER = "4000 0025 0000 3155"
DECLINED = "4000 0000 0000 9995"
RISKY = "4100 0000 0000 0019"
PATIENCE = 400.0
"""Seconds for which somebody tries one thing again before the test gives up on it."""
WAITS = (0.5, 1.0, 2.0, 3.0)


class OutOfPatience(Exception):
    """Something was not to be had for minutes, though everything came back."""


@dataclass
class World:
    """Where things are, and what the people met on their way."""

    shop: str
    partners: str
    dice: random.Random
    http: httpx.AsyncClient
    retries: Counter[str] = field(default_factory=Counter)
    paying: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the shops' payment pages may be used: until then all that was placed is in flight."""

    async def patiently(
        self, method: str, url: str, *, token: str = "", key: str = "", quiet: bool = False, **content: Any
    ) -> httpx.Response:
        """The first answer that is one: a success or a refusal."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        deadline = asyncio.get_running_loop().time() + PATIENCE
        for number in range(10_000):
            try:
                answer = await self.http.request(method, url, headers=headers, **content)
                if answer.status_code < 500 and answer.status_code != 429 and not _still_running(answer):
                    return answer
                met = f"{answer.status_code} {_code(answer)}"
            except httpx.TransportError as problem:
                met = type(problem).__name__
            if not quiet:
                self.retries[met] += 1
            if asyncio.get_running_loop().time() > deadline:
                raise OutOfPatience(f"{method} {url}: {met} for {PATIENCE:g} s")
            await asyncio.sleep(WAITS[min(number, len(WAITS) - 1)] * self.dice.uniform(0.7, 1.3))
        raise OutOfPatience(url)

    async def api(self, who: Resident, method: str, path: str, *, key: str = "", **content: Any) -> httpx.Response:
        return await self.patiently(method, f"{self.shop}/api/v1{path}", token=who.token, key=key, **content)


def _still_running(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and _code(answer) == "idempotency_key_in_progress"


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@dataclass
class Plan:
    """What a buyer means to do, and when, in seconds: placing from the start of the test, the rest from `paying` on."""

    places_at: float
    pays_after: float | None
    """None: never pays."""
    cards: tuple[str, ...] = (GOOD,)
    comes_back: bool = True
    abandons_after: float | None = None
    clicks: int = 1
    """Of a nervous finger: as many clicks at once."""


@dataclass
class Story:
    """How it went, in the buyer's own eyes."""

    buyer: Shopper
    plan: Plan
    checkout_id: str = ""
    refused: str = ""
    card_taken: bool = False
    ended: str = ""
    clicked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the click has been answered, in whichever way."""

    @property
    def in_flight(self) -> bool:
        return bool(self.checkout_id) and not self.ended


async def buy(world: World, story: Story, began: float) -> None:
    """One buyer, from the click to an end that they can see."""
    buyer, plan = story.buyer, story.plan
    await asyncio.sleep(max(0.0, began + plan.places_at - asyncio.get_running_loop().time()))
    placed = await place(world, story)
    story.clicked.set()
    if placed is None:
        return
    await world.paying.wait()
    if plan.abandons_after is not None:
        await asyncio.sleep(plan.abandons_after)
        await world.api(buyer, "POST", f"/checkouts/{story.checkout_id}/abandon")
    elif plan.pays_after is not None:
        await asyncio.sleep(plan.pays_after)
        story.card_taken = await pay(world, placed["redirect_url"], plan.cards)
        if plan.comes_back:
            await world.api(buyer, "POST", f"/checkouts/{story.checkout_id}/returned")
    await until_over(world, story)


async def place(world: World, story: Story) -> dict[str, Any] | None:
    """Clicks until there is a payment page, or a refusal that no further click would change."""
    body = {"address_id": story.buyer.address_id}
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        answers = await asyncio.gather(
            *(world.api(story.buyer, "POST", "/checkouts", json=body) for _ in range(story.plan.clicks))
        )
        placed = [answer.json() for answer in answers if answer.status_code == 201]
        if placed:
            assert len({one["checkout_id"] for one in placed}) == 1, "two clicks became two checkouts"
            story.checkout_id = placed[0]["checkout_id"]
            # While the provider is silent the shop shows a page of its own; one clicks again from there.
            if placed[0]["redirect_url"].startswith(world.partners):
                return dict(placed[0])
        elif _code(answers[0]) != "cart_not_open":
            story.refused = _code(answers[0])
            return None
        await asyncio.sleep(1)
    raise OutOfPatience("the cart was never open")


async def pay(world: World, page: str, cards: tuple[str, ...]) -> bool:
    """On the provider's own page; whether it said that the payment went through."""
    for card in cards:
        form = {"cardnumber": card, "expiry": "12 / 34", "cvc": "123", "name": "A. Buyer"}
        answer = await world.patiently("POST", page, data=form)
        if answer.is_redirect and answer.headers["location"].endswith("/authenticate"):
            answer = await world.patiently("POST", f"{page}/authenticate", data={"answer": "complete"})
        if answer.is_redirect and "/return" in answer.headers["location"]:
            return True
        if answer.status_code != 402:
            return False
    return False


async def until_over(world: World, story: Story) -> None:
    wait = 1.5
    while True:
        seen = await world.api(story.buyer, "GET", f"/checkouts/{story.checkout_id}")
        if seen.status_code == 200 and seen.json()["is_final"]:
            story.ended = seen.json()["status"]
            return
        await asyncio.sleep(wait * world.dice.uniform(0.8, 1.2))
        wait = min(wait * 1.6, 10)


@dataclass
class Workshop:
    """One maker at their bench: takes orders, packs, hands over, until told that no more will come."""

    world: World
    maker: Resident
    closing: asyncio.Event
    sent: int = 0
    declined: int = 0

    async def work(self) -> None:
        while True:
            last_round = self.closing.is_set()
            open_orders = await self._orders("awaiting_acceptance", "making", "ready_to_ship")
            for card in open_orders:
                await self._move_on(card["id"], card["status"])
            if last_round and not open_orders:
                return
            await asyncio.sleep(0.5 if open_orders else 2)

    async def _orders(self, *statuses: str) -> list[dict[str, Any]]:
        answer = await self.world.api(
            self.maker, "GET", "/shop/orders", params={"status": list(statuses), "per_page": 100}
        )
        return list(answer.json()["items"])

    async def _move_on(self, order_id: str, status: str) -> None:
        """One move. A refusal means that somebody, or a deadline, was faster; the next round sees it."""
        path = f"/shop/orders/{order_id}"
        if status == "awaiting_acceptance":
            if self.world.dice.random() < 0.08:
                body = {"reason": "cannot_make", "restock": True}
                answer = await self.world.api(self.maker, "POST", f"{path}/decline", json=body)
                self.declined += answer.is_success
            else:
                await self.world.api(self.maker, "POST", f"{path}/accept")
            return
        order = (await self.world.api(self.maker, "GET", path)).json()
        for parcel in order["parcels"]:
            if parcel["can_hand_over"]:
                await self._hand_over(path, parcel)
        if order["desk"]["can_pack"]:
            for pieces in _parcels(order):
                await self._pack(path, pieces)

    async def _pack(self, path: str, pieces: list[dict[str, Any]]) -> None:
        body = {"courier": "northpost", "service": "standard", "weight_grams": 900, "lines": pieces}
        answer = await self.world.api(self.maker, "POST", f"{path}/parcels", json=body, key=uuid4().hex)
        if answer.status_code == 201:
            await self._hand_over(path, answer.json())

    async def _hand_over(self, path: str, parcel: dict[str, Any]) -> None:
        if self.world.dice.random() < 0.25:
            plan = f"/_control/couriers/{parcel['courier']}/shipments/{parcel['tracking_number']}/plan"
            outcomes = {"outcomes": ["failed", "delivered"], "delay_seconds": 4}
            await self.world.patiently("PUT", self.world.partners + plan, json=outcomes, quiet=True)
        answer = await self.world.api(self.maker, "POST", f"{path}/parcels/{parcel['id']}/hand-over")
        self.sent += answer.is_success


def _parcels(order: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """An order of several pieces of one line is split over two parcels, every other time at least."""
    left = [(line["listing_id"], line["unpacked"]) for line in order["lines"] if line["unpacked"]]
    whole = [{"listing_id": listing_id, "quantity": count} for listing_id, count in left]
    if len(left) != 1 or left[0][1] < 2:
        return [whole]
    listing_id, count = left[0]
    return [[{"listing_id": listing_id, "quantity": 1}], [{"listing_id": listing_id, "quantity": count - 1}]]


@dataclass
class Desk:
    """The administrator: looks at what is held, approves every other one."""

    world: World
    administrator: Resident
    closing: asyncio.Event
    decided: int = 0

    async def work(self) -> None:
        while True:
            last_round = self.closing.is_set()
            held = (await self.world.api(self.administrator, "GET", "/admin/held-checkouts")).json()
            for checkout in held:
                body = {"approve": self.decided % 2 == 0, "reason": "Looked at by hand."}
                path = f"/admin/held-checkouts/{checkout['id']}/decision"
                answer = await self.world.api(self.administrator, "POST", path, json=body)
                self.decided += answer.is_success
            if last_round and not held:
                return
            await asyncio.sleep(2)
