"""What must hold for messages inside commissions: nobody's silence is for want of a mail."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="who leaves a message of a commission unread was told of it",
        unit="messages of commissions",
        count="SELECT count(*) FROM commission_messages",
        # A mail that can't be handed over is given up after three days, and the messages count as told of.
        broken="""
            WITH waiting AS (
                SELECT m.id, m.commission_id, m.created_at,
                       CASE WHEN m.sender_id = c.customer_id THEN s.owner_id ELSE c.customer_id END AS reader_id
                FROM commission_messages m
                JOIN commissions c ON c.id = m.commission_id JOIN shops s ON s.id = c.shop_id
                WHERE m.read_at IS NULL AND m.mailed_at IS NULL AND m.body_sealed IS NOT NULL
                  AND m.created_at < now() - interval '4 days'
            )
            SELECT id AS subject, commission_id, reader_id, (now()::date - created_at::date) AS days FROM waiting
            WHERE NOT EXISTS (SELECT 1 FROM commission_quiet q
                              WHERE q.commission_id = waiting.commission_id AND q.person_id = waiting.reader_id)
              AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.person_id = waiting.reader_id)
              AND NOT EXISTS (SELECT 1 FROM person_keys k
                              WHERE k.person_id = waiting.reader_id AND k.destroyed_at IS NOT NULL)
            ORDER BY 1
        """,
        says="message {subject} of {commission_id} waits for {reader_id} since {days} days, and no mail was about it",
    ),
)
