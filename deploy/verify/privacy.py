"""What must hold of people who have been erased: nothing is left that opens or finds them; every receipt is there."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="the erased are forgotten",
        unit="erased people",
        count="SELECT count(*) FROM users WHERE erased_at IS NOT NULL",
        broken="""
            SELECT u.id AS subject,
                   concat_ws(', ',
                       CASE WHEN k.wrapped_key IS NOT NULL THEN 'a key' END,
                       CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id) THEN 'a session' END,
                       CASE WHEN EXISTS (SELECT 1 FROM addresses a WHERE a.user_id = u.id AND a.sealed IS NOT NULL)
                            THEN 'an address' END,
                       CASE WHEN EXISTS (SELECT 1 FROM letters l WHERE l.person_id = u.id) THEN 'a letter' END,
                       CASE WHEN EXISTS (SELECT 1 FROM listings l JOIN shops s ON s.id = l.shop_id
                                         WHERE s.owner_id = u.id AND l.status = 'published') THEN 'a piece on sale' END
                   ) AS remains
            FROM users u JOIN person_keys k ON k.person_id = u.id
            WHERE u.erased_at IS NOT NULL
              AND (k.wrapped_key IS NOT NULL
                   OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id)
                   OR EXISTS (SELECT 1 FROM addresses a WHERE a.user_id = u.id AND a.sealed IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM letters l WHERE l.person_id = u.id)
                   OR EXISTS (SELECT 1 FROM listings l JOIN shops s ON s.id = l.shop_id
                              WHERE s.owner_id = u.id AND l.status = 'published'))
            ORDER BY 1
        """,
        says="{subject} was erased, and {remains} is still there",
    ),
    Rule(
        about="erasures that are over have their receipts",
        unit="erasures that are over",
        count="SELECT count(*) FROM erasures WHERE completed_at IS NOT NULL",
        broken="""
            SELECT e.id AS subject, string_agg(t.target, ', ' ORDER BY t.target) AS missing
            FROM erasures e
            CROSS JOIN (VALUES ('mail'), ('database'), ('search'), ('payments')) AS t (target)
            LEFT JOIN erasure_receipts r ON r.erasure_id = e.id AND r.target = t.target
            WHERE e.completed_at IS NOT NULL AND r.erasure_id IS NULL
            GROUP BY e.id ORDER BY 1
        """,
        says="{subject} is over without a receipt of {missing}",
    ),
)
