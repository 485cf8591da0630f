"""No log line holds a password, a token, a key, a cookie or a mail address, wherever it stood and whoever wrote it."""

import io
import json
import logging
import secrets
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from core.logging import configure_logging
from core.redaction import HIDDEN, LONGEST, redacted, scrubbed
from core.settings import CourierSettings
from models.types import new_id

WORDS = st.text(string.ascii_letters + string.digits, min_size=12, max_size=40).map(lambda word: f"Zq{word}")
"""Secrets that can be told from everything else in a line."""


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """What the process has logged so far, configured as our processes configure it."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logging("DEBUG", json=getattr(request, "param", False))
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream.getvalue
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


BOTH = pytest.mark.parametrize("log", [False, True], ids=["terminal", "json"], indirect=True)

SAID: list[Callable[[str], str]] = [
    lambda word: f"Authorization: Bearer {word}",
    lambda word: f"sent with bearer {word} to the API",
    lambda word: f"authorization=Basic {word}",
    lambda word: f"Cookie: theme=dark; artisan_session={word}",
    lambda word: f"Set-Cookie: artisan_session={word}; HttpOnly",
    lambda word: f'127.0.0.1:40112 - "GET /verify?token={word}&next=%2F HTTP/1.1" 200',
    lambda word: f'"GET /sign-in/with/lantern/callback?code={word}&state={word}x HTTP/1.1"',
    lambda word: f"https://shop.example/reset?reset_token={word}#top",
    lambda word: f"postgresql+psycopg://artisan:{word}@127.0.0.1:5432/artisan",
    lambda word: f"sk_test_{word} was refused",
    lambda word: f"key sk_live_{word}",
    lambda word: f"signed with whsec_{word}",
    lambda word: f"{word}@example.com asked",
    lambda word: f"From: Ada <ada.byron+{word}@mail.example.co.uk>",
    lambda word: f'{{"password": "{word}", "ok": true}}',
    lambda word: f'{{"new_password": "a \\" quote {word}"}}',
    lambda word: f"Settings(stripe_secret_key='{word}')",
    lambda word: f"SignIn(email='x', password={word!r}, code=None)",
    lambda word: f"api_key={word}",
    lambda word: f"X-CSRF-Token: '{word}'",
    lambda word: f"duplicate key\nDETAIL:  Key (email_index)=({word}) already exists.",
    lambda word: f"DETAIL:  Failing row contains (usr_1, {word}, 3).",
    lambda word: f"DETAIL:  Failing row contains (usr_1, a story (short)\nof {word}, 3).\n[SQL: INSERT INTO shops]",
    lambda word: f"[SQL: refused]\n[parameters: {{'name': '{word}'}}]\n(Background)",
    lambda word: f"1 validation error\npassword\n  too short [type=x, input_value='{word}', input_type=str]",
]


def nested(secret: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The secret somewhere within lists and dictionaries of other things."""
    other = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    names = st.text(string.ascii_lowercase, min_size=1, max_size=8)
    return st.recursive(
        secret,
        lambda inner: (
            st.builds(lambda item, more: [*more, item], inner, st.lists(other, max_size=3))
            | st.builds(lambda name, item, more: {**more, name: item}, names, inner, st.dictionaries(names, other))
            | st.tuples(other, inner)
        ),
        max_leaves=6,
    )


@given(st.data())
def test_a_secret_is_found_by_its_looks_however_deep_it_lies(data: st.DataObject) -> None:
    word, say = data.draw(WORDS), data.draw(st.sampled_from(SAID))
    value = data.draw(nested(st.just(say(word))))
    assert word not in json.dumps(redacted(value))


NAMES = ["password", "Token", "access_token", "client_secret", "AUTHORIZATION", "Set-Cookie", "api_key", "x-api-key"]


@given(st.data())
def test_a_secret_is_found_by_its_name_whatever_it_is(data: st.DataObject) -> None:
    word, name = data.draw(WORDS), data.draw(st.sampled_from(NAMES))
    held = data.draw(nested(st.just(word)) | st.just(word.encode()))
    value = data.draw(nested(st.just({name: held})))
    assert word not in json.dumps(redacted(value))


@given(WORDS)
def test_a_secret_setting_stays_one(word: str) -> None:
    courier = CourierSettings(
        code="northpost", name="N", base_url="http://x", api_key=SecretStr(word), webhook_secret=SecretStr(word)
    )
    assert word not in json.dumps(redacted({"courier": courier, "either": SecretStr(word), "list": [SecretStr(word)]}))


