"""Invoices and credit notes as they were issued, and the counters that number them without gaps.

Migrations add the triggers that refuse every change and deletion, but for taking a name out.
"""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, Currency, Id, Instant, Minor


class InvoiceSeries(Base):
    """Whoever issues holds the row until they commit: so a number is never lost, and never given twice."""

    __tablename__ = "invoice_series"

    series: Mapped[Code] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(server_default="0")


class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("series", "year", "sequence"),
        CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
        CheckConstraint("kind IN ('sale', 'advance', 'credit_note', 'fees', 'fees_credit')", name="kind"),
        CheckConstraint("(kind = 'credit_note') = (corrects IS NOT NULL)", name="corrects"),
        CheckConstraint("order_id IS NULL OR commission_id IS NULL", name="one_sale"),
        Index("ix_invoices_order", "order_id"),
        Index("ix_invoices_commission", "commission_id"),
        Index("ix_invoices_shop_kind", "shop_id", "kind", "year"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    series: Mapped[Code]
    year: Mapped[int]
    sequence: Mapped[int]
    kind: Mapped[Code]
    event: Mapped[str] = mapped_column(String(160), unique=True)
    """What it was issued for, once: `order/<id>`, `refund/<operation>`, `fees/<shop>/<currency>/<month>`,
    `charge/<operation>`, `commission-refund/<operation>`."""
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    """To whom, and whose key seals the name on it."""
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    """Whose sale it is, or whose commission."""
    order_id: Mapped[Id | None] = mapped_column(ForeignKey("orders.id"))
    commission_id: Mapped[Id | None] = mapped_column(ForeignKey("commissions.id"))
    corrects: Mapped[Id | None] = mapped_column(ForeignKey("invoices.id"))
    currency: Mapped[Currency]
    net_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    total_minor: Mapped[Minor]
    supplied_on: Mapped[date]
    issued_at: Mapped[Instant]
    document: Mapped[dict[str, Any]]
    """Lines, taxes and the issuer, as they stood that day."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Who it is addressed to, and who made the pieces. Null once that person is erased."""
