"""What must hold of people who have been erased: nothing is left that opens or finds them, and nothing was written
about them since; every receipt is there; and no backup has brought anybody back whom the journal of erasures knows.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.verify.findings import Checked, Rule, checked
from models.ports import ErasureJournal

_REMAINS = {
    "an account": "u.erased_at IS NULL",
    "a key": "k.wrapped_key IS NOT NULL",
    "a session": "EXISTS (SELECT 1 FROM sessions x WHERE x.user_id = u.id)",
    "an address": "EXISTS (SELECT 1 FROM addresses x WHERE x.user_id = u.id AND x.sealed IS NOT NULL)",
    "a letter": "EXISTS (SELECT 1 FROM letters x WHERE x.person_id = u.id)",
    "an outside account": "EXISTS (SELECT 1 FROM outside_identities x WHERE x.user_id = u.id)",
    "a second factor": """
        EXISTS (SELECT 1 FROM passkeys x WHERE x.user_id = u.id)
        OR EXISTS (SELECT 1 FROM code_secrets x WHERE x.user_id = u.id)
        OR EXISTS (SELECT 1 FROM recovery_codes x WHERE x.user_id = u.id)
    """,
    "consent to an app": "EXISTS (SELECT 1 FROM oauth_consents x WHERE x.user_id = u.id)",
    "a parked form": "EXISTS (SELECT 1 FROM parked_forms x WHERE x.user_id = u.id)",
    "a copy of their data": "EXISTS (SELECT 1 FROM data_exports x WHERE x.person_id = u.id AND x.sealed IS NOT NULL)",
    "a kept answer": "EXISTS (SELECT 1 FROM idempotency_records x WHERE x.owner = u.id)",
    "a bank account": "EXISTS (SELECT 1 FROM payout_accounts x WHERE x.user_id = u.id)",
    "what the provider wanted to know": """
        EXISTS (SELECT 1 FROM shops s JOIN connected_accounts x ON x.shop_id = s.id
                WHERE s.owner_id = u.id
                AND (cardinality(x.requirements_due) > 0 OR num_nonnulls(x.due_by, x.bank_learned_at) > 0
                     OR concat(x.disabled_reason, x.bank_refused) <> ''))
    """,
    "an answer about a consent": "EXISTS (SELECT 1 FROM consents x WHERE x.person_id = u.id AND x.at > u.erased_at)",
    "something they had begun": """
        EXISTS (SELECT 1 FROM sign_in_attempts x WHERE x.user_id = u.id)
        OR EXISTS (SELECT 1 FROM passkey_challenges x WHERE x.user_id = u.id)
        OR EXISTS (SELECT 1 FROM oauth_codes x WHERE x.user_id = u.id)
    """,
    "a cart": """
        EXISTS (SELECT 1 FROM carts x WHERE x.user_id = u.id
                AND (x.session_hash IS NOT NULL
                     OR NOT EXISTS (SELECT 1 FROM checkouts c WHERE c.cart_id = x.id)
                     OR EXISTS (SELECT 1 FROM cart_lines l WHERE l.cart_id = x.id)))
    """,
    "a payment page": """
        EXISTS (SELECT 1 FROM checkouts c JOIN payments x ON x.checkout_id = c.id
                WHERE c.buyer_id = u.id AND x.redirect_url IS NOT NULL)
    """,
    "a reason": """
        EXISTS (SELECT 1 FROM checkouts c JOIN risk_decisions x ON x.checkout_id = c.id
                WHERE c.buyer_id = u.id AND x.reason <> '')
        OR EXISTS (SELECT 1 FROM shops s JOIN shop_decisions x ON x.shop_id = s.id
                   WHERE s.owner_id = u.id AND x.reason <> '')
    """,
    "a tax number": """
        EXISTS (SELECT 1 FROM seller_tax_ids x WHERE x.user_id = u.id)
        OR EXISTS (SELECT 1 FROM tax_exemptions x WHERE x.user_id = u.id AND x.sealed IS NOT NULL)
    """,
    "a name on an invoice": """
        EXISTS (SELECT 1 FROM invoices x WHERE x.person_id = u.id AND x.sealed IS NOT NULL)
    """,
    "words about money": """
        EXISTS (SELECT 1 FROM refund_notes x WHERE x.author_id = u.id AND x.text <> '')
        OR EXISTS (SELECT 1 FROM shops s JOIN holds x ON x.shop_id = s.id
                   WHERE s.owner_id = u.id AND concat(x.appeal, x.decision) <> '')
        OR EXISTS (SELECT 1 FROM shops s JOIN repayment_plans x ON x.shop_id = s.id
                   WHERE s.owner_id = u.id AND x.reason <> '')
    """,
    "a label or a scan of a parcel": """
        EXISTS (SELECT 1 FROM orders o LEFT JOIN shops s ON s.id = o.shop_id JOIN parcels p ON p.order_id = o.id
                LEFT JOIN effects e ON e.key = concat('fulfillment-', o.id, '/label-', p.id)
                LEFT JOIN inbox_events i ON i.source = 'courier:' || p.courier AND i.subject = p.tracking_number
                WHERE (o.buyer_id = u.id OR s.owner_id = u.id)
                AND (p.label_url <> '' OR jsonb_exists(e.result, 'label_url')
                     OR jsonb_exists_any(i.payload, ARRAY['location', 'reason'])))
    """,
    "a parcel on its way back": """
        EXISTS (SELECT 1 FROM orders o LEFT JOIN shops s ON s.id = o.shop_id JOIN refund_requests x ON x.order_id = o.id
                WHERE (o.buyer_id = u.id OR s.owner_id = u.id) AND x.tracking <> '')
    """,
    "a wish, or words of a contract": """
        EXISTS (SELECT 1 FROM commissions c
                WHERE c.customer_id = u.id
                AND (num_nonnulls(c.title_sealed, c.brief_sealed) > 0 OR concat(c.card_brand, c.card_last4) <> ''))
        OR EXISTS (SELECT 1 FROM commissions c LEFT JOIN shops s ON s.id = c.shop_id
                   LEFT JOIN commission_versions v ON v.commission_id = c.id
                   LEFT JOIN commission_charges x ON x.commission_id = c.id
                   WHERE (c.customer_id = u.id OR s.owner_id = u.id)
                   AND (v.note <> '' OR v.titles <> '{}' OR x.redirect_url IS NOT NULL))
    """,
    "a message or a picture": """
        EXISTS (SELECT 1 FROM commission_messages x WHERE x.sender_id = u.id AND x.body_sealed IS NOT NULL)
        OR EXISTS (SELECT 1 FROM commission_pictures x
                   WHERE x.by_id = u.id AND (num_nonnulls(x.small, x.large) > 0 OR x.alt <> ''))
        OR EXISTS (SELECT 1 FROM commission_quiet x WHERE x.person_id = u.id)
        OR EXISTS (SELECT 1 FROM commissions c LEFT JOIN shops s ON s.id = c.shop_id
                   JOIN commission_stories x ON x.commission_id = c.id
                   WHERE (c.customer_id = u.id OR s.owner_id = u.id)
                   AND (x.words_sealed IS NOT NULL OR x.picture_ids <> '[]'
                        OR x.state IN ('draft', 'offered', 'shown')))
    """,
    "words of a shop": """
        EXISTS (SELECT 1 FROM shops s WHERE s.owner_id = u.id
                AND (concat(s.owner_name, s.tagline, s.story, s.city, s.region, s.postal_code) <> ''
                     OR s.name <> 'A closed shop' OR s.slug <> 'closed-' || s.id
                     OR num_nonnulls(s.avatar_content, s.banner_content) > 0))
        OR EXISTS (SELECT 1 FROM shops s JOIN oauth_clients x ON x.shop_id = s.id
                   WHERE s.owner_id = u.id AND x.name <> 'A closed shop')
    """,
    "words or pictures of a piece": """
        EXISTS (SELECT 1 FROM shops s JOIN listings l ON l.shop_id = s.id
                WHERE s.owner_id = u.id
                AND (l.title <> 'A withdrawn piece' OR l.slug <> 'withdrawn'
                     OR concat(l.description, l.dimensions) <> ''
                     OR cardinality(l.materials) > 0
                     OR EXISTS (SELECT 1 FROM pictures x WHERE x.listing_id = l.id)
                     OR EXISTS (SELECT 1 FROM listing_search x WHERE x.listing_id = l.id)))
    """,
    "a piece on sale": """
        EXISTS (SELECT 1 FROM listings l JOIN shops s ON s.id = l.shop_id
                WHERE s.owner_id = u.id AND l.status = 'published')
    """,
}
"""What may be there of somebody → whether it is."""
_ERASED = """
    FROM users u LEFT JOIN person_keys k ON k.person_id = u.id
    WHERE (u.erased_at IS NOT NULL OR k.destroyed_at IS NOT NULL
           OR EXISTS (SELECT 1 FROM erasures e WHERE e.person_id = u.id AND e.erased_at IS NOT NULL))
