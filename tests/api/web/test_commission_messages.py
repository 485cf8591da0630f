"""The form of a message inside a commission: its pictures are sent with it, or not at all."""

import html
import re

import pytest
from httpx import AsyncClient

from tests.api.commissions_talk.test_talk import Talk, jpeg, talk

__all__ = ["talk"]


async def post(talk: Talk, text: str, data: bytes) -> int:
    form = await talk.customer.get("/commissions")
    token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert token is not None
    path = f"{talk.base.removeprefix('/api/v1')}/messages"
    answer = await talk.customer.post(
        path,
        data={"text": text, "alt": "A sample", "csrf_token": token[1]},
        files=[("files", ("a.jpg", data, "image/jpeg")), ("files", ("b.jpg", data, "image/jpeg"))],
    )
    return answer.status_code


async def test_pictures_go_with_their_message(talk: Talk) -> None:
    assert await post(talk, "Like these two?", jpeg()) == 303
    (seen,) = (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"]
    assert seen["text"] == "Like these two?"
    assert [one["alt"] for one in seen["pictures"]] == ["A sample", "A sample"]


async def test_a_message_is_not_sent_without_its_pictures(talk: Talk) -> None:
    assert await post(talk, "Like these two?", b"not a picture") >= 400
    assert await post(talk, "Write to me at ada@example.com.", jpeg()) >= 400
    assert (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"] == []


async def test_a_form_that_is_sent_twice_is_one_message(talk: Talk) -> None:
    """By an impatient finger, and by going back to it; one that was filled in anew says something else."""
    shown = (await talk.customer.get(f"{page_of(talk)}/messages")).text
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', shown))
    assert len(form) == 2
    said = ["Is it begun?", "Is it begun?", "Write to ada@example.com", "And the oak?", "And the oak?"]
    answers = [
        (await talk.customer.post(f"{page_of(talk)}/messages", data={**form, "text": text})).status_code
        for text in said
    ]
    assert answers == [303, 303, 409, 303, 303]
    heard = (await talk.keeper.get(f"{talk.base}/messages")).json()["messages"]
    assert [one["text"] for one in heard] == ["Is it begun?", "And the oak?"]
    refused = await talk.customer.post(f"{page_of(talk)}/messages", data={**form, "text": said[2]})
    assert f'value="{form["key"]}"' in refused.text, "its first sending may still be under way"


def page_of(talk: Talk, *, keeper: bool = False) -> str:
    own = talk.base.removeprefix("/api/v1")
    return f"/studio{own}" if keeper else own


async def say(talk: Talk, text: str) -> None:
    assert (await talk.customer.post(f"{talk.base}/messages", json={"text": text})).status_code == 201


async def seen_by_keeper(talk: Talk) -> list[bool]:
    """Of the customer's messages, as the customer sees it; asking does not read."""
    shown = (await talk.customer.get(f"{talk.base}/messages")).json()["messages"]
    return [one["read_at"] is not None for one in shown]


async def test_news_come_to_an_open_page_and_count_as_read_only_where_they_are_looked_at(talk: Talk) -> None:
    path = f"{page_of(talk, keeper=True)}/messages"
    first = await talk.keeper.get(path)
    mark = re.search(r"seen=([\d-]+)", first.text)
    assert mark is not None
    nothing = await talk.keeper.get(path, params={"seen": mark[1]}, headers={"X-Background": "1"})
    assert (nothing.status_code, nothing.content) == (204, b"")
    await say(talk, "Is it begun?")
    hidden = await talk.keeper.get(path, params={"seen": mark[1]}, headers={"X-Background": "1"})
    assert "Is it begun?" in hidden.text
    assert "<form" not in hidden.text, "what is being typed stands outside of what is swapped"
    assert await seen_by_keeper(talk) == [False]
    looked = await talk.keeper.get(
        path, params={"seen": mark[1]}, headers={"X-Background": "1", "X-Visible": "1", "HX-Request": "true"}
    )
    assert looked.status_code == 200
    assert await seen_by_keeper(talk) == [True]
    receipt = await talk.customer.get(f"{page_of(talk)}/messages", params={"seen": "1-0"})
    assert "Seen" in receipt.text


async def test_earlier_messages_have_pages_of_their_own(talk: Talk) -> None:
    for number in range(1, 104):
        await say(talk, f"Line number {number}.")
    path = f"{page_of(talk)}/messages"
    newest = (await talk.customer.get(path)).text
    assert "Line number 4." in newest
    assert "Line number 3." not in newest
    assert "before=4" in newest
    older = (await talk.customer.get(path, params={"before": "4"})).text
    assert "Line number 1." in older
    assert "Line number 4." not in older
    assert "Earlier messages" not in older
    for nonsense in ("0", "-3", "abc", "999999999999"):
        assert (await talk.customer.get(path, params={"before": nonsense})).status_code == 200


async def test_mails_are_switched_off_and_on_again(talk: Talk) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', (await talk.customer.get("/commissions")).text)
    assert token is not None
    for value, quiet in (("1", True), ("1", True), ("0", False)):
        sent = {"quiet": value, "csrf_token": token[1]}
        assert (await talk.customer.post(f"{page_of(talk)}/quiet", data=sent)).status_code == 303
        assert (await talk.customer.get(f"{talk.base}/messages")).json()["quiet"] is quiet


async def test_a_strangers_conversation_does_not_exist(talk: Talk) -> None:
    await say(talk, "Between us.")
    for path in ("messages", "messages?seen=0-0", "messages?before=9"):
        answer = await talk.stranger.get(f"{page_of(talk)}/{path}")
        assert answer.status_code == 404
        assert "Between us" not in answer.text


async def token_of(client: AsyncClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', (await client.get("/commissions")).text)
    assert found is not None
    return found[1]


async def test_a_warning_loses_nothing_and_can_be_overruled(talk: Talk) -> None:
    words = "My number is +49 30 901820 \N{HERB}"
    sent = {"text": words, "csrf_token": await token_of(talk.customer), "stays": "1"}
    warned = await talk.customer.post(f"{page_of(talk)}/messages", data=sent)
    assert warned.status_code == 409
    assert words in warned.text
    assert "Send it as it is all the same" in warned.text
    all_the_same = await talk.customer.post(f"{page_of(talk)}/messages", data={**sent, "confirm": "1"})
    assert all_the_same.status_code == 303
    assert words in (await talk.customer.get(f"{page_of(talk)}/messages")).text


@pytest.mark.parametrize(
    "words",
    ["\u05e9\u05dc\u05d5\u05dd \U0001f44b\U0001f3fd", "\u0645\u0631\u062d\u0628\u0627", "<b>&", "caf\u00e9"],
    ids=["Hebrew and a hand", "Arabic", "markup", "accent"],
)
async def test_every_script_stands_on_the_page_in_its_own_direction(talk: Talk, words: str) -> None:
    await say(talk, words)
    page = (await talk.keeper.get(f"{page_of(talk, keeper=True)}/messages")).text
    assert re.search(rf'dir="auto"[^>]*>\s*(<p>)?{re.escape(html.escape(words))}', page)


async def test_an_address_in_a_message_is_text_and_leads_nowhere(talk: Talk) -> None:
    body = {"text": "See https://elsewhere.example/pay", "confirm": True}
    assert (await talk.customer.post(f"{talk.base}/messages", json=body)).status_code == 201
    page = (await talk.keeper.get(f"{page_of(talk, keeper=True)}/messages")).text
    assert "https://elsewhere.example/pay" in page
    assert 'href="https://elsewhere' not in page


@pytest.mark.parametrize("path", ["messages", "milestones/1/proof"])
async def test_two_hundred_megabytes_of_a_form_are_refused_before_they_are_read(talk: Talk, path: str) -> None:
    headers = {"content-length": "200000000", "content-type": "multipart/form-data; boundary=x"}
    answer = await talk.customer.post(f"{page_of(talk)}/{path}", content=b"x", headers=headers)
    assert answer.status_code == 413


async def test_nobody_answers_for_somebody_elses_milestone(talk: Talk) -> None:
    for path in ("approve", "revision"):
        form = {"csrf_token": await token_of(talk.stranger), "note": "Fine."}
        answer = await talk.stranger.post(f"{page_of(talk)}/milestones/1/{path}", data=form)
        assert answer.status_code == 404, path
