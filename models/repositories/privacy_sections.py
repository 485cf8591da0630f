"""What a person's own copy of their data is made of: one section a topic, each naming the tables that it reads.

Rows are given as they are stored, opened where they are sealed, without secrets (hashes, keys, tokens). Together with
`models.rules.erasure.HELD`, which says why a table is left out, the sections cover every table there is.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import (
    addresses,
    commission_stories,
    commission_talk,
    commissions,
    identities,
    passkeys,
    payout_accounts,
    people,
    tax_sections,
)
from models.rules.bookkeeping import AccountKind
from models.tables.audit import AuditEntry
from models.tables.base import Base
from models.tables.capacity import CommissionWait, ShopCapacity
from models.tables.catalogue import Listing, Picture, ShippingProfile, Shop, ShopDecision, Stock
from models.tables.commission_talk import CommissionPicture, CommissionQuiet
from models.tables.commissions import (
    CommissionCharge,
    CommissionMilestone,
    CommissionRefund,
    CommissionRow,
    CommissionVersion,
)
from models.tables.credit import CreditGrant, CreditReservation, GiftCard, GiftCardPurchase
from models.tables.currencies import CheckoutExchange, ListingPrice
from models.tables.factors import CodeSecret, RecoveryCode
from models.tables.ledger import Account, Entry, Posting
from models.tables.letters import Letter
from models.tables.oauth import OAuthClient, OAuthConsent, OAuthGrant
from models.tables.orders import DeliveryAttempt, Order, OrderLine, Parcel, ParcelLine
from models.tables.payouts import ConnectedAccount, Hold, Payout, PayoutPlan
from models.tables.people import User
from models.tables.privacy import Consent, DataExport, Erasure, ErasureReceipt
from models.tables.processes import InboxEvent, Process, TimelineRow
from models.tables.promotions import FeeRow, PromotionRow, PromotionUse
from models.tables.refunds import Refund, RefundNote, RefundRequest, RepaymentPlan
from models.tables.selling import (
    Cart,
    CartLine,
    Checkout,
    CheckoutLine,
    CheckoutShop,
    Payment,
    Reservation,
    RiskDecision,
)
from models.tables.sessions import Session
from models.tables.taxes import CommissionTax

Json = dict[str, Any]
Found = Mapping[str, Any]
SECRET = frozenset(
    {
        *("sealed", "sealed_to", "name_sealed", "email_sealed", "email_index", "subject_index"),
        *("password_hash", "token_hash", "session_hash", "code_hash", "code_key", "key_id", "csrf_token"),
        *("browser_hash", "user_handle", "credential_id", "public_key", "last_step", "redirect_url"),
        *("body_sealed", "words_sealed", "recipient_sealed", "small", "large"),
        *("title_sealed", "brief_sealed", "recipient_sealed", "provider_customer_id", "method_id"),
    }
)
"""Columns that no section shows: they are keys, hashes, or sealed values that are shown opened instead."""


@dataclass(frozen=True)
class Section:
    """A file of the archive."""

    name: str
    about: str
    tables: tuple[str, ...]
    read: Callable[[AsyncSession, str], Awaitable[Found]]


async def _account(session: AsyncSession, person_id: str) -> Found:
    person = await people.find_person(session, person_id)
    row = await session.get_one(User, person_id)
    own = {"name": person.name, "email": person.email} if person is not None else {}
    saved = await addresses.of_person(session, person_id, limit=10_000)
    return {
        "account": {**_plain(row), **own},
        "addresses": [{"id": address.id, **asdict(address.postal)} for address in saved],
    }


async def _sign_ins(session: AsyncSession, person_id: str) -> Found:
    apps = select(OAuthClient.name, OAuthConsent.scopes, OAuthConsent.given_at).join(
        OAuthClient, OAuthClient.id == OAuthConsent.client_id
    )
    own_sessions = select(Session.id).where(Session.user_id == person_id)
    return {
        "sign_ins": await _rows(session, select(Session).where(Session.user_id == person_id).order_by(Session.id)),
        "passkeys": [_mapped(asdict(row)) for row in await passkeys.of_person(session, person_id)],
        "one_time_codes": await _rows(session, select(CodeSecret).where(CodeSecret.user_id == person_id)),
        "recovery_codes": await _rows(session, select(RecoveryCode).where(RecoveryCode.user_id == person_id)),
        "outside_accounts": [_mapped(asdict(row)) for row in await identities.identities_of(session, person_id)],
        "apps": [
            {"app": name, "scopes": scopes, "allowed_at": _value(given_at)}
            for name, scopes, given_at in await session.execute(apps.where(OAuthConsent.user_id == person_id))
        ],
        "app_sessions": await _rows(session, select(OAuthGrant).where(OAuthGrant.session_id.in_(own_sessions))),
    }


async def _buying(session: AsyncSession, person_id: str) -> Found:
    own = select(Checkout.id).where(Checkout.buyer_id == person_id)
    carts = select(Cart.id).where(Cart.user_id == person_id)
    return {
        "carts": await _rows(session, select(Cart).where(Cart.user_id == person_id).order_by(Cart.id)),
        "cart_lines": await _rows(session, select(CartLine).where(CartLine.cart_id.in_(carts))),
        "checkouts": await _rows(session, select(Checkout).where(Checkout.id.in_(own)).order_by(Checkout.created_at)),
        **await _hanging(
            session,
            own,
            checkout_lines=CheckoutLine.checkout_id,
            checkout_shops=CheckoutShop.checkout_id,
            checkout_exchanges=CheckoutExchange.checkout_id,
            reservations=Reservation.checkout_id,
            payments=Payment.checkout_id,
            codes_used=PromotionUse.checkout_id,
            reviews=RiskDecision.checkout_id,
        ),
    }


async def _credit(session: AsyncSession, person_id: str) -> Found:
    """What there is and was of store credit, and the gift cards that became some. Their codes are nowhere."""
    own = select(Checkout.id).where(Checkout.buyer_id == person_id)
    books = (
        select(Posting.kind, Posting.reference, Posting.posted_at, Entry.currency, Entry.amount_minor)
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .where(Account.kind == AccountKind.STORE_CREDIT.value, Account.owner == person_id)
        .order_by(Entry.id)
    )
    return {
        "store_credit": [_mapped(row) for row in (await session.execute(books)).mappings()],
        "given_to_you": await _rows(session, select(CreditGrant).where(CreditGrant.person_id == person_id)),
        "gift_cards": await _rows(session, select(GiftCard).where(GiftCard.redeemed_by == person_id)),
        "gift_cards_bought": await _rows(
            session, select(GiftCardPurchase).where(GiftCardPurchase.buyer_id == person_id)
        ),
        **await _hanging(session, own, used=CreditReservation.checkout_id),
    }


async def _orders(session: AsyncSession, person_id: str) -> Found:
    own = select(Order.id).where(Order.buyer_id == person_id)
    parcels = select(Parcel.id).where(Parcel.order_id.in_(own))
    scans = (
        select(InboxEvent)
        .join(
            Parcel,
            (InboxEvent.subject == Parcel.tracking_number)
            & (InboxEvent.source == func.concat("courier:", Parcel.courier)),
        )
        .where(Parcel.order_id.in_(own))
    )
    return {
        "orders": await _rows(session, select(Order).where(Order.id.in_(own)).order_by(Order.created_at)),
        **await _hanging(
            session,
            own,
            lines=OrderLine.order_id,
            parcels=Parcel.order_id,
            refunds=Refund.order_id,
            refund_requests=RefundRequest.order_id,
        ),
        "what_you_wrote": await _rows(session, select(RefundNote).where(RefundNote.author_id == person_id)),
        **await _hanging(
            session, parcels, parcel_lines=ParcelLine.parcel_id, delivery_attempts=DeliveryAttempt.parcel_id
        ),
        "scans": await _rows(session, scans.order_by(InboxEvent.id)),
    }


async def _commissions(session: AsyncSession, person_id: str) -> Found:
    """What the person wished for and what was agreed, on either side. The other side's wish is theirs."""
    wished = select(CommissionRow.id).where(CommissionRow.customer_id == person_id)
    made = select(CommissionRow.id).join(Shop, Shop.id == CommissionRow.shop_id).where(Shop.owner_id == person_id)
    rows = await _rows(session, select(CommissionRow).where(CommissionRow.id.in_(made)))
    hidden = {"customer_id", "address_id", "card_brand", "card_last4"}
    return {
        "your_commissions": [
            {**row, **await commissions.words_of(session, row["id"])}
            for row in await _rows(session, select(CommissionRow).where(CommissionRow.id.in_(wished)))
        ],
        **await _hanging(
            session,
            wished,
            contracts=CommissionVersion.commission_id,
            milestones=CommissionMilestone.commission_id,
            charges=CommissionCharge.commission_id,
            refunds=CommissionRefund.commission_id,
            taxes=CommissionTax.commission_id,
            waitlists=CommissionWait.commission_id,
        ),
        "commissions_for_your_shop": [{k: v for k, v in row.items() if k not in hidden} for row in rows],
        **await _hanging(session, made, contracts_of_your_shop=CommissionVersion.commission_id),
        "what_you_wrote": await commission_talk.written_by(session, person_id),
        "what_you_showed": [
            {**row, "address": f"/api/v1/commissions/{row['commission_id']}/pictures/{row['id']}"}
            for row in await _rows(session, select(CommissionPicture).where(CommissionPicture.by_id == person_id))
        ],
        "stories": await commission_stories.told_of(session, person_id),
        "quiet": await _rows(session, select(CommissionQuiet).where(CommissionQuiet.person_id == person_id)),
        "places_of_your_shop": await _rows(
            session,
            select(ShopCapacity).join(Shop, Shop.id == ShopCapacity.shop_id).where(Shop.owner_id == person_id),
        ),
    }


