"""All SQL of consents. Answers are only ever added; the newest one to a question counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.consents import CURRENT, Purpose
from models.tables.privacy import Consent


@dataclass(frozen=True, slots=True)
class ConsentRow:
    purpose: Purpose
    version: str
    given: bool
    at: datetime | None
    """None for a question that was never answered, which counts as a no."""

    @property
    def is_current(self) -> bool:
        """Whether it was given to the wording that holds today."""
        return self.given and self.version == CURRENT[self.purpose]


async def record(
    session: AsyncSession, person_id: str, answers: Mapping[Purpose, bool], source: str, at: datetime
) -> list[Purpose]:
    """Adds the answers that differ from the ones that count so far, under today's wording; which these were."""
    known = {row.purpose: row for row in await of_person(session, person_id)}
    changed = [purpose for purpose, given in answers.items() if _differs(known[purpose], given)]
    if changed:
        await session.execute(
            insert(Consent),
            [
                {
                    "person_id": person_id,
                    "purpose": purpose.value,
                    "version": CURRENT[purpose],
                    "given": answers[purpose],
                    "source": source,
                    "at": at,
                }
                for purpose in changed
            ],
        )
    return changed


async def of_person(session: AsyncSession, person_id: str) -> list[ConsentRow]:
    """One a purpose, whether answered or not."""
    newest = (
        select(Consent)
        .ext(distinct_on(Consent.purpose))
        .where(Consent.person_id == person_id)
        .order_by(Consent.purpose, Consent.id.desc())
    )
    rows = {row.purpose: row for row in await session.scalars(newest)}
    return [
        ConsentRow(purpose, row.version, row.given, row.at)
        if (row := rows.get(purpose.value)) is not None
        else ConsentRow(purpose, "", False, None)
        for purpose in Purpose
    ]


def _differs(known: ConsentRow, given: bool) -> bool:
    if known.at is None or known.given != given:
        return True
    return given and not known.is_current
