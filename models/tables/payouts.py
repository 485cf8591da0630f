"""Where an artisan's money goes: bank account, account at the provider, calendar, payouts, what waits under a rule."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base, Code, CreatedAt, Currency, Id, Instant, Minor, WorkflowId


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
    opening_since: Mapped[Instant | None]
    """When the provider was first asked to open an account for it, whatever came of that."""


class ConnectedAccount(Base):
    """A shop's account at the payment provider, as the provider last told it."""

    __tablename__ = "connected_accounts"

    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(100), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    transfers_enabled: Mapped[bool]
    payouts_enabled: Mapped[bool]
    requirements_due: Mapped[list[str]] = mapped_column(ARRAY(String(100)), server_default="{}")
    """The provider's own names of what it still wants, past due first."""
    due_by: Mapped[Instant | None]
    disabled_reason: Mapped[str] = mapped_column(String(100), server_default="")
    bank_learned_at: Mapped[Instant | None]
    """`payout_accounts.changed_at` of the details that the provider knows, or refused."""
    bank_refused: Mapped[Code] = mapped_column(server_default="")
    """Why it did not take them; empty when it did."""
    bank_id: Mapped[str] = mapped_column(String(100), server_default="")
    """What the provider calls the bank account of these details."""
    checked_at: Mapped[Instant]


class PayoutPlan(Base):
    """When a shop is paid without asking, and from which amount on. Without a row: every Monday, the usual minimum."""

    __tablename__ = "payout_plans"
    __table_args__ = (
        CheckConstraint("calendar IN ('daily', 'weekly', 'monthly', 'manual')", name="calendar"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
    )

    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    calendar: Mapped[Code]
    weekday: Mapped[int] = mapped_column(server_default="0")
    day: Mapped[int] = mapped_column(server_default="1")
    minimums: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Currency → minor units, where the shop has chosen another minimum than the usual one."""
    changed_at: Mapped[Instant]


class Payout(Base):
    """Money on its way to an artisan's bank, once or twice. The process's own status lives in `processes`."""

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("kind IN ('scheduled', 'withdrawal')", name="kind"),
        CheckConstraint("(kind = 'scheduled') = (period <> '')", name="period"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "status IN ('set_aside', 'transferred', 'sent', 'paid', 'returned', 'recalled', 'given_back')",
            name="status",
        ),
        Index("ix_payouts_shop", "shop_id", "created_at"),
        Index("ix_payouts_open", "shop_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    kind: Mapped[Code]
    period: Mapped[str] = mapped_column(String(10), server_default="")
    """The due day of a scheduled one, as ISO 8601 writes it."""
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    """Of the newest attempt."""
    status: Mapped[Code]
    """Where the money is, as the books say it: `models.rules.payouts.PayoutMoney`."""
    provider_account_id: Mapped[str] = mapped_column(String(100), server_default="")
    transfer_id: Mapped[str] = mapped_column(String(100), server_default="")
    provider_payout_id: Mapped[str] = mapped_column(String(100), server_default="")
    """All three of the newest attempt; the provider's metadata name the posting of each attempt."""
    attempt: Mapped[int] = mapped_column(server_default="1")
    failure_code: Mapped[str] = mapped_column(String(100), server_default="")
    """The provider's own word, of the last attempt that failed."""
    bank_changed_at: Mapped[Instant | None]
    """`payout_accounts.changed_at` of the details that it failed with."""
    details_of: Mapped[Instant | None]
    """`payout_accounts.changed_at` of the details for which the money of the newest attempt was set aside."""
    destination: Mapped[str] = mapped_column(String(100), server_default="")
    """The provider's id of their bank account: frozen with them, and named when it is paid out."""
    unanswered_since: Mapped[Instant | None]
    """Since when the provider has not told where it is; None while it does."""
    created_at: Mapped[CreatedAt]
    arrives_on: Mapped[date | None] = mapped_column(Date)
    """As the provider expects it."""
    paid_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


Index(
    "uq_payouts_scheduled",
    Payout.shop_id,
    Payout.period,
    Payout.currency,
    unique=True,
    postgresql_where=text("kind = 'scheduled'"),
)


class Hold(Base):
    """An amount that waits: under which rule, why, and until when."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("outcome IN ('', 'released', 'kept')", name="outcome"),
        CheckConstraint("outcome = '' OR appealed_at IS NOT NULL", name="appealed"),
        Index("ix_holds_open", "shop_id", postgresql_where=text("released_at IS NULL")),
        Index("ix_holds_due", "release_at", postgresql_where=text("released_at IS NULL")),
        Index("uq_holds_rule_order", "rule", "order_id", unique=True, postgresql_where=text("order_id IS NOT NULL")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    order_id: Mapped[Id | None] = mapped_column(ForeignKey("orders.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    rule: Mapped[Code]
    reason: Mapped[Code]
    booked: Mapped[bool]
    """Its money stands in the reserve account; otherwise it only can't be paid out."""
    placed_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    """An administrator; nobody for a rule of the platform."""
    created_at: Mapped[Instant]
    release_at: Mapped[Instant]
    released_at: Mapped[Instant | None]
    appealed_at: Mapped[Instant | None]
    appeal: Mapped[str] = mapped_column(String(1000), server_default="")
    outcome: Mapped[Code] = mapped_column(server_default="")
    decided_by: Mapped[Id | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[Instant | None]
    decision: Mapped[str] = mapped_column(String(1000), server_default="")
    """Why it was decided so, in the administrator's words."""


class PayoutRun(Base):
    """One round over all shops that were due."""

    __tablename__ = "payout_runs"

    id: Mapped[WorkflowId] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    """Everything that was due up to and with it."""
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    payouts: Mapped[int] = mapped_column(server_default="0")
    """How many it started."""
    holds: Mapped[int] = mapped_column(server_default="0")
    """How many it let go."""


class PayoutSkip(Base):
    """A shop that a run could not look at, so that it was passed over and the others were paid."""

    __tablename__ = "payout_skips"
    __table_args__ = (
        CheckConstraint("step IN ('holds', 'plan', 'account', 'balance')", name="step"),
        CheckConstraint("times > 0", name="times"),
        Index(
            "uq_payout_skips_open",
            "shop_id",
            "currency",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    """What people quote, and what stands in the log beside the whole error."""
    shop_id: Mapped[Id] = mapped_column(ForeignKey("shops.id"))
    currency: Mapped[Currency]
    step: Mapped[Code]
    """What could not be read or done: `models.rules.payouts.SkippedAt`."""
    error: Mapped[Code]
    """The error's type. Its words may hold what a row holds, so they are not kept."""
    after: Mapped[date] = mapped_column(Date)
    """Days that became due since then still have to be looked at."""
    run_id: Mapped[WorkflowId]
    """The last run that passed it over."""
    times: Mapped[int] = mapped_column(server_default="1")
    """In how many runs."""
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
    cleared_at: Mapped[Instant | None]
