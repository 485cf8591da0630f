"""One commission as its reader sees it: for the JSON routes and for the pages, from the same facts.

What stands in SQL is read from there. The running process is asked one question, for its record: who may do what now,
and what it would mean. While it can't be asked, everything else is shown, and no actions.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions import may
from api.commissions.plan import milestone_views, picture_view, plan_view, unsettled
from api.commissions.schemas import ActionView, CommissionView, VersionView
from api.commissions.seen import Place, Seen, Shown, Stands, Tried, Written, gathered, place_standing
from api.commissions.versions import version_views
from api.commissions.words import PLACES_OVER, THEN, status_label, status_text, told, waiting_text
from api.money import money
from api.process_client import ProcessClient, ProcessClosed
from core import clock
from models.errors import NotFound, Unavailable
from models.repositories import (
    capacity,
    commission_orders,
    commission_reading,
    commission_talk,
    commission_versions,
    commissions,
)
from models.repositories.commissions import CommissionFacts
from models.repositories.processes import read_timeline
from models.rules.commission.advancing import Standing, standing
from models.rules.commission.record import Commission
from models.types import Party
from workflows.commission import messages


async def commission_view(
    session: AsyncSession,
    processes: ProcessClient,
    commission_id: str,
    reader: Person,
    *,
    for_team: bool = False,
    record: Commission | None = None,
) -> CommissionView:
    """Raises `NotFound` also for somebody else's, but `for_team`. Ends the session's transaction before the process is
    asked; with a `record` it is not asked, because it has just answered or begun."""
    seen = await look(session, commission_id)
    party = Party.ADMINISTRATOR if for_team else party_of(seen, reader)
    await session.commit()
    record = record or await ask(processes, seen)
    if record is not None and seen.stands is not None and record.status.value != seen.stands.status:
        # It has moved on between the two looks: what it was paid since stands in SQL by now.
        session.expire_all()
        seen = await look(session, commission_id)
    return shown(seen, record, party, clock.now())


async def look(session: AsyncSession, commission_id: str) -> Seen:
    """All that stands in SQL. Raises `NotFound`."""
    facts = await commissions.facts(session, commission_id)
    words = await commissions.words(session, commission_id)
    row = facts.row
    wait = await capacity.wait_of(session, commission_id)
    called = await commission_reading.names(session, [row.customer_id])
    pictures = await commission_talk.pictures_of(session, commission_id, "brief")
    proofs: dict[int, list[Shown]] = {}
    for one in await commission_talk.pictures_of(session, commission_id, "proof"):
        proofs.setdefault(one.milestone or 0, []).append(Shown(one.id, one.alt))
    return Seen(
        id=row.id,
        number=row.number,
        title=words.title,
        brief=words.brief,
        currency=row.currency,
        budget_minor=row.budget_minor,
        wanted_by=row.wanted_by,
        created_at=row.created_at,
        shop_name=facts.shop_name,
        shop_slug=facts.shop_slug,
        customer_id=row.customer_id,
        customer_name=called[row.customer_id],
        artisan_id=facts.artisan_id,
        fee_bp=row.fee_bp,
        stands=_stands(facts),
        place=Place(wait.state, wait.offered_until) if wait is not None else None,
        version=row.version,
        tax_minor=row.tax_minor,
        agreed_minor=row.agreed_minor,
        ending=row.ending,
        agreed_at=row.agreed_at,
        card=f"{row.card_brand} {row.card_last4}".strip(),
        versions=[
            Written(one.version, one.by, one.kind, one.terms, one.titles, one.note, one.at)
            for one in await commission_versions.versions(session, commission_id)
        ],
        progress=await commission_reading.progress(session, commission_id),
        charges=[
            Tried(one.before, one.amount_minor, one.tax_minor, one.kind, one.state, one.paid_at, one.redirect_url)
            for one in await commission_reading.charges(session, commission_id)
        ],
        back_minor=await commission_reading.back_minor(session, commission_id),
        brief_pictures=[Shown(one.id, one.alt) for one in pictures],
        proofs=proofs,
        timeline=await read_timeline(session, messages.workflow_id(commission_id)),
        order_id=await commission_orders.order_of(session, commission_id),
    )


def party_of(seen: Seen, reader: Person) -> Party:
    """Raises `NotFound` for a stranger: other people's commissions do not exist."""
    if reader.id == seen.customer_id:
        return Party.CUSTOMER
    if reader.id == seen.artisan_id:
        return Party.ARTISAN
    raise NotFound(commissions.UNKNOWN)