def test_our_session_tokens_are_known_by_their_looks() -> None:
    for _ in range(200):
        token = secrets.token_urlsafe(32)
        assert token not in scrubbed(f"opened {token} for somebody")


def test_ids_stay_readable() -> None:
    """Or nobody could find anything in a log."""
    for prefix in ("usr", "crt", "ord", "chk", "lst", "ship"):
        one = new_id(prefix)
        for shown in (one, f"checkout-{one}-1", f"checkout-{one}-12345", f"fulfillment-{one}", f"letter-{one}"):
            assert scrubbed(f"about {shown} now") == f"about {shown} now"
    for shown in ("0b0ff2a5-5d3c-4f8e-9d0c-3f6f0d9e4d5a", "d8e8fca2dc0f896f" * 4, "K7QX2M9B", "payloads-0011aabb"):
        assert scrubbed(f"reference {shown}") == f"reference {shown}"
    plain = (
        "tokens are rotated; the password was changed; 3 of 5 (ratio=0.6) at 12:30:01 http://localhost:8000/x?page=2"
    )
    assert scrubbed(plain) == plain


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.frozensets(st.integers()),
    max_leaves=20,
)


@given(anything)
def test_whatever_is_logged_can_be_written(value: Any) -> None:
    json.dumps(redacted({"event": "x", "value": value}))


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_what_can_not_be_described_or_has_no_end_is_logged_all_the_same() -> None:
    endless: list[Any] = []
    endless.append(endless)
    shown = json.dumps(redacted({"broken": Broken(), "endless": endless, Broken: 1}))
    assert "<Broken>" in shown


@pytest.mark.parametrize("piece", ["a", "token", "a.", "a@b.", "password='", "Key (a)=(", "a://b:", "[parameters: "])
def test_a_long_line_keeps_its_two_ends(piece: str) -> None:
    shown = scrubbed("first words " + piece * (300_000 // len(piece)) + " last words")
    assert len(shown) < LONGEST + 100
    assert shown.startswith("first words")
    assert shown.endswith("last words") or HIDDEN in shown


class SignIn(BaseModel):
    email: str
    password: str


@BOTH
def test_our_own_lines(log: Callable[[], str]) -> None:
    line = structlog.get_logger("api.somewhere")
    line.info(
        "signed in", person="usr_1", session_token="Zqfirst", body=SignIn(email="Zqsecond@b.example", password="x")
    )
    line.bind(cookie="Zqthird").warning("refused: password=Zqfourth")
    try:
        raise ValueError("postgresql://artisan:Zqfifth@localhost/x is wrong")
    except ValueError:
        line.exception("it broke", reference="K7QX2M9B", headers={"Authorization": "Bearer Zqsixth"})
    shown = log()
    assert "Zq" not in shown
    for kept in ("signed in", "usr_1", "it broke", "K7QX2M9B", "Traceback", "ValueError"):
        assert kept in shown


@BOTH
def test_lines_of_other_libraries(log: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    access = logging.getLogger("uvicorn.access.tried")  # of its own: a server of another test may have set the other
    monkeypatch.setattr(access, "propagate", False)
    monkeypatch.setattr(access, "handlers", logging.getLogger().handlers)
    access.setLevel(logging.INFO)
    access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5000", "GET", "/verify?token=Zqfirst&next=/", "1.1", 200)
    other = logging.getLogger("some.library")
    other.warning("request %r failed", {"Authorization": "Bearer Zqsecond", "email": "Zqthird@example.com"})
    try:
        raise RuntimeError("sk_test_Zqfourth")
    except RuntimeError:
        other.exception("for %s", SecretStr("Zqfifth"), extra={"password": "Zqsixth"})
    shown = log()
    assert "Zq" not in shown
    for kept in ("127.0.0.1:5000", "/verify?token=", "some.library", "RuntimeError"):
        assert kept in shown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.data())
def test_exceptions_with_all_that_was_said_to_them(log: Callable[[], str], data: st.DataObject) -> None:
    word, say = data.draw(WORDS), data.draw(st.sampled_from(SAID))
    try:
        try:
            raise KeyError(say(word))
        except KeyError as cause:
            raise RuntimeError(f"because of: {say(word)}") from cause
    except RuntimeError:
        logging.getLogger("some.library").exception("failed: %s", say(word))
        structlog.get_logger("ours").exception("failed", said=say(word))
    assert word not in log()
