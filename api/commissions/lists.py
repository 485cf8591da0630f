"""Lists of commissions: a customer's own, and an artisan's by who must act."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions.schemas import CommissionCard, CommissionList
from api.commissions.words import WAITING, status_label, waiting_text
from api.dependencies import Keeper
from api.money import money
from models.repositories import commission_reading, commissions
from models.repositories.commission_reading import Turn
from models.repositories.commissions import CommissionFacts
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


def _turn(group: Group | None, reader: Party) -> Turn | None:
    if group is None:
        return None
    sides = (reader, Party.ARTISAN if reader is Party.CUSTOMER else Party.CUSTOMER)
    if group == "ended":
        return Turn(ended=True)
    if group == "nobody":
        return Turn()
    return Turn(of=sides[0] if group == "me" else sides[1])


async def _list(session: AsyncSession, found: list[CommissionFacts], reader: Party, limit: int) -> CommissionList:
    shown = found[:limit]
    ids = [facts.row.id for facts in shown]
    titles = await commissions.titles(session, ids)
    names = await commission_reading.names(session, [facts.row.customer_id for facts in shown])
    totals = await commission_reading.totals(session, ids)
    cards = [_card(facts, reader, titles, names, totals) for facts in shown]
    return CommissionList(items=cards, next=ids[-1] if len(found) > limit else None)


def _card(
    facts: CommissionFacts, reader: Party, titles: dict[str, str], names: dict[str, str], totals: dict[str, int]
) -> CommissionCard:
    row, process = facts.row, facts.process
    status = process.status if process else WAITING
    waiting_on = Party(process.waiting_on) if process else Party.NOBODY
    total = totals.get(row.id)
    return CommissionCard(
        id=row.id,
        number=row.number,
        title=titles[row.id],
        shop_name=facts.shop_name,
        shop_slug=facts.shop_slug,
        customer_name=names[row.customer_id],
        total=None if total is None else money(total, row.currency),
        status=status,
        status_label=status_label(status),
        waiting_on=waiting_on.value,
        your_turn=waiting_on is reader,
        deadline=process.deadline if process else None,
        waiting_text=waiting_text(waiting_on, process.then if process else "", reader),
        is_final=process.is_final if process else False,
        created_at=row.created_at,
    )
