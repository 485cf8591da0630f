"""Orders, their lines, parcels and delivery attempts."""

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class Order(Base):
    """One artisan's part of a paid checkout, or the sending of a finished commission. Its status lives in `processes`
    under `fulfillment-<id>`."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total_minor = items_minor + shipping_minor + tax_minor", name="total"),
        CheckConstraint("refunded_minor BETWEEN 0 AND total_minor", name="refunded"),
        CheckConstraint("credit_minor BETWEEN 0 AND total_minor", name="credit"),
        CheckConstraint("num_nonnulls(checkout_id, commission_id) = 1", name="origin"),
        Index("ix_orders_buyer", "buyer_id", "created_at"),
        Index("ix_orders_shop", "shop_id", "created_at"),
        Index("ix_orders_unreleased", "shop_id", "created_at", postgresql_where=text("released_at IS NULL")),
        Index("uq_orders_checkout_shop", "checkout_id", "shop_id", unique=True),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """What people quote: `AC-` and eight characters."""
    checkout_id: Mapped[WorkflowId | None] = mapped_column(ForeignKey("checkouts.id"))
    """None for a commission's."""
    commission_id: Mapped[Id | None] = mapped_column(ForeignKey("commissions.id"), unique=True)
    """Of the commission that it sends: its sums are the shipping alone, as each milestone has paid for its work."""
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    buyer_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    address_id: Mapped[Id] = mapped_column(ForeignKey("addresses.id"))
    currency: Mapped[Currency]
    items_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    credit_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Its part of what the checkout paid with store credit."""
    fee_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    """What the provider has taken to send back, confirmed or not."""
    ship_by: Mapped[Instant]
    created_at: Mapped[CreatedAt]
    released_at: Mapped[Instant | None]
    """When its money became the artisan's; refunds come out of the shop's balance from then on."""


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("cancelled BETWEEN 0 AND quantity", name="cancelled"),
        CheckConstraint("discount_minor BETWEEN 0 AND unit_price_minor * quantity", name="discount"),
    )

    order_id: Mapped[Id] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    listing_id: Mapped[Id] = mapped_column(primary_key=True)
    """What names its pieces within the order: their listing's id or, of a commission, which has no listing, its own."""
    sold_listing_id: Mapped[Id | None] = mapped_column(
        Computed("CASE WHEN listing_id LIKE 'com!_%' ESCAPE '!' THEN NULL ELSE listing_id END", persisted=True),
        ForeignKey("listings.id"),
    )
    """The same where it is a listing's, so that the database knows that there is one."""
    title: Mapped[str] = mapped_column(String(140))
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    """Taken off all its pieces together; the order's items are what remains."""
    tax_minor: Mapped[Minor]
    weight_grams: Mapped[int]
    cancelled: Mapped[int] = mapped_column(server_default="0")
    """Pieces that the buyer has cancelled before they were sent."""


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (Index("uq_parcels_courier_tracking", "courier", "tracking_number", unique=True),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    order_id: Mapped[Id] = mapped_column(ForeignKey("orders.id"), index=True)
    courier: Mapped[Code]
    service: Mapped[Code]
    tracking_number: Mapped[str] = mapped_column(String(60))
    label_url: Mapped[str] = mapped_column(String(300))
    label_price_minor: Mapped[Minor]
    currency: Mapped[Currency]
    status: Mapped[Code]
    attempt: Mapped[int] = mapped_column(server_default="0")
    """The running delivery attempt; 0 until the parcel is handed over."""
    created_at: Mapped[CreatedAt]
    handed_over_at: Mapped[Instant | None]
    delivered_at: Mapped[Instant | None]


class ParcelLine(Base):
    __tablename__ = "parcel_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    parcel_id: Mapped[Id] = mapped_column(ForeignKey("parcels.id"), primary_key=True)
    listing_id: Mapped[Id] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class DeliveryAttempt(Base):
    """What the workflow has recorded of an attempt: a callback whose attempt stands here needs no further delivery."""

    __tablename__ = "delivery_attempts"

    parcel_id: Mapped[Id] = mapped_column(ForeignKey("parcels.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[Code]
    recorded_at: Mapped[CreatedAt]
