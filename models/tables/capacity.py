"""How many commissions a shop takes at once, and who waits for a place."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class ShopCapacity(Base):
    """What an artisan has said. A shop without a row has said nothing. Its row is the lock of its waitlist."""

    __tablename__ = "shop_capacity"
    __table_args__ = (
        CheckConstraint("slots BETWEEN 0 AND 50", name="slots"),
        CheckConstraint("lead_days BETWEEN 1 AND 730", name="lead_days"),
    )

    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    slots: Mapped[int]
    """0 takes no commissions."""
    lead_days: Mapped[int]
    changed_at: Mapped[CreatedAt]


class CommissionWait(Base):
    """A request that came when every place was taken. Its process begins once an offered place is taken."""

    __tablename__ = "commission_waits"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'taken', 'passed', 'withdrawn')", name="state"),
        CheckConstraint("(state <> 'offered') OR offered_until IS NOT NULL", name="offered"),
        Index(
            "ix_commission_waits_open", "shop_id", "asked_at", postgresql_where=text("state IN ('waiting', 'offered')")
        ),
        Index("ix_commission_waits_customer", "customer_id"),
    )

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    customer_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[CreatedAt]
    offered_until: Mapped[Instant | None]
    state: Mapped[Code] = mapped_column(server_default="waiting")
    decided_at: Mapped[Instant | None]
    """When the offer was taken or ran out, or the customer left the list."""
