"""People, their keys and their addresses. Personal fields are sealed with each person's own key; see
`models.repositories.person_keys`."""

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, CreatedAt, Currency, Id, Instant, WorkflowId


class User(Base):
    """Somebody with an account. Of an erased person nothing is left but the row that old orders point to."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('customer', 'artisan', 'administrator')", name="role"),
        CheckConstraint("time_scale >= 1", name="time_scale"),
        CheckConstraint(
            "CASE WHEN erased_at IS NULL THEN num_nulls(email_sealed, name_sealed, email_index) = 0"
            " ELSE num_nonnulls(email_sealed, name_sealed, email_index, password_hash) = 0 END",
            name="erased",
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Finds the account of an address whatever its case, without telling the address."""
    email_verified_at: Mapped[Instant | None]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Null for people who sign in by other means only."""
    role: Mapped[str] = mapped_column(String(20))
    time_scale: Mapped[int] = mapped_column(server_default="1")
    """How many times faster a demo account's business deadlines run. 1 for everybody else."""
    currency: Mapped[Currency | None]
    """What they like to see prices in; without a choice it is each shop's own."""
    created_at: Mapped[CreatedAt]
    disowned_at: Mapped[Instant | None]
    """When the owner of the mailbox said that they did not register. It is erased with the next sweep."""
    recovered_at: Mapped[Instant | None]
    """When a letter gave them a new password and other ways in were left. Until their owner has said which of those are
    theirs, the password alone begins a sign-in."""
    erased_at: Mapped[Instant | None]


class PersonKey(Base):
    """The key that one person's fields are sealed with: destroying it erases them wherever they stand. The row stays
    as a tombstone, so that erased is told from unknown."""

    __tablename__ = "person_keys"
    __table_args__ = (CheckConstraint("(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),)

    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), primary_key=True)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Under the ring's key for people, whose id stands in front of it."""
    created_at: Mapped[CreatedAt]
    destroyed_at: Mapped[Instant | None]
    destroyed_by: Mapped[WorkflowId | None]
    """The process that did it."""


class Address(Base):
    """Where a parcel goes. Immutable: an edited address is a new row, so a frozen order keeps its own."""

    __tablename__ = "addresses"

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """All its personal fields as one value."""
    country: Mapped[str] = mapped_column(String(2))
    """In clear: it decides tax and risk, and tells nobody apart."""
    created_at: Mapped[CreatedAt]
