"""Store credit and gift cards: what is reserved, what was granted by whom, and which codes there are.

No row holds a balance: what somebody may still spend is what the ledger says (`STORE_CREDIT` by person, `GIFT_CARDS`
by card), less what checkouts hold.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


class CreditReservation(Base):
    """Store credit that one checkout keeps until it is paid or closed."""

    __tablename__ = "credit_reservations"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'spent', 'released')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_credit_reservations_held", "person_id", "currency", postgresql_where=text("state = 'held'")),
    )

    checkout_id: Mapped[WorkflowId] = mapped_column(ForeignKey("checkouts.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    state: Mapped[Code]


class CreditGrant(Base):
    """Money of ours that one administrator would give to somebody, and another one decides about."""

    __tablename__ = "credit_grants"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("kind IN ('credit', 'gift_card')", name="kind"),
        CheckConstraint("(kind = 'credit') = (person_id IS NOT NULL)", name="whose"),
        CheckConstraint("status IN ('proposed', 'approved', 'declined')", name="status"),
        CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("status <> 'approved' OR decided_by <> proposed_by", name="two_people"),
        Index("ix_credit_grants_status", "status", "proposed_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    """`credit` to a person's account, or a `gift_card` to whoever is given its code."""
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    reason: Mapped[Code]
    """A `models.rules.credit.GrantReason`."""
    status: Mapped[Code] = mapped_column(server_default="proposed")
    proposed_by: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[CreatedAt]
    decided_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[Instant | None]


class GiftCard(Base):
    """A code that is worth what the ledger says, once. Only its hash is kept."""

    __tablename__ = "gift_cards"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'redeemed', 'blocked')", name="status"),
        CheckConstraint("(status = 'redeemed') = (redeemed_by IS NOT NULL)", name="redeemed"),
        Index("ix_gift_cards_redeemed_by", "redeemed_by"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    grant_id: Mapped[Id | None] = mapped_column(ForeignKey("credit_grants.id"), unique=True)
    """Of one that we gave away."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    currency: Mapped[Currency]
    status: Mapped[Code] = mapped_column(server_default="open")
    redeemed_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    redeemed_at: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]
