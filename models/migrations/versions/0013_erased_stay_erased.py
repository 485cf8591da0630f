"""What is erased stays erased: a request that was in flight when somebody was erased can't bring anything back.

Whoever writes about a person takes a key share of the person's row, which the erasure's own lock waits for, and which
waits for the erasure's. So either the erasure finds what was written, or the writer finds that there is nobody left.
Then words are refused with `PE410` (`models.errors.PersonErased`); a row that orders and couriers have to go on with is
written without them. Rows that an erasure deletes need no guard against updates: an update finds nothing any more.
"""

from collections.abc import Mapping, Sequence

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

REFUSED: Mapping[str, tuple[str, str]] = {
    "person_keys": ("person", "person_id"),
    "addresses": ("person", "user_id"),
    "sessions": ("person", "user_id"),
    "parked_forms": ("person", "user_id"),
    "outside_identities": ("person", "user_id"),
    "sign_in_attempts": ("person", "user_id"),
    "code_secrets": ("person", "user_id"),
    "recovery_codes": ("person", "user_id"),
    "passkeys": ("person", "user_id"),
    "passkey_challenges": ("person", "user_id"),
    "letters": ("person", "person_id"),
    "oauth_clients": ("shop", "shop_id"),
    "oauth_consents": ("person", "user_id"),
    "oauth_grants": ("session", "session_id"),
    "oauth_codes": ("person", "user_id"),
    "oauth_refresh_tokens": ("session", "session_id"),
    "shops": ("person", "owner_id"),
    "shop_decisions": ("shop", "shop_id"),
    "listings": ("shop", "shop_id"),
    "pictures": ("listing", "listing_id"),
    "payout_accounts": ("person", "user_id"),
    "carts": ("person", "user_id"),
    "cart_lines": ("cart", "cart_id"),
    "risk_decisions": ("checkout", "checkout_id"),
    "idempotency_records": ("person", "owner"),
    "consents": ("person", "person_id"),
    "data_exports": ("person", "person_id"),
}
"""Table → what its column names, and the column: where nothing is added for somebody who is erased."""

CHANGES: Mapping[str, Sequence[str]] = {
    "addresses": ("user_id", "sealed"),
    "sessions": ("user_id",),
    "oauth_clients": ("shop_id", "name"),
    "shops": (
        *("owner_id", "name", "slug", "owner_name", "tagline", "story", "city", "region", "postal_code"),
        *("avatar_content", "banner_content", "status"),
    ),
    "shop_decisions": ("reason",),
    "listings": ("shop_id", "title", "slug", "description", "materials", "dimensions", "status"),
    "pictures": ("listing_id",),
    "carts": ("user_id", "session_hash"),
    "cart_lines": ("cart_id",),
    "risk_decisions": ("reason",),
}
"""Of those, the tables whose rows outlive the person or can change hands → the columns that make the difference.
Everything else of a row (stock, prices, when it was last used) changes without looking at anybody."""

