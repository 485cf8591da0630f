"""What two people show and write to each other inside a commission. Seen by nobody else."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class CommissionPicture(Base):
    """A picture of the wish, of the work, or beside a message. Its bytes stand here and not with the pictures of
    listings, whose addresses anybody may open."""

    __tablename__ = "commission_pictures"
    __table_args__ = (
        CheckConstraint("(milestone IS NOT NULL) = (purpose = 'proof')", name="milestone"),
        CheckConstraint("message_id IS NULL OR purpose = 'message'", name="message"),
        Index("ix_commission_pictures_commission", "commission_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"))
    by_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[Code]
    """`brief`, `proof` or `message`."""
    milestone: Mapped[int | None]
    message_id: Mapped[Id | None] = mapped_column(ForeignKey("commission_messages.id"), index=True)
    """None until the message that it goes with is sent."""
    alt: Mapped[str] = mapped_column(String(300), server_default="")
    width: Mapped[int]
    height: Mapped[int]
    small: Mapped[bytes | None] = mapped_column(LargeBinary)
    large: Mapped[bytes | None] = mapped_column(LargeBinary)
    """WebP, without metadata. Both are gone once who showed it has been erased."""
    created_at: Mapped[CreatedAt]


class CommissionMessage(Base):
    """One message. Sealed with its writer's key."""

    __tablename__ = "commission_messages"
    __table_args__ = (
        Index("uq_commission_messages_sequence", "commission_id", "sequence", unique=True),
        Index("ix_commission_messages_not_handed_over", "created_at", postgresql_where=text("handed_over_at IS NULL")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"))
    sequence: Mapped[int]
    """From 1, without gaps, in the order in which both sides read them."""
    sender_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    leak_warned: Mapped[bool] = mapped_column(server_default="false")
    """Its writer was warned that it leads away from the platform, and sent it all the same."""
    created_at: Mapped[CreatedAt]
    read_at: Mapped[Instant | None]
    """By the other side."""
    handed_over_at: Mapped[Instant | None]
    """To the process that mails about unread messages."""
    mailed_at: Mapped[Instant | None]
    """When the other side was told by mail that it waits to be read."""


class CommissionQuiet(Base):
    """Somebody wants no mails about the messages of a commission."""

    __tablename__ = "commission_quiet"

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), primary_key=True)
    since: Mapped[CreatedAt]
