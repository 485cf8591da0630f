"""All pages of all audiences, and where static files are mounted. Owns no page itself."""

from fastapi import APIRouter, FastAPI

from api.web.account import (
    again,
    apps,
    authorize,
    credit,
    devices,
    gift_cards,
    outside,
    passkeys,
    payments,
    privacy,
    registration,
    reset,
    security,
    sign_in,
    undo_factor,
    ways_in,
)
from api.web.admin import audit, cases, clients, fees, finance, held, shops
from api.web.admin import credit as credit_desk
from api.web.admin import erasures as erasure_desk
from api.web.admin import refunds as refund_desk
from api.web.admin import repayments as repayment_desk
from api.web.assets import StaticAssets
from api.web.commissions import admin as commission_desk
from api.web.commissions import invoices as commission_invoices
from api.web.commissions import quiet as commission_quiet
from api.web.commissions import request as commission_requests
from api.web.commissions import stories as commission_stories
from api.web.shop import browse, cart, checkout, currency, invoices, made
from api.web.shop import orders as bought
from api.web.shop import refunds as asked_back
from api.web.studio import (
    capacity,
    listings,
    money,
    payout_account,
    payouts,
    promotions,
    repayments,
    statements,
    withdraw,
)
from api.web.studio import orders as sold
from api.web.studio import refunds as answers
from api.web.studio import shop as own_shop

router = APIRouter()
for module in (
    browse,
    made,
    cart,
    checkout,
    currency,
    registration,
    reset,
    undo_factor,
    sign_in,
    again,
    passkeys,
    security,
    outside,
    ways_in,
    authorize,
    apps,
    devices,
    payments,
    credit,
    gift_cards,
    credit_desk,
    privacy,
    bought,
    asked_back,
    commission_requests,
    commission_invoices,
    commission_quiet,
    commission_desk,
    commission_stories,
    listings,
    promotions,
    fees,
    sold,
    answers,
    own_shop,
    money,
    withdraw,
    repayments,
    payouts,
    payout_account,
    statements,
    capacity,
    invoices,
    finance,
    cases,
    held,
    refund_desk,
    repayment_desk,
    erasure_desk,
    shops,
    audit,
    clients,
):
    router.include_router(module.router)


def mount_static(app: FastAPI) -> None:
    app.mount("/static", StaticAssets(), name="static")