"""
_TOLD = ", ".join(f"CASE WHEN {there} THEN '{what}' END" for what, there in _REMAINS.items())

RULES = (
    Rule(
        about="the erased are forgotten",
        unit="erased people",
        count=f"SELECT count(*) {_ERASED}",
        broken=f"""
            SELECT found.subject, found.remains
            FROM (SELECT u.id AS subject, concat_ws(', ', {_TOLD}) AS remains {_ERASED}) AS found
            WHERE found.remains <> '' ORDER BY 1
        """,  # noqa: S608 - only the words above
        says="{subject} was erased, and {remains} is still there",
    ),
    Rule(
        about="erasures that are over have their receipts",
        unit="erasures that are over",
        count="SELECT count(*) FROM erasures WHERE completed_at IS NOT NULL",
        broken="""
            SELECT e.id AS subject, string_agg(t.target, ', ' ORDER BY t.target) AS missing
            FROM erasures e
            CROSS JOIN LATERAL (
                VALUES ('mail'), ('database'), ('search'), ('payments')
                UNION
                SELECT 'connected_account' FROM connected_accounts c JOIN shops s ON s.id = c.shop_id
                WHERE s.owner_id = e.person_id
                UNION
                SELECT 'courier:' || p.courier FROM parcels p JOIN orders o ON o.id = p.order_id
                LEFT JOIN shops s ON s.id = o.shop_id
                WHERE o.buyer_id = e.person_id OR s.owner_id = e.person_id
            ) AS t (target)
            LEFT JOIN erasure_receipts r ON r.erasure_id = e.id AND r.target = t.target
            WHERE e.completed_at IS NOT NULL AND r.erasure_id IS NULL
            GROUP BY e.id ORDER BY 1
        """,
        says="{subject} is over without a receipt of {missing}",
    ),
)
_BACK = """
    SELECT u.id FROM users u LEFT JOIN person_keys k ON k.person_id = u.id
    WHERE u.id = ANY(:known) AND (u.erased_at IS NULL OR k.wrapped_key IS NOT NULL) ORDER BY 1
"""


async def examine(connection: AsyncConnection, journal: ErasureJournal) -> list[Checked]:
    """Whom the journal knows as erased, the database must not know any more."""
    about, unit = "nobody erased has come back", "lines of the journal"
    try:
        known = [tombstone.person_id for tombstone in await journal.all()]
    except (ValueError, OSError) as problem:
        return [checked(about, 0, unit, [("journal", f"The journal of erasures can't be read: {problem}")])]
    back = await connection.scalars(text(_BACK), {"known": known})
    says = "is known again, though erased: a backup brought them back; run `artisan erasures replay`"
    return [checked(about, len(known), unit, [(person, f"{person} {says}") for person in back])]
