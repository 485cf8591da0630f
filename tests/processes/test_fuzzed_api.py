"""The whole API, fuzzed against its own description with each role: nothing answers 5xx, nothing answers what its
description does not say, and nobody gets in where the table of permissions keeps them out."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation.case import Case

from api.permissions import permissions
from models.types import Role
from tests.support.marketplace import add_person, add_shop
from tests.support.running import Market
from tests.support.signing_in import session_of

EXAMPLES = 8
"""For each operation and role: some 3,500 requests in all."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _cases(operation: Any) -> list[Case[Any]]:
    """The same ones in each run: a failure can be seen again."""
    found: list[Case[Any]] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def collect(case: Case[Any]) -> None:
        found.append(case)

    collect()
    return found


async def _token(town: Market, role: Role | None) -> str:
    if role is None:
        return ""
    async with town.database.transaction() as session:
        person_id = (await add_shop(session)).owner_id if role is Role.ARTISAN else (await add_person(session, role))[0]
        return await session_of(session, person_id, two_factors=True)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
async def test_nothing_answers_outside_of_its_description(town: Market, role: Role | None) -> None:
    schema = schemathesis.openapi.from_dict(town.app.openapi())
    allowed = {(one.method, one.path): one.access.role for one in permissions(town.app)}
    wrong: list[str] = []
    sent = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        audience = allowed[operation.method.upper(), operation.path]
        members_only = audience in {"artisan", "administrator"}
        shut_out = (members_only and role != audience) or (audience == "customer" and role is None)
        for case in _cases(operation):
            token = await _token(town, role)  # a new person each: the last request may have ended the session
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = await asyncio.to_thread(case.call, base_url=town.url, headers=headers, timeout=30)
            sent += 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as failure:
                wrong.append(f"{operation.method.upper()} {operation.path}: {_first_lines(failure)}")
            if shut_out and answer.status_code < 400:
                wrong.append(f"{operation.method.upper()} {operation.path} let {role or 'nobody'} in")
    assert sent > 300
    assert wrong == [], "\n\n".join(dict.fromkeys(wrong))


def _first_lines(failure: BaseException) -> str:
    inner = getattr(failure, "exceptions", [failure])
    return " | ".join(" ".join(str(one).split())[:600] for one in inner)
