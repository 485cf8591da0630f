"""Lists of commissions: a customer's own, an artisan's by who must act, and our team's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions.schemas import CommissionCard, CommissionList, TeamCommissionList, TeamCommissionRow
from api.commissions.seen import place_standing
from api.commissions.words import PLACES_OVER, status_label, waiting_text
from api.dependencies import Keeper
from api.money import money
from models.repositories import commission_reading, commissions
from models.repositories.commission_reading import Turn
from models.repositories.commissions import CommissionFacts
from models.rules.commission.advancing import Standing
from models.rules.commission.record import Status
from models.tables.capacity import CommissionWait
from models.types import Party

Group = Literal["me", "other", "nobody", "ended"]
"""Who must act: the reader, the other side, nobody of the two (a bank, time, our team), or nobody any more."""


async def bought(
    session: AsyncSession, person: Person, *, group: Group | None = None, before: str | None = None, limit: int = 20
) -> CommissionList:
    turn = _turn(group, Party.CUSTOMER)
    found = await commission_reading.listed(session, customer_id=person.id, turn=turn, before=before, limit=limit + 1)
    return await _list(session, found, Party.CUSTOMER, limit)


async def sold(
    session: AsyncSession, keeper: Keeper, *, group: Group | None = None, before: str | None = None, limit: int = 20
) -> CommissionList:
    turn = _turn(group, Party.ARTISAN)
    found = await commission_reading.listed(session, shop_id=keeper.shop_id, turn=turn, before=before, limit=limit + 1)
    return await _list(session, found, Party.ARTISAN, limit)


async def for_team(
    session: AsyncSession, *, number: str | None = None, before: str | None = None, limit: int = 20
) -> TeamCommissionList:
    """Those that wait for our team, or the one of this number, whoever it waits for."""
    turn = None if number else Turn(of=Party.ADMINISTRATOR)
    found = await commission_reading.listed(session, number=number or None, turn=turn, before=before, limit=limit + 1)
    places = await commission_reading.places(session, [facts.row.id for facts in found])
    rows = [_team_row(facts, places.get(facts.row.id)) for facts in found[:limit]]
    return TeamCommissionList(items=rows, next=rows[-1].id if len(found) > limit else None)


def _team_row(facts: CommissionFacts, place: CommissionWait | None) -> TeamCommissionRow:
    status, now, is_over = _stands(facts, place)
    return TeamCommissionRow(
        id=facts.row.id,
        number=facts.row.number,
        shop_name=facts.shop_name,
        shop_slug=facts.shop_slug,
        status=status,
        status_label=status_label(status),
        waiting_on=now.waiting_on.value,
        deadline=now.until,
        is_final=is_over,
        created_at=facts.row.created_at,
    )


def _turn(group: Group | None, reader: Party) -> Turn | None:
    if group is None:
        return None
    sides = (reader, Party.ARTISAN if reader is Party.CUSTOMER else Party.CUSTOMER)
    if group == "ended":
        return Turn(ended=True)
    if group == "nobody":
        return Turn()
    return Turn(of=sides[0] if group == "me" else sides[1])


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands about the commissions of a list elsewhere, by id."""

    titles: Mapping[str, str]
    names: Mapping[str, str]
    totals: Mapping[str, int]
    places: Mapping[str, CommissionWait]


async def _list(session: AsyncSession, found: list[CommissionFacts], reader: Party, limit: int) -> CommissionList:
    shown = found[:limit]
    ids = [facts.row.id for facts in shown]
    said = _Said(
        titles=await commissions.titles(session, ids),
        names=await commission_reading.names(session, [facts.row.customer_id for facts in shown]),
        totals=await commission_reading.totals(session, ids),
        places=await commission_reading.places(session, ids),
    )
    return CommissionList(
        items=[_card(facts, reader, said) for facts in shown], next=ids[-1] if len(found) > limit else None
    )


def _card(facts: CommissionFacts, reader: Party, said: _Said) -> CommissionCard:
    row = facts.row
    status, now, is_over = _stands(facts, said.places.get(row.id))
    total = said.totals.get(row.id)
    return CommissionCard(
        id=row.id,
        number=row.number,
        title=said.titles[row.id],
        shop_name=facts.shop_name,
        shop_slug=facts.shop_slug,
        customer_name=said.names[row.customer_id],
        total=None if total is None else money(total, row.currency),
        status=status,
        status_label=status_label(status),
        waiting_on=now.waiting_on.value,
        your_turn=now.waiting_on is reader,
        deadline=now.until,
        waiting_text=waiting_text(now.waiting_on, now.then, reader),
        is_final=is_over,
        created_at=row.created_at,
    )


def _stands(facts: CommissionFacts, place: CommissionWait | None) -> tuple[str, Standing, bool]:
    process = facts.process
    if process is not None:
        now = Standing(Party(process.waiting_on), process.deadline, process.then)
        return process.status, now, process.is_final
    if place is None or place.state == "taken":
        return Status.REQUESTED.value, Standing(), False
    status = f"place_{place.state}"
    return status, place_standing(place.state, place.offered_until), status in PLACES_OVER
