"""People who are signed in, with and without second factors."""

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from core.database import Database
from models.types import Role
from tests.api.conftest import open_client
from tests.support.authenticator import Authenticator
from tests.support.marketplace import PASSWORD, add_person
from tests.support.second_factors import code_now
from tests.support.signing_in import session_of

FACTORS = "/api/v1/me/factors"


@dataclass
class Member:
    """Somebody's program with a token, which it exchanges whenever the session is rotated."""

    id: str
    email: str
    http: AsyncClient

    def goes_on(self, answer: Response) -> Any:
        assert answer.status_code == 201, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return answer.json()

    async def enrol_codes(self) -> tuple[str, list[str]]:
        """Secret and recovery codes."""
        offered = await self.http.post(f"{FACTORS}/one-time-codes")
        assert offered.status_code == 201, offered.text
        secret: str = offered.json()["secret"]
        done = self.goes_on(
            await self.http.post(f"{FACTORS}/one-time-codes/confirmation", json={"code": code_now(secret, steps=-1)})
        )
        return secret, done["recovery_codes"]

    async def try_to_enrol(self, device: Authenticator, name: str = "My laptop") -> Response:
        options = await self.http.post(f"{FACTORS}/passkeys/options")
        assert options.status_code == 200, options.text
        body = {"name": name, "credential": device.create(options.json())}
        return await self.http.post(f"{FACTORS}/passkeys", json=body)

    async def enrol_passkey(self, device: Authenticator) -> str:
        """Its id."""
        self.goes_on(await self.try_to_enrol(device))
        passkey_id: str = (await self.http.get(FACTORS)).json()["passkeys"][-1]["id"]
        return passkey_id


async def member(app: FastAPI, database: Database, role: Role = Role.CUSTOMER) -> Member:
    async with database.transaction() as session:
        person_id, email = await add_person(session, role)
        token = await session_of(session, person_id)
    return Member(person_id, email, open_client(app, authorization=f"Bearer {token}"))


@pytest.fixture
async def ada(app: FastAPI, database: Database) -> Member:
    """A customer who has just signed in with a password."""
    return await member(app, database)


async def sign_in(client: AsyncClient, email: str, code: str = "") -> Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": PASSWORD, "code": code})


def code_of(answer: Response) -> str:
    """The error's."""
    code: str = answer.json()["error"]["code"]
    return code
