"""The audit log, its chain and the chain's seals. Migrations add what SQLAlchemy cannot say: the triggers that refuse
every UPDATE and DELETE, and the one that links an entry to the chain when its transaction commits."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt


class AuditEntry(Base):
    """One sensitive action. Ids only, so that erasing a person leaves the log unharmed."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(details) = 'object'", name="details"),
        Index("ix_audit_entries_at", "at", "id"),
        Index("ix_audit_entries_actor", "actor", "at", "id"),
        Index("ix_audit_entries_subject", "subject", "at", "id"),
        Index("ix_audit_entries_action", "action", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[CreatedAt]
    """When its transaction began; the order of commits is the chain's."""
    actor: Mapped[str] = mapped_column(String(80))
    """A person's id, a client's, `workflow:<id>` or `system`."""
    role: Mapped[Code]
    action: Mapped[Code]
    subject: Mapped[str] = mapped_column(String(100), server_default="")
    """The opaque id of whom or what it concerns."""
    details: Mapped[dict[str, Any]]


class AuditLink(Base):
    """An entry's place in the chain. Written by the database alone, at commit; see `models.rules.audit_chain`."""

    __tablename__ = "audit_chain"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 1, without gaps, in the order of commits."""
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(AuditEntry.id), unique=True)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSeal(Base):
    """Signs the chain up to the last entry of one day (UTC), so that whoever rewrites it needs our key, too."""

    __tablename__ = "audit_seals"

    day: Mapped[date] = mapped_column(primary_key=True)
    up_to_seq: Mapped[int] = mapped_column(BigInteger)
    """The last link that it covers; 0 while there is none."""
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """That link's."""
    key_id: Mapped[str] = mapped_column(String(40))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[CreatedAt]
