"""Writes `api/PERMISSIONS.md` from the routes themselves."""

from pathlib import Path

from api.app import create_app
from api.permissions import as_markdown, permissions
from core.settings import Settings

TABLE = Path(__file__).resolve().parents[1] / "api" / "PERMISSIONS.md"


def table() -> str:
    """The table as the code has it now. Opens nothing."""
    return as_markdown(permissions(create_app(Settings())))


def write() -> int:
    """Rewrites the document; how many routes it shows."""
    text = table()
    TABLE.write_text(text)
    return text.count("\n| `")
