"""300 messages in any order, legal and illegal, and after each: state, money and story.

What is refused has a reason and changes nothing; what is taken keeps the sums. Hypothesis chooses the messages; the
process is the real one, the bank counts by itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.client import RPCError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.rules.commission.contract import Milestone, Stage
from models.rules.commission.record import Commission, Status
from models.rules.commission.results import Outcome
from models.types import Party, TimelineEntry
from tests.support.stack import time_skipping
from tests.workflows.commission.conftest import ARTISAN, CUSTOMER, STRANGER, Play, ask, workers
from tests.workflows.commission.fakes import World
from workflows import policies
from workflows.commission import messages

STEPS = 300
PEOPLE = {Party.CUSTOMER, Party.ARTISAN, Party.ADMINISTRATOR}
Do = Callable[[Play, str, int], Coroutine[Any, Any, Any]]


async def _offer(play: Play, who: str, number: int) -> None:
    await play.offer(by=who, shipping_minor=number * 100)


async def _accept(play: Play, who: str, _: int) -> None:
    await play.accept(by=who)


async def _prove(play: Play, who: str, number: int) -> None:
    await play.prove(await _turn(play, number), by=who)


async def _approve(play: Play, who: str, number: int) -> None:
    await play.answer(await _turn(play, number), by=who)


async def _revise(play: Play, who: str, number: int) -> None:
    await play.answer(await _turn(play, number), approve=False, by=who)


async def _change(play: Play, who: str, number: int) -> None:
    record = await play.record()
    if record.terms is None:
        return
    ahead = max(record.milestones) + 1
    more = (*record.contract.milestones, Milestone(ahead, 700 * (number + 1), 2))
    terms = replace(record.contract, milestones=more if number % 3 == 0 else record.contract.milestones)
    await play.change(replace(terms, shipping_minor=5_000 + number * 10), by=who)


async def _answer_change(play: Play, who: str, number: int) -> None:
    await play.answer_change(agree=number % 4 != 0, by=who)


async def _offer_end(play: Play, who: str, number: int) -> None:
    await play.handle.execute_update("offer_end", messages.OfferEnd(who, number * 1_000))


async def _answer_end(play: Play, who: str, number: int) -> None:
    await play.handle.execute_update("answer_end", messages.AnswerEnd(who, number * 1_000, False))


async def _leave_on_a_stale_page(play: Play, who: str, _: int) -> None:
    await play.leave(who, shown=987_654_321)


async def _retry(play: Play, who: str, _: int) -> None:
    await play.retry(who)


async def _take_another_card(play: Play, who: str, _: int) -> None:
    await play.retry(who, another_card=True)


async def _pause(play: Play, who: str, number: int) -> None:
    what = "pause" if number % 2 else "resume"
    await play.handle.execute_update(what, messages.Pause("usr_admin"))


async def _decide(play: Play, _who: str, number: int) -> None:
    """Never what was shown: what our team is told back is compared with its own figure first."""
    await play.handle.execute_update("decide", messages.Decide("usr_admin", number * 100, 10**9))


async def _pay(play: Play, _who: str, _: int) -> None:
    if play.world.pages:
        play.world.customer_pays()
    elif play.world.intents:
        play.world.customer_authenticates()
    await play.hint()


async def _decline_next(play: Play, _who: str, number: int) -> None:
    play.world.answers = [Outcome.DECLINED if number % 2 else Outcome.NEEDS_CUSTOMER]


async def _wait(play: Play, _who: str, number: int) -> None:
    await play.pass_time(timedelta(hours=number * 3))


async def _turn(play: Play, number: int) -> int:
    record = await play.record()
    current = record.current if record.terms is not None else None
    return current if current is not None and number else number


MESSAGES: dict[str, Do] = {
    "offer": _offer,
    "accept": _accept,
    "prove": _prove,
    "approve": _approve,
    "revise": _revise,
    "change": _change,
    "answer_change": _answer_change,
    "offer_end": _offer_end,
    "answer_end": _answer_end,
    "leave": _leave_on_a_stale_page,
    "retry": _retry,
    "other_card": _take_another_card,
    "pause": _pause,
    "decide": _decide,
    "pay": _pay,
    "decline_next": _decline_next,
    "wait": _wait,
}
said = st.tuples(
    st.sampled_from([*MESSAGES, "prove", "approve", "approve", "pay", "answer_change"]),
    st.sampled_from([CUSTOMER, ARTISAN, CUSTOMER, ARTISAN, STRANGER]),
    st.integers(0, 9),
)
OPENING = [
    ("offer_end", CUSTOMER, 3),
    ("change", ARTISAN, 1),
    ("answer_change", CUSTOMER, 0),
    ("pause", CUSTOMER, 1),
    ("pause", CUSTOMER, 2),
    ("prove", ARTISAN, 1),
    ("approve", CUSTOMER, 1),
]
"""Said first in each life that is played from the start, so that what the test claims to have heard is no luck."""
ON_ITS_OWN = {"change_lapsed", "change_holds", "change_overtaken", "end_offer_lapsed", "offer_lapsed"}
"""Lines of the story by which the process, and nobody else, changes what people have said."""
NOBODY_SAID = "charge_paid"
"""Told of the customer, and heard of the bank."""
taken: Counter[str] = Counter()
refused: Counter[str] = Counter()
unheard: Counter[str] = Counter()


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(script=st.lists(said, min_size=STEPS, max_size=STEPS))
def any_three_hundred(script: list[tuple[str, str, int]]) -> None:
    asyncio.run(_play(script))


def test_three_hundred_messages_keep_state_money_and_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one run: the test server loses what reaches a run in the moment of its end. That nothing is lost between two
    runs is `test_long_life`'s to show."""
    monkeypatch.setattr(policies, "COMMISSION_HISTORY", 1_000_000)
    any_three_hundred()
    assert sum(refused.values()) > STEPS, "hardly anything was illegal"
    assert sum(unheard.values()) < STEPS // 3, "hardly anything was heard"
    assert {"prove", "approve", "change", "pause", "offer_end"} <= set(taken), "they have not come far enough"


