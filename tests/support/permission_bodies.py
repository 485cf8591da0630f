"""What the walk over all permissions sends, where a route would otherwise refuse the body before it looks at whose
object it is. `{name}` stands for the object's own id."""

from io import BytesIO
from typing import Any

from PIL import Image


def _picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (240, 240), "teal").save(buffer, "PNG")
    return buffer.getvalue()


_TERMS = {
    "version": 2,
    "currency": "USD",
    "price_minor": 80_000,
    "milestones": [
        {"number": 1, "title": "Drawing", "amount_minor": 20_000, "days": 10},
        {"number": 2, "title": "Frame", "amount_minor": 60_000, "days": 30},
    ],
    "deposit_minor": 30_000,
    "shipping_minor": 8_000,
    "starts_on": "2030-01-07",
}

BODIES: dict[str, Any] = {
    "POST /api/v1/shop/listings/{listing_id}/pictures": {
        "files": {"file": ("a.png", _picture(), "image/png")},
        "data": {"alt": "A teal square"},
    },
    "PUT /api/v1/shop/listings/{listing_id}/pictures/order": {"picture_ids": []},
    "PATCH /api/v1/shop/listings/{listing_id}/pictures/{picture_id}": {"alt": "Seen from above"},
    "PUT /api/v1/shop/listings/{listing_id}/prices": {"prices": {"EUR": 4_500}},
    "PUT /api/v1/shop/listings/{listing_id}/stock": {"on_hand": 3},
    "POST /api/v1/shop/orders/{order_id}/decline": {"reason": "other"},
    "POST /api/v1/commissions/{commission_id}/offers": _TERMS,
    "POST /api/v1/commissions/{commission_id}/changes": _TERMS,
    "POST /api/v1/commissions/{commission_id}/changes/answer": {"version": 1, "agree": True},
    "POST /api/v1/commissions/{commission_id}/acceptance": {"version": 1, "most_minor": 88_000},
    "POST /api/v1/commissions/{commission_id}/milestones/{number}/proof": {},
    "POST /api/v1/commissions/{commission_id}/pictures": {
        "files": {"file": ("a.png", _picture(), "image/png")},
        "data": {"purpose": "message"},
    },
    "POST /api/v1/commissions/{commission_id}/messages": {"text": "Could the top be darker?"},
    "POST /api/v1/commissions/{commission_id}/messages/read": {"up_to": 1},
    "PUT /api/v1/commissions/{commission_id}/quiet": {"quiet": True},
    "PUT /api/v1/commissions/{commission_id}/story": {
        "title": "A desk",
        "text": "It began with a plank.",
        "pictures": [{"id": "{picture_id}"}],
    },
    "POST /api/v1/commissions/{commission_id}/story/offer": {"version": 1},
    "POST /api/v1/commissions/{commission_id}/story/consent": {"version": 1},
    "POST /api/v1/commissions/{commission_id}/story/decline": {"version": 1},
    "POST /api/v1/commissions/{commission_id}/decline": {"reason": "other"},
    "POST /api/v1/commissions/{commission_id}/leave": {"shown_back_minor": 0},
    "POST /api/v1/commissions/{commission_id}/end-offers": {"agreed_bp": 5_000},
    "POST /api/v1/commissions/{commission_id}/end-offers/answer": {"agreed_bp": 5_000, "agree": True},
    "POST /api/v1/commissions/{commission_id}/milestones/{number}/answer": {"answer": "approve"},
    "PUT /api/v1/shop/capacity": {"slots": 2, "lead_days": 30},
    "POST /studio/capacity": {"slots": "2", "lead_days": "30"},
    "POST /api/v1/shop/repayment-plans/{plan_id}/answer": {"agree": True},
    "POST /studio/repayments/{plan_id}": {"decision": "agree"},
    "POST /api/v1/admin/repayment-plans/{plan_id}/terms": {"floor_minor": 0, "share_bp": 500},
    "POST /admin/repayments/{plan_id}": {"decision": "end"},
    "POST /admin/repayments/shops/{shop_id}": {
        "currency": "USD",
        "debt": "1.00",
        "share": "25",
        "floor": "0",
        "reason": "A refund came late.",
    },
    "POST /api/v1/shop/orders/{order_id}/cancellation/answer": {"agree": True},
    "POST /api/v1/shop/orders/{order_id}/refund-requests/{request_id}/answer": {"answer": "refund"},
    "POST /api/v1/orders/{order_id}/refund-requests": {"problem": "damaged", "text": "It has a crack."},
    "POST /api/v1/orders/{order_id}/refund-requests/{request_id}/ask-finance": {"text": "Please look at it."},
    "POST /api/v1/shop/orders/{order_id}/parcels": {
        "courier": "northpost",
        "service": "standard",
        "weight_grams": 400,
        "lines": [{"listing_id": "{sold_listing_id}", "quantity": 1}],
    },
    "POST /api/v1/shop/holds/{hold_id}/appeal": {"text": "These were ordinary sales."},
    "POST /admin/finance/holds/{hold_id}": {"decision": "keep", "reason": "It has to wait until its day."},
    "POST /studio/money/holds/{hold_id}/appeal": {"text": "Please let it go now."},
    "PATCH /api/v1/me/factors/passkeys/{passkey_id}": {"name": "Another name"},
    "POST /account/security/passkeys/{passkey_id}/name": {"name": "Another name"},
}
QUERIES: dict[str, dict[str, str]] = {
    "GET /api/v1/checkouts/preview": {"address_id": "{address_id}"},
    "GET /api/v1/shop/orders/{order_id}/shipping-quotes": {"weight_grams": "400"},
}