LEFT_OUT: Mapping[str, str] = {
    "payments": "NEW.redirect_url IS NOT NULL",
    "parcels": "NEW.label_url <> ''",
    "effects": "jsonb_exists(NEW.result, 'label_url')",
    "inbox_events": "jsonb_exists_any(NEW.payload, ARRAY['location', 'reason']) AND NEW.source LIKE 'courier:%'",
    "listing_search": "true",
}
"""Table → rows with words: these are written without them, for money and parcels have to go on."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(
        """
        CREATE FUNCTION people_behind(kind text, ref text) RETURNS text[] LANGUAGE plpgsql AS $$
        BEGIN
            CASE kind
            WHEN 'person' THEN
                RETURN ARRAY[ref];
            WHEN 'session' THEN
                RETURN (SELECT ARRAY[s.user_id] FROM sessions s WHERE s.id = ref);
            WHEN 'cart' THEN
                RETURN (SELECT ARRAY[c.user_id] FROM carts c WHERE c.id = ref);
            WHEN 'shop' THEN
                RETURN (SELECT ARRAY[s.owner_id] FROM shops s WHERE s.id = ref);
            WHEN 'listing' THEN
                RETURN (SELECT ARRAY[s.owner_id] FROM listings l JOIN shops s ON s.id = l.shop_id WHERE l.id = ref);
            WHEN 'checkout' THEN
                RETURN (SELECT ARRAY[c.buyer_id] FROM checkouts c WHERE c.id = ref);
            WHEN 'order' THEN
                RETURN (SELECT ARRAY[o.buyer_id, s.owner_id] FROM orders o JOIN shops s ON s.id = o.shop_id
                        WHERE o.id = ref);
            END CASE;
        END $$
        """
    )
    # In the order of their ids, so that no two who write about the same people wait for each other.
    op.execute(
        """
        CREATE FUNCTION anybody_erased(people text[]) RETURNS boolean LANGUAGE plpgsql AS $$
        DECLARE
            person text;
            gone timestamptz;
            found_one boolean := false;
        BEGIN
            FOR person IN SELECT DISTINCT p FROM unnest(people) AS p WHERE p IS NOT NULL ORDER BY p LOOP
                SELECT erased_at INTO gone FROM users WHERE id = person FOR KEY SHARE;
                IF gone IS NOT NULL AND person <> coalesce(current_setting('artisan.erasing', true), '') THEN
                    found_one := true;
                END IF;
            END LOOP;
            RETURN found_one;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION refuse_for_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            ref text;
        BEGIN
            EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO ref USING NEW;
            IF anybody_erased(people_behind(TG_ARGV[0], ref)) THEN
                RAISE EXCEPTION '% takes nothing more of somebody who is erased', TG_TABLE_NAME USING ERRCODE = 'PE410';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION leave_out_the_erased() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'payments' THEN
                IF anybody_erased(people_behind('checkout', NEW.checkout_id)) THEN
                    NEW.redirect_url := NULL;
                END IF;
            ELSIF TG_TABLE_NAME = 'parcels' THEN
                IF anybody_erased(people_behind('order', NEW.order_id)) THEN
                    NEW.label_url := '';
                END IF;
            ELSIF TG_TABLE_NAME = 'refund_requests' THEN
                IF anybody_erased(people_behind('order', NEW.order_id)) THEN
                    NEW.tracking := '';
                END IF;
            ELSIF TG_TABLE_NAME = 'invoices' THEN
                IF anybody_erased(people_behind('person', NEW.person_id)) THEN
                    NEW.sealed := NULL;
                END IF;
            ELSIF TG_TABLE_NAME = 'effects' THEN
                IF anybody_erased(people_behind('order', substring(NEW.key FROM '^fulfillment-(.*)/label-'))) THEN
                    NEW.result := '{}';
                END IF;
            ELSIF TG_TABLE_NAME = 'inbox_events' THEN
                IF anybody_erased((SELECT people_behind('order', p.order_id) FROM parcels p
                                   WHERE p.courier = substr(NEW.source, 9) AND p.tracking_number = NEW.subject)) THEN
                    NEW.payload := NEW.payload - 'location' - 'reason';
                END IF;
            ELSIF anybody_erased(people_behind('listing', NEW.listing_id)) THEN
                RETURN NULL;  -- nothing of theirs is found by a search
            END IF;
            RETURN NEW;
        END $$
        """
    )
    for table, (kind, column) in REFUSED.items():
        changed = CHANGES.get(table)
        calls = f"FOR EACH ROW WHEN ({{when}}) EXECUTE FUNCTION refuse_for_the_erased('{kind}', '{column}')"
        op.execute(
            f"CREATE TRIGGER erased_stay_erased BEFORE INSERT ON {table} "
            + calls.format(when=f"NEW.{column} IS NOT NULL")
        )
        if changed:
            differs = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in changed)
            op.execute(
                f"CREATE TRIGGER erased_stay_erased_when_changed BEFORE UPDATE ON {table} "
                + calls.format(when=f"NEW.{column} IS NOT NULL AND ({differs})")
            )
    for table, words in LEFT_OUT.items():
        op.execute(
            f"CREATE TRIGGER erased_stay_erased BEFORE INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({words}) EXECUTE FUNCTION leave_out_the_erased()"
        )
    # A person's own row and key need to look at nobody else's.
    op.execute(
        """
        CREATE FUNCTION refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% brings nobody back who is erased', TG_TABLE_NAME USING ERRCODE = 'PE410';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased BEFORE UPDATE ON users FOR EACH ROW
        WHEN (OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR
              num_nonnulls(NEW.email_sealed, NEW.name_sealed, NEW.email_index, NEW.password_hash) > 0))
        EXECUTE FUNCTION refuse_return()
        """
    )
    op.execute(
        """
        CREATE TRIGGER erased_stay_erased_when_changed BEFORE UPDATE ON person_keys FOR EACH ROW
        WHEN (OLD.destroyed_at IS NOT NULL AND NEW.wrapped_key IS NOT NULL) EXECUTE FUNCTION refuse_return()
        """
    )
    # An answer that is on its way to somebody else may name the person: `privacy_erasing` has marked it by then.
    op.execute(
        """
        CREATE FUNCTION forget_answer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.sealed := OLD.sealed;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER forgotten_stays_forgotten BEFORE UPDATE ON idempotency_records FOR EACH ROW
        WHEN (OLD.sealed = '' AND NEW.status IS NOT NULL) EXECUTE FUNCTION forget_answer()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forgotten_stays_forgotten ON idempotency_records")
    for table in ("users", *REFUSED, *LEFT_OUT):
        op.execute(f"DROP TRIGGER erased_stay_erased ON {table}")
    for table in ("person_keys", *CHANGES):
        op.execute(f"DROP TRIGGER erased_stay_erased_when_changed ON {table}")
    for function in (
        *("forget_answer", "refuse_return", "leave_out_the_erased", "refuse_for_the_erased"),
        *("anybody_erased", "people_behind"),
    ):
        op.execute(f"DROP FUNCTION {function}")
