"""Whatever goes wrong has a status, a code, words and a reference, and no traceback."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Form
from httpx import ASGITransport, AsyncClient, Response
from structlog.testing import capture_logs

from tests.api.conftest import NOBODY_LISTENS, open_client, running_app, settings_for


def _told(answer: Response) -> dict[str, str]:
    body: dict[str, dict[str, str]] = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details", "reference"}
    assert len(body["error"]["reference"]) == 8
    return body["error"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b'{"email": "\xff"}', 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'{"email": ' + b"9" * 5_000 + b"}", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"email": "\\ud800", "password": "x"}', 422, "invalid_input"),
        (b'{"email": NaN, "password": "x"}', 422, "invalid_input"),
        (b"[]", 422, "invalid_input"),
        (b"", 422, "invalid_input"),
        (b"null", 422, "invalid_input"),
    ],
)
async def test_a_body_we_cannot_read(client: AsyncClient, content: bytes, status: int, code: str) -> None:
    answer = await client.post("/api/v1/sessions", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, _told(answer)["code"]) == (status, code)


@pytest.mark.parametrize("address", ["/api/v1/listings?q=%ff", "/api/v1/listings/%ff%fe", "/api/v1/listings?q=%c3"])
async def test_an_address_that_is_no_utf8(client: AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, _told(answer)["code"]) == (400, "bad_request")


@pytest.mark.parametrize("address", ["/api/v1/listings?q=a%00b", "/api/v1/shops/%00", "/pictures/%00/320.webp"])
async def test_a_nul_in_an_address(client: AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, _told(answer)["code"]) == (422, "invalid_input")


async def test_a_form_that_is_no_utf8(app: FastAPI, client: AsyncClient) -> None:
    @app.post("/form")
    async def form(name: Annotated[str, Form()]) -> str:
        return name

    for sent, status in ((b"name=%C3%A9", 200), (b"name=%ff", 400), (b"name=\xff", 400)):
        answer = await client.post("/form", content=sent, headers={"content-type": "application/x-www-form-urlencoded"})
        assert answer.status_code == status


class Endless:
    """A body that would never end, and says how much of it was taken."""

    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 100_000
            yield b" " * 100_000


async def test_a_body_without_end_is_cut_off(client: AsyncClient) -> None:
    body = Endless()
    answer = await client.post("/api/v1/sessions", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, _told(answer)["code"]) == (413, "too_large")
    assert body.sent <= 1_300_000


async def test_ten_megabytes_are_refused_unread(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/cart/lines", content=b"x" * 10_000_000)
    assert (answer.status_code, _told(answer)["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/listings/", 404, "not_found"),
        ("DELETE", "/api/v1/listings", 405, "method_not_allowed"),
        ("PATCH", "/healthz", 405, "method_not_allowed"),
    ],
)
async def test_addresses_that_are_not_there(
    client: AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, _told(answer)["code"]) == (status, code)


async def test_a_surprise_is_told_by_reference_alone(app: FastAPI) -> None:
    @app.get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("the secret recipe")

    with capture_logs() as logged:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://shop.example") as client:
            answer = await client.get("/api/v1/broken")
    error = _told(answer)
    assert [(line["event"], line["reference"]) for line in logged] == [("unexpected error", error["reference"])]
    assert str(logged[0]["exc_info"]) == "the secret recipe"
    assert (answer.status_code, error["code"]) == (500, "internal_error")
    assert "recipe" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_without_a_database_we_say_when_to_come_back() -> None:
    settings = settings_for(f"postgresql+psycopg://nobody:secret@{NOBODY_LISTENS}/nothing")
    async with running_app(settings) as app, open_client(app) as client:
        answer = await client.get("/api/v1/categories")
        assert (answer.status_code, _told(answer)["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "secret" not in answer.text
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"database": False, "temporal": False})


async def test_a_browser_gets_a_page(app: FastAPI, client: AsyncClient) -> None:
    answer = await client.get("/nothing-here", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    json_answer = await client.get("/api/v1/nothing", headers={"accept": "text/html,*/*"})
    assert json_answer.headers["content-type"] == "application/json"


async def test_a_browser_is_led_to_sign_in_and_back(client: AsyncClient) -> None:
    answer = await client.get("/checkout?step=2", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/checkout%3Fstep%3D2"
    assert (await client.get("/api/v1/me", headers={"accept": "text/html"})).status_code == 401


async def test_a_broken_error_page_still_says_something(app: FastAPI, client: AsyncClient) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no template")

    app.state.error_page = broken
    answer = await client.get("/nothing-here", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "Back to the shop" in answer.text


async def test_every_answer_carries_the_security_headers(client: AsyncClient) -> None:
    for path in ("/healthz", "/api/v1/nothing"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "form-action 'self' https://checkout.stripe.com" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert headers["cache-control"] == "private, no-cache"


async def test_openapi_describes_errors_as_they_are(client: AsyncClient) -> None:
    described = (await client.get("/api/v1/openapi.json")).json()
    text = json.dumps(described)
    assert "HTTPValidationError" not in text
    add = described["paths"]["/api/v1/cart/lines"]["post"]
    assert {"200", "400", "409", "422", "500", "503"} <= set(add["responses"])
    assert add["responses"]["409"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorEnvelope")
    assert "Idempotency-Key".lower() in {parameter["name"].lower() for parameter in add["parameters"]}
    undocumented = [
        (path, method)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if not operation.get("summary") or not operation.get("tags")
    ]
    assert undocumented == []
