"""Custom pieces: the wish, each version of the contract, the milestones, and the money that came and went."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class CommissionRow(Base):
    """One commission. Its status lives in `processes` under `commission-<id>`."""

    __tablename__ = "commissions"
    __table_args__ = (
        CheckConstraint("tax_minor >= 0 AND agreed_minor >= 0 AND fee_bp BETWEEN 0 AND 10000", name="amounts"),
        CheckConstraint("budget_minor > 0", name="budget"),
        Index("ix_commissions_customer", "customer_id", "id"),
        Index("ix_commissions_shop", "shop_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """What people say on the telephone."""
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    customer_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    address_id: Mapped[Id | None] = mapped_column(ForeignKey("addresses.id"))
    """Where the piece goes, and by which its tax is worked out."""
    currency: Mapped[Currency]
    budget_minor: Mapped[Minor | None]
    wanted_by: Mapped[date | None]
    title_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    brief_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The customer's words, sealed with their key."""
    fee_bp: Mapped[int]
    """Frozen at the request."""
    version: Mapped[int] = mapped_column(server_default="0")
    """Of the contract that holds; 0 before there is one."""
    tax_minor: Mapped[Minor] = mapped_column(server_default="0")
    agreed_minor: Mapped[Minor] = mapped_column(server_default="0")
    """The most that may be charged in all without asking the customer again: the maximum of their mandate."""
    provider_customer_id: Mapped[str] = mapped_column(String(100), server_default="")
    method_id: Mapped[str] = mapped_column(String(100), server_default="")
    """The card as the provider keeps it."""
    card_brand: Mapped[str] = mapped_column(String(20), server_default="")
    card_last4: Mapped[str] = mapped_column(String(4), server_default="")
    ending: Mapped[Code] = mapped_column(server_default="")
    """`models.rules.commission.endings.Ending`, where it ended before its piece was finished."""
    created_at: Mapped[CreatedAt]
    agreed_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


class CommissionVersion(Base):
    """One version of the contract, as one side proposed it. Once the process has taken it, only the erasure of who
    wrote it changes its words; until then it is a draft that may be written anew, and that no page shows."""

    __tablename__ = "commission_versions"
    __table_args__ = (CheckConstraint("price_minor > 0", name="price"),)

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    proposed_by: Mapped[Code] = mapped_column(primary_key=True)
    """`customer` or `artisan`. Both may be writing the next version at once; the process takes one."""
    taken: Mapped[bool] = mapped_column(server_default="false")
    kind: Mapped[Code]
    """`quote`, `counter` or `change`."""
    terms: Mapped[dict[str, Any]]
    """`models.rules.commission.contract.Terms` as numbers."""
    titles: Mapped[dict[str, Any]]
    """Number of a milestone → what it is called."""
    note: Mapped[str] = mapped_column(Text, server_default="")
    price_minor: Mapped[Minor]
    created_at: Mapped[CreatedAt]


class CommissionMilestone(Base):
    """Where one step of the work stands, as the process last wrote it."""

    __tablename__ = "commission_milestones"

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[Code]
    begun_at: Mapped[Instant | None]
    due_at: Mapped[Instant | None]
    submitted_at: Mapped[Instant | None]
    approved_at: Mapped[Instant | None]
    revisions: Mapped[int] = mapped_column(server_default="0")
    late_told: Mapped[bool] = mapped_column(server_default="false")


class CommissionCharge(Base):
    """One try of one payment, written before the provider is asked."""

    __tablename__ = "commission_charges"
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND tax_minor >= 0", name="amount"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor + tax_minor", name="refunded"),
        Index("ix_commission_charges_open", "state", postgresql_where=text("state IN ('sending', 'open')")),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Our operation, `<workflow id>/charge-<n>-<attempt>`; the provider keeps it with the payment."""
    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), index=True)
    before: Mapped[int]
    """Number of the milestone that can't begin without it."""
    attempt: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="0")
    """Of the contract that it was made under; 0 for one from before that was kept."""
    amount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    currency: Mapped[Currency]
    kind: Mapped[Code]
    """`deposit`: paid on the provider's page. `card`: charged while nobody is there."""
    state: Mapped[Code] = mapped_column(server_default="sending")
    """`sending`, `open`, `paid`, `declined`, `needs_customer` or `cancelled`."""
    reason: Mapped[Code] = mapped_column(server_default="")
    """The provider's code of a decline."""
    provider_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    """Of the page, or of the payment intent where there is no page."""
    intent_id: Mapped[str | None] = mapped_column(String(100))
    redirect_url: Mapped[str | None] = mapped_column(Text)
    """Where the customer pays or confirms; emptied when that is over."""
    fee_minor: Mapped[Minor | None]
    """The provider's, in the currency in which it settled."""
    balance_transaction_id: Mapped[str | None] = mapped_column(String(100))
    settled_minor: Mapped[Minor | None]
    settled_currency: Mapped[Currency | None]
    """What the provider booked, where that is another currency."""
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    paid_at: Mapped[Instant | None]


class CommissionRefund(Base):
    """One part of what goes back, out of one charge. Written before it is sent."""

    __tablename__ = "commission_refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_commission_refunds_unsettled", "state", postgresql_where=text("state <> 'succeeded'")),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Our operation; the provider keeps it in the refund's metadata."""
    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), index=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("commission_charges.id"), index=True)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    state: Mapped[Code] = mapped_column(server_default="sending")
    """`models.types.RefundState`."""
    provider_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    settled_minor: Mapped[Minor | None]
    """What the provider took from us for it, where that is not the refund's currency."""
    sender: Mapped[WorkflowId | None]
    """The process that may ask the provider to send it now, until `sender_until`."""
    sender_until: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]
    settled_at: Mapped[Instant | None]
