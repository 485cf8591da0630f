"""What the workflows write for people and operators, and what makes steps and requests idempotent."""

from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Instant, WorkflowId


class Process(Base):
    """The status row of one workflow, written by its own activities and by nobody else."""

    __tablename__ = "processes"
    __table_args__ = (
        Index("ix_processes_status", "process", "status"),
        Index("ix_processes_deadline", "deadline", postgresql_where=text("deadline IS NOT NULL")),
    )

    workflow_id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    process: Mapped[Code]
    status: Mapped[Code]
    waiting_on: Mapped[Code]
    deadline: Mapped[Instant | None]
    then: Mapped[Code] = mapped_column(server_default="")
    """What happens at the deadline if nobody acts; a key of the wording table."""
    sequence: Mapped[int]
    """Of the last timeline entry written; an older write never overwrites a newer one."""
    is_final: Mapped[bool] = mapped_column(server_default="false")
    started_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class TimelineRow(Base):
    __tablename__ = "timeline_entries"

    workflow_id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    actor: Mapped[Code]
    what: Mapped[Code]
    why: Mapped[Code] = mapped_column(server_default="")
    waiting_on: Mapped[Code]
    until: Mapped[Instant | None]
    then: Mapped[Code] = mapped_column(server_default="")
    subject: Mapped[str] = mapped_column(String(100), server_default="")


class Effect(Base):
    """A step that has been done: inserted in the same transaction as its effect, so that it happens once."""

    __tablename__ = "effects"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    result: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]


class InboxEvent(Base):
    """A webhook or courier callback: stored before anything else, processed by id, replayable."""

    __tablename__ = "inbox_events"
    __table_args__ = (
        Index("uq_inbox_events_source_event", "source", "event_id", unique=True),
        Index("ix_inbox_events_due", "next_attempt_at", postgresql_where=text("processed_at IS NULL")),
        Index("ix_inbox_events_subject", "source", "subject"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[Code]
    """`stripe`, or `courier:<code>`."""
    event_id: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(100))
    """Checkout id, or tracking number."""
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Delivery attempt that a courier's callback speaks of."""
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[CreatedAt]
    processed_at: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[CreatedAt]
    last_error: Mapped[str | None] = mapped_column(Text)


class IdempotencyRecord(Base):
    """The answer to a keyed POST, replayed when the same caller repeats it."""

    __tablename__ = "idempotency_records"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Of method, path and body, keyed: a body can hold an address, which a plain hash would let somebody guess."""
    status: Mapped[int | None]
    """Null while the first request is still running."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer, under the ring's key for tokens: it can show people by name."""
    created_at: Mapped[CreatedAt]