async def _play(script: list[tuple[str, str, int]]) -> None:
    """Where a life ends before the script does, another one begins."""
    async with time_skipping() as env:
        world = World()
        async with workers(env, world):
            play = Play(env, world, await ask(env))
            await play.agree()
            script = await _live(play, [*OPENING, *script])
        while script:
            world = World()
            async with workers(env, world):
                play = Play(env, world, await ask(env))
                await play.offer()
                await play.accept()
                await _pay(play, CUSTOMER, 0)
                script = await _live(play, script)


async def _live(play: Play, script: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """What of the script is left."""
    for number, (name, who, how) in enumerate(script):
        if (await play.record()).status.is_final:
            return script[number:]
        try:
            await _say(play, name, who, how)
            await _check(play)
        except RPCError:  # it has ended meanwhile, or the test server was too busy
            unheard[name] += 1
    return []


async def _say(play: Play, name: str, who: str, number: int) -> None:
    """What is refused is no line of anybody's, and changes nothing that people have said. The process itself goes on
    meanwhile: it may carry out what was agreed before, or let it lapse, and then it tells so."""
    before, lines = await play.record(), len(_lines(play.world))
    try:
        await MESSAGES[name](play, who, number)
    except WorkflowUpdateFailedError as error:
        assert isinstance(error.cause, ApplicationError) and error.cause.type and error.cause.message
        if _said(await play.record()) != _said(before):
            assert await _told_on_its_own(play, lines), "refused, and yet it has changed something"
        said = [line for line in _lines(play.world)[lines:] if line.actor in PEOPLE and line.what != NOBODY_SAID]
        assert not said, "refused, and yet it stands in the story"
        refused[name] += 1
    else:
        taken[name] += 1


async def _told_on_its_own(play: Play, since: int) -> bool:
    """Whether one of those lines was told since; what is told is written a moment after it holds."""
    for _ in range(50):
        told = {line.what for line in _lines(play.world)[since:]}
        if told & ON_ITS_OWN or any(what.startswith("ended_") for what in told):
            return True
        await play.pass_time(timedelta(milliseconds=100))
    return False


def _lines(world: World) -> list[TimelineEntry]:
    found = {entry.sequence: entry for progress in world.written for entry in progress.entries}
    return [found[number] for number in sorted(found)]


def _said(record: Commission) -> tuple[Any, ...]:
    """What only people's messages change."""
    return (record.versions, record.version, record.offer, record.change, record.end_offer, record.ending)


async def _check(play: Play) -> None:
    """The world moves on while the process is asked: what only grows after the record says so is counted before it is
    asked, and what grows before that afterwards."""
    world = play.world
    released, back_minor = len(world.released), world.back_minor
    record = await play.record()
    story = world.story
    assert story[0] == "commission_requested"
    if record.terms is None:
        assert world.in_minor == 0
        return
    paid = sum(charge.total_minor for charge in record.charges)
    assert world.in_minor - back_minor >= paid or record.charging is not None or record.status is Status.ENDED
    assert sum(share.total_minor for share in record.held.values()) == paid
    approved = {number for number, stage in record.stages.items() if stage is Stage.APPROVED}
    assert released <= len(approved), "released without an approval"
    assert len(world.intents) + len(world.pages) <= 1, "two payments could be made for one charge"
