"""Shops, listings, their stock and pictures, and the rows that full-text search reads."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor


class Category(Base):
    __tablename__ = "categories"

    slug: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    blurb: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]


class Shop(Base):
    __tablename__ = "shops"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'approved', 'refused', 'suspended')", name="status"),
        Index("ix_shops_waiting", "applied_at", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    owner_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    owner_name: Mapped[str] = mapped_column(String(120))
    tagline: Mapped[str] = mapped_column(String(200))
    story: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(String(120))
    region: Mapped[str] = mapped_column(String(120))
    postal_code: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[Currency]
    plan: Mapped[Code] = mapped_column(server_default="standard")
    """One of `models.rules.fees.PLANS`: part of what decides the platform's fee."""
    accept_within_hours: Mapped[int | None]
    """Overrides the policy's 48 hours when set."""
    avatar_content: Mapped[str | None] = mapped_column(String(64))
    banner_content: Mapped[str | None] = mapped_column(String(64))
    """Content ids of `picture_renditions`; the shop's name is their alternative text."""
    status: Mapped[Code] = mapped_column(server_default="pending")
    """Nobody but its keeper sees a shop, or anything of it, before it is approved."""
    craft: Mapped[Code | None] = mapped_column(ForeignKey("categories.slug"))
    """What its keeper says they make."""
    applied_at: Mapped[Instant | None]
    """When its keeper last asked for approval; null for shops from before anybody had to."""
    created_at: Mapped[CreatedAt]


class ShopDecision(Base):
    """What an administrator decided about an application, and why. Only ever added to."""

    __tablename__ = "shop_decisions"

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), index=True)
    administrator_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    approve: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]


class ShippingProfile(Base):
    """What a shop charges for sending: a first piece and each further one, at home and abroad."""

    __tablename__ = "shipping_profiles"
    __table_args__ = (
        CheckConstraint(
            "home_first_minor >= 0 AND home_more_minor >= 0 AND abroad_first_minor >= 0 AND abroad_more_minor >= 0",
            name="prices",
        ),
    )

    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    home_first_minor: Mapped[Minor]
    home_more_minor: Mapped[Minor]
    abroad_first_minor: Mapped[Minor]
    abroad_more_minor: Mapped[Minor]
    ships_abroad: Mapped[bool]
    handling_days: Mapped[int]


class Listing(Base):
    __tablename__ = "listings"
    __table_args__ = (
        CheckConstraint("price_minor > 0 AND price_minor <= 100000000000", name="price"),
        CheckConstraint("lead_time_days BETWEEN 0 AND 365", name="lead_time"),
        CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name="status"),
        CheckConstraint("tax_class IN ('standard', 'clothing', 'childrens_clothing', 'book')", name="tax_class"),
        Index("ix_listings_shop_published", "shop_id", "published_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    category: Mapped[Code] = mapped_column(ForeignKey("categories.slug"))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(140))
    description: Mapped[str] = mapped_column(Text)
    materials: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    dimensions: Mapped[str] = mapped_column(String(120), server_default="")
    price_minor: Mapped[Minor]
    currency: Mapped[Currency]
    weight_grams: Mapped[int]
    lead_time_days: Mapped[int]
    """Days the making takes after acceptance; 0 means ready to ship."""
    tax_class: Mapped[Code] = mapped_column(server_default="standard")
    """What it is for the tax office: `models.ports.TaxClass`."""
    status: Mapped[Code]
    created_at: Mapped[CreatedAt]
    published_at: Mapped[Instant | None]
    updated_at: Mapped[CreatedAt]


class Stock(Base):
    """The pieces of one listing. Kept apart from the listing, because every checkout locks this row."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
    )

    listing_id: Mapped[Id] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int] = mapped_column(server_default="0")


class Picture(Base):
    """One picture with its words; its bytes are in `picture_renditions`, shared by content."""

    __tablename__ = "pictures"

    id: Mapped[Id] = mapped_column(primary_key=True)
    listing_id: Mapped[Id | None] = mapped_column(ForeignKey("listings.id"), index=True)
    position: Mapped[int] = mapped_column(server_default="0")
    alt: Mapped[str] = mapped_column(String(300))
    content_id: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the original: two listings may show the same picture, and its address may be cached for ever."""
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[CreatedAt]


class PictureRendition(Base):
    __tablename__ = "picture_renditions"

    content_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ListingSearch(Base):
    """The PostgreSQL search index: one self-contained row a published listing, so a page is one scan."""

    __tablename__ = "listing_search"
    __table_args__ = (
        Index("ix_listing_search_document", "document", postgresql_using="gin"),
        Index("ix_listing_search_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
        Index("ix_listing_search_newest", text("published_at DESC"), "listing_id"),
        Index("ix_listing_search_category_newest", "category", text("published_at DESC"), "listing_id"),
        Index("ix_listing_search_category_price", "category", "price_minor"),
        Index("ix_listing_search_price", "price_minor"),
        Index("ix_listing_search_shop_newest", "shop_id", text("published_at DESC")),
    )

    listing_id: Mapped[Id] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    document: Mapped[str] = mapped_column(TSVECTOR)
    words: Mapped[str] = mapped_column(Text)
    """Unaccented lower-case title, shop and materials, for typo tolerance by trigrams."""
    category: Mapped[Code]
    shop_id: Mapped[Id]
    currency: Mapped[Currency]
    price_minor: Mapped[Minor]
    in_stock: Mapped[bool]
    published_at: Mapped[Instant]
