"""What goes into a letter's envelope: the right address, a link that stays the same, nothing for nobody."""

import re
from datetime import timedelta

import pytest

from activities.letter import LetterActivities, SendLetter
from activities.letter_texts import FACTORS, LEADS_TO, TEXTS
from core import clock
from core.database import Database
from core.keys import Purpose
from models.errors import NotFound, PartnerUnavailable
from models.repositories import letters, people, shops
from models.rules.letters import CARRY_A_CODE, LINK_LIVES, LetterKind
from models.types import LetterStatus, Role
from tests.support.keys import key_ring
from tests.support.marketplace import add_person, add_shop
from tests.support.partners import MemoryMailer

DETAILS: dict[str, str | int] = {
    "device": "Firefox on Linux",
    "factor": "totp",
    "left": 3,
    **dict.fromkeys(("passkeys", "outside", "codes", "apps"), 1),
    **{"amount_minor": 9_415, "currency": "USD", "arrives_on": "2026-11-25", "release_on": "2026-12-22"},
    "until": "2026-11-25 12:00 UTC",
    **{"problem": "bank_account_closed", "why": "unusual_sales", "outcome": "released"},
}


@pytest.fixture
def mailer() -> MemoryMailer:
    return MemoryMailer()


@pytest.fixture
def room(database: Database, mailer: MemoryMailer) -> LetterActivities:
    return LetterActivities(database, mailer, "https://shop.example/")


async def write(database: Database, kind: LetterKind, person_id: str | None, *, to: str = "") -> str:
    async with database.transaction() as session:
        return await letters.write(session, kind, person_id, to=to)


@pytest.mark.parametrize("kind", LetterKind)
async def test_every_kind_has_words_for_all_its_blanks(
    database: Database, room: LetterActivities, mailer: MemoryMailer, kind: LetterKind
) -> None:
    async with database.transaction() as session:
        shop = await add_shop(session, status="pending")
        administrator, _ = await add_person(session, Role.ADMINISTRATOR)
        decision_id = await shops.decide(
            session, shop.id, administrator, approve=False, reason="Tell us more.", now=clock.now()
        )
        assert decision_id is not None
        details = {**DETAILS, "shop_id": shop.id, "decision_id": decision_id}
        letter_id = await letters.write(session, kind, shop.owner_id, details=details)
    assert await room.send_letter(SendLetter(letter_id)) is LetterStatus.SENT
    (mail,) = mailer.sent.values()
    assert (mail.to, mail.tag) == (shop.owner_email, kind.value)
    for part in (mail.subject, mail.text, mail.html):
        assert part
        assert "{" not in part
    assert f"https://shop.example{LEADS_TO[kind].partition('?')[0]}" in mail.text
    assert (kind in set(LINK_LIVES) - CARRY_A_CODE) == ("token=" in mail.text)
    assert (kind in CARRY_A_CODE) == bool(re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}\b", mail.text))


def test_the_words_cover_every_kind() -> None:
    assert set(TEXTS) == set(LEADS_TO) == set(LetterKind)
    assert all(words[0].isupper() for words in FACTORS.values())


async def test_a_retried_letter_carries_the_same_link_under_the_same_key(
    database: Database, room: LetterActivities, mailer: MemoryMailer
) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
    letter_id = await write(database, LetterKind.VERIFY_EMAIL, person_id)
    mailer.fails = [PartnerUnavailable("The answer was lost.")]
    with pytest.raises(Exception, match="lost"):
        await room.send_letter(SendLetter(letter_id))
    key_ring().rotate(Purpose.TOKENS)
    assert await room.send_letter(SendLetter(letter_id)) is LetterStatus.SENT
    assert await room.send_letter(SendLetter(letter_id)) is LetterStatus.SENT
    (mail,) = mailer.sent.values()
    async with database.transaction() as session:
        found = await letters.find(session, letter_id)
        assert found is not None
        token = letters.link_token(database.keys, found.row)
        assert await letters.by_token(session, token, [LetterKind.VERIFY_EMAIL]) is not None
    assert f"/verify?token={token}" in mail.text


async def test_a_letter_whose_link_has_expired_is_not_sent(
    database: Database, room: LetterActivities, mailer: MemoryMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
    letter_id = await write(database, LetterKind.RESET_PASSWORD, person_id)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=1))
    assert await room.send_letter(SendLetter(letter_id)) is LetterStatus.EXPIRED
    assert mailer.sent == {}


async def test_nobody_and_an_erased_person_get_none(
    database: Database, room: LetterActivities, mailer: MemoryMailer
) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session)
    to_nobody = await write(database, LetterKind.RESET_PASSWORD, None)
    to_them = await write(database, LetterKind.PASSWORD_CHANGED, person_id)
    elsewhere = await write(database, LetterKind.EMAIL_CHANGED, person_id, to="old@example.com")
    farewell = await write(database, LetterKind.ERASURE_DONE, None, to="old@example.com")
    async with database.transaction() as session:
        await people.erase(session, person_id, "erasure-1", clock.now())
    for letter_id in (to_nobody, to_them, elsewhere):
        assert await room.send_letter(SendLetter(letter_id)) is LetterStatus.NOBODY
    assert await room.send_letter(SendLetter(farewell)) is LetterStatus.SENT
    assert [mail.to for mail in mailer.sent.values()] == ["old@example.com"]


async def test_a_name_is_text_in_a_letter_too(database: Database, room: LetterActivities, mailer: MemoryMailer) -> None:
    async with database.transaction() as session:
        person_id, _ = await add_person(session, name="<b>Ada</b> {token}")
    await room.send_letter(SendLetter(await write(database, LetterKind.PASSWORD_CHANGED, person_id)))
    (mail,) = mailer.sent.values()
    assert "<b>" not in mail.html
    assert "{token}" in mail.text


async def test_who_has_not_confirmed_an_address_puts_no_words_into_letters_to_it(
    database: Database, room: LetterActivities, mailer: MemoryMailer
) -> None:
    async with database.transaction() as session:
        person_id = await people.add_person(session, "Buy now at evil.example", "victim@example.com")
    for kind in (LetterKind.VERIFY_EMAIL, LetterKind.ALREADY_REGISTERED):
        await room.send_letter(SendLetter(await write(database, kind, person_id)))
    assert "evil" not in "".join(mail.text + mail.html + mail.subject for mail in mailer.sent.values())


async def test_a_letter_that_is_not_there_is_a_final_error(room: LetterActivities) -> None:
    with pytest.raises(Exception, match="no such letter") as failed:
        await room.send_letter(SendLetter("let_nothing"))
    assert isinstance(failed.value.__cause__, NotFound)
