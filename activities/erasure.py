"""The steps of an erasure. Each is safe to repeat, and each that makes somebody forget leaves a receipt.

What is erased in our own tables stands in `models.repositories.privacy_erasing`. The address that letters go to, and
the code that watches an erasure without an account, are looked up or derived here and stay out of the history.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.boundary import translates_errors
from activities.letter_texts import TEXTS
from activities.mail_texts import fill
from core import clock
from core.database import Database
from core.keys import KeyErased
from models.audited import Audited
from models.errors import NotFound, NotNow
from models.ports import (
    CardGateway,
    Courier,
    ErasureJournal,
    Mail,
    Mailer,
    PayerPrivacy,
    PayoutGateway,
    SearchIndex,
    Tombstone,
)
from models.repositories import audit, payouts_connected, people, privacy_erasing, privacy_erasures
from models.repositories.processes import Progress, record_progress
from models.rules.erasure import Target, obligations, receipts_due
from models.rules.letters import LetterKind
from models.tables.catalogue import Shop
from models.tables.privacy import Erasure
from models.types import Role


@dataclass(frozen=True)
class Announce:
    erasure_id: str
    person_id: str
    number: int
    requested_at: datetime
    erase_at: datetime
    progress: Progress


@dataclass(frozen=True)
class Tell:
    """A letter to somebody who still has an address."""

    erasure_id: str
    person_id: str
    kind: str
    key: str


@dataclass(frozen=True)
class Step:
    """One step about one person."""

    erasure_id: str
    person_id: str
    key: str = ""
    """Of a write to a partner: `<workflow id>/<step>`."""


@dataclass(frozen=True)
class Recorded:
    """A step that adds to the story."""

    erasure_id: str
    person_id: str
    progress: Progress


@dataclass(frozen=True)
class Cancel:
    erasure_id: str
    person_id: str
    by_link: bool
    progress: Progress


@dataclass(frozen=True)
class StillOpen:
    obligations: tuple[str, ...] = ()
    """Codes of what an erasure waits for; empty when nothing stands in its way."""


@dataclass(frozen=True)
class ErasedPerson:
    obligations: tuple[str, ...] = ()
    """Something came in between: nothing was erased."""
    couriers: tuple[str, ...] = ()
    """Who carried parcels from or to the person, and must forget them, too."""
    payments: bool = False
    """Whether the payment provider knows them."""
    connected: bool = False
    """Whether they keep a shop, which may have an account at the payment provider."""


@dataclass(frozen=True)
class FollowRedaction:
    erasure_id: str
    redaction_id: str
    key: str


@dataclass(frozen=True)
class RedactionState:
    id: str
    done: bool


@dataclass(frozen=True)
class AskCourier:
    erasure_id: str
    person_id: str
    courier: str
    key: str


@dataclass(frozen=True)
class Finish:
    erasure_id: str
    couriers: tuple[str, ...]
    progress: Progress
    connected: bool = False


@dataclass(frozen=True)
class Finished:
    receipts: tuple[str, ...] = field(default=())


class ErasureActivities:
    """Dependencies: the database, the search index, the mail service, the payment provider (who paid, whose
    card it keeps, and who is paid), the couriers, the journal of the erased, our public address."""

    def __init__(
        self,
        database: Database,
        *,
        search: Callable[[AsyncSession], SearchIndex],
        mailer: Mailer,
        payers: PayerPrivacy,
        cards: CardGateway,
        payouts: PayoutGateway,
        couriers: Mapping[str, Courier],
        journal: ErasureJournal,
        public_url: str,
    ) -> None:
        self._database = database
        self._search = search
        self._mailer = mailer
        self._payers = payers
        self._cards = cards
        self._payouts = payouts
        self._couriers = couriers
        self._journal = journal
        self._public_url = public_url.rstrip("/")

    def all(self) -> list[Callable[..., Any]]:
        """What a worker registers."""
        return [
            self.announce,
            self.tell,
            self.record_erasure,
            self.cancel,
            self.close_shop,
            self.check,
            self.forget_mail,
            self.erase,
            self.forget_search,
            self.begin_redaction,
            self.follow_redaction,
            self.close_connected,
            self.forget_courier,
            self.finish,
        ]

    # Before it begins

    @activity.defn(name="privacy.announce")
    @translates_errors
    async def announce(self, step: Announce) -> None:
        async with self._database.transaction() as session:
            added = await privacy_erasures.announce(
                session,
                step.erasure_id,
                step.person_id,
                step.number,
                requested_at=step.requested_at,
                erase_at=step.erase_at,
            )
            if added:
                await _audit(session, Audited.ERASURE_REQUESTED, step.person_id, step.erasure_id)
            await record_progress(session, step.progress)

    @activity.defn(name="privacy.tell")
    @translates_errors
    async def tell(self, step: Tell) -> None:
        """Sends the letter with the link that watches the erasure, for whoever has no account any more, too."""
        async with self._database.transaction() as session:
            person = await people.find_person(session, step.person_id)
            try:
                code = privacy_erasures.code_of(session, await _known(session, step.erasure_id))
            except KeyErased:
                return  # the letter is its link
        if person is None or not person.email:
            return
        kind = LetterKind(step.kind)
        subject, text, html = fill(TEXTS[kind], {"name": person.name}, f"{self._public_url}/erasures/{code}")
        await self._mailer.send(
            Mail(to=person.email, subject=subject, text=text, html=html, tag=kind.value), key=step.key
        )

    @activity.defn(name="privacy.record_erasure")
    @translates_errors
    async def record_erasure(self, progress: Progress) -> None:
        async with self._database.transaction() as session:
            await record_progress(session, progress)

    @activity.defn(name="privacy.cancel")
    @translates_errors
    async def cancel(self, step: Cancel) -> None:
        async with self._database.transaction() as session:
            if await privacy_erasures.cancel(session, step.erasure_id, clock.now()):
                await _audit(session, Audited.ERASURE_CANCELLED, step.person_id, step.erasure_id, by_link=step.by_link)
            await record_progress(session, step.progress)

    @activity.defn(name="privacy.close_shop")
    @translates_errors
    async def close_shop(self, step: Recorded) -> StillOpen:
        """Takes an artisan's pieces off sale, so that no new order comes in. Answers what is open now."""
        async with self._database.transaction() as session:
            taken = await privacy_erasing.close_shop(session, step.person_id, clock.now())
            if taken:
                await self._search(session).index(taken)
            found = await privacy_erasures.still_open(session, step.person_id)
            await record_progress(session, step.progress)
        return StillOpen(tuple(found_.value for found_ in obligations(found)))

    @activity.defn(name="privacy.check")
    @translates_errors
    async def check(self, step: Step) -> StillOpen:
        async with self._database.transaction() as session:
            found = await privacy_erasures.still_open(session, step.person_id)
        return StillOpen(tuple(obligation.value for obligation in obligations(found)))

    # The erasure itself

    @activity.defn(name="privacy.forget_mail")
    @translates_errors
    async def forget_mail(self, step: Step) -> None:
        """While we still know the address: afterwards nobody could say whom the mail service should forget."""
        async with self._database.transaction() as session:
            person = await people.find_person(session, step.person_id)
        if person is None or not person.email:
            return  # erased by an earlier try, which left the receipt
        done = await self._mailer.erase(person.email, key=step.key)
        await self._receipt(step.erasure_id, Target.MAIL.value, done.count, done.reference)

    @activity.defn(name="privacy.erase")
    @translates_errors
    async def erase(self, step: Recorded) -> ErasedPerson:
        """The pivot. In one transaction: looks once more, and either erases everything of ours or nothing.

        The journal is written first: a restored backup must never know somebody whom we said we had forgotten.
        """
        now = clock.now()
        async with self._database.transaction() as session:
            if not await privacy_erasing.lock(session, step.person_id):
                raise NotFound("This person does not exist.")
            erasure = await _known(session, step.erasure_id)
            carried = await privacy_erasures.carried(session, step.person_id)
            found = ErasedPerson(
                couriers=tuple(sorted({parcel.courier for parcel in carried} & set(self._couriers))),
                payments=bool(await privacy_erasures.payments_of(session, step.person_id)),
                connected=await privacy_erasures.shop_of(session, step.person_id) is not None,
            )
            if erasure.erased_at is not None:
                return found
            if open_ := obligations(await privacy_erasures.still_open(session, step.person_id)):
                # A try before this one may have been rolled back after its line was written.
                await self._journal.withdraw(step.erasure_id)
                return ErasedPerson(obligations=tuple(obligation.value for obligation in open_))
            person = await people.find_person(session, step.person_id)
            if not await privacy_erasures.mark_erased(session, step.erasure_id, now):
                raise NotNow("This erasure was cancelled.")
            await self._journal.add(Tombstone(step.person_id, step.erasure_id, now))
            count = await privacy_erasing.erase_person(session, step.person_id, step.erasure_id, now)
            await privacy_erasures.add_receipt(session, step.erasure_id, Target.DATABASE.value, at=now, count=count)
            await audit.append(
                session,
                Audited.ERASED,
                actor=f"workflow:{step.erasure_id}",
                role=person.role if person else Role.CUSTOMER,
                subject=step.person_id,
                details={"rows": count},
            )
            await record_progress(session, step.progress)
        return found

    @activity.defn(name="privacy.forget_search")
    @translates_errors
    async def forget_search(self, step: Step) -> None:
        """And whatever was being answered to others while the pivot was carried out."""
        async with self._database.transaction() as session:
            erasure = await _known(session, step.erasure_id)
            await privacy_erasing.forget_answers(session, step.person_id, erasure.erased_at)
            listings = await privacy_erasing.listings_of(session, step.person_id)
            if listings:
                await self._search(session).index(listings)
        await self._receipt(step.erasure_id, Target.SEARCH.value, len(listings))

    @activity.defn(name="privacy.begin_redaction")
    @translates_errors
    async def begin_redaction(self, step: Step) -> RedactionState:
        """Payments are known by the provider's ids, which name nobody and outlive the person. Kept cards go first, so
        that none of them is charged any more."""
        async with self._database.transaction() as session:
            paid = await privacy_erasures.payments_of(session, step.person_id)
            customers = await privacy_erasures.kept_customers(session, step.person_id)
        for customer in customers:
            await self._cards.forget_customer(customer, key=f"{step.key}/{customer}")
        if not paid:
            await self._receipt(step.erasure_id, Target.PAYMENTS.value, 0)
            return RedactionState("", done=True)
        begun = await self._payers.begin(
            [payment for payment, _ in paid if payment], [intent for _, intent in paid if intent], key=step.key
        )
        return RedactionState(begun.id, begun.done)

    @activity.defn(name="privacy.follow_redaction")
    @translates_errors
    async def follow_redaction(self, step: FollowRedaction) -> RedactionState:
        """Raises `PartnerRefused` when the provider can't forget them now."""
        seen = await self._payers.follow(step.redaction_id, key=step.key)
        if seen.done:
            await self._receipt(step.erasure_id, Target.PAYMENTS.value, 1, seen.id)
        return RedactionState(seen.id, seen.done)

    @activity.defn(name="privacy.close_connected")
    @translates_errors
    async def close_connected(self, step: Step) -> None:
        """A shop's account at the provider, with its holder's name and bank. After the pivot nobody opens another one.
        Raises `PartnerRefused` while the provider won't: it has money there that our books don't know."""
        async with self._database.transaction() as session:
            shop_id = await privacy_erasures.shop_of(session, step.person_id)
            known = await payouts_connected.find(session, shop_id) if shop_id else None
            since = await session.scalar(select(Shop.created_at).where(Shop.id == shop_id))
        account_id = known.provider_id if known else ""
        # Opened by an answer that never reached us, it is known to the provider alone.
        if shop_id and since and not account_id:
            lost = await self._payouts.find_account(shop_id, since=since)
            account_id = lost.id if lost is not None else ""
        if account_id:
            await self._payouts.close_account(account_id, key=step.key)
        async with self._database.transaction() as session:
            if shop_id:
                await payouts_connected.remove(session, shop_id)
            await privacy_erasures.add_receipt(
                session,
                step.erasure_id,
                Target.CONNECTED.value,
                at=clock.now(),
                count=int(bool(account_id)),
                reference=account_id,
            )

    @activity.defn(name="privacy.forget_courier")
    @translates_errors
    async def forget_courier(self, step: AskCourier) -> None:
        """As who received parcels, and as who sent them; an artisan who also buys is both."""
        async with self._database.transaction() as session:
            carried = await privacy_erasures.carried(session, step.person_id)
        count, reference = 0, ""
        for recipient in (True, False):
            parcels = [
                parcel.parcel_id
                for parcel in carried
                if parcel.courier == step.courier and parcel.is_recipient is recipient
            ]
            if parcels:
                done = await self._couriers[step.courier].erase(
                    parcels, recipient=recipient, key=f"{step.key}/{'to' if recipient else 'from'}"
                )
                count, reference = count + done.count, done.reference
        await self._receipt(step.erasure_id, f"{Target.COURIER.value}{step.courier}", count, reference)

    @activity.defn(name="privacy.finish")
    @translates_errors
    async def finish(self, step: Finish) -> Finished:
        """Raises `LookupError`, which is retried, while a receipt is missing: then it is not done."""
        async with self._database.transaction() as session:
            there = {receipt.target for receipt in await privacy_erasures.receipts(session, step.erasure_id)}
            if missing := receipts_due(frozenset(step.couriers), connected=step.connected) - there:
                raise LookupError(f"receipts are missing: {', '.join(sorted(missing))}")
            await privacy_erasures.complete(session, step.erasure_id, clock.now())
            await record_progress(session, step.progress)
        return Finished(tuple(sorted(there)))

    async def _receipt(self, erasure_id: str, target: str, count: int, reference: str = "") -> None:
        async with self._database.transaction() as session:
            await privacy_erasures.add_receipt(
                session, erasure_id, target, at=clock.now(), count=count, reference=reference
            )


async def _known(session: AsyncSession, erasure_id: str) -> Erasure:
    erasure = await privacy_erasures.find(session, erasure_id)
    if erasure is None:
        raise NotFound("There is no such erasure.")
    return erasure


async def _audit(session: AsyncSession, what: Audited, person_id: str, erasure_id: str, **details: bool) -> None:
    person = await people.find_person(session, person_id)
    role = person.role if person is not None else Role.CUSTOMER
    await audit.append(session, what, actor=person_id, role=role, subject=erasure_id, details=details)
