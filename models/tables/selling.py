"""Carts, checkouts, reservations, payments."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class Cart(Base):
    __tablename__ = "carts"
    __table_args__ = (CheckConstraint("status IN ('open', 'checking_out', 'ordered')", name="status"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    session_hash: Mapped[str | None] = mapped_column(String(64))
    """The anonymous browser that fills it, until somebody signs in."""
    status: Mapped[Code] = mapped_column(server_default="open")
    attempt: Mapped[int] = mapped_column(server_default="1")
    """Number of the checkout that the next click starts; grows when one ends unpaid."""
    currency: Mapped[Currency | None]
    """What its owner has chosen to pay in; without a choice it is what its first piece is priced in."""
    code: Mapped[Code | None]
    """A shop's code that its owner has entered, in upper case."""
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


Index("uq_carts_user_active", Cart.user_id, unique=True, postgresql_where=text("status <> 'ordered'"))
Index("uq_carts_session_active", Cart.session_hash, unique=True, postgresql_where=text("status <> 'ordered'"))


class CartLine(Base):
    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),)

    cart_id: Mapped[Id] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True)
    listing_id: Mapped[Id] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    """The price the buyer last saw, before any conversion; placing refuses when it is no longer the listing's."""
    shown_currency: Mapped[Currency | None]
    """Of that price, where it is one of the listing's own prices in another currency than its shop's."""
    added_at: Mapped[CreatedAt]


class Checkout(Base):
    """Everything frozen at placement. Its status lives in `processes`."""

    __tablename__ = "checkouts"
    __table_args__ = (
        CheckConstraint("total_minor = items_minor + shipping_minor + tax_minor", name="total"),
        CheckConstraint("credit_minor BETWEEN 0 AND total_minor", name="credit"),
        Index("ix_checkouts_buyer", "buyer_id", "created_at"),
    )

    id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    cart_id: Mapped[Id] = mapped_column(ForeignKey("carts.id"))
    attempt: Mapped[int]
    buyer_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    address_id: Mapped[Id] = mapped_column(ForeignKey("addresses.id"))
    currency: Mapped[Currency]
    items_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    credit_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Of the total: what is paid with store credit. The payment at the provider is over the rest."""
    risk_score: Mapped[int | None]
    risk_reasons: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    paid: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[CreatedAt]


Index("uq_checkouts_cart_paid", Checkout.cart_id, unique=True, postgresql_where=text("paid"))


class CheckoutLine(Base):
    __tablename__ = "checkout_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("discount_minor BETWEEN 0 AND unit_price_minor * quantity", name="discount"),
    )

    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True)
    listing_id: Mapped[Id] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    title: Mapped[str] = mapped_column(String(140))
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Taken off all its pieces together, before tax; the shop's items are what remains."""
    promotion_id: Mapped[Id | None] = mapped_column(ForeignKey("promotions.id"))
    fee_minor: Mapped[Minor | None]
    """Its part of the shop's fee, and the rule that said so; null for checkouts from before rules."""
    fee_rule_id: Mapped[Id | None] = mapped_column(ForeignKey("fee_rules.id"))
    """Null for the platform's usual fee."""
    tax_minor: Mapped[Minor]
    tax_rate_bp: Mapped[int]
    tax_jurisdiction: Mapped[str] = mapped_column(String(40))
    lead_time_days: Mapped[int]
    weight_grams: Mapped[int]


class CheckoutShop(Base):
    """The part of a checkout that becomes one artisan's order."""

    __tablename__ = "checkout_shops"

    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    items_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    handling_days: Mapped[int]


class Reservation(Base):
    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'sold', 'released')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_reservations_held", "listing_id", postgresql_where=text("state = 'held'")),
    )

    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True)
    listing_id: Mapped[Id] = mapped_column(ForeignKey("stock.listing_id"), primary_key=True)
    quantity: Mapped[int]
    state: Mapped[Code]
    expires_at: Mapped[Instant]


class Payment(Base):
    """The provider's hosted payment of one checkout, as last seen."""

    __tablename__ = "payments"

    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(100), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    redirect_url: Mapped[str | None] = mapped_column(Text)
    """The provider's page. Here and not in the process's history, because whoever has it may pay."""
    state: Mapped[Code]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor | None]
    """The provider's, in the currency that it settled in."""
    settled_currency: Mapped[Currency | None]
    """Where the provider books the charge in another currency than it was made in; otherwise null, like the amount."""
    settled_minor: Mapped[Minor | None]
    worth_minor: Mapped[Minor | None]
    """The same at the rates that were known when the checkout was placed: the difference is gain or loss."""
    balance_transaction_id: Mapped[str | None] = mapped_column(String(100))
    capture_before: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class RiskDecision(Base):
    """What an administrator decided about a held checkout, and why; the process is told only its id."""

    __tablename__ = "risk_decisions"

    id: Mapped[Id] = mapped_column(primary_key=True)
    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), index=True)
    administrator_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    approve: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]
