"""The double-entry ledger. Migrations add what SQLAlchemy cannot say: the deferred zero-sum trigger per posting and
currency, and the triggers that refuse every UPDATE and DELETE."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Minor


class Account(Base):
    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "currency"),
        UniqueConstraint("id", "currency"),  # lets an entry prove that its currency is its account's
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[Code]
    owner: Mapped[str] = mapped_column(String(40), server_default="")
    """The order or shop it belongs to; empty for the platform's own."""
    currency: Mapped[Currency]


class Posting(Base):
    __tablename__ = "ledger_postings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    step_key: Mapped[str] = mapped_column(String(160), unique=True)
    """`<workflow id>/<step>`: a retried activity posts once."""
    kind: Mapped[Code]
    reference: Mapped[str] = mapped_column(String(80), index=True)
    """The checkout, order or refund that it books."""
    posted_at: Mapped[CreatedAt]


class Entry(Base):
    """One side of a posting; debits are positive, credits negative, and those of a posting sum to zero per currency."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("ix_ledger_entries_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("ledger_postings.id"), index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