async def _processes(session: AsyncSession, person_id: str) -> Found:
    """Of everything that runs, or ran, for the person: where it stands and its story."""
    own = [
        *await session.scalars(select(Checkout.id).where(Checkout.buyer_id == person_id)),
        *await session.scalars(select(func.concat("fulfillment-", Order.id)).where(Order.buyer_id == person_id)),
        *await session.scalars(
            select(func.concat("refund-", RefundRequest.id))
            .join(Order, Order.id == RefundRequest.order_id)
            .where(Order.buyer_id == person_id)
        ),
        *await session.scalars(
            select(func.concat("commission-", CommissionRow.id)).where(CommissionRow.customer_id == person_id)
        ),
        *await session.scalars(select(func.concat("export-", DataExport.id)).where(DataExport.person_id == person_id)),
        *await session.scalars(select(Erasure.id).where(Erasure.person_id == person_id)),
        *await session.scalars(
            select(Payout.id).join(Shop, Shop.id == Payout.shop_id).where(Shop.owner_id == person_id)
        ),
    ]
    return {
        "processes": await _rows(session, select(Process).where(Process.workflow_id.in_(own))),
        "timelines": await _rows(
            session,
            select(TimelineRow)
            .where(TimelineRow.workflow_id.in_(own))
            .order_by(TimelineRow.workflow_id, TimelineRow.sequence),
        ),
    }


