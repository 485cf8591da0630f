"""What must hold of the stories that processes tell, of parcels, and of what partners have told us."""

from deploy.verify.findings import Rule
from models.rules.commission.record import Status as CommissionStatus
from models.types import (
    CheckoutStatus,
    ErasureStatus,
    ExportStatus,
    GiftCardStatus,
    OrderStatus,
    PayoutStatus,
    RefundStatus,
)

_FINAL = ", ".join(
    f"'{status}'"
    for statuses in (
        CheckoutStatus,
        GiftCardStatus,
        OrderStatus,
        RefundStatus,
        ExportStatus,
        ErasureStatus,
        PayoutStatus,
        CommissionStatus,
    )
    for status in statuses
    if status.is_final
)

RULES = (
    Rule(
        about="timelines have no gaps",
        unit="timeline entries",
        count="SELECT count(*) FROM timeline_entries",
        broken="""
            SELECT coalesce(p.workflow_id, t.workflow_id) AS subject, coalesce(p.sequence, 0) AS told,
                   coalesce(t.entries, 0) AS entries, coalesce(t.last, 0) AS last
            FROM processes p
            FULL JOIN (
                SELECT workflow_id, count(*) AS entries, min(sequence) AS first, max(sequence) AS last
                FROM timeline_entries GROUP BY 1
            ) t ON t.workflow_id = p.workflow_id
            WHERE p.workflow_id IS NULL OR coalesce(t.entries, 0) <> p.sequence OR coalesce(t.last, 0) <> p.sequence
               OR coalesce(t.first, 1) <> 1
            ORDER BY 1
        """,
        says="{subject}: {entries} entries up to number {last}, its process has told {told}",
    ),
    Rule(
        about="processes know when they are over",
        unit="processes",
        count="SELECT count(*) FROM processes",
        broken=f"""
            SELECT workflow_id AS subject, status, CASE WHEN is_final THEN 'over' ELSE 'open' END AS standing,
                   waiting_on
            FROM processes
            WHERE is_final <> (status IN ({_FINAL})) OR (is_final AND waiting_on <> 'nobody')
            ORDER BY 1
        """,  # noqa: S608 - our own statuses
        says="{subject} is {status}, stands as {standing} and waits for {waiting_on}",
    ),
    Rule(
        about="no piece is packed twice",
        unit="parcels",
        count="SELECT count(*) FROM parcels",
        broken="""
            WITH packed AS (
                SELECT p.order_id, l.listing_id, sum(l.quantity) AS pieces
                FROM parcels p JOIN parcel_lines l ON l.parcel_id = p.id
                WHERE p.status <> 'cancelled' GROUP BY 1, 2
            )
            SELECT packed.order_id || ' ' || packed.listing_id AS subject, packed.order_id, packed.listing_id,
                   packed.pieces, coalesce(l.quantity, 0) AS ordered
            FROM packed LEFT JOIN order_lines l
                ON l.order_id = packed.order_id AND l.listing_id = packed.listing_id
            WHERE packed.pieces > coalesce(l.quantity, 0) ORDER BY 1
        """,
        says="order {order_id}: {pieces} pieces of {listing_id} are packed, {ordered} were ordered",
    ),
    Rule(
        about="parcels that are over have their outcome recorded",
        unit="delivery attempts",
        count="SELECT count(*) FROM delivery_attempts",
        broken="""
            SELECT p.id AS subject, p.status, p.attempt, p.order_id
            FROM parcels p
            LEFT JOIN delivery_attempts d ON d.parcel_id = p.id AND d.attempt = p.attempt AND d.outcome = p.status
            WHERE p.status IN ('delivered', 'returned', 'lost')
              AND (d.parcel_id IS NULL OR p.handed_over_at IS NULL
                   OR (p.status = 'delivered') <> (p.delivered_at IS NOT NULL))
            ORDER BY 1
        """,
        says="parcel {subject} of order {order_id} is {status} in attempt {attempt}, and nothing recorded says so",
    ),
    Rule(
        about="every earlier attempt of a parcel is recorded",
        unit="parcels sent",
        count="SELECT count(*) FROM parcels WHERE handed_over_at IS NOT NULL",
        broken="""
            SELECT p.id AS subject, p.attempt, count(d.attempt) AS recorded
            FROM parcels p LEFT JOIN delivery_attempts d ON d.parcel_id = p.id AND d.attempt < p.attempt
            WHERE p.attempt > 1 GROUP BY p.id HAVING count(d.attempt) <> p.attempt - 1 ORDER BY 1
        """,
        says="parcel {subject} is in attempt {attempt}, {recorded} earlier ones are recorded",
    ),
    Rule(
        about="what partners told us is dealt with",
        unit="inbox events",
        count="SELECT count(*) FROM inbox_events",
        broken="""
            SELECT source || ' ' || event_id AS subject, source, event_id, type, tries,
                   coalesce(last_error, 'no error') AS error
            FROM inbox_events WHERE processed_at IS NULL AND received_at < now() - interval '10 minutes' ORDER BY 1
        """,
        says="{source} event {event_id} ({type}) waits for more than 10 minutes, after {tries} tries: {error}",
    ),
    Rule(
        about="every delivery that a courier told of reached its order",
        unit="courier callbacks",
        count="SELECT count(*) FROM inbox_events WHERE source LIKE 'courier:%'",
        broken="""
            SELECT i.source || ' ' || i.event_id AS subject, i.event_id, i.type, i.attempt, p.id AS parcel
            FROM inbox_events i
            JOIN parcels p ON 'courier:' || p.courier = i.source AND p.tracking_number = i.subject
            WHERE i.type IN ('delivered', 'failed', 'returned') AND i.attempt BETWEEN 1 AND p.attempt
              AND i.received_at < now() - interval '10 minutes'
              AND NOT EXISTS (SELECT 1 FROM delivery_attempts d WHERE d.parcel_id = p.id AND d.attempt = i.attempt)
            ORDER BY 1
        """,
        says="parcel {parcel}: the courier's word on attempt {attempt} ({type}, event {event_id}) was never recorded",
    ),
)