async def ask(processes: ProcessClient, seen: Seen) -> Commission | None:
    """The record of a process that runs. None when it has ended or not begun, or nobody answers. One that has begun a
    moment ago is asked before its first line is written: its answer is not far."""
    if waits_for_place(seen) or (seen.stands is not None and seen.stands.is_final):
        return None
    try:
        return await processes.commission_record(seen.id)
    except (ProcessClosed, Unavailable):
        return None


def shown(seen: Seen, record: Commission | None, reader: Party, now: datetime) -> CommissionView:
    """Pure: what a reader sees of these facts."""
    it = record or gathered(seen)
    now_waits = _standing(seen, record, now)
    status = f"place_{seen.place.state}" if waits_for_place(seen) and seen.place else it.status.value
    is_over = it.status.is_final or status in PLACES_OVER
    versions = version_views(seen, it, reader)
    offered = _numbered(versions, it.offer.version if it.offer else 0)
    newest = seen.written(offered.version) if offered is not None else None
    change = it.change or it.agreed_change
    return CommissionView(
        id=seen.id,
        number=seen.number,
        title=seen.title,
        brief=seen.brief,
        pictures=[picture_view(seen.id, picture) for picture in seen.brief_pictures],
        currency=seen.currency,
        budget=None if seen.budget_minor is None else money(seen.budget_minor, seen.currency),
        wanted_by=seen.wanted_by,
        created_at=seen.created_at,
        shop_name=seen.shop_name,
        shop_slug=seen.shop_slug,
        customer_name=seen.customer_name,
        role=reader.value,
        status=status,
        status_label=status_label(status),
        status_text=status_text(status),
        is_final=is_over,
        is_live=record is not None or is_over or waits_for_place(seen),
        waiting_on=now_waits.waiting_on.value,
        your_turn=now_waits.waiting_on is reader,
        until=now_waits.until,
        then=now_waits.then,
        then_text=THEN.get(now_waits.then, ""),
        waiting_text=waiting_text(now_waits.waiting_on, now_waits.then, reader),
        timeline=told(seen.timeline),
        offer=offered,
        mandate=may.mandate(newest, reader)
        if offered is not None and newest is not None and not offered.is_mine and reader is not Party.ADMINISTRATOR
        else None,
        contract=_numbered(versions, it.version),
        change=_numbered(versions, change.version if change else 0),
        versions=versions,
        milestones=milestone_views(seen, it, now.date()),
        plan=plan_view(seen, it, reader, now.date()),
        actions=_actions(seen, record, reader, now),
        leaving=may.leaving_view(seen, it, reader, now) if record is not None or is_over else None,
        end_offer=may.end_offer_view(seen, it, reader) if it.terms is not None else None,
        order_id=seen.order_id,
    )


def _numbered(versions: list[VersionView], version: int) -> VersionView | None:
    return next((one for one in versions if one.version == version), None)


def waits_for_place(seen: Seen) -> bool:
    """Or has waited in vain: its process has never begun."""
    return seen.stands is None and seen.place is not None and seen.place.state != "taken"


def _actions(seen: Seen, record: Commission | None, reader: Party, now: datetime) -> list[ActionView]:
    if record is not None:
        tried = unsettled(seen.charges)
        return may.actions(record, reader, now, declined=tried is not None and tried.state == "declined")
    if seen.place is None or not waits_for_place(seen) or reader is not Party.CUSTOMER:
        return []
    return may.actions_about_place(seen.place)


def _standing(seen: Seen, record: Commission | None, now: datetime) -> Standing:
    if record is not None:
        return standing(record, now)
    if seen.place is not None and waits_for_place(seen):
        return place_standing(seen.place.state, seen.place.offered_until)
    if seen.stands is not None:
        return Standing(seen.stands.waiting_on, seen.stands.until, seen.stands.then)
    return Standing()


def _stands(facts: CommissionFacts) -> Stands | None:
    process = facts.process
    if process is None:
        return None
    return Stands(process.status, Party(process.waiting_on), process.deadline, process.then, process.is_final)


__all__ = ["Shown", "ask", "commission_view", "look", "party_of", "shown"]
