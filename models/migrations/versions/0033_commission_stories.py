"""The making-of of a finished commission, shown with both sides' consent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commission_stories",
        sa.Column("commission_id", sa.String(40), sa.ForeignKey("commissions.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("story_id", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary()),
        sa.Column("picture_ids", JSONB(), nullable=False),
        sa.Column("named", sa.String(40), server_default="not_at_all", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("state = 'draft' OR offered_at IS NOT NULL", name="offered"),
    )
    op.create_index("ix_commission_stories_story", "commission_stories", ["story_id"])
    for state in ("draft", "offered", "shown"):
        op.create_index(
            f"uq_commission_stories_{state}",
            "commission_stories",
            ["commission_id"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.execute(
        """
        CREATE FUNCTION refuse_stories_of_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF anybody_erased((SELECT ARRAY[c.customer_id, s.owner_id] FROM commissions c
                               JOIN shops s ON s.id = c.shop_id WHERE c.id = NEW.commission_id)) THEN
                RAISE EXCEPTION '% takes nothing more of somebody who is erased', TG_TABLE_NAME USING ERRCODE = 'PE410';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON commission_stories FOR EACH ROW "
        "WHEN (NEW.words_sealed IS NOT NULL) EXECUTE FUNCTION refuse_stories_of_the_erased()"
    )


def downgrade() -> None:
    op.drop_table("commission_stories")
    op.execute("DROP FUNCTION refuse_stories_of_the_erased")
