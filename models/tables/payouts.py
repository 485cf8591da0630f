"""Where an artisan's money goes."""

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Id, Instant


class PayoutAccount(Base):
    """A shop's bank account. One at a time; who changed it and when stands in the audit log."""

    __tablename__ = "payout_accounts"
    __table_args__ = (CheckConstraint("kind IN ('iban', 'us')", name="kind"),)

    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    """Whose key seals it."""
    kind: Mapped[Code]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Holder and numbers as one value, under the owner's own key."""
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Instant]
    """Payouts pause for a while after it."""
