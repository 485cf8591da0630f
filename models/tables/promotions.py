"""Fee rules, and what shops take off their own prices: promotions, vouchers and their uses."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class FeeRow(Base):
    """What the platform charges, for whom, and when. Only `until` ever changes, so that a frozen fee can be explained
    by the rule that it names."""

    __tablename__ = "fee_rules"
    __table_args__ = (
        CheckConstraint("rate_bp BETWEEN 0 AND 5000", name="rate"),
        CheckConstraint("fixed_minor BETWEEN 0 AND 1000000 AND minimum_minor BETWEEN 0 AND 1000000", name="amounts"),
        CheckConstraint("(fixed_minor = 0 AND minimum_minor = 0) OR currency <> ''", name="currency"),
        CheckConstraint("shop_id = '' OR (plan = '' AND category = '')", name="scope"),
        CheckConstraint("until >= since", name="dates"),
        Index("uq_fee_rules_scope_since", "shop_id", "plan", "category", "currency", "since", unique=True),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(server_default="")
    """Empty, like the three after it, where the rule is for all."""
    plan: Mapped[Code] = mapped_column(server_default="")
    category: Mapped[Code] = mapped_column(server_default="")
    currency: Mapped[Currency] = mapped_column(server_default="")
    rate_bp: Mapped[int]
    fixed_minor: Mapped[Minor] = mapped_column(server_default="0")
    minimum_minor: Mapped[Minor] = mapped_column(server_default="0")
    since: Mapped[Instant]
    until: Mapped[Instant | None]
    administrator_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]


class PromotionRow(Base):
    """Seller-funded. With a code it is a voucher, and holds for whoever enters that."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("(percent_bp IS NULL) <> (amount_minor IS NULL)", name="what"),
        CheckConstraint("percent_bp BETWEEN 100 AND 10000", name="percent"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("minimum_minor >= 0", name="minimum"),
        CheckConstraint("until > since", name="dates"),
        CheckConstraint("used >= 0 AND (most_uses IS NULL OR used <= most_uses)", name="uses"),
        CheckConstraint("code IS NOT NULL OR (most_uses IS NULL AND most_per_person IS NULL)", name="voucher"),
        Index(
            "uq_promotions_shop_code",
            "shop_id",
            "code",
            unique=True,
            postgresql_where=text("code IS NOT NULL AND ended_at IS NULL"),
        ),
        Index("ix_promotions_shop", "shop_id", "until"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    name: Mapped[str] = mapped_column(String(60))
    """What buyers read beside the discount."""
    code: Mapped[Code | None]
    """In upper case."""
    percent_bp: Mapped[int | None]
    amount_minor: Mapped[Minor | None]
    """In the shop's currency, like the minimum."""
    minimum_minor: Mapped[Minor] = mapped_column(server_default="0")
    listings: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    """With the categories, what it is for; both empty is all that the shop sells."""
    categories: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    most_uses: Mapped[int | None]
    most_per_person: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default="0")
    """Uses that are held or have been paid for."""
    since: Mapped[Instant]
    until: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    """When the artisan ended it, before its time."""
    created_at: Mapped[CreatedAt]


class PromotionUse(Base):
    """A voucher in a checkout. Who used it is whose checkout it is."""

    __tablename__ = "promotion_uses"
    __table_args__ = (CheckConstraint("state IN ('held', 'used', 'freed')", name="state"),)

    promotion_id: Mapped[Id] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True, index=True)
    state: Mapped[Code]
    created_at: Mapped[CreatedAt]
