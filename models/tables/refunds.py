"""Money that goes back to buyers: what was sent, what was asked for and why, and how a shop repays what it owes."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class Refund(Base):
    """One refund, written before it is sent, so that two at once can't exceed what was paid."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("amount_minor = items_minor + shipping_minor + tax_minor", name="parts"),
        CheckConstraint("least(items_minor, shipping_minor, tax_minor, fee_minor) >= 0", name="signs"),
        Index("ix_refunds_unsettled", "state", postgresql_where=text("state <> 'succeeded'")),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Our operation id, `<workflow id>/<step>`; the provider keeps it in the refund's metadata."""
    order_id: Mapped[Id] = mapped_column(ForeignKey("orders.id"), index=True)
    provider_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    """Of the last try; None until the provider has taken one."""
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    items_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    """Of the frozen fee: never taken, or reversed."""
    pieces: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Listing id → quantity; empty for an agreed amount."""
    lines_minor: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Of an agreed amount: listing id → minor units that count against what is left of its line."""
    taken_minor: Mapped[Minor | None]
    """From the shop's balance, in its own currency, where that is not the refund's."""
    settled_minor: Mapped[Minor | None]
    """What the provider took from us for it, in `payments.settled_currency`, where that is not the refund's."""
    reason: Mapped[Code]
    state: Mapped[Code] = mapped_column(server_default="sending")
    """`models.types.RefundState`."""
    to_credit: Mapped[bool] = mapped_column(server_default="false")
    """Given back as store credit, which no provider sends. What goes back to both is two refunds."""
    after_release: Mapped[bool] = mapped_column(server_default="false")
    """Taken from the shop's balance and not from what was held for the order."""
    tries: Mapped[int] = mapped_column(server_default="0")
    """How often the provider has taken it; more than one when it came back."""
    sender: Mapped[WorkflowId | None]
    """The process that is asking the provider to send it; nobody else does meanwhile."""
    sender_until: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]
    settled_at: Mapped[Instant | None]


class RefundRequest(Base):
    """What a buyer has asked for, and what came of it. Its status lives in `processes` under `refund-<id>`."""

    __tablename__ = "refund_requests"
    __table_args__ = (
        CheckConstraint("asked_minor > 0", name="asked"),
        Index(
            "uq_refund_requests_open_order",
            "order_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL AND kind = 'problem'"),
        ),
        Index("ix_refund_requests_operation", "operation"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    order_id: Mapped[Id] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[Code]
    """`problem`: asked for by the buyer. `unsettled`: a refund that was sent, and that the provider has not confirmed
    or has not been able to deliver."""
    problem: Mapped[Code]
    """What is wrong; of an unsettled one, the refund's own reason."""
    pieces: Mapped[dict[str, Any]]
    """Listing id → quantity."""
    currency: Mapped[Currency]
    asked_minor: Mapped[Minor]
    offered_minor: Mapped[Minor | None]
    """By the artisan; None before they answered, 0 when they refused."""
    agreed_minor: Mapped[Minor | None]
    """What goes back in the end; None until that is settled."""
    with_return: Mapped[bool] = mapped_column(server_default="false")
    tracking: Mapped[str] = mapped_column(String(60), server_default="")
    """Of the parcel in which it goes back, where the buyer named one."""
    outcome: Mapped[Code] = mapped_column(server_default="")
    operation: Mapped[str | None] = mapped_column(String(100))
    """The refund of an unsettled one, and the try that it is about."""
    tries: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[Instant | None]


class RefundNote(Base):
    """What somebody wrote about a request. Nobody's process ever carries it."""

    __tablename__ = "refund_notes"
    __table_args__ = (Index("uq_refund_notes_step", "request_id", "step", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    request_id: Mapped[Id] = mapped_column(ForeignKey("refund_requests.id"))
    author_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    step: Mapped[Code]
    """`reported`, `answered`, `escalated`, `decided`: each is written once, or once more after a return."""
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class RepaymentPlan(Base):
    """How a shop repays what refunds have taken from it after its payouts."""

    __tablename__ = "repayment_plans"
    __table_args__ = (
        CheckConstraint("debt_minor > 0 AND repaid_minor BETWEEN 0 AND debt_minor", name="debt"),
        CheckConstraint("floor_minor >= 0 AND share_bp BETWEEN 1 AND 10000", name="terms"),
        Index(
            "uq_repayment_plans_open",
            "shop_id",
            "currency",
            unique=True,
            postgresql_where=text("status IN ('proposed', 'agreed')"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    currency: Mapped[Currency]
    debt_minor: Mapped[Minor]
    repaid_minor: Mapped[Minor] = mapped_column(server_default="0")
    floor_minor: Mapped[Minor]
    """Of what is paid out within 30 days, as `models.rules.repayment` has it."""
    share_bp: Mapped[int]
    status: Mapped[Code]
    """`proposed`, `agreed`, `declined`, `withdrawn`, `ended` (what was left nets again) or `repaid`."""
    proposed_by: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]
    answered_at: Mapped[Instant | None]
