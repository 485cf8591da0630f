"""What may be told in public of a finished commission, version by version."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class CommissionStory(Base):
    """One version of a story. Once it has been offered, its words and pictures stay as they are."""

    __tablename__ = "commission_stories"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("state = 'draft' OR offered_at IS NOT NULL", name="offered"),
        Index("ix_commission_stories_story", "story_id"),
        *(
            Index(
                f"uq_commission_stories_{state}",
                "commission_id",
                unique=True,
                postgresql_where=text(f"state = '{state}'"),
            )
            for state in ("draft", "offered", "shown")
        ),
    )

    commission_id: Mapped[Id] = mapped_column(ForeignKey("commissions.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[Id]
    """Its public address, the same for all versions."""
    state: Mapped[Code]
    """`models.rules.commission.stories.StoryState`."""
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Title, text and captions, sealed with the artisan's key."""
    picture_ids: Mapped[list[str]] = mapped_column(JSONB)
    """Pictures of approved work, in the order in which they are told."""
    named: Mapped[Code] = mapped_column(server_default="not_at_all")
    """`models.rules.commission.stories.Named`: the customer's choice when they consented."""
    created_at: Mapped[CreatedAt]
    offered_at: Mapped[Instant | None]
    answered_at: Mapped[Instant | None]
    """By whoever ended the question: consented, declined, withdrew or asked anew."""
