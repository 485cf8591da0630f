"""Second factors and passkeys: what somebody has, beside what they know."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class CodeSecret(Base):
    """The secret that an authenticator app shares with us. A new one is offered until a code of it shows that the app
    has it; then it takes the place of the active one."""

    __tablename__ = "code_secrets"
    __table_args__ = (CheckConstraint("state IN ('offered', 'active')", name="state"),)

    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Code] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Under the person's own key."""
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The half minute (since 1970) of the last code that was taken; none of it or before it is taken again."""
    created_at: Mapped[CreatedAt]


class RecoveryCode(Base):
    """A code on paper for the day when the device is lost. Good once."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[CreatedAt]
    used_at: Mapped[Instant | None]


class Passkey(Base):
    """A key pair of a person's device or password manager; we hold the public half."""

    __tablename__ = "passkeys"

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_handle: Mapped[bytes] = mapped_column(LargeBinary)
    """Random, the same for all passkeys of one person: what the device knows them by."""
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """Of its last use; stays 0 on devices that don't count."""
    transports: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default="{}")
    synced: Mapped[bool] = mapped_column(server_default="false")
    """Kept by a password manager on several devices."""
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What its owner calls it, under their own key."""
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[Instant | None]


class PasskeyChallenge(Base):
    """A question that a passkey is about to answer. Good once, for five minutes, in the browser that asked for it."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (CheckConstraint("purpose IN ('register', 'sign_in', 'second_step', 'again')", name="purpose"),)

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[Code]
    bound_to: Mapped[str] = mapped_column(String(64))
    """Hash of the session, or of a cookie where nobody is known yet."""
    user_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Whose passkey has to answer, or who registers one; null where anybody's may."""
    user_handle: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What a passkey that is being registered will know its owner by."""
    expires_at: Mapped[Instant] = mapped_column(index=True)
