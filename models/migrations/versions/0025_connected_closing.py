"""Nothing comes back about the connected account of somebody who is erased: the provider is told to close it."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased BEFORE INSERT ON connected_accounts FOR EACH ROW
        EXECUTE FUNCTION refuse_for_the_erased('shop', 'shop_id')
        """
    )
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased_when_changed BEFORE UPDATE ON connected_accounts FOR EACH ROW
        WHEN (cardinality(NEW.requirements_due) > 0 OR NEW.due_by IS NOT NULL OR NEW.disabled_reason <> ''
              OR NEW.bank_refused <> '' OR NEW.bank_learned_at IS NOT NULL)
        EXECUTE FUNCTION refuse_for_the_erased('shop', 'shop_id')
        """
    )
