"""Commissions for the JSON API and the pages: stores what people write, and moves the process by updates.

Other people's commissions do not exist, whoever asks. What a version of the contract says is written down before the
process is asked; one that it refuses is never shown. Whether something may be done now is the process's to say.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.commissions.inputs import (
    AcceptInput,
    AnswerChangeInput,
    AnswerEndInput,
    AnswerProofInput,
    DecisionInput,
    LeaveInput,
    ProofInput,
    RetryInput,
    TermsInput,
)
from api.commissions.leaks import warn
from api.commissions.may import consequence
from api.commissions.payment import payment_view
from api.commissions.schemas import CommissionView, ConsequenceView, PaymentView
from api.commissions.seen import Seen
from api.commissions.view import ask, commission_view, look, party_of
from api.process_client import ProcessClient, ProcessClosed
from models.audited import Audited
from models.errors import NotFound, NotNow
from models.repositories import audit, commission_reading, commission_talk, commission_versions, commissions
from models.repositories.commission_versions import Draft
from models.repositories.commissions import CommissionFacts
from models.rules.commission import leaving
from models.rules.commission.charges import most
from models.rules.commission.endings import Ending
from models.types import Party
from workflows.commission import messages

CLOSED_SHOP = "This shop is closed at the moment, so nothing new can be agreed with it. What is agreed already stands."
NO_OFFER = "There is no such offer any more. Reload the page to see where it stands."


@dataclass(frozen=True, slots=True)
class Mine:
    """A commission of the caller's, as plain values that outlive the transaction."""

    id: str
    customer_id: str
    currency: str
    told: int | None
    """How far its story goes; None before its process has written anything."""