async def _letters(session: AsyncSession, person_id: str) -> Found:
    return {"letters": await _rows(session, select(Letter).where(Letter.person_id == person_id).order_by(Letter.id))}


async def _privacy(session: AsyncSession, person_id: str) -> Found:
    erasures = select(Erasure.id).where(Erasure.person_id == person_id)
    return {
        "consents": await _rows(session, select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)),
        "exports": await _rows(session, select(DataExport).where(DataExport.person_id == person_id)),
        "erasures": await _rows(session, select(Erasure).where(Erasure.person_id == person_id)),
        **await _hanging(session, erasures, receipts=ErasureReceipt.erasure_id),
    }


async def _log(session: AsyncSession, person_id: str) -> Found:
    """What the person did, and what was done about them."""
    about = or_(AuditEntry.actor == person_id, AuditEntry.subject == person_id)
    return {"entries": await _rows(session, select(AuditEntry).where(about).order_by(AuditEntry.id))}


async def _shop(session: AsyncSession, person_id: str) -> Found:
    """Of an artisan: what they publish and sold. Of whom they sold to, nothing: that is the buyers'."""
    shop_id = await session.scalar(select(Shop.id).where(Shop.owner_id == person_id))
    if shop_id is None:
        return {}
    pieces = select(Listing.id).where(Listing.shop_id == shop_id)
    sold = select(Order.id).where(Order.shop_id == shop_id)
    books = (
        select(
            Posting.kind,
            Posting.reference,
            Posting.posted_at,
            Account.kind.label("account"),
            Entry.currency,
            Entry.amount_minor,
        )
        .join(Entry, Entry.posting_id == Posting.id)
        .join(Account, Account.id == Entry.account_id)
        .where(or_(Account.owner == shop_id, Account.owner.in_(sold)))
        .order_by(Entry.id)
    )
    sales = await _rows(session, select(Order).where(Order.id.in_(sold)).order_by(Order.created_at))
    return {
        "shop": await _rows(session, select(Shop).where(Shop.id == shop_id)),
        "decisions": await _rows(session, select(ShopDecision).where(ShopDecision.shop_id == shop_id)),
        "shipping": await _rows(session, select(ShippingProfile).where(ShippingProfile.shop_id == shop_id)),
        "listings": await _rows(session, select(Listing).where(Listing.shop_id == shop_id).order_by(Listing.id)),
        **await _hanging(session, pieces, stock=Stock.listing_id, prices=ListingPrice.listing_id),
        "pictures": [
            {**row, "address": f"/pictures/{row['content_id']}/960.webp"}
            for row in await _rows(session, select(Picture).where(Picture.listing_id.in_(pieces)))
        ],
        "payout_account": await _payout_account(session, shop_id),
        **await _hanging(
            session,
            select(Shop.id).where(Shop.id == shop_id),
            account_at_the_provider=ConnectedAccount.shop_id,
            payout_days=PayoutPlan.shop_id,
            payouts=Payout.shop_id,
            money_that_waits=Hold.shop_id,
            repayments=RepaymentPlan.shop_id,
            fees=FeeRow.shop_id,
            promotions=PromotionRow.shop_id,
        ),
        "sales": [{k: v for k, v in sale.items() if k not in {"buyer_id", "address_id"}} for sale in sales],
        **await _hanging(session, sold, sold_lines=OrderLine.order_id),
        "books": [_mapped(row) for row in (await session.execute(books)).mappings()],
    }


