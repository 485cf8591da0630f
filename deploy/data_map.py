"""`deploy/DATA-MAP.md`: the part of it that is made of the rules. The prose around it is written by hand.

Owns the form of the tables; what they say stands in `models.rules.erasure` and `models.rules.retention`.
"""

from pathlib import Path

from models.repositories.privacy_sections import SECTIONS
from models.rules.erasure import HELD
from models.rules.retention import RETENTION

FILE = Path(__file__).parent / "DATA-MAP.md"
BEGIN, END = "<!-- made of the rules by `artisan data-map` -->", "<!-- up to here -->"


def write() -> int:
    """Renews the made part in the file; how many tables it shows. Raises `ValueError` when its marks are gone."""
    before, rest = _split(FILE.read_text())
    FILE.write_text(f"{before}{BEGIN}\n\n{tables()}\n{END}{rest}")
    return len(HELD)


def written() -> str:
    """The made part as it stands in the file."""
    text = FILE.read_text()
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip() + "\n"


def tables() -> str:
    """What every table holds, how long, what an erasure does to it, and where it is in a person's own copy."""
    files = {table: f"`{section.name}.json`" for section in SECTIONS for table in section.tables}
    lines = [
        "| table | personal columns | how long | then | when a person is erased | in their own copy |",
        "|---|---|---|---|---|---|",
    ]
    for table, held in HELD.items():
        kept = RETENTION[table]
        fields = "; ".join(f"`{column}` ({form.value})" for column, form in held.fields.items()) or "none"
        copy = files[table] if held.exported else f"no: {held.why_not}"
        lines.append(
            f"| `{table}` | {fields} | {kept.how_long} | {kept.then.value}: {kept.why} | {held.erased} | {copy} |"
        )
    return "\n".join(lines) + "\n"


def _split(text: str) -> tuple[str, str]:
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{FILE.name} has lost its marks: {BEGIN} and {END}")
    return before, after
