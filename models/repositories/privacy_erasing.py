"""Takes a person out of every table, in one transaction. `models.rules.erasure.HELD` says what must come of each.

Deletes what only served the person, empties what others or the law still need, destroys the key last. Safe to repeat:
what is gone is not found again.

Nothing comes back afterwards: triggers (migration 0013) refuse whatever is written about somebody who is erased, from
requests that began before, too. They let pass what the erasure of that very person writes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Delete,
    Select,
    String,
    Update,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from models.repositories import identities, invoices, payout_accounts, payouts_connected, people, taxes
from models.repositories.idempotency import FORGOTTEN, LEASE
from models.tables.capacity import CommissionWait
from models.tables.catalogue import Listing, ListingSearch, Picture, PictureRendition, Shop, ShopDecision
from models.tables.commission_stories import CommissionStory
from models.tables.commission_talk import CommissionMessage, CommissionPicture, CommissionQuiet
from models.tables.commissions import CommissionCharge, CommissionRow, CommissionVersion
from models.tables.factors import CodeSecret, Passkey, PasskeyChallenge, RecoveryCode
from models.tables.letters import Letter
from models.tables.oauth import OAuthClient, OAuthCode, OAuthConsent
from models.tables.orders import Order, Parcel
from models.tables.payouts import Hold
from models.tables.people import Address, User
from models.tables.privacy import DataExport
from models.tables.processes import Effect, IdempotencyRecord, InboxEvent
from models.tables.refunds import RefundNote, RefundRequest, RepaymentPlan
from models.tables.selling import Cart, CartLine, Checkout, Payment, RiskDecision
from models.tables.sessions import ParkedForm, Session

GIVES_WAY_AFTER = "500ms"
"""Shorter than PostgreSQL takes to look for a deadlock, so an erasure and not somebody's request is what gives up."""
CLOSED_SHOP = "A closed shop"
WITHDRAWN_PIECE = "A withdrawn piece"


async def lock(session: AsyncSession, person_id: str) -> bool:
    """Nobody begins anything in the person's name until this transaction is over. Carts first, as a checkout locks
    them; False for somebody we never knew.

    Whoever is writing something of the person's goes first: until they are done this raises `OperationalError`, as any
    statement of the transaction may from here on. Try again.
    """
    await give_way(session)
    await session.execute(select(Cart.id).where(Cart.user_id == person_id).order_by(Cart.id).with_for_update())
    return await session.scalar(select(User.id).where(User.id == person_id).with_for_update()) is not None


async def give_way(session: AsyncSession) -> None:
    """Makes the transaction wait for nobody's lock for long: it holds one that writers wait for."""
    await session.execute(select(func.set_config("lock_timeout", GIVES_WAY_AFTER, True)))


async def erase_person(session: AsyncSession, person_id: str, by: str, at: datetime) -> int:
    """How many rows it changed. Call `lock` before; `by` is the process that erases."""
    await session.execute(select(func.set_config("artisan.erasing", person_id, True)))
    erasing = _Erasing(session, person_id)
    await erasing.ways_in()
    await erasing.buying()
    await erasing.parcels()
    await erasing.shop(at)
    await people.erase(session, person_id, by, at)
    return erasing.count + 1


async def close_shop(session: AsyncSession, person_id: str, at: datetime) -> list[str]:
    """Takes everything of the person's shop off sale; the listings that were on it."""
    shop_id = await session.scalar(select(Shop.id).where(Shop.owner_id == person_id).with_for_update())
    if shop_id is None:
        return []
    taken = await session.scalars(
        update(Listing)
        .where(Listing.shop_id == shop_id, Listing.status == "published")
        .values(status="withdrawn", updated_at=at)
        .returning(Listing.id)
    )
    return list(taken)


async def forget_answers(session: AsyncSession, person_id: str, erased_at: datetime | None = None) -> int:
    """What those who dealt with the person were answered names them, too; it is sealed with a key that lives on. An
    answer that is still on its way is marked, and will be forgotten instead of kept. How many it were.

    Call it again once the erasure is committed, with its instant: requests may have begun meanwhile.
    """
    mentions = (
        update(IdempotencyRecord)
        .where(IdempotencyRecord.owner.in_(_dealt_with(person_id)))
        .where(IdempotencyRecord.sealed.is_distinct_from(FORGOTTEN))
        .values(sealed=FORGOTTEN)
        .execution_options(synchronize_session=False)
    )
    if erased_at is not None:
        mentions = mentions.where(IdempotencyRecord.created_at <= erased_at + LEASE)
    done: Any = await session.execute(mentions)
    return max(0, int(done.rowcount))


async def listings_of(session: AsyncSession, person_id: str) -> list[str]:
    rows = await session.scalars(
        select(Listing.id).join(Shop, Shop.id == Listing.shop_id).where(Shop.owner_id == person_id)
    )
    return list(rows)


