"""Conversations inside commissions: messages, pictures, and who wants no mails about them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _at(name: str, *, now: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now() if now else None, nullable=not now)


def _of(name: str, table: str, *, nullable: bool = False, key: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(40), sa.ForeignKey(f"{table}.id"), nullable=nullable, primary_key=key)


def upgrade() -> None:
    op.create_table(
        "commission_messages",
        sa.Column("id", sa.String(40), primary_key=True),
        _of("commission_id", "commissions"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        _of("sender_id", "users"),
        sa.Column("body_sealed", sa.LargeBinary()),
        sa.Column("leak_warned", sa.Boolean(), server_default="false", nullable=False),
        _at("created_at", now=True),
        _at("read_at"),
    )
    op.create_index(
        "uq_commission_messages_sequence", "commission_messages", ["commission_id", "sequence"], unique=True
    )
    op.create_index("ix_commission_messages_sender_id", "commission_messages", ["sender_id"])
    op.create_table(
        "commission_pictures",
        sa.Column("id", sa.String(40), primary_key=True),
        _of("commission_id", "commissions"),
        _of("by_id", "users"),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("milestone", sa.Integer()),
        _of("message_id", "commission_messages", nullable=True),
        sa.Column("alt", sa.String(300), server_default="", nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("small", sa.LargeBinary()),
        sa.Column("large", sa.LargeBinary()),
        _at("created_at", now=True),
        sa.CheckConstraint("(milestone IS NOT NULL) = (purpose = 'proof')", name="milestone"),
        sa.CheckConstraint("message_id IS NULL OR purpose = 'message'", name="message"),
    )
    op.create_index("ix_commission_pictures_commission", "commission_pictures", ["commission_id", "id"])
    op.create_index("ix_commission_pictures_by_id", "commission_pictures", ["by_id"])
    op.create_index("ix_commission_pictures_message_id", "commission_pictures", ["message_id"])
    op.create_table(
        "commission_quiet",
        _of("commission_id", "commissions", key=True),
        _of("person_id", "users", key=True),
        _at("since", now=True),
    )
    for table, column, when in (
        ("commission_messages", "sender_id", "NEW.body_sealed IS NOT NULL"),
        ("commission_pictures", "by_id", "NEW.small IS NOT NULL OR NEW.large IS NOT NULL OR NEW.alt <> ''"),
    ):
        op.execute(
            f"CREATE TRIGGER erased_stay_erased BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) "
            f"EXECUTE FUNCTION refuse_for_the_erased('person', '{column}')"
        )
    op.execute(
        "CREATE TRIGGER erased_stay_erased BEFORE INSERT ON commission_quiet FOR EACH ROW "
        "EXECUTE FUNCTION refuse_for_the_erased('person', 'person_id')"
    )


def downgrade() -> None:
    for table in ("commission_quiet", "commission_pictures", "commission_messages"):
        op.drop_table(table)
