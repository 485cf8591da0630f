"""Every route × every role × signed in just now, a while ago, too long ago, or not at all × own or someone else's
object. What is expected stands in the table alone (`api/PERMISSIONS.md`, made of the same declarations)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import update

from api.auth.sessions import token_hash
from api.permissions import Permission, permissions
from core import clock
from core.database import Database
from models.tables.sessions import Session
from models.types import Role
from tests.api.conftest import running_app, settings_for
from tests.support.owned import OWNED, Params, Someone, add_someone
from tests.support.permission_bodies import BODIES, QUERIES
from tests.support.signing_in import session_of

ROLES = (Role.CUSTOMER, Role.ARTISAN, Role.ADMINISTRATOR)
AGES = {
    "fresh": timedelta(),
    "stale": timedelta(minutes=11),
    "lapsed": timedelta(hours=13),
    "ended": timedelta(days=31),
}
"""How long ago somebody signed in, and was active. Sessions rest after 60 minutes (customers), 90 minutes
(administrators) and 12 hours (artisans), and are forgotten after a month at the latest."""

AWAY = {"unavailable", "partner_unavailable"}
"""Neither Temporal nor a courier runs here: who gets as far as them was let in."""


@dataclass(frozen=True)
class Cast:
    """Two people of each role: one who asks, one whose things are asked for."""

    asking: dict[Role, Someone]
    others: dict[Role, Someone]


@pytest.fixture
async def cast(database: Database) -> Cast:
    async with database.transaction() as session:
        return Cast(
            {role: await add_someone(session, role) for role in ROLES},
            {role: await add_someone(session, role) for role in ROLES},
        )


@pytest.fixture
async def app(postgres_url: str) -> AsyncIterator[FastAPI]:
    """As everywhere, but without a limit on how much one person may send."""
    async with running_app(settings_for(postgres_url).model_copy(update={"writes_per_minute": 1_000_000})) as running:
        yield running


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://shop.example") as client:
        yield client


def refusal(permission: Permission, role: Role, age: str, *, two_factors: bool) -> str | None:
    """The code that the table expects, or None where the route has to let them in."""
    declared = permission.access
    if declared.role in {"public", "visitor", "partner"}:
        return None
    if age == "ended":
        return "sign_in_required"
    if age == "lapsed":
        return "reauthentication_required"
    if declared.role not in {"customer", role}:
        return "forbidden"
    if (declared.second_factor or declared.role == "administrator") and not two_factors:
        return "second_factor_required"
    if declared.asks_again and age != "fresh":
        return "reauthentication_required"
    return None


async def token_of(database: Database, person: Someone, age: str, *, two_factors: bool = True) -> str:
    async with database.transaction() as session:
        token = await session_of(session, person.id, two_factors=two_factors)
        at = clock.now() - AGES[age]
        await session.execute(
            update(Session)
            .where(Session.token_hash == token_hash(token))
            .values(
                authenticated_at=at,
                signed_in_at=at,
                created_at=at,
                last_active_at=at,
                expires_at=Session.expires_at - AGES[age],
            )
        )
    return token


async def send(http: AsyncClient, permission: Permission, params: Params, token: str = "") -> Response:
    path = permission.path
    named = {name: params.get(name, "none") for name in _names(path)}
    headers = {"authorization": f"Bearer {token}"} if token else {}
    key = f"{permission.method} {path}"
    body: Any = BODIES.get(key, {})
    content: dict[str, Any] = {}
    if permission.method in {"POST", "PUT", "PATCH"}:
        kind = "json" if path.startswith(("/api/", "/codec")) else "data"
        content = body if isinstance(body, dict) and "files" in body else {kind: _filled(body, params)}
    return await http.request(
        permission.method,
        path.format(**named),
        headers=headers,
        params=_filled(QUERIES.get(key, {}), params),
        **content,
    )


def _filled(values: Any, params: Params) -> Any:
    """`{listing_id}` and its like in a body or a query become the object's own."""
    if isinstance(values, dict):
        return {name: _filled(value, params) for name, value in values.items()}
    if isinstance(values, list):
        return [_filled(value, params) for value in values]
    if isinstance(values, str) and values.startswith("{") and values.endswith("}"):
        return params.get(values[1:-1], "none")
    return values


def _names(path: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]


def code_of(answer: Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


async def test_every_role_at_every_age_gets_what_the_table_says(
    app: FastAPI, http: AsyncClient, database: Database, cast: Cast
) -> None:
    wrong = []
    walked = 0
    # Who is refused changes nothing, so one session of each kind serves for all routes.
    tokens = {
        (role, age, factors): await token_of(database, cast.asking[role], age, two_factors=factors == 2)
        for role in ROLES
        for age in AGES
        for factors in (1, 2)
    }
    for permission in permissions(app):
        for (role, age, factors), token in tokens.items():
            expected = refusal(permission, role, age, two_factors=factors == 2)
            if expected is None:
                continue  # let in: the last test looks at what they find there
            answer = await send(http, permission, {}, token)
            walked += 1
            if code_of(answer) != expected or answer.status_code not in {401, 403}:
                wrong.append(
                    f"{permission.method} {permission.path} as {role}, {age}, {factors} factors: "
                    f"{answer.status_code} {code_of(answer)}, expected {expected}"
                )
    assert wrong == [], "\n".join(wrong)
    assert walked > 500


async def test_nobody_in_particular_gets_what_the_table_says(app: FastAPI, http: AsyncClient) -> None:
    wrong = []
    for permission in permissions(app):
        http.cookies.clear()
        answer = await send(http, permission, {})
        code = code_of(answer)
        if permission.access.role == "public":
            fine = answer.status_code < 400 or answer.status_code in {404, 422, 503}
        elif permission.access.role == "visitor":
            fine = answer.status_code < 500 and code not in {"sign_in_required", "forbidden"}
        elif permission.access.role == "partner":
            fine = 400 <= answer.status_code < 500
        else:
            fine = answer.status_code == 401 and code == "sign_in_required"
        if not fine:
            wrong.append(f"{permission.method} {permission.path}: {answer.status_code} {code}")
    assert wrong == [], "\n".join(wrong)


async def test_own_objects_are_found_and_those_of_others_are_not(
    app: FastAPI, http: AsyncClient, database: Database, cast: Cast
) -> None:
    wrong = []
    for permission in permissions(app):
        rule = permission.access.owns
        for role in ROLES:
            if refusal(permission, role, "fresh", two_factors=True) is not None:
                continue
            if permission.access.role in {"public", "visitor", "partner"}:
                continue
            for whose in ("own", "other's") if rule in OWNED else ("nobody's",):
                async with database.transaction() as session:
                    owner = (cast.asking if whose == "own" else cast.others)[role]
                    params = await OWNED[rule](session, owner) if rule in OWNED else {}
                token = await token_of(database, cast.asking[role], "fresh")
                answer = await send(http, permission, params, token)
                code, status = code_of(answer), answer.status_code
                if whose == "other's":
                    fine = status == 404
                elif whose == "own":
                    fine = status not in {401, 403, 404} and (status < 500 or code in AWAY)
                else:
                    fine = status not in {401, 403} and (status < 500 or code in AWAY)
                if not fine:
                    wrong.append(
                        f"{permission.method} {permission.path} as {role}, {whose}: {status} {answer.text[:200]}"
                    )
    assert wrong == [], "\n".join(wrong)


async def test_every_rule_of_ownership_is_walked(app: FastAPI) -> None:
    rules = {one.access.owns for one in permissions(app)} - {"nothing", "self", "any"}
    assert rules - set(OWNED) == set()
