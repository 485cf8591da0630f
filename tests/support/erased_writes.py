"""Of each table that an erasure clears: how a request or a step writes to it, and the people, shop and order that these
writes are about.

A table that is new in the data map needs its line in `WRITES`, its trigger `erased_stay_erased` (as migration 0013
makes them) and its words in `deploy.verify.privacy`; `tests/models/test_erased_stay_erased.py` races for it.
"""

from dataclasses import asdict, dataclass, field
from enum import Enum, auto
from uuid import uuid4

from sqlalchemy import TextClause, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from models.tables.commissions import CommissionCharge, CommissionRow, CommissionVersion
from models.tables.orders import Parcel
from models.tables.payouts import Hold
from models.tables.refunds import RefundRequest
from models.types import new_id
from tests.support.marketplace import add_listing, add_shop
from tests.support.orders import add_paid_order
from tests.support.signing_in import session_of


class Ends(Enum):
    REFUSED = auto()
    LEFT_OUT = auto()  # the row is written, and the words are not


class Without(Enum):
    """What becomes of it where there is no trigger."""

    SEEN = auto()  # by `artisan verify`
    IMPOSSIBLE = auto()  # for a foreign key or a check


@dataclass(frozen=True)
class Write:
    """A row as a request or a step would write it."""

    table: str
    statement: str
    whose: str = "buyer"
    ends: Ends = Ends.REFUSED
    without: Without = Without.SEEN

    def __str__(self) -> str:
        return f"{self.table}-{self.statement.split()[0].lower()}-{self.whose}"


def adds(table: str, *, whose: str = "buyer", **values: str) -> Write:
    named = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"  # noqa: S608 - the words below
    return Write(table, named, whose)


