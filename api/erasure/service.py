"""Starts the erasure process, tells where it stands, and sends it what the person wants. Decides nothing itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import View
from api.process_client import ProcessClient
from api.wording import WHY, TimelineLine, status_label, status_text, timeline_lines
from models.errors import Conflict, InvalidInput, NotFound
from models.repositories import privacy_erasures
from models.repositories.people import normalised
from models.repositories.processes import read_process, read_timeline
from models.rules.erasure import Target
from models.tables.privacy import Erasure
from models.types import ErasureStatus, Role
from workflows import policies
from workflows.erasure import messages

CODE_LENGTH = 43
"""Characters of a receipt code; nothing else is looked up."""
TARGETS = {
    Target.MAIL: "The mail service",
    Target.DATABASE: "Our database",
    Target.SEARCH: "The search index",
    Target.PAYMENTS: "The payment provider",
    Target.CONNECTED: "The payment provider, for the account of your shop",
}


class NotYours(Conflict):
    code = "operators_account"


class ReceiptView(View):
    target: str
    name: str
    """Of who has forgotten, in words."""
    at: datetime
    count: int
    reference: str


class ErasureView(View):
    """Holds nothing personal: whoever has the code may read it, long after there is anybody to ask."""

    status: ErasureStatus
    status_label: str
    status_text: str
    requested_at: datetime
    erase_at: datetime
    erased_at: datetime | None
    completed_at: datetime | None
    waits_for: str
    """In words, while it waits for something; empty otherwise."""
    looks_again_at: datetime | None
    can_be_cancelled: bool
    receipts: list[ReceiptView]
    timeline: list[TimelineLine]


@dataclass(frozen=True)
class ErasureService:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    processes: ProcessClient
    allow_time_scale: bool

    async def request(self, person: Person, email: str) -> ErasureView:
        """Raises `InvalidInput` when the typed address is not theirs, `NotYours` for an operator's account."""
        if normalised(email) != normalised(person.email):
            raise InvalidInput(
                "This is not the e-mail address of your account. Type it as it stands above.", field="email"
            )
        if person.role is Role.ADMINISTRATOR:
            raise NotYours("This account belongs to the operator of the platform, who closes it. Hand your work over.")
        number = await privacy_erasures.next_number(self.session, person.id)
        scale = person.time_scale if self.allow_time_scale else 1
        start = messages.ErasureInput(person.id, number, policies.resolve_erasure(scale=scale))
        await self.session.commit()  # the process opens transactions of its own
        await self.processes.request_erasure(start)
        return await self.mine(person)

    async def newest(self, person: Person) -> ErasureView | None:
        self.session.expire_all()
        found = await privacy_erasures.newest_of(self.session, person.id)
        return None if found is None else await self._view(found)

    async def mine(self, person: Person) -> ErasureView:
        """Raises `NotFound`."""
        found = await self.newest(person)
        if found is None:
            raise NotFound("You have not asked us to delete your account.")
        return found

    async def cancel_mine(self, person: Person) -> ErasureView:
        found = await privacy_erasures.newest_of(self.session, person.id)
        if found is None:
            raise NotFound("You have not asked us to delete your account.")
        await self._cancel(found, by_link=False)
        return await self.mine(person)

    async def check_mine(self, person: Person) -> ErasureView:
        """Whether what it waits for is over."""
        found = await privacy_erasures.newest_of(self.session, person.id)
        if found is None:
            raise NotFound("You have not asked us to delete your account.")
        await self.session.commit()
        await self.processes.update(found.id, "check_again", messages.CheckAgain(), messages.ErasureState)
        return await self.mine(person)

    async def by_code(self, code: str) -> ErasureView:
        self.session.expire_all()
        return await self._view(await self._coded(code))

    async def cancel_by_code(self, code: str) -> ErasureView:
        await self._cancel(await self._coded(code), by_link=True)
        return await self.by_code(code)

    async def _cancel(self, found: Erasure, *, by_link: bool) -> None:
        await self.session.commit()
        await self.processes.update(
            found.id, "cancel", messages.CancelErasure(by_link), messages.ErasureState, update_id="cancel"
        )

    async def _coded(self, code: str) -> Erasure:
        found = await privacy_erasures.find_by_code(self.session, code) if len(code) == CODE_LENGTH else None
        if found is None:
            raise NotFound("This code is not one of ours, or its receipt is no longer kept.")
        return found

    async def _view(self, found: Erasure) -> ErasureView:
        process = await read_process(self.session, found.id)
        story = await read_timeline(self.session, found.id)
        status = ErasureStatus(process.status) if process is not None else ErasureStatus.SCHEDULED
        waits = [entry for entry in story if entry.what == "erasure_waits"]
        return ErasureView(
            status=status,
            status_label=status_label(status),
            status_text=status_text(status),
            requested_at=found.requested_at,
            erase_at=found.erase_at,
            erased_at=found.erased_at,
            completed_at=found.completed_at,
            waits_for=WHY.get(waits[-1].why, "") if waits and status is ErasureStatus.WAITING else "",
            looks_again_at=process.deadline if process is not None and status is ErasureStatus.WAITING else None,
            can_be_cancelled=status in {ErasureStatus.SCHEDULED, ErasureStatus.WAITING},
            receipts=[
                ReceiptView(
                    target=receipt.target,
                    name=name_of(receipt.target),
                    at=receipt.at,
                    count=receipt.count,
                    reference=receipt.reference,
                )
                for receipt in await privacy_erasures.receipts(self.session, found.id)
            ],
            timeline=timeline_lines(story),
        )


def name_of(target: str) -> str:
    if target.startswith(Target.COURIER.value):
        return f"The courier {target.removeprefix(Target.COURIER.value).capitalize()}"
    return TARGETS[Target(target)]
