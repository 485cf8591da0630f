"""The form of a message inside a commission: its pictures are sent with it, or not at all."""

import re

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
