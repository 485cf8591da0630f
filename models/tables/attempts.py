"""What strangers try: how often, and what was refused. Nobody's name, mail address or network stands here in clear."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, Instant


class RateLimit(Base):
    """How much of a limit is used up, for all replicas. Not logged: after a crash of the database everybody begins
    anew, which is cheaper than a write-ahead of every attempt."""

    __tablename__ = "rate_limits"
    __table_args__ = (Index("ix_rate_limits_free_at", "free_at"), {"prefixes": ["UNLOGGED"]})

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash of what is limited for whom."""
    free_at: Mapped[Instant]
    """When nothing of what was counted is left; see `models.repositories.rate_limits`."""


class RefusedSignIn(Base):
    """Sign-ins that failed alike within one window. Becomes one entry of the audit log when the window is over, and is
    gone then: whoever hammers at the door must not make the log's other writers wait."""

    __tablename__ = "refused_sign_ins"

    window_at: Mapped[Instant] = mapped_column(primary_key=True)
    """When it began."""
    person_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Whose account it was; empty where nobody has the address, or none was named."""
    wrong: Mapped[Code] = mapped_column(primary_key=True)
    """`password`, `code`, `outside:<code>`, or what was wrong with a passkey."""
    why: Mapped[Code] = mapped_column(primary_key=True)
    """A provider's code for it; mostly empty."""
    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash of the network that they came from."""
    count: Mapped[int]
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
