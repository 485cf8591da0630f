"""Why a password is refused: by rule, by the list that everybody knows, by a service that is told five digits."""

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.password_rules import COMMON, PasswordRules, WeakPassword, common_passwords, weakness
from models.errors import PartnerUnavailable

ABOUT = ("Ada Byron", "ada.byron@example.com", "Saltmarsh Pottery")


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("nine char", "at least 10"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaaaab", "repeats"),
        ("abababababab", "repeats"),
        ("1234567890", "row of keys"),
        ("1234567890123", "row of keys"),
        ("qwertyuiopasdf", "row of keys"),
        ("zyxwvutsrq", "row of keys"),
        ("adabyron1815", "your own name"),
        ("ADA.BYRON@example.com", "your own name"),
        ("saltmarsh-pottery!", "your own name"),
    ],
)
def test_a_weak_password_is_told_why(password: str, says: str) -> None:
    assert says in (weakness(password, ABOUT) or "")


@pytest.mark.skipif(not COMMON.exists(), reason="the list comes with the assets, which were not fetched here")
@pytest.mark.parametrize("password", ["password123", "Password2024!", "b4sketb4ll", "Dr4gonDr4gon", "PASSWORDPASSWORD"])
def test_what_very_many_people_use_is_refused(password: str) -> None:
    assert len(common_passwords()) > 10_000
    assert "Very many people" in (weakness(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ada byron eats pears at noon",
        "Ünïcödé wörds",
        "a-sentence-to-remember",
        "🐈🐕🐎🐇🐢🐦🐝🐞🐌🐙",
    ],
)
def test_an_ordinary_sentence_is_taken(password: str) -> None:
    assert weakness(password, ABOUT) is None


@given(st.text(max_size=220), st.text(max_size=60))
def test_no_password_is_too_odd_to_be_judged(password: str, name: str) -> None:
    said = weakness(password, [name])
    assert said is None or said.endswith(".")
    assert said is not None or 10 <= len(password) <= 200


class Service:
    """Knows one password; notes what it is told."""

    def __init__(self, known: str = "", *, away: bool = False) -> None:
        self.known = hashlib.sha1(known.encode(), usedforsecurity=False).hexdigest().upper()
        self.away = away
        self.told: list[str] = []

    async def range(self, prefix: str) -> Mapping[str, int]:
        self.told.append(prefix)
        if self.away:
            raise PartnerUnavailable("away")
        return {self.known[5:]: 3} if self.known.startswith(prefix) else {}


async def test_a_stolen_password_is_refused_and_only_five_digits_are_told() -> None:
    service = Service("harbour lights at dusk")
    with pytest.raises(WeakPassword, match="stolen") as refused:
        await PasswordRules(service).check("harbour lights at dusk")
    assert refused.value.details == {"field": "password"}
    assert service.told == [service.known[:5]]
    await PasswordRules(service).check("harbour lights at dawn")


async def test_a_silent_service_refuses_nobody() -> None:
    service = Service("harbour lights at dusk", away=True)
    await PasswordRules(service).check("harbour lights at dusk")
    assert len(service.told) == 1


async def test_what_a_rule_refuses_is_not_asked_about() -> None:
    service = Service()
    with pytest.raises(WeakPassword):
        await PasswordRules(service).check("1234567890")
    assert service.told == []
