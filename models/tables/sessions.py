"""Sessions, and forms that wait until their sender has proved again who they are."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, CreatedAt, Id, Instant


class Session(Base):
    """A signed-in or anonymous browser, or an app with a token. Only the hash of the token is stored."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[Id] = mapped_column(unique=True)
    """Names it to its owner; stays when the token is rotated."""
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]
    signed_in_at: Mapped[Instant | None]
    authenticated_at: Mapped[Instant | None]
    """When its owner last proved who they are."""
    second_factor: Mapped[bool] = mapped_column(server_default="false")
    """Whether that proof had two factors."""
    methods: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    """How: `password`, `totp`, `recovery_code`, `passkey`, `outside:<code>`, `mail`."""
    device: Mapped[str] = mapped_column(String(80), server_default="")
    """Browser and system in words, for the owner's list; no more of the user agent is kept."""
    client_id: Mapped[Id | None] = mapped_column(index=True)
    """The app that the person allowed; null for our own pages and sign-ins with a password."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    last_active_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)


class ParkedForm(Base):
    """What somebody sent when they had to prove again who they are: it goes on after that, nothing is typed twice."""

    __tablename__ = "parked_forms"

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Path and text fields, under the ring's key for tokens."""
    expires_at: Mapped[Instant] = mapped_column(index=True)
