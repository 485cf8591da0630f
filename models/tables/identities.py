"""Outside accounts that people sign in with, and attempts to do so that are under way."""

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class OutsideIdentity(Base):
    """An account at an outside provider that opens an account here."""

    __tablename__ = "outside_identities"
    __table_args__ = (UniqueConstraint("user_id", "provider"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider: Mapped[Code]
    """The code of one of `Settings.identity_providers`."""
    subject_index: Mapped[str] = mapped_column(String(64), unique=True)
    """Finds whom an issuer means by a subject, without telling either."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Subject and the address it goes by there, under the person's own key."""
    linked_at: Mapped[CreatedAt]
    last_used_at: Mapped[Instant | None]


class SignInAttempt(Base):
    """Somebody is on the way to a provider and back. Good once, for ten minutes, in the browser that began it."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (CheckConstraint("purpose IN ('sign_in', 'link', 'again')", name="purpose"),)

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    provider: Mapped[Code]
    purpose: Mapped[Code]
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Who links an account, or proves again who they are."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Nonce, PKCE verifier and where to go afterwards, under the ring's key for tokens."""
    begun_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
