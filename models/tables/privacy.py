"""What people have consented to, the copies of their data that they asked for, and erasures with their receipts.

Everything here goes by opaque ids, so it stays when a person has been erased: it proves what was done.
"""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant, WorkflowId


class Consent(Base):
    """One answer to one question. A changed mind is a new row; the newest one counts."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_person", "person_id", "purpose", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[Code]
    version: Mapped[Code]
    """Of the wording that was agreed to."""
    given: Mapped[bool]
    source: Mapped[Code]
    """Where it was said: `registration`, `account`, `api`."""
    at: Mapped[CreatedAt]


class DataExport(Base):
    """A copy of everything about a person, for that person."""

    __tablename__ = "data_exports"
    __table_args__ = (Index("ix_data_exports_expires_at", "expires_at", postgresql_where=text("sealed IS NOT NULL")),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    """The person's id and the day: one a day."""
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    requested_at: Mapped[Instant]
    ready_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The archive under the person's own key; null before it is ready and after it has expired."""
    size_bytes: Mapped[int] = mapped_column(server_default="0")


class Erasure(Base):
    """One request to be erased, from its announcement to its last receipt or its cancellation."""

    __tablename__ = "erasures"
    __table_args__ = (CheckConstraint("cancelled_at IS NULL OR erased_at IS NULL", name="ended_once"),)

    id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    """Of this person's requests."""
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Whoever has the code may watch it without an account, for there is none left in the end."""
    code_key: Mapped[Code]
    """Of the ring, that the code was derived under."""
    requested_at: Mapped[Instant]
    erase_at: Mapped[Instant]
    cancelled_at: Mapped[Instant | None]
    erased_at: Mapped[Instant | None]
    """When the person's key was destroyed: from here on nothing brings it back."""
    completed_at: Mapped[Instant | None]
    """When the last receipt was there."""


Index("uq_erasures_person_number", Erasure.person_id, Erasure.number, unique=True)
Index(
    "uq_erasures_open",
    Erasure.person_id,
    unique=True,
    postgresql_where=text("cancelled_at IS NULL AND completed_at IS NULL"),
)


class ErasureReceipt(Base):
    """That one place has forgotten somebody."""

    __tablename__ = "erasure_receipts"

    erasure_id: Mapped[WorkflowId] = mapped_column(ForeignKey("erasures.id"), primary_key=True)
    target: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[Instant]
    count: Mapped[int]
    """Of records that were erased there."""
    reference: Mapped[str] = mapped_column(String(100), server_default="")
    """The other side's own id of it, where it gives one."""


class RetentionSweep(Base):
    """What one run of the retention schedule did by one rule."""

    __tablename__ = "retention_sweeps"

    run: Mapped[WorkflowId] = mapped_column(primary_key=True)
    rule: Mapped[Code] = mapped_column(primary_key=True)
    at: Mapped[Instant] = mapped_column(index=True)
    count: Mapped[int]