class _Erasing:
    """The statements of one erasure, and how many rows they changed."""

    def __init__(self, session: AsyncSession, person_id: str) -> None:
        self._session = session
        self._person = person_id
        self.count = 0

    async def ways_in(self) -> None:
        """Sessions, forms, apps, factors, outside accounts, letters: what only served the account."""
        person, tokens = self._person, select(Session.token_hash).where(Session.user_id == self._person)
        await self._do(
            delete(IdempotencyRecord).where(
                or_(IdempotencyRecord.owner == person, IdempotencyRecord.owner.in_(tokens))
            ),
            delete(ParkedForm).where(ParkedForm.user_id == person),
            delete(Session).where(Session.user_id == person),
            delete(OAuthCode).where(OAuthCode.user_id == person),
            delete(OAuthConsent).where(OAuthConsent.user_id == person),
            delete(CodeSecret).where(CodeSecret.user_id == person),
            delete(RecoveryCode).where(RecoveryCode.user_id == person),
            delete(Passkey).where(Passkey.user_id == person),
            delete(PasskeyChallenge).where(PasskeyChallenge.user_id == person),
            delete(Letter).where(Letter.person_id == person),
            delete(DataExport).where(DataExport.person_id == person),
            update(Address).where(Address.user_id == person, Address.sealed.is_not(None)).values(sealed=None),
        )
        self.count += await forget_answers(self._session, person)
        self.count += await identities.forget(self._session, person)
        self.count += await payout_accounts.forget(self._session, person)
        self.count += await taxes.forget(self._session, person)
        self.count += await invoices.forget(self._session, person)

    async def buying(self) -> None:
        own = select(Cart.id).where(Cart.user_id == self._person)
        bought = select(Checkout.id).where(Checkout.buyer_id == self._person)
        await self._do(
            delete(CartLine).where(CartLine.cart_id.in_(own)),
            delete(Cart).where(
                Cart.user_id == self._person, ~exists(select(literal(1)).where(Checkout.cart_id == Cart.id))
            ),
            update(Cart).where(Cart.user_id == self._person, Cart.session_hash.is_not(None)).values(session_hash=None),
            update(Payment)
            .where(Payment.checkout_id.in_(bought), Payment.redirect_url.is_not(None))
            .values(redirect_url=None),
            update(RiskDecision)
            .where(RiskDecision.checkout_id.in_(bought), RiskDecision.reason != "")
            .values(reason=""),
            *self._refunds(),
            *self._commissions(),
        )

    def _refunds(self) -> tuple[Any, ...]:
        """What the person wrote, and what was written to them about their orders and their shop."""
        own_shop = select(Shop.id).where(Shop.owner_id == self._person)
        near = select(Order.id).where(or_(Order.buyer_id == self._person, Order.shop_id.in_(own_shop)))
        about = select(RefundRequest.id).where(RefundRequest.order_id.in_(near))
        return (
            update(RefundNote)
            .where(or_(RefundNote.author_id == self._person, RefundNote.request_id.in_(about)), RefundNote.text != "")
            .values(text=""),
            update(RefundRequest).where(RefundRequest.id.in_(about), RefundRequest.tracking != "").values(tracking=""),
            update(RepaymentPlan)
            .where(RepaymentPlan.shop_id.in_(own_shop), RepaymentPlan.reason != "")
            .values(reason=""),
        )

    def _commissions(self) -> tuple[Any, ...]:
        """What the person wished for, the card that was kept for it, and the words of contracts with them."""
        theirs = CommissionRow.customer_id == self._person
        own_shop = select(Shop.id).where(Shop.owner_id == self._person)
        near = select(CommissionRow.id).where(or_(theirs, CommissionRow.shop_id.in_(own_shop)))
        bare = {"title_sealed": None, "brief_sealed": None, "card_brand": "", "card_last4": ""}
        kept = or_(
            CommissionRow.title_sealed.is_not(None),
            CommissionRow.brief_sealed.is_not(None),
            CommissionRow.card_brand != "",
            CommissionRow.card_last4 != "",
        )
        no_story: dict[str, Any] = {"words_sealed": None, "picture_ids": [], "named": "not_at_all"}
        no_titles = cast(literal("{}"), JSONB)
        worded = or_(CommissionVersion.note != "", CommissionVersion.titles != no_titles)
        waiting = (
            or_(CommissionWait.customer_id == self._person, CommissionWait.shop_id.in_(own_shop)),
            CommissionWait.state.in_(("waiting", "offered")),
        )
        return (
            update(CommissionRow)
            .where(CommissionRow.id.in_(select(CommissionWait.commission_id).where(*waiting)))
            .values(ended_at=func.now()),
            update(CommissionWait).where(*waiting).values(state="withdrawn", decided_at=func.now()),
            update(CommissionRow).where(theirs, kept).values(bare),
            update(CommissionMessage)
            .where(CommissionMessage.sender_id == self._person, CommissionMessage.body_sealed.is_not(None))
            .values(body_sealed=None),
            update(CommissionPicture)
            .where(CommissionPicture.by_id == self._person, CommissionPicture.small.is_not(None))
            .values(small=None, large=None, alt=""),
            update(CommissionStory)
            .where(CommissionStory.commission_id.in_(near), CommissionStory.words_sealed.is_not(None))
            .values(**no_story, state="withdrawn", offered_at=func.coalesce(CommissionStory.offered_at, func.now())),
            delete(CommissionQuiet).where(CommissionQuiet.person_id == self._person),
            update(CommissionVersion)
            .where(CommissionVersion.commission_id.in_(near), worded)
            .values(note="", titles=no_titles),
            update(CommissionCharge)
            .where(CommissionCharge.commission_id.in_(near), CommissionCharge.redirect_url.is_not(None))
            .values(redirect_url=None),
        )

    async def parcels(self) -> None:
        """A label shows both addresses, a scan names the towns."""
        near = _parcels_of(self._person).subquery()
        label_keys = select(func.concat("fulfillment-", near.c.order_id, "/label-", near.c.id))
        scanned = exists(
            select(literal(1)).where(
                func.concat("courier:", near.c.courier) == InboxEvent.source,
                near.c.tracking_number == InboxEvent.subject,
            )
        )
        bare = InboxEvent.payload.op("-")("location").op("-")("reason")
        await self._do(
            update(Parcel).where(Parcel.id.in_(select(near.c.id)), Parcel.label_url != "").values(label_url=""),
            update(Effect)
            .where(Effect.key.in_(label_keys), func.jsonb_exists(Effect.result, "label_url"))
            .values(result={}),
            update(InboxEvent)
            .where(scanned, func.jsonb_exists_any(InboxEvent.payload, cast(["location", "reason"], ARRAY(String))))
            .values(payload=bare.cast(JSONB)),
        )

    async def shop(self, at: datetime) -> None:
        shop_id = await self._session.scalar(select(Shop.id).where(Shop.owner_id == self._person))
        if shop_id is None:
            return
        pieces = select(Listing.id).where(Listing.shop_id == shop_id)
        shown = set(
            await self._session.scalars(
                delete(Picture).where(Picture.listing_id.in_(pieces)).returning(Picture.content_id)
            )
        )
        faces = (
            await self._session.execute(
                select(Shop.avatar_content, Shop.banner_content).where(Shop.id == shop_id).with_for_update()
            )
        ).one()
        await self._do(
            update(Shop)
            .where(Shop.id == shop_id)
            .values(
                slug=f"closed-{shop_id}",
                name=CLOSED_SHOP,
                owner_name="",
                tagline="",
                story="",
                city="",
                region="",
                postal_code="",
                avatar_content=None,
                banner_content=None,
                status="suspended",
            ),
            update(ShopDecision).where(ShopDecision.shop_id == shop_id, ShopDecision.reason != "").values(reason=""),
            update(Hold)
            .where(Hold.shop_id == shop_id, or_(Hold.appeal != "", Hold.decision != ""))
            .values(appeal="", decision=""),
            update(Listing)
            .where(Listing.shop_id == shop_id)
            .values(
                slug="withdrawn",
                title=WITHDRAWN_PIECE,
                description="",
                materials=[],
                dimensions="",
                status="withdrawn",
                updated_at=at,
            ),
            delete(ListingSearch).where(ListingSearch.shop_id == shop_id),
            update(OAuthClient)
            .where(OAuthClient.shop_id == shop_id)
            .values(name=CLOSED_SHOP, revoked_at=func.coalesce(OAuthClient.revoked_at, at)),
        )
        self.count += await payouts_connected.forget(self._session, shop_id)
        still = PictureRendition.content_id
        await self._do(
            delete(PictureRendition).where(
                still.in_(shown | {face for face in faces if face}),
                ~exists(select(literal(1)).where(Picture.content_id == still)),
                ~exists(select(literal(1)).where(or_(Shop.avatar_content == still, Shop.banner_content == still))),
            )
        )

    async def _do(self, *statements: Delete | Update) -> None:
        for statement in statements:
            done: Any = await self._session.execute(statement.execution_options(synchronize_session=False))
            self.count += max(0, done.rowcount)


def _dealt_with(person_id: str) -> CompoundSelect[str]:
    """Whoever may have been answered with their name: makers of what they bought, buyers of what they made."""
    own_shop = select(Shop.id).where(Shop.owner_id == person_id).scalar_subquery()
    return union(
        select(Shop.owner_id).join(Order, Order.shop_id == Shop.id).where(Order.buyer_id == person_id),
        select(Order.buyer_id).where(Order.shop_id == own_shop),
    )


def _parcels_of(person_id: str) -> Select[str, str, str, str]:
    own_shop = select(Shop.id).where(Shop.owner_id == person_id).scalar_subquery()
    return (
        select(Parcel.id, Parcel.order_id, Parcel.courier, Parcel.tracking_number)
        .join(Order, Order.id == Parcel.order_id)
        .where((Order.buyer_id == person_id) | (Order.shop_id == own_shop))
    )
