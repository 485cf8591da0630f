"""What we give away: two administrators, one posting, one entry each in the log, and a code that is told once."""

import asyncio
import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import event, func, select, text

from core import clock
from core.database import Database
from models.audited import Audited
from models.errors import NotNow
from models.repositories import credit_grants, privacy_erasing
from models.tables.audit import AuditEntry
from models.tables.credit import GiftCard
from models.tables.ledger import Posting
from models.types import Role
from tests.api.conftest import open_client
from tests.api.credit.conftest import GRANTS, Somebody, given, owed_to
from tests.support.marketplace import add_person
from tests.support.signing_in import session_of

ASKED = {"to": "", "currency": "USD", "amount_minor": 2_000, "reason": "our_mistake"}


async def test_credit_is_given_by_two(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, order_number: str, database: Database
) -> None:
    proposed = (await proposer.post(GRANTS, json={**ASKED, "to": order_number})).json()
    assert (proposed["person_id"], proposed["status"]) == (somebody.id, "proposed")
    assert await owed_to(database, somebody.id) == 0
    own = await proposer.post(f"{GRANTS}/{proposed['id']}/decision", json={"decision": "approve"})
    assert (own.status_code, own.json()["error"]["code"]) == (403, "forbidden")
    decided = await approver.post(f"{GRANTS}/{proposed['id']}/decision", json={"decision": "approve"})
    assert (decided.status_code, decided.json()["code"]) == (200, "")
    assert await owed_to(database, somebody.id) == 2_000
    again = await approver.post(f"{GRANTS}/{proposed['id']}/decision", json={"decision": "approve"})
    assert again.status_code == 409
    shown = (await somebody.http.get("/api/v1/me/credit")).json()["balances"]
    assert [(one["currency"], one["available"]["minor"]) for one in shown] == [("USD", 2_000)]
    assert [(moved["what"], moved["amount"]["minor"]) for moved in shown[0]["history"]] == [("credit_granted", 2_000)]
    async with database.transaction() as session:
        logged = await session.execute(select(AuditEntry.action).where(AuditEntry.subject == proposed["id"]))
        assert [*logged.scalars()] == [Audited.CREDIT_PROPOSED, Audited.CREDIT_DECIDED]


async def test_two_who_approve_at_once_give_it_once(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    proposed = (await proposer.post(GRANTS, json={**ASKED, "to": somebody.email})).json()
    path = f"{GRANTS}/{proposed['id']}/decision"
    answers = await asyncio.gather(*(approver.post(path, json={"decision": "approve"}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await owed_to(database, somebody.id) == 2_000


async def test_a_proposal_that_is_sent_again_is_the_same_one(proposer: AsyncClient) -> None:
    """Its answer got lost; or a second administrator would find two, and approve both."""
    first, again = [
        await proposer.post(GRANTS, json=ASKED, headers={"idempotency-key": "a-proposal"}) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (await proposer.get(GRANTS)).json()["total"] == 1


async def test_a_form_that_is_sent_twice_is_one_proposal(proposer: AsyncClient) -> None:
    html = {"accept": "text/html"}
    form = {"to": "", "currency": "USD", "amount": "20.00", "reason": "our_mistake"}
    for wanted in (1, 2):
        shown = (await proposer.get("/admin/credit", headers=html)).text
        (form["key"],) = re.findall(r'name="key" value="([^"]+)"', shown)
        for _ in range(2):
            sent = await proposer.post("/admin/credit", data=form, headers=html)
            assert sent.headers["location"] == "/admin/credit?done=proposed"
        assert (await proposer.get(GRANTS)).json()["total"] == wanted
    other = await proposer.post("/admin/credit", data={**form, "amount": "30.00"}, headers=html)
    assert other.status_code == 400, "what was changed before it was sent again is not what was done"


async def test_what_is_declined_books_nothing(proposer: AsyncClient, database: Database) -> None:
    proposed = (await proposer.post(GRANTS, json=ASKED)).json()
    declined = await proposer.post(f"{GRANTS}/{proposed['id']}/decision", json={"decision": "decline"})
    assert declined.json()["grant"]["status"] == "declined"
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Posting)) == 0
    waiting, decided = [
        (await proposer.get(GRANTS, params={"decided": flag})).json()["total"] for flag in ("false", "true")
    ]
    assert (waiting, decided) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 0},
        {"amount_minor": -100},
        {"amount_minor": 100_001},
        {"amount_minor": 10**13},
        {"currency": "KWD", "amount_minor": 1_005},
        {"currency": "XXX"},
        {"reason": "because"},
        {"to": "AC-NOBODY00"},
        {"to": "nobody@example.com"},
        {"more": 1},
    ],
)
async def test_nonsense_is_refused(proposer: AsyncClient, change: dict[str, object]) -> None:
    assert (await proposer.post(GRANTS, json={**ASKED, **change})).status_code == 422


