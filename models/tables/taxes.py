"""Taxes as they were frozen, buyers' certificates, and artisans' tax numbers. Rates are no rows: they are law, and
stand in `models.rules.tax`."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Minor, WorkflowId

REASONS = "'taxable', 'exempt', 'reverse_charge', 'zero_rated_export', 'out_of_scope'"


class TaxLine(Base):
    """One tax on one line of a checkout, or on a shop's shipping, in the checkout's currency. Only ever added to."""

    __tablename__ = "tax_lines"
    __table_args__ = (
        ForeignKeyConstraint(["checkout_id", "shop_id"], ["checkout_shops.checkout_id", "checkout_shops.shop_id"]),
        CheckConstraint(f"reason IN ({REASONS})", name="reason"),
        CheckConstraint("reason = 'taxable' OR (rate_millionths = 0 AND tax_minor = 0)", name="untaxed"),
    )

    checkout_id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(primary_key=True)
    item: Mapped[Id] = mapped_column(primary_key=True)
    """The listing, or `shipping`."""
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    jurisdiction: Mapped[Code]
    base_minor: Mapped[Minor]
    rate_millionths: Mapped[int]
    tax_minor: Mapped[Minor]
    reason: Mapped[Code]
    exemption_id: Mapped[Id | None]


class CommissionTax(Base):
    """One tax on a whole version of a commission's contract, as it was worked out when both had agreed. Each charge
    carries its part of all of them. Only ever added to."""

    __tablename__ = "commission_taxes"
    __table_args__ = (
        CheckConstraint(f"reason IN ({REASONS})", name="reason"),
        CheckConstraint("reason = 'taxable' OR (rate_millionths = 0 AND tax_minor = 0)", name="untaxed"),
    )

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[Code] = mapped_column(primary_key=True)
    """`commission` or `shipping`."""
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    jurisdiction: Mapped[Code]
    base_minor: Mapped[Minor]
    rate_millionths: Mapped[int]
    tax_minor: Mapped[Minor]
    reason: Mapped[Code]
    exemption_id: Mapped[Id | None]


class TaxExemption(Base):
    """A buyer's certificate that lifts a tax for a time. Its number is sealed with the buyer's key."""

    __tablename__ = "tax_exemptions"
    __table_args__ = (
        CheckConstraint("kind IN ('reseller', 'nonprofit', 'government', 'vat_business')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[Code]
    jurisdiction: Mapped[Code]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The certificate's number. Null once its owner is erased."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Its last day."""
    granted_by: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]


class SellerTaxId(Base):
    """A shop's tax number and the days on which it was the shop's. Sealed with its owner's key."""

    __tablename__ = "seller_tax_ids"
    __table_args__ = (
        CheckConstraint("kind IN ('eu_vat', 'gb_vat', 'ca_gst')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
        Index("uq_seller_tax_ids_current", "shop_id", unique=True, postgresql_where=text("valid_to IS NULL")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    """Whose key seals it."""
    kind: Mapped[Code]
    country: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The first day on which it was not the shop's any more."""
    created_at: Mapped[CreatedAt]
