"""Puts the API together: parts, routers, error answers, middleware. Owns no route and no rule."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from activities.gateways.partners import open_gateways
from activities.gateways.postgres_search import PostgresSearch
from activities.gateways.table_tax import TableTax
from api import description, errors, health
from api.audit import routes as audit
from api.auth import factor_routes as factors
from api.auth import registration_routes as registration
from api.auth import routes as auth
from api.auth import ways_in_routes as ways_in
from api.auth.refusals import RefusalWriter
from api.auth.throttle import Throttle
from api.capacity import routes as capacity
from api.carts import routes as carts
from api.catalogue import routes as catalogue
from api.checkout import routes as checkout
from api.codec import routes as codec
from api.codec.cors import TemporalPagesOnly
from api.commission_stories import routes as commission_stories
from api.commissions import admin_routes as commissions_desk
from api.commissions import routes as commissions
from api.commissions import work_routes as commissions_work
from api.commissions_talk import routes as commissions_talk
from api.commissions_talk.unread import UnreadMessages
from api.credit import admin_routes as credit_desk
from api.credit import routes as credit
from api.currencies import routes as currencies
from api.data_export import routes as data_export
from api.dependencies import Parts
from api.erasure import desk_routes as erasure_desk
from api.erasure import routes as erasure
from api.fees import routes as fees
from api.finance import routes as finance
from api.fulfillment import routes as fulfillment
from api.gift_card_purchase import routes as gift_card_purchase
from api.headers import ResponseHeaders
from api.invoices import commission_routes as commission_invoices
from api.invoices import exemptions
from api.invoices import routes as invoices
from api.letter.post import Post
from api.limits import RequestLimits
from api.listings import routes as listings
from api.oauth import apps, registry_routes
from api.oauth import routes as oauth
from api.partner import routes as partner
from api.payments import routes as payments
from api.payouts import hold_routes, money_routes
from api.payouts import routes as payouts
from api.permissions import permissions
from api.privacy import routes as privacy
from api.process_client import ProcessClient
from api.promotions import routes as promotions
from api.reconciliation import routes as reconciliation
from api.refund import repayment_routes as repayments
from api.refund import routes as refund
from api.shops import routes as shops
from api.waitlist import routes as waitlist
from api.web import routes as web
from api.web.error_pages import error_page
from api.webhooks import routes as webhooks
from api.webhooks.inbox import Inbox
from api.withdrawal import routes as withdrawal
from core.database import Database, create_engine
from core.keys import open_key_ring
from core.reads import Reader
from core.settings import Settings, get_settings
from core.temporal import connect
from models.repositories.rates import Rates

TAGS = [
    {"name": "catalogue", "description": "Categories, listings and shops. Open to everybody."},
    {"name": "cart", "description": "What somebody means to buy. Reserves nothing."},
    {"name": "checkout", "description": "Placing the cart and paying for it."},
    {"name": "orders", "description": "What somebody bought, and how it is on its way."},
    {
        "name": "commissions",
        "description": "Custom pieces: from a wish to the finished piece.",
    },
    {"name": "people", "description": "Registering and signing in."},
    {"name": "privacy", "description": "What somebody agreed to, a copy of their data, and being forgotten."},
    {"name": "desk", "description": "An artisan's own listings."},
    {"name": "money", "description": "What an artisan has earned, what waits and why, payouts and withdrawals."},
    {"name": "webhooks", "description": "For partners: signed messages, stored before they are answered."},
    {"name": "operators", "description": "For administrators' own tools."},
    {"name": "oauth", "description": "Access tokens for apps that people allow, and for partners."},
    {"name": "partners", "description": "What couriers report and shops' customer records read, with a token."},
    {"name": "audit", "description": "Who did what with accounts, money and permissions. For administrators."},
    {"name": "health", "description": "For operators."},
]
OAUTH = (oauth, apps, registry_routes, partner)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Neither server has to be up yet: both are connected to with the first request that needs them."""
    settings: Settings = app.state.settings
    database = Database(
        create_engine(settings.database_url, settings.database_pool_size), open_key_ring(settings.keys_path)
    )
    gateways = open_gateways(settings)
    processes = ProcessClient(await connect(settings, lazy=True))
    inbox = Inbox(database, processes)
    post = Post(database, processes)
    unread = UnreadMessages(database, processes, allow_time_scale=settings.allow_time_scale)
    refusals = RefusalWriter(database)
    async with Reader(settings.database_url, settings.database_pool_size).opened() as reader:
        app.state.parts = Parts(
            settings=settings,
            database=database,
            reader=reader,
            search=lambda session: PostgresSearch(session, reader),
            processes=processes,
            gateways=gateways,
            tax=TableTax(),
            rates=Rates(),
            inbox=inbox,
            post=post,
        )
        for_ever = (
            *(inbox.sweep_for_ever(), post.deliver_for_ever()),
            *(unread.deliver_for_ever(), refusals.write_for_ever()),
        )
        at_work = [asyncio.create_task(one) for one in for_ever]
        yield
        refusals.close()
        post.close()
        unread.close()
        await inbox.close()
        await asyncio.gather(*at_work)
    await gateways.close()
    await database.close()


def create_app(settings: Settings | None = None) -> FastAPI:
    """An application for `settings`, or for the environment's. Nothing is opened before its lifespan starts."""
    settings = settings or get_settings()
    app = FastAPI(
        title="ArtisanConnect",
        version="1",
        summary="A marketplace where independent craftspeople sell.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere, which our own policy forbids
        redoc_url=None,
        openapi_tags=TAGS,
        lifespan=_lifespan,
        redirect_slashes=False,
        responses=errors.error_responses(422, 500, 503),
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = settings
    app.state.write_throttle = Throttle(window=60, capacity=50_000)
    errors.install(app, error_page)
    for module in (
        health,
        catalogue,
        carts,
        currencies,
        auth,
        registration,
        shops,
        factors,
        ways_in,
        listings,
        checkout,
        payments,
        credit,
        credit_desk,
        gift_card_purchase,
        payouts,
        fees,
        promotions,
        invoices,
        exemptions,
        money_routes,
        hold_routes,
        withdrawal,
        privacy,
        data_export,
        erasure,
        erasure_desk,
        finance,
        reconciliation,
        fulfillment,
        commissions,
        commissions_desk,
        capacity,
        waitlist,
        commissions_work,
        commission_invoices,
        commissions_talk,
        commission_stories,
        refund,
        repayments,
        codec,
        audit,
        web,
        webhooks,
        *OAUTH,
    ):
        app.include_router(module.router)
    web.mount_static(app)
    permissions(app)  # a route that does not say who may use it stops the start
    description.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(RequestLimits)
    app.add_middleware(errors.CatchAll)
    app.add_middleware(TemporalPagesOnly, ui_url=settings.temporal_ui_url)
    app.add_middleware(
        ResponseHeaders, payment_pages=settings.stripe_pages_url, https=settings.public_url.startswith("https:")
    )
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
