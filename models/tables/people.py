"""People, their sign-ins and their addresses. The only tables that hold personal data."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, CreatedAt, Id, Instant


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('customer', 'artisan', 'administrator')", name="role"),
        CheckConstraint("time_scale >= 1", name="time_scale"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20))
    time_scale: Mapped[int] = mapped_column(server_default="1")
    """How many times faster a demo account's business deadlines run. 1 for everybody else."""
    created_at: Mapped[CreatedAt]


Index("uq_users_email_lower", func.lower(User.email), unique=True)


class Session(Base):
    """A signed-in or anonymous browser. Only the hash of its token is stored."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]
    signed_in_at: Mapped[Instant | None]
    last_active_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)


class Address(Base):
    """Where a parcel goes. Immutable: an edited address is a new row, so a frozen order keeps its own."""

    __tablename__ = "addresses"

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    line1: Mapped[str] = mapped_column(String(200))
    line2: Mapped[str] = mapped_column(String(200), server_default="")
    city: Mapped[str] = mapped_column(String(120))
    region: Mapped[str] = mapped_column(String(120), server_default="")
    postal_code: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[CreatedAt]
