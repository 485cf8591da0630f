"""The double-entry ledger. Migrations add what SQLAlchemy cannot say: the deferred zero-sum trigger per posting and
currency, and the triggers that refuse every UPDATE and DELETE.

Accounts, postings and entries are the truth. Balances, days and the horizon are sums of them, which
`models.repositories.ledger_balances` advances and could make anew at any time.
"""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Instant, Minor


class Account(Base):
    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "currency"),
        UniqueConstraint("id", "currency"),  # lets an entry prove that its currency is its account's
        Index("ix_ledger_accounts_owner", "owner"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[Code]
    owner: Mapped[str] = mapped_column(String(40), server_default="")
    """The order, shop, gift card or person it belongs to; empty for the platform's own."""
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
        # With the amount in it, a sum over many entries reads the index alone.
        Index("ix_ledger_entries_account", "account_id", "id", postgresql_include=["amount_minor"]),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("ledger_postings.id"), index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]


class Balance(Base):
    """The sum of an account's entries up to one of them. Accounts without a row are summed whole."""

    __tablename__ = "ledger_balances"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True, autoincrement=False)
    up_to_entry_id: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[Minor]
    advanced_at: Mapped[CreatedAt]


class Day(Base):
    """What all accounts of a kind moved by on a day (UTC), of the entries up to the horizon."""

    __tablename__ = "ledger_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    amount_minor: Mapped[Minor]


class Horizon(Base):
    """One row: how far the sums go, and how far they may go next.

    Ids are given out before their transactions commit, so the highest id that is seen says nothing about lower ones. A
    mark does: whoever had an id up to `mark_entry_id` also had a transaction id below `mark_xid`, and once all of those
    have ended, nothing can appear at or below the mark any more.
    """

    __tablename__ = "ledger_horizon"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    up_to_entry_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    mark_entry_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    mark_xid: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The whole number of a 64-bit transaction id."""
    advanced_at: Mapped[Instant | None]
