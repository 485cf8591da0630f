"""What the walk over all permissions sends, where a route would otherwise refuse the body before it looks at whose
object it is. `{name}` stands for the object's own id."""

from typing import Any

BODIES: dict[str, Any] = {}
QUERIES: dict[str, dict[str, str]] = {
    "GET /api/v1/checkouts/preview": {"address_id": "{address_id}"},
}