_SOON = {"expires_at": "now() + interval '1 hour'"}
LATE_SCAN = """
    INSERT INTO inbox_events (source, event_id, type, subject, payload)
    VALUES ('courier:swift', :new, 'delivered', :tracking, '{"location": "Machias", "reason": "", "attempt": 1}')
"""
_NEW_WORDS = {
    "shops": ("name = 'Back again'", "story = 'It goes on.'", "avatar_content = 'c0ffee'", "city = 'Machias'"),
    "listings": ("title = 'A mug'", "description = 'Thrown by hand.'", "materials = '{clay}'", "dimensions = '9 cm'"),
}
WRITES = (
    Write("users", "UPDATE users SET name_sealed = 'x' WHERE id = :buyer", without=Without.IMPOSSIBLE),
    Write("users", "UPDATE users SET password_hash = 'x' WHERE id = :maker", "maker", without=Without.IMPOSSIBLE),
    Write(
        "person_keys",
        "UPDATE person_keys SET wrapped_key = 'x', destroyed_at = NULL, destroyed_by = NULL WHERE person_id = :buyer",
    ),
    adds("addresses", id=":new", user_id=":buyer", sealed="'x'", country="'US'"),
    Write("addresses", "UPDATE addresses SET sealed = 'x' WHERE user_id = :buyer"),
    adds("sessions", token_hash=":new", id=":new", user_id=":buyer", csrf_token="'x'", last_active_at="now()", **_SOON),
    adds("parked_forms", id=":new", user_id=":buyer", sealed="'x'", **_SOON),
    adds("outside_identities", id=":new", user_id=":buyer", provider="'p'", subject_index=":new", sealed="'x'"),
    adds(
        "sign_in_attempts",
        **{"state_hash": ":new", "browser_hash": "'x'", "provider": "'p'", "purpose": "'link'", "user_id": ":buyer"},
        **{"sealed": "'x'", "begun_at": "now()", **_SOON},
    ),
    adds("code_secrets", user_id=":buyer", state="'offered'", sealed="'x'"),
    adds("recovery_codes", user_id=":buyer", code_hash=":new"),
    adds(
        "passkeys",
        **{"id": ":new", "user_id": ":buyer", "user_handle": "'x'", "credential_id": "convert_to(:new, 'UTF8')"},
        **{"public_key": "'x'", "sign_count": "0", "transports": "'{}'", "name_sealed": "'x'"},
    ),
    adds("passkey_challenges", challenge_hash=":new", purpose="'again'", bound_to="'x'", user_id=":buyer", **_SOON),
    adds("letters", id=":new", person_id=":buyer", kind="'new_sign_in'"),
    adds(
        "oauth_clients",
        whose="maker",
        **{"id": ":new", "kind": "'crm'", "name": "'Their CRM'", "shop_id": ":shop", "scopes": "'{}'"},
        **{"created_by": "'usr_admin'"},
    ),
    Write("oauth_clients", "UPDATE oauth_clients SET name = 'Their CRM' WHERE shop_id = :shop", "maker"),
    adds("oauth_consents", user_id=":buyer", client_id=":client", scopes="'{}'"),
    adds(
        "oauth_codes",
        **{"code_hash": ":new", "client_id": ":client", "user_id": ":buyer", "redirect_uri": "'x'", "scopes": "'{}'"},
        **{"code_challenge": "'x'", "authenticated_at": "now()", "second_factor": "false", "methods": "'{}'", **_SOON},
    ),
    Write(
        "oauth_grants",
        "INSERT INTO oauth_grants (session_id, scopes, expires_at) VALUES (:session, '{}', now() + interval '1 hour')",
        without=Without.IMPOSSIBLE,
    ),
    Write(
        "oauth_refresh_tokens",
        "INSERT INTO oauth_refresh_tokens (token_hash, session_id, used_at) VALUES (:new, :app_session, now())",
        without=Without.IMPOSSIBLE,
    ),
    *(
        Write("shops", f"UPDATE shops SET {change} WHERE id = :shop", "maker")  # noqa: S608 - the words above
        for change in _NEW_WORDS["shops"]
    ),
    *(
        Write("listings", f"UPDATE listings SET {change} WHERE id = :listing", "maker")  # noqa: S608 - the words above
        for change in (*_NEW_WORDS["listings"], "status = 'published'")
    ),
    Write(
        "listings",
        "INSERT INTO listings (id, shop_id, category, slug, title, description, materials, price_minor, currency,"
        " weight_grams, lead_time_days, status) SELECT :new, shop_id, category, 'new', 'New', 'New', '{}',"
        " price_minor, currency, weight_grams, lead_time_days, 'draft' FROM listings WHERE id = :listing",
        "maker",
    ),
    adds(
        "shop_decisions",
        whose="maker",
        **{"id": ":new", "shop_id": ":shop", "administrator_id": ":buyer", "approve": "true", "reason": "'Known.'"},
    ),
    adds(
        "pictures",
        whose="maker",
        **{"id": ":new", "listing_id": ":listing", "alt": "'A mug'", "content_id": "'x'", "width": "1", "height": "1"},
    ),
    Write(
        "listing_search",
        "INSERT INTO listing_search (listing_id, document, words, category, shop_id, currency, price_minor, in_stock,"
        " published_at) VALUES (:listing, 'mug', 'mug', 'ceramics', :shop, 'USD', 1, true, now())"
        " ON CONFLICT (listing_id) DO UPDATE SET words = 'mug of theirs'",
        "maker",
        Ends.LEFT_OUT,
    ),
    adds(
        "payout_accounts",
        whose="maker",
        **{"shop_id": ":shop", "user_id": ":maker", "kind": "'us'", "sealed": "'x'", "changed_at": "now()"},
    ),
    adds(
        "connected_accounts",
        whose="maker",
        **{"shop_id": ":shop", "provider_id": ":new", "country": "'US'", "transfers_enabled": "false"},
        **{"payouts_enabled": "false", "requirements_due": "'{individual.id_number}'", "checked_at": "now()"},
    ),
    adds(
        "seller_tax_ids",
        whose="maker",
        **{"id": ":new", "shop_id": ":shop", "user_id": ":maker", "kind": "'eu_vat'", "country": "'DE'"},
        **{"sealed": "'x'", "valid_from": "now()"},
    ),
    adds(
        "tax_exemptions",
        **{"id": ":new", "user_id": ":buyer", "kind": "'reseller'", "jurisdiction": "'US-NY'", "sealed": "'x'"},
        **{"valid_from": "now()", "granted_by": ":maker"},
    ),
    Write(
        "invoices",
        "INSERT INTO invoices (id, number, series, year, sequence, kind, event, person_id, shop_id, currency,"
        " net_minor, tax_minor, total_minor, supplied_on, issued_at, document, sealed) VALUES (:new,"
        " substr(:new, 1, 20), 'test', 2026, hashtext(:new), 'sale', :new, :buyer, :shop, 'USD',"
        " 1, 0, 1, now(), now(), '{}', 'x')",
        ends=Ends.LEFT_OUT,
    ),
    Write("holds", "UPDATE holds SET appeal = 'It was not me.' WHERE shop_id = :shop", "maker"),
    adds(
        "refund_notes",
        **{"request_id": ":refund", "author_id": ":buyer", "step": "'reported'", "text": "'It came in two pieces.'"},
    ),
    adds(
        "repayment_plans",
        whose="maker",
        **{"id": ":new", "shop_id": ":shop", "currency": "'USD'", "debt_minor": "9", "floor_minor": "0"},
        **{"share_bp": "1", "status": "'proposed'", "proposed_by": ":buyer", "reason": "'Agreed with them.'"},
    ),
    adds(
        "commissions",
        **{"id": ":new", "number": "substr(:new, 1, 20)", "shop_id": ":shop", "customer_id": ":buyer"},
        **{"currency": "'USD'", "title_sealed": "'x'", "fee_bp": "650"},
    ),
    adds(
        "commission_messages",
        **{"id": ":new", "commission_id": ":commission", "sequence": "99", "sender_id": ":buyer", "body_sealed": "'x'"},
    ),
    adds(
        "commission_pictures",
        whose="maker",
        **{"id": ":new", "commission_id": ":commission", "by_id": ":maker", "purpose": "'brief'", "width": "1"},
        **{"height": "1", "small": "'x'"},
    ),
    *(
        adds(
            "commission_stories",
            whose=whose,
            **{"commission_id": ":commission", "version": "9", "story_id": ":new", "state": "'draft'"},
            **{"words_sealed": "'x'", "picture_ids": "'[]'"},
        )
        for whose in ("buyer", "maker")
    ),
    adds("commission_quiet", commission_id=":commission", person_id=":buyer"),
    Write("commissions", "UPDATE commissions SET brief_sealed = 'x' WHERE id = :commission"),
    Write("commissions", "UPDATE commissions SET card_last4 = '4242' WHERE id = :commission"),
    adds("carts", id=":new", user_id=":buyer", status="'ordered'"),
    Write("carts", "UPDATE carts SET session_hash = :new WHERE id = :cart"),
    adds("cart_lines", cart_id=":cart", listing_id=":listing", quantity="1", unit_price_minor="1"),
    Write("payments", "UPDATE payments SET redirect_url = 'x' WHERE checkout_id = :checkout", ends=Ends.LEFT_OUT),
    adds(
        "risk_decisions",
        **{"id": ":new", "checkout_id": ":checkout", "administrator_id": ":maker", "approve": "true"},
        reason="'Called them.'",
    ),
    *(
        Write(table, statement, whose, Ends.LEFT_OUT)
        for whose in ("buyer", "maker")
        for table, statement in {
            "refund_requests": "UPDATE refund_requests SET tracking = 'ZZ1' WHERE id = :refund",
            "parcels": "UPDATE parcels SET label_url = 'https://labels.example/1' WHERE id = :parcel",
            "commission_versions": "UPDATE commission_versions SET note = 'As we said.', titles = '{\"1\": \"A leg\"}'"
            " WHERE commission_id = :commission",
            "commission_charges": "UPDATE commission_charges SET redirect_url = 'x' WHERE commission_id = :commission",
            "effects": "INSERT INTO effects (key, result)"
            " VALUES (concat('fulfillment-', :order, '/label-', :parcel), '{\"label_url\": \"x\"}')",
            "inbox_events": LATE_SCAN,
        }.items()
    ),
    adds("idempotency_records", owner=":buyer", key=":new", fingerprint="'x'"),
    adds("consents", person_id=":buyer", purpose="'newsletter'", version="'1'", given="true", source="'account'"),
    adds("data_exports", id=":new", person_id=":buyer", requested_at="now()", sealed="'x'"),
)