async def _payout_account(session: AsyncSession, shop_id: str) -> Json | None:
    """In full: it is the owner's own."""
    saved = await payout_accounts.find(session, shop_id)
    return None if saved is None else {**asdict(saved.bank), "changed_at": _value(saved.changed_at)}


SECTIONS: Sequence[Section] = (
    Section("account", "Your name, your mail address and the addresses you saved.", ("users", "addresses"), _account),
    Section(
        "sign_ins",
        "Where you are signed in and with what: devices, passkeys, outside accounts, apps that you allowed.",
        (
            *("sessions", "passkeys", "code_secrets", "recovery_codes", "outside_identities"),
            *("oauth_clients", "oauth_consents", "oauth_grants"),
        ),
        _sign_ins,
    ),
    Section(
        "buying",
        "Your carts, your checkouts and what you paid.",
        (
            *("carts", "cart_lines", "checkouts", "checkout_lines", "checkout_shops", "checkout_exchanges"),
            *("reservations", "payments", "risk_decisions", "promotion_uses"),
        ),
        _buying,
    ),
    Section(
        "credit",
        "Your store credit, where it came from and what it paid for.",
        ("credit_reservations", "credit_grants", "gift_cards", "gift_card_purchases"),
        _credit,
    ),
    Section(
        "orders",
        "What you ordered, its parcels, what their couriers told us, and what came back to you.",
        (
            *("orders", "order_lines", "parcels", "parcel_lines", "delivery_attempts"),
            *("refunds", "refund_requests", "refund_notes", "inbox_events"),
        ),
        _orders,
    ),
    Section(
        "commissions",
        "The pieces that you had made, or were asked to make: wishes, contracts, milestones and money.",
        (
            *("commissions", "commission_versions", "commission_milestones"),
            *("commission_charges", "commission_refunds", "commission_taxes"),
            *("commission_waits", "shop_capacity"),
            *("commission_messages", "commission_pictures", "commission_quiet", "commission_stories"),
        ),
        _commissions,
    ),
    Section(
        "processes", "The story of each checkout, order and payout.", ("processes", "timeline_entries"), _processes
    ),
    Section("letters", "The mails about your account that we sent you.", ("letters",), _letters),
    Section(
        "privacy",
        "What you agreed to, the copies you asked for, and erasures.",
        ("consents", "data_exports", "erasures", "erasure_receipts"),
        _privacy,
    ),
    Section(
        "taxes",
        "Your invoices, the taxes on what you bought, your certificates, and your shop's tax numbers.",
        ("invoices", "tax_lines", "tax_exemptions", "seller_tax_ids"),
        tax_sections.read,
    ),
    Section("log", "Sensitive actions by you and about you.", ("audit_entries",), _log),
    Section(
        "shop",
        "Your shop, its pieces and pictures, your sales, and your part of our books.",
        (
            *("shops", "shop_decisions", "shipping_profiles", "listings", "listing_prices", "stock", "pictures"),
            *("payout_accounts", "connected_accounts", "payout_plans", "payouts", "holds", "repayment_plans"),
            *("ledger_accounts", "ledger_postings", "ledger_entries", "fee_rules", "promotions"),
        ),
        _shop,
    ),
)


async def _rows(session: AsyncSession, statement: Select[Any]) -> list[Json]:
    return [_plain(row) for row in await session.scalars(statement)]


async def _hanging(session: AsyncSession, on: Select[Any], **columns: Any) -> dict[str, list[Json]]:
    """Rows by name whose column points to one of these ids."""
    return {
        name: await _rows(
            session, select(column.class_).where(column.in_(on)).order_by(*column.class_.__table__.primary_key)
        )
        for name, column in columns.items()
    }


def _plain(row: Base) -> Json:
    """A row as JSON, without what is secret or sealed."""
    return _mapped({column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs})


def _mapped(row: Mapping[Any, Any]) -> Json:
    return {str(name): _value(value) for name, value in row.items() if name not in SECRET}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    return value
