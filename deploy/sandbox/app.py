"""Puts the sandbox together: one store, one door, the partners behind it, two background tasks.

Owns wiring and lifetime; every behaviour lives in the part it belongs to.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.sandbox.breaches.routes import BreachRoutes
from deploy.sandbox.clock import Clock
from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.control import Control
from deploy.sandbox.courier.machine import CourierMachine
from deploy.sandbox.courier.routes import CourierRoutes
from deploy.sandbox.door import Door
from deploy.sandbox.faults import Faults
from deploy.sandbox.identity.machine import GRANT, IdentityMachine
from deploy.sandbox.identity.page import IdentityPage
from deploy.sandbox.identity.routes import IdentityRoutes
from deploy.sandbox.mail.routes import MailRoutes
from deploy.sandbox.pages import Pages
from deploy.sandbox.rates.routes import RateRoutes
from deploy.sandbox.store import Store
from deploy.sandbox.stripe.account_page import AccountPage
from deploy.sandbox.stripe.accounts import KIND as ACCOUNT
from deploy.sandbox.stripe.accounts import Accounts
from deploy.sandbox.stripe.away import Away
from deploy.sandbox.stripe.away_routes import AwayRoutes
from deploy.sandbox.stripe.balances import KIND as BOOKED
from deploy.sandbox.stripe.balances import Balances
from deploy.sandbox.stripe.connect_control import ConnectControl
from deploy.sandbox.stripe.connect_routes import ConnectRoutes
from deploy.sandbox.stripe.customers import Customers
from deploy.sandbox.stripe.events import CONNECT, PLATFORM, Events
from deploy.sandbox.stripe.machine import Machine
from deploy.sandbox.stripe.pace import Pace
from deploy.sandbox.stripe.pay_page import PayPage
from deploy.sandbox.stripe.payouts import KIND as PAYOUT
from deploy.sandbox.stripe.payouts import Payouts
from deploy.sandbox.stripe.redaction import KIND as REDACTION
from deploy.sandbox.stripe.redaction import Redactions
from deploy.sandbox.stripe.routes import StripeRoutes
from deploy.sandbox.stripe.transfers import Transfers
from deploy.sandbox.webhooks import Channel, Deliverer

_log = logging.getLogger("sandbox")
STRIPE_LONGEST_PAUSE = 30.0
COURIER_LONGEST_PAUSE = 15.0


def create_app(config: SandboxConfig) -> Starlette:
    """The ASGI application; its state is the file that the settings name."""
    store = Store(config.db)
    faults = Faults(store, config.latency_ms)
    deliverer = Deliverer(store, _channels(config), config.ca_file)
    door = Door(store, faults, deliverer)
    pages = Pages()
    money = _Money(store, config, faults)
    customers = Customers(store)
    stripe = Machine(store, config, money.events, money.balances, customers)
    away = Away(store, config, stripe, customers)
    redactions = Redactions(store)
    couriers = CourierMachine(store, config, faults)
    identity = IdentityMachine(store, config)

    def tick(kind: str, body: dict[str, Any]) -> None:
        if kind == "scan.due":
            couriers.tick(body)
        elif kind == GRANT:
            identity.tick(body)
        elif kind == REDACTION:
            redactions.tick(body)
        elif (tick_money := money.ticks.get(kind.partition("@")[0])) is not None:
            tick_money(kind, body)
        else:
            stripe.tick(kind, body)

    clock = Clock(store, tick, deliverer.wake)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(_forever(deliverer.run, "webhooks")),
            asyncio.create_task(_forever(clock.run, "clock")),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            store.close()

    return Starlette(
        routes=[
            *AwayRoutes(
                store,
                config,
                door,
                machine=stripe,
                away=away,
                customers=customers,
                deliverer=deliverer,
                pages=pages,
            ).routes(),
            *StripeRoutes(store, config, door, stripe, redactions).routes(),
            *money.routes(store, config, door, deliverer, pages),
            *PayPage(store, stripe, deliverer, pages).routes(),
            *CourierRoutes(config, door, couriers, pages).routes(),
            *MailRoutes(store, config, door, pages).routes(),
            *BreachRoutes().routes(),
            *RateRoutes().routes(),
            *IdentityRoutes(store, door, identity).routes(),
            *IdentityPage(store, identity, pages).routes(),
            *Control(store, config, faults=faults, deliverer=deliverer, couriers=couriers, pages=pages).routes(),
            *pages.routes(),
        ],
        lifespan=lifespan,
        exception_handlers={404: _not_found, 500: _crashed},
    )


class _Money:
    """Stripe's part behind the payments: its books, connected accounts, and money out."""

    def __init__(self, store: Store, config: SandboxConfig, faults: Faults) -> None:
        self.pace = Pace(store, config)
        self.events = Events(store, config, faults)
        self.balances = Balances(store, self.pace)
        self.accounts = Accounts(store, config, self.events, self.balances)
        self.transfers = Transfers(store, config, self.events, self.balances, self.pace)
        self.payouts = Payouts(store, self.accounts, self.events, self.balances, self.pace)
        self.ticks: dict[str, Callable[[str, dict[str, Any]], None]] = {
            BOOKED: self.balances.tick,
            ACCOUNT: lambda _, body: self.accounts.tick(body),
            PAYOUT: lambda _, body: self.payouts.tick(body),
        }

    def routes(
        self, store: Store, config: SandboxConfig, door: Door, deliverer: Deliverer, pages: Pages
    ) -> list[Route]:
        connect = ConnectRoutes(
            store,
            config,
            door,
            accounts=self.accounts,
            transfers=self.transfers,
            payouts=self.payouts,
            balances=self.balances,
        )
        control = ConnectControl(
            store,
            deliverer,
            accounts=self.accounts,
            payouts=self.payouts,
            balances=self.balances,
            pace=self.pace,
        )
        return [
            *connect.routes(),
            *control.routes(),
            *AccountPage(store, self.accounts, deliverer, pages).routes(),
        ]


def _channels(config: SandboxConfig) -> dict[str, Channel]:
    url, secret = config.stripe_webhook_url, config.stripe_webhook_secret
    connect_secret = config.stripe_connect_webhook_secret or secret
    channels = {
        PLATFORM: Channel(url, secret, "Stripe-Signature", STRIPE_LONGEST_PAUSE),
        CONNECT: Channel(url, connect_secret, "Stripe-Signature", STRIPE_LONGEST_PAUSE),
    }
    for courier in config.couriers:
        channels[f"courier:{courier.code}"] = Channel(
            courier.webhook_url, courier.webhook_secret, "Courier-Signature", COURIER_LONGEST_PAUSE
        )
    return channels


async def _forever(run: Any, name: str) -> None:
    """A part that stumbles is started again: one bad row must not silence all callbacks."""
    while True:
        try:
            await run()
        except Exception:
            _log.exception("the sandbox's %s stumbled; starting it again", name)
            await asyncio.sleep(1)


async def _not_found(_: Request, __: Exception) -> Response:
    return JSONResponse({"error": {"code": "not_found", "message": "There is nothing at this address."}}, 404)


async def _crashed(_: Request, __: Exception) -> Response:
    return JSONResponse(
        {"error": {"type": "api_error", "message": "The sandbox itself failed; its log says why."}}, 500
    )
