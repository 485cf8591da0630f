"""What the provider has booked, the nights on which it was held against our books, and the differences found.

No row holds words that people type: reasons are codes, subjects are opaque ids. A migration adds the triggers that keep
what the provider said from ever being changed.
"""

from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class ProviderTransaction(Base):
    """One line of the provider's own books, as it told it. Append-only."""

    __tablename__ = "provider_transactions"
    __table_args__ = (
        CheckConstraint("net_minor = amount_minor - fee_minor", name="net"),
        Index("ix_provider_transactions_reference", "reference"),
        Index("ix_provider_transactions_process", "process"),
        Index("ix_provider_transactions_source", "source"),
        Index("ix_provider_transactions_stored", "stored_at"),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(100), server_default="")
    """The connected account in whose books it stands; empty for ours."""
    type: Mapped[Code]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    net_minor: Mapped[Minor]
    source: Mapped[str] = mapped_column(String(100), server_default="")
    reference: Mapped[str] = mapped_column(String(160), server_default="")
    """Ours, from the metadata: a checkout or an operation; empty for what is not of our making."""
    process: Mapped[str] = mapped_column(String(160), Computed("split_part(reference, '/', 1)", persisted=True))
    """Of the operation; the checkout itself for a charge."""
    created_at: Mapped[Instant]
    """At the provider, like the next one."""
    available_on: Mapped[Instant]
    stored_at: Mapped[CreatedAt]


class ReconciliationRun(Base):
    """One night."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (Index("ix_reconciliation_runs_ended", "ended_at"),)

    id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    """From when on the provider's books are read."""
    until: Mapped[Instant]
    """What happened later is the next night's."""
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    transactions: Mapped[int] = mapped_column(server_default="0")
    """New ones."""
    available: Mapped[int] = mapped_column(server_default="0")
    """How many were booked from pending to available."""
    looked_at: Mapped[int] = mapped_column(server_default="0")
    """Checkouts and payouts."""
    young: Mapped[int] = mapped_column(server_default="0")
    """Of those, how many were left to the next night because they still moved."""
    opened: Mapped[int] = mapped_column(server_default="0")
    gone: Mapped[int] = mapped_column(server_default="0")


class ReconciliationUnit(Base):
    """What a night still has to look at. Emptied when it ends."""

    __tablename__ = "reconciliation_units"

    run_id: Mapped[WorkflowId] = mapped_column(ForeignKey("reconciliation_runs.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(80), primary_key=True)
    """A checkout or a payout."""


class ReconciliationCase(Base):
    """One difference, and what is to be done about it. Its repair needs two administrators."""

    __tablename__ = "reconciliation_cases"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'proposed', 'approved', 'closed')", name="status"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("outcome IN ('', 'repaired', 'gone', 'settled_by_hand')", name="outcome"),
        CheckConstraint("approved_by <> proposed_by", name="two_people"),
        CheckConstraint("approved_by IS NULL OR proposed_by IS NOT NULL", name="proposed_first"),
        CheckConstraint("status NOT IN ('proposed', 'approved') OR proposed_by IS NOT NULL", name="proposed"),
        CheckConstraint("status <> 'approved' OR approved_by IS NOT NULL", name="approved"),
        CheckConstraint(
            "outcome NOT IN ('repaired', 'settled_by_hand') OR approved_by IS NOT NULL", name="repaired_by_two"
        ),
        Index(
            "uq_reconciliation_cases_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_reconciliation_cases_subject", "subject"),
        Index("ix_reconciliation_cases_opened", "opened_at"),
        Index("ix_reconciliation_cases_step", text("('case/' || id)")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    """A `models.rules.reconciliation.DifferenceKind`."""
    subject: Mapped[str] = mapped_column(String(160))
    """The checkout, order, refund, operation, provider's transaction or account that differs."""
    unit: Mapped[str] = mapped_column(String(80), server_default="")
    """The checkout or payout in whose context it was found; empty for what has none."""
    currency: Mapped[Currency]
    expected_minor: Mapped[Minor]
    found_minor: Mapped[Minor]
    facts: Mapped[dict[str, Any]]
    """Ids, codes and numbers that tell it in full."""
    repair: Mapped[dict[str, Any]]
    """What is proposed; `models.rules.reconciliation.Repair`."""
    status: Mapped[Code] = mapped_column(server_default="open")
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    """The last night that found it."""
    nights: Mapped[int] = mapped_column(server_default="1")
    proposed_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[Instant | None]
    reason: Mapped[Code] = mapped_column(server_default="")
    """What whoever proposed it has checked: a code."""
    approved_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    outcome: Mapped[Code] = mapped_column(server_default="")