@dataclass(frozen=True)
class Place:
    """A maker, their shop and piece, a buyer, and everything between them; the names that statements use."""

    buyer: str
    maker: str
    shop: str
    listing: str
    checkout: str
    cart: str
    order: str
    parcel: str
    tracking: str
    session: str
    app_session: str
    client: str
    refund: str
    commission: str
    new: str = field(default_factory=lambda: uuid4().hex)

    def bound(self, statement: str) -> TextClause:
        clause = text(statement.replace('": ', '"\\: '))
        names = {name: value for name, value in asdict(self).items() if name in clause.compile().params}
        return clause.bindparams(**names)


async def a_place(house: Database) -> Place:
    async with house.transaction() as session:
        shop = await add_shop(session)
        listing_id = await add_listing(session, shop)
        bought = await add_paid_order(session, shop, {listing_id: 1})
        cart_id = await session.scalar(
            text("SELECT cart_id FROM checkouts WHERE id = :id").bindparams(id=bought.checkout_id)
        )
        parcel_id, tracking, client_id = new_id("prc"), new_id("SW"), new_id("app")
        parcel = {"service": "standard", "label_url": "", "label_price_minor": 1, "currency": "USD"}
        await session.execute(
            insert(Parcel).values(
                id=parcel_id,
                order_id=bought.id,
                courier="swift",
                tracking_number=tracking,
                status="delivered",
                **parcel,
            )
        )
        for _ in range(2):
            await session_of(session, bought.buyer_id)
        mine = text("SELECT id FROM sessions WHERE user_id = :buyer ORDER BY id").bindparams(buyer=bought.buyer_id)
        session_id, app_session = await session.scalars(mine)
        for kind, shop_id in (("app", None), ("crm", shop.id)):
            await session.execute(
                text(
                    "INSERT INTO oauth_clients (id, kind, name, shop_id, scopes, created_by)"
                    " VALUES (:id, :kind, 'A client', :shop, '{}', 'usr_admin')"
                ).bindparams(id=client_id if kind == "app" else new_id("crm"), kind=kind, shop=shop_id)
            )
        await session.execute(
            text(
                "INSERT INTO oauth_grants (session_id, scopes, expires_at)"
                " VALUES (:session, '{}', now() + interval '1 day')"
            ).bindparams(session=app_session)
        )
        refund_id = new_id("rfr")
        await session.execute(
            insert(RefundRequest).values(
                id=refund_id,
                order_id=bought.id,
                kind="problem",
                problem="broken",
                pieces={},
                currency="USD",
                asked_minor=1,
            )
        )
        now = clock.now()
        await session.execute(
            insert(Hold).values(
                **{"id": new_id("hld"), "shop_id": shop.id, "currency": "USD", "amount_minor": 1, "rule": "new_shop"},
                **{"reason": "new_shop", "booked": False, "created_at": now, "release_at": now},
            )
        )
        commission_id = await _commission(session, shop.id, bought.buyer_id)
    return Place(
        buyer=bought.buyer_id,
        maker=shop.owner_id,
        shop=shop.id,
        listing=listing_id,
        checkout=bought.checkout_id,
        cart=str(cart_id),
        order=bought.id,
        parcel=parcel_id,
        tracking=tracking,
        session=str(session_id),
        app_session=str(app_session),
        client=client_id,
        refund=refund_id,
        commission=commission_id,
    )


async def _commission(session: AsyncSession, shop_id: str, customer_id: str) -> str:
    commission_id = new_id("com")
    await session.execute(
        insert(CommissionRow).values(
            **{"id": commission_id, "number": commission_id[-8:], "shop_id": shop_id, "customer_id": customer_id},
            **{"currency": "USD", "fee_bp": 650},
        )
    )
    await session.execute(
        insert(CommissionVersion).values(
            **{"commission_id": commission_id, "version": 1, "proposed_by": "artisan", "kind": "quote", "terms": {}},
            **{"titles": {}, "price_minor": 1},
        )
    )
    await session.execute(
        insert(CommissionCharge).values(
            **{"id": f"{commission_id}/1", "commission_id": commission_id, "before": 1, "attempt": 1},
            **{"amount_minor": 1, "tax_minor": 0, "currency": "USD", "kind": "deposit"},
        )
    )
    return commission_id
