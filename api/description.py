"""The OpenAPI document: what the framework knows of the routes, and the refusals that follow from who may use them.

A route describes its own answers; what everybody who declares the same is refused with stands here, once.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth.cross_site import SAFE
from api.errors import DESCRIPTIONS
from api.permissions import Permission, permissions

_ENVELOPE = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}


def install(app: FastAPI) -> None:
    """Replaces the framework's document, which is made at the first request for it."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the framework's documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    made: dict[str, Any] = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    made.setdefault("components", {})["securitySchemes"] = {
        "session": {
            "type": "http",
            "scheme": "bearer",
            "description": "A session's token (`POST /api/v1/sessions`), or an app's or a partner's access token.",
        }
    }
    for permission in permissions(app):
        operation = made["paths"].get(permission.path, {}).get(permission.method.lower())
        if operation is None:
            continue  # a page
        for status in sorted(_refusals(permission)):
            operation["responses"].setdefault(str(status), {"description": DESCRIPTIONS[status], "content": _ENVELOPE})
        operation["x-role"] = permission.access.role
        operation["x-sensitivity"] = permission.access.sensitivity
        operation["x-freshness"] = permission.freshness
        if permission.access.role != "public":
            optional: list[dict[str, list[str]]] = [{}] if permission.access.role == "visitor" else []
            operation["security"] = [*optional, {"session": []}]
    return made


def _refusals(permission: Permission) -> set[int]:
    found = set()
    if permission.access.role != "public":
        found.add(401)
    if permission.access.role not in {"public", "visitor"}:
        found.add(403)
    if permission.access.owns not in {"nothing", "self"}:
        found.add(404)
    if permission.method not in SAFE:
        found |= {400, 403, 413, 429}
    return found
