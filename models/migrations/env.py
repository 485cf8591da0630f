"""Alembic's entry point: one online run in one transaction, with a lock timeout so that a migration never queues
behind a long transaction while everybody queues behind the migration."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from models.tables import Base

config = context.config
engine = create_engine(str(config.get_main_option("sqlalchemy.url")), poolclass=pool.NullPool)

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.run_migrations()
    connection.commit()
engine.dispose()