async def test_buyers_give_nothing_away(somebody: Somebody) -> None:
    assert (await somebody.http.post(GRANTS, json=ASKED)).status_code == 403


async def test_a_code_is_told_once_and_kept_nowhere(
    proposer: AsyncClient, approver: AsyncClient, database: Database
) -> None:
    code = await given(proposer, approver)
    assert len(code.replace("-", "")) == 24
    listed = await approver.get("/api/v1/admin/gift-cards")
    assert code not in listed.text
    assert listed.json()["items"][0]["left"]["minor"] == 5_000
    async with database.transaction() as session:
        card = await session.scalar(select(GiftCard))
        assert card is not None
        assert code.replace("-", "") not in card.code_hash


async def test_a_blocked_card_is_worth_nothing(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    code = await given(proposer, approver)
    card_id = (await approver.get("/api/v1/admin/gift-cards")).json()["items"][0]["id"]
    blocked = await approver.post(f"/api/v1/admin/gift-cards/{card_id}/block")
    assert (blocked.json()["status"], blocked.json()["left"]["minor"]) == ("blocked", 0)
    assert (await approver.post(f"/api/v1/admin/gift-cards/{card_id}/block")).status_code == 409
    assert (await approver.post("/api/v1/admin/gift-cards/gft_nothing/block")).status_code == 404
    refused = await somebody.http.post("/api/v1/me/credit/redemptions", json={"code": code})
    assert refused.status_code == 422
    assert await owed_to(database, somebody.id) == 0


async def test_the_desk_page_goes_the_same_way(
    proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    html = {"accept": "text/html"}
    form = {"to": somebody.email, "amount": "12.50", "currency": "USD", "reason": "campaign"}
    sent = await proposer.post("/admin/credit", data=form, headers=html)
    assert sent.headers["location"] == "/admin/credit?done=proposed", sent.text
    bad = await proposer.post("/admin/credit", data={**form, "amount": "12.505", "to": "nobody@x"}, headers=html)
    assert bad.status_code == 422
    assert "2 decimals at the most" in bad.text
    shown = await approver.get("/admin/credit", headers=html)
    assert "$12.50" in shown.text
    grant_id = (await approver.get(GRANTS)).json()["items"][0]["id"]
    assert (await approver.post(f"/admin/credit/{grant_id}", data={}, headers=html)).status_code == 422
    done = await approver.post(f"/admin/credit/{grant_id}", data={"decision": "approve"}, headers=html)
    assert done.headers["location"] == "/admin/credit?done=approve"
    assert await owed_to(database, somebody.id) == 1_250
    await proposer.post("/admin/credit", data={**form, "to": ""}, headers=html)
    card = (await approver.get(GRANTS)).json()["items"][0]
    made = await approver.post(f"/admin/credit/{card['id']}", data={"decision": "approve"}, headers=html)
    assert "A gift card over $12.50" in made.text
    late = await proposer.post(f"/admin/credit/{card['id']}", data={"decision": "decline"}, headers=html)
    assert late.status_code == 409
    assert "decided about this before" in late.text


async def test_nobody_is_given_credit_by_their_own_hand(
    app: FastAPI, approver: AsyncClient, database: Database
) -> None:
    """Neither of the two may be who gets it; or two who know each other would each give to the other with one yes."""
    async with database.transaction() as session:
        person_id, email = await add_person(session, Role.ADMINISTRATOR)
        token = await session_of(session, person_id, two_factors=True)
    own = open_client(app, authorization=f"Bearer {token}")
    refused = await own.post(GRANTS, json={**ASKED, "to": email})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    form = {"to": email, "amount": "12.50", "currency": "USD", "reason": "campaign"}
    page = await own.post("/admin/credit", data=form, headers={"accept": "text/html"})
    assert (page.status_code, "credit of your own" in page.text) == (403, True)
    proposed = (await approver.post(GRANTS, json={**ASKED, "to": email})).json()
    path = f"{GRANTS}/{proposed['id']}/decision"
    assert (await own.post(path, json={"decision": "approve"})).status_code == 403
    assert await owed_to(database, person_id) == 0
    assert (await own.post(path, json={"decision": "decline"})).status_code == 200


@pytest.mark.parametrize("by", ["approval", "redemption"])
async def test_nothing_is_given_to_somebody_who_is_erased_at_the_same_moment(
    by: str, proposer: AsyncClient, approver: AsyncClient, somebody: Somebody, database: Database
) -> None:
    """Whoever gives waits for the erasure, and then finds nobody: credit that nobody can claim would stay for ever."""
    asked = {**ASKED, "to": somebody.email if by == "approval" else ""}
    proposed = (await proposer.post(GRANTS, json=asked)).json()
    path = f"{GRANTS}/{proposed['id']}/decision"
    code = ""
    if by == "redemption":
        code = (await approver.post(path, json={"decision": "approve"})).json()["code"]
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with database.transaction() as session:
        await privacy_erasing.lock(session, somebody.id)
        await privacy_erasing.erase_person(session, somebody.id, "erasure-1", clock.now())
        giving = asyncio.create_task(
            approver.post(path, json={"decision": "approve"})
            if by == "approval"
            else redeemed(database, somebody.id, code)
        )
        async with database.transaction() as observer:
            while not giving.done() and not await observer.scalar(waiting):
                await asyncio.sleep(0)
                await observer.execute(text("SELECT pg_stat_clear_snapshot()"))
    assert (await giving).status_code == 409
    assert await owed_to(database, somebody.id) == 0


async def redeemed(database: Database, person_id: str, code: str) -> Response:
    """By a request of theirs that was let in before."""
    try:
        async with database.transaction() as session:
            await credit_grants.redeem(session, person_id, code, clock.now())
    except NotNow as refused:
        return Response(refused.status)
    return Response(201)


async def test_whoever_gave_a_card_away_does_not_redeem_it(
    app: FastAPI, somebody: Somebody, database: Database
) -> None:
    """The code is told to one administrator alone, who buys here, too."""
    people, hands = [], []
    for _ in range(2):
        async with database.transaction() as session:
            person_id, _ = await add_person(session, Role.ADMINISTRATOR)
            token = await session_of(session, person_id, two_factors=True)
        people.append(person_id)
        hands.append(open_client(app, authorization=f"Bearer {token}"))
    code = await given(hands[0], hands[1])
    for hand in hands:
        refused = await hand.post("/api/v1/me/credit/redemptions", json={"code": code})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
        page = await hand.post("/account/credit/redeem", data={"code": code}, headers={"accept": "text/html"})
        assert (page.status_code, "gave this card away" in page.text) == (403, True)
    assert [await owed_to(database, person_id) for person_id in people] == [0, 0]
    redeemed_by_another = await somebody.http.post("/api/v1/me/credit/redemptions", json={"code": code})
    assert redeemed_by_another.status_code == 201


async def test_a_page_of_cards_asks_the_books_once(
    proposer: AsyncClient, approver: AsyncClient, database: Database
) -> None:
    minors = (2_000, 3_000, 4_000)
    for minor in minors:
        await given(proposer, approver, minor=minor)
    asked: list[str] = []
    async with database.transaction() as session:
        connection = (await session.connection()).sync_connection
        assert connection is not None
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found, total = await credit_grants.cards(session, 1, 50)
    assert (sorted(left.minor for _, left in found), total) == (list(minors), 3)
    assert len(asked) == 3, "the cards, what they are worth, how many there are"
