"""Store credit and gift cards: what is reserved, what was granted by whom, and which codes there are.

No row holds a balance: what somebody may still spend is what the ledger says (`STORE_CREDIT` by person, `GIFT_CARDS`
by card), less what checkouts hold.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
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
        CheckConstraint("status <> 'approved' OR person_id NOT IN (proposed_by, decided_by)", name="not_own"),
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
    """Of one that we gave away; one that was bought has a `GiftCardPurchase` of its own id."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    currency: Mapped[Currency]
    status: Mapped[Code] = mapped_column(server_default="open")
    redeemed_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    redeemed_at: Mapped[Instant | None]
    created_at: Mapped[CreatedAt]


class GiftCardPurchase(Base):
    """A gift card that somebody buys. Once it is paid there is a `GiftCard` under the same id."""

    __tablename__ = "gift_card_purchases"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("state IN ('open', 'paid', 'closed')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state = 'open' OR num_nonnulls(recipient_sealed, redirect_url) = 0", name="emptied"),
        CheckConstraint("(state = 'paid') = (letter_id IS NOT NULL)", name="mailed"),
        Index("ix_gift_card_purchases_buyer_id", "buyer_id", "created_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    buyer_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    recipient_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Whose mail address its code goes to, with the buyer's key; empty for the buyer's own. Emptied at the end."""
    state: Mapped[Code] = mapped_column(server_default="open")
    provider_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(100))
    redirect_url: Mapped[str | None] = mapped_column(Text)
    """The provider's page; emptied at the end."""
    fee_minor: Mapped[Minor | None]
    """The provider's, in the currency in which it settled."""
    settled_minor: Mapped[Minor | None]
    settled_currency: Mapped[Currency | None]
    """What the provider booked, where that is another currency."""
    letter_id: Mapped[Id | None]
    """The mail with the code that holds; its code is derived from it."""
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[Instant | None]
