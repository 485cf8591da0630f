"""Letters: mails to a person about their account, and the links that some of them carry."""

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class Letter(Base):
    """One mail. Its link's secret is never stored: who holds the key ring derives it from the row."""

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_person_id_kind", "person_id", "kind"),
        Index("ix_letters_unsent", "created_at", postgresql_where=text("handed_over_at IS NULL")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Null where somebody typed an address that nobody has: it is written and handed over like every other, so that
    neither time nor answer tells, and then goes nowhere."""
    kind: Mapped[Code]
    """One of the texts in `activities.letter_texts`."""
    key_id: Mapped[str] = mapped_column(String(40), server_default="")
    """The ring's key that the link's secret is derived under; empty for a letter without one."""
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the secret in the browser that caused it: there, its link needs no other proof."""
    sealed_to: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Another address than the person's own, with the person's key; or with the ring's, for a person who is gone."""
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Ids, codes and numbers that the text's blanks are filled from. Nothing personal."""
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant | None]
    """Of the link."""
    used_at: Mapped[Instant | None]
    """When the link was used, or made void by a later one."""
    handed_over_at: Mapped[Instant | None]
    """When its process was started. Until then the sweeper tries."""
    sent_at: Mapped[Instant | None]
