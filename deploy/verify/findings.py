"""What a check finds, and the shape of a check that is one question to the database. Owns no rule and no output.

A rule is plain SQL, apart from the product's own repositories: a defect there must not hide itself here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, order=True)
class Violation:
    """One thing that must never be. Found twice under the same check and subject, it is no matter of timing."""

    check: str
    subject: str
    sentence: str


@dataclass(frozen=True)
class Checked:
    """One line of the report: what was looked at, how many of them, and what is wrong."""

    about: str
    count: int
    unit: str
    violations: tuple[Violation, ...] = field(default=())
    note: str = ""


@dataclass(frozen=True)
class Rule:
    """`count` answers how many things are looked at; each row of `broken` is a violation, and `says` tells it.

    `broken` names one column `subject`; `says` may use every column.
    """

    about: str
    unit: str
    count: str
    broken: str
    says: str

    async def examine(self, connection: AsyncConnection) -> Checked:
        count = (await connection.execute(text(self.count))).scalar_one()
        rows = (await connection.execute(text(self.broken))).mappings()
        return Checked(
            self.about,
            count,
            self.unit,
            tuple(Violation(self.about, str(row["subject"]), self.says.format(**row)) for row in rows),
        )


def checked(about: str, count: int, unit: str, broken: Sequence[tuple[str, str]], note: str = "") -> Checked:
    """Of (subject, sentence) pairs, for checks that are more than one question to the database."""
    return Checked(about, count, unit, tuple(Violation(about, subject, says) for subject, says in broken), note)
