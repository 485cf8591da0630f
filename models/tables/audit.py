"""The audit log. Migrations add what SQLAlchemy cannot say: the triggers that refuse every UPDATE and DELETE, and the
chain that is made at commit."""

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt


class AuditEntry(Base):
    """One sensitive action. Ids only, so that erasing a person leaves the log unharmed."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor", "actor", "id"),
        Index("ix_audit_entries_subject", "subject", "id"),
        Index("ix_audit_entries_action", "action", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[CreatedAt]
    actor: Mapped[str] = mapped_column(String(80))
    """A person's id, a client's, `workflow:<id>` or `system`."""
    role: Mapped[Code]
    action: Mapped[Code]
    subject: Mapped[str] = mapped_column(String(100), server_default="")
    """The opaque id of whom or what it concerns."""
    details: Mapped[dict[str, Any]]
