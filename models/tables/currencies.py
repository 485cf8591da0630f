"""Exchange rates, the quotes made of them, artisans' own prices in other currencies, and what a sale froze of all this.

A migration adds the triggers that keep rates and quotes from ever being changed.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class FxRate(Base):
    """What one euro was worth on a day, as the source said it. Append-only."""

    __tablename__ = "fx_rates"
    __table_args__ = (CheckConstraint("billionths > 0", name="rate"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    billionths: Mapped[Minor]
    """Billionths of the currency for one euro."""
    created_at: Mapped[CreatedAt]


class FxQuote(Base):
    """A rate at which we convert, margin included, until it expires. Append-only."""

    __tablename__ = "fx_quotes"
    __table_args__ = (
        CheckConstraint("billionths > 0 AND base <> quote", name="rate"),
        Index("ix_fx_quotes_expires", "expires_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    base: Mapped[Currency]
    quote: Mapped[Currency]
    billionths: Mapped[Minor]
    """Billionths of `quote` for one of `base`."""
    margin_bp: Mapped[int]
    rates_day: Mapped[date] = mapped_column(Date)
    """The day of the rates it was made of."""
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class ListingPrice(Base):
    """What an artisan asks in a currency that is not their shop's. Without a row the price is converted."""

    __tablename__ = "listing_prices"
    __table_args__ = (CheckConstraint("price_minor > 0 AND price_minor <= 100000000000", name="price"),)

    listing_id: Mapped[Id] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    price_minor: Mapped[Minor]
    updated_at: Mapped[CreatedAt]


class CheckoutExchange(Base):
    """A shop's part of a checkout that its buyer pays in another currency than the shop's: the frozen rate, and what
    the shop is owed in its own. A part without a row is owed as it was charged."""

    __tablename__ = "checkout_exchanges"
    __table_args__ = (
        ForeignKeyConstraint(["checkout_id", "shop_id"], ["checkout_shops.checkout_id", "checkout_shops.shop_id"]),
        CheckConstraint("billionths > 0", name="rate"),
        CheckConstraint("items_minor >= 0 AND shipping_minor >= 0 AND fee_minor >= 0", name="owed"),
    )

    checkout_id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Currency]
    """The shop's."""
    quote_id: Mapped[Id] = mapped_column(ForeignKey("fx_quotes.id"))
    billionths: Mapped[Minor]
    """Of the charge's currency for one of the shop's."""
    items_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    """What the artisan has taken off; the items are what remains."""
    released_minor: Mapped[Minor | None]
    """What of the charge, after our fee, has become the artisan's; null before."""