class CommissionService:
    """`session` is the request's; it is committed before the process is asked. `key` is the request's idempotency key:
    the same one is one message to the process, too."""

    def __init__(self, session: AsyncSession, processes: ProcessClient, key: str | None = None) -> None:
        self._session = session
        self._processes = processes
        self._key = key

    async def view(self, person: Person, commission_id: str) -> CommissionView:
        """Raises `NotFound`."""
        return await commission_view(self._session, self._processes, commission_id, person)

    # From a wish to a contract

    async def offer(self, person: Person, commission_id: str, given: TermsInput) -> CommissionView:
        """A quote, or a counter-offer. Raises `InvalidInput` for terms that nobody may offer, `NotNow`, also where the
        shop has been closed since."""
        mine = await self._open_to_agreement(person, commission_id)
        await self._draft(person, mine, given, "quote" if given.version == 1 else "counter")
        message = messages.MakeOffer(person.id, given.version, given.terms(), given.price_minor)
        return await self._move(person, mine, "offer", message)

    async def accept(self, person: Person, commission_id: str, given: AcceptInput) -> CommissionView:
        """States the mandate: whoever accepts says which sum they agree to. Raises `NotNow` where that is another one,
        where the offer is not the newest, or the shop has been closed since."""
        mine = await self._open_to_agreement(person, commission_id)
        await self._agree(mine, given.version, given.most_minor)
        message = messages.AcceptOffer(person.id, given.version)
        return await self._move(person, mine, "accept", message, agreed=(given.version, given.most_minor))

    async def decline(self, person: Person, commission_id: str, reason: str) -> CommissionView:
        """Before there is a contract: an offer, or the whole request."""
        mine = await self._own(person, commission_id)
        return await self._move(person, mine, "decline", messages.Decline(person.id, reason))

    # Work

    async def give_proof(
        self, person: Person, commission_id: str, number: int, given: ProofInput | None = None
    ) -> CommissionView:
        """The work can be seen on the milestone's pictures. Raises `NotNow` without one."""
        mine = await self._own(person, commission_id)
        shown = await commission_talk.fresh_proofs(self._session, commission_id, number)
        message = messages.GiveProof(person.id, number, shown)
        given = given or ProofInput()
        return await self._with_note(person, mine, ("give_proof", message), given.note, confirmed=given.confirm)

    async def answer_proof(
        self, person: Person, commission_id: str, number: int, given: AnswerProofInput
    ) -> CommissionView:
        mine = await self._own(person, commission_id)
        message = messages.AnswerProof(person.id, number, given.answer == "approve")
        return await self._with_note(person, mine, ("answer_proof", message), given.note, confirmed=given.confirm)

    async def _with_note(
        self, person: Person, mine: Mine, step: tuple[str, Any], note: str, *, confirmed: bool
    ) -> CommissionView:
        """What somebody writes beside a step is said in the conversation, once the process has taken the step."""
        leads_away = warn(note, confirmed=confirmed, field="note")
        await self._send(person, mine, *step)
        if note:
            await commission_talk.add_message(self._session, mine.id, person.id, note, (), leak_warned=leads_away)
        return await self.view(person, mine.id)

    # Changes

    async def propose_change(self, person: Person, commission_id: str, given: TermsInput) -> CommissionView:
        mine = await self._own(person, commission_id)
        await self._draft(person, mine, given, "change")
        message = messages.ProposeChange(person.id, given.version, given.terms(), given.price_minor)
        return await self._move(person, mine, "propose_change", message)

    async def answer_change(self, person: Person, commission_id: str, given: AnswerChangeInput) -> CommissionView:
        mine = await self._own(person, commission_id)
        message = messages.AnswerChange(person.id, given.version, given.agree)
        agreed = (given.version, 0) if given.agree else None
        return await self._move(person, mine, "answer_change", message, agreed=agreed)

    # Ends

    async def leave(self, person: Person, commission_id: str, given: LeaveInput) -> CommissionView:
        """Raises `NotNow` with the new figure, where what it means has changed since it was shown."""
        mine = await self._own(person, commission_id)
        message = messages.Leave(person.id, given.shown_back_minor)
        view = await self._move(person, mine, "leave", message)
        await self._audit(person, mine, Audited.COMMISSION_LEFT, {"back_minor": given.shown_back_minor})
        return view

    async def offer_end(self, person: Person, commission_id: str, agreed_bp: int) -> CommissionView:
        mine = await self._own(person, commission_id)
        return await self._move(person, mine, "offer_end", messages.OfferEnd(person.id, agreed_bp))

    async def answer_end(self, person: Person, commission_id: str, given: AnswerEndInput) -> CommissionView:
        mine = await self._own(person, commission_id)
        message = messages.AnswerEnd(person.id, given.agreed_bp, given.agree, given.shown_back_minor)
        view = await self._move(person, mine, "answer_end", message)
        if given.agree:
            await self._audit(person, mine, Audited.COMMISSION_LEFT, {"agreed_bp": given.agreed_bp})
        return view

    # Money

    async def payment(self, person: Person, commission_id: str) -> PaymentView:
        """Where the customer pays, or confirms to their bank. Raises `NotFound` for everybody else."""
        return payment_view(await self._as_customer(person, commission_id))

    async def retry_payment(self, person: Person, commission_id: str, given: RetryInput | None = None) -> PaymentView:
        """With the card that is kept now, or another one. Raises `NotNow` when nothing waits for it."""
        mine = await self._own(person, commission_id)
        await self._as_customer(person, commission_id)
        another_card = given is not None and given.another_card
        await self._send(person, mine, "retry_payment", messages.RetryPayment(person.id, another_card))
        return payment_view(await look(self._session, commission_id))

    async def returned(self, person: Person, commission_id: str) -> None:
        """From the payment page: the process asks the provider, instead of waiting for its message."""
        await self._as_customer(person, commission_id)
        await self._session.commit()
        hint = messages.ProviderTold("returned")
        await self._processes.signal(messages.workflow_id(commission_id), "payment_updated", hint)

    # Our team

    async def for_team(self, person: Person, commission_id: str) -> CommissionView:
        return await commission_view(self._session, self._processes, commission_id, person, for_team=True)

    async def pause(self, person: Person, commission_id: str, *, resume: bool = False) -> CommissionView:
        """Its clocks stand still until it is let go on."""
        mine = _mine(await commissions.facts(self._session, commission_id))
        await self._send(person, mine, "resume" if resume else "pause", messages.Pause(person.id))
        await self._audit(person, mine, Audited.COMMISSION_PAUSED, {"goes_on": int(resume)})
        return await self.for_team(person, commission_id)

    async def decision(self, commission_id: str, artisan_bp: int) -> ConsequenceView:
        """What ending a paused commission would mean, before anybody decides it. Raises `NotNow`, `InvalidInput`."""
        seen = await look(self._session, commission_id)
        await self._session.commit()
        record = await ask(self._processes, seen)
        if record is None:
            raise NotNow("This commission is over, or can't be asked at this moment. Look again in a minute.")
        leaving.refuse_resumption(record)
        return consequence(seen, record, Ending.DECIDED, artisan_bp)

    async def decide(self, person: Person, commission_id: str, given: DecisionInput) -> CommissionView:
        """Ends a paused commission. Raises `NotNow` with the new figure, where what it means has changed."""
        mine = _mine(await commissions.facts(self._session, commission_id))
        message = messages.Decide(person.id, given.artisan_bp, given.shown_back_minor)
        await self._send(person, mine, "decide", message)
        details: dict[str, str | int] = {"artisan_bp": given.artisan_bp, "back_minor": given.shown_back_minor}
        await self._audit(person, mine, Audited.COMMISSION_DECIDED, details)
        return await self.for_team(person, commission_id)

    # Helpers

    async def _own(self, person: Person, commission_id: str) -> Mine:
        facts = await commissions.facts(self._session, commission_id)
        if person.id not in {facts.row.customer_id, facts.artisan_id}:
            raise NotFound(commissions.UNKNOWN)
        return _mine(facts)

    async def _open_to_agreement(self, person: Person, commission_id: str) -> Mine:
        """Nobody begins to owe a shop anything that we have closed; whoever has a contract with it keeps it."""
        mine = await self._own(person, commission_id)
        row = await commissions.get(self._session, commission_id)
        if not await commission_reading.is_shop_open(self._session, row.shop_id):
            raise NotNow(CLOSED_SHOP)
        return mine

    async def _as_customer(self, person: Person, commission_id: str) -> Seen:
        seen = await look(self._session, commission_id)
        if party_of(seen, person) is not Party.CUSTOMER:
            raise NotFound("Only the customer pays, and sees where.")
        return seen

    async def _draft(self, person: Person, mine: Mine, given: TermsInput, kind: str) -> None:
        by = Party.CUSTOMER if person.id == mine.customer_id else Party.ARTISAN
        draft = Draft(mine.id, given.version, by, kind, given.terms(), given.titles(), given.note)
        await commission_versions.write_draft(self._session, draft)

    async def _agree(self, mine: Mine, version: int, most_minor: int) -> None:
        try:
            stored = await commission_versions.version(self._session, mine.id, version)
        except NotFound as error:
            raise NotNow(NO_OFFER) from error
        now = most(stored.terms, 0)
        if now != most_minor:
            raise NotNow("This is not the sum that the offer asks for. Read it again.", most_minor=now)

    async def _move(
        self, person: Person, mine: Mine, name: str, message: Any, *, agreed: tuple[int, int] | None = None
    ) -> CommissionView:
        await self._send(person, mine, name, message)
        if agreed is not None:
            version, most_minor = agreed
            details: dict[str, str | int] = {"version": version}
            if most_minor:
                details |= {"most_minor": most_minor, "currency": mine.currency}
            await self._audit(person, mine, Audited.COMMISSION_AGREED, details)
        return await self.view(person, mine.id)

    async def _send(self, person: Person, mine: Mine, name: str, message: Any) -> None:
        update_id = self._update_id(person, mine, name, message)
        await self._session.commit()
        try:
            await self._processes.update(
                messages.workflow_id(mine.id), name, message, messages.CommissionState, update_id=update_id
            )
        except ProcessClosed:
            if mine.told is not None:
                raise
            raise NotNow("This request waits for a place, so nothing can be done about it yet.") from None
        self._session.expire_all()  # what was read before the process wrote is old

    def _update_id(self, person: Person, mine: Mine, name: str, message: Any) -> str:
        """A request that is repeated under its key, and two clicks on what one page showed, are one message."""
        once = f"at {mine.told}" if self._key is None else f"key {self._key}"
        said = f"{person.id} {once} {message!r}"
        return f"{name}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"

    async def _audit(self, person: Person, mine: Mine, what: Audited, details: dict[str, str | int]) -> None:
        await audit.append(self._session, what, actor=person.id, role=person.role, subject=mine.id, details=details)


def _mine(facts: CommissionFacts) -> Mine:
    told = facts.process.sequence if facts.process is not None else None
    return Mine(facts.row.id, facts.row.customer_id, facts.row.currency, told)
