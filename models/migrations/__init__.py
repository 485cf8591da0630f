"""Alembic, configured in code so that no process needs an ini file beside it."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Brings the database at `url` (a SQLAlchemy address) to the newest schema."""
    command.upgrade(alembic_config(url), "head")


def check(url: str) -> None:
    """Raises `alembic.util.CommandError` when the tables in code and the migrations disagree."""
    command.check(alembic_config(url))
