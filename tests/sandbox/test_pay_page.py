"""The hosted page by plain form posts, as a browser without script sends them."""

import re
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest

from deploy.sandbox.stripe.pay_page import read_card
from tests.sandbox.conftest import Stripe

GOOD = {"cardnumber": "4242 4242 4242 4242", "expiry": "12/40", "cvc": "123", "name": "Ada Buyer"}


def text_of(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


async def test_the_form_shows_what_is_bought_and_how_to_fill_it(stripe: Stripe) -> None:
    session = await stripe.session()
    page = await stripe.http.get(f"/pay/{session['id']}")

    shown = text_of(page)
    assert page.status_code == 200
    for piece in ("TEST MODE", "ArtisanConnect", "Oak bowl", "× 2", "$25.00", "buyer@example.com"):
        assert piece in shown
    for autocomplete in ("cc-number", "cc-exp", "cc-csc", "cc-name"):
        assert f'autocomplete="{autocomplete}"' in page.text
    for field in re.findall(r'<input type="text" id="(\w+)"', page.text):
        assert f'<label for="{field}">' in page.text
    assert "<script" not in page.text
    assert 'href="http://shop.example/back"' in page.text


async def test_a_good_card_leads_back_to_the_shop(stripe: Stripe) -> None:
    session = await stripe.session()
    answer = await stripe.http.post(f"/pay/{session['id']}", data=GOOD)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.example/done?session={session['id']}"


async def test_a_second_press_leads_to_the_same_place_and_pays_once(stripe: Stripe) -> None:
    session = await stripe.session()
    first = await stripe.http.post(f"/pay/{session['id']}", data=GOOD)
    second = await stripe.http.post(f"/pay/{session['id']}", data=GOOD)

    assert second.status_code == 303
    assert second.headers["location"] == first.headers["location"]
    assert len((await stripe.get("charges"))["data"]) == 1


async def test_a_declined_card_stays_on_the_page(stripe: Stripe) -> None:
    session = await stripe.session()
    page = await stripe.http.post(f"/pay/{session['id']}", data={**GOOD, "cardnumber": "4000000000000002"})

    assert page.status_code == 402
    assert "Your card was declined." in text_of(page)
    assert "<title>Problem: Pay $25.00" in page.text
    assert "4000000000000002" not in page.text, "a card number is never written back"
    assert (await stripe.http.post(f"/pay/{session['id']}", data=GOOD)).status_code == 303


@pytest.mark.parametrize(("answer", "status"), [("complete", 303), ("fail", 402)])
async def test_the_bank_asks_on_a_second_page(stripe: Stripe, answer: str, status: int) -> None:
    session = await stripe.session()
    sent = await stripe.http.post(f"/pay/{session['id']}", data={**GOOD, "cardnumber": "4000002500003155"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/pay/{session['id']}/authenticate")

    challenge = await stripe.http.get(sent.headers["location"])
    assert "Complete authentication" in challenge.text
    assert "Fail authentication" in challenge.text
    done = await stripe.http.post(sent.headers["location"], data={"answer": answer})

    assert done.status_code == status
    if answer == "fail":
        assert "unable to authenticate" in text_of(done)


async def test_the_bank_page_without_a_card_leads_back(stripe: Stripe) -> None:
    session = await stripe.session()
    for method in ("GET", "POST"):
        answer = await stripe.http.request(method, f"/pay/{session['id']}/authenticate")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session['id']}")
    assert (await stripe.get("payment_intents"))["data"] == []


async def test_closed_sessions_say_so_and_show_the_way(stripe: Stripe) -> None:
    expired, paid = await stripe.session(), await stripe.session()
    await stripe.post(f"checkout/sessions/{expired['id']}/expire")
    await stripe.pay(paid["id"])

    page = await stripe.http.get(f"/pay/{expired['id']}")
    late = await stripe.http.post(f"/pay/{expired['id']}", data=GOOD)
    done = await stripe.http.get(f"/pay/{paid['id']}")
    unknown = await stripe.http.get("/pay/cs_test_unknown")

    assert "Nothing was charged" in text_of(page)
    assert 'href="http://shop.example/back"' in page.text
    assert late.status_code == 410
    assert "This payment is done" in text_of(done)
    assert (unknown.status_code, "We know no payment" in text_of(unknown)) == (404, True)
    assert len((await stripe.get("charges"))["data"]) == 1


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"cardnumber": ""}, "cardnumber"),
        ({"cardnumber": "4242 4242 4242 4241"}, "cardnumber"),
        ({"cardnumber": "4111111111111111"}, "cardnumber"),
        ({"cardnumber": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "cardnumber"),
        ({"expiry": "13/40"}, "expiry"),
        ({"expiry": "12/20"}, "expiry"),
        ({"expiry": "soon"}, "expiry"),
        ({"cvc": "12"}, "cvc"),
        ({"name": " "}, "name"),
    ],
)
async def test_each_mistake_is_told_at_its_field(stripe: Stripe, change: dict[str, str], wrong: str) -> None:
    session = await stripe.session()
    page = await stripe.http.post(f"/pay/{session['id']}", data={**GOOD, **change})

    assert page.status_code == 422
    assert re.findall(r'<p class="problem" id="(\w+)-problem">', page.text) == [wrong]
    assert f'aria-describedby="{wrong}-problem"' in page.text
    assert (await stripe.get("payment_intents"))["data"] == []


async def test_nonsense_is_answered_politely(stripe: Stripe) -> None:
    session = await stripe.session()
    binary = await stripe.http.post(f"/pay/{session['id']}", content=b"\xff\xfe=\x00", headers={"Content-Type": "x/y"})
    huge = await stripe.http.post(f"/pay/{session['id']}", content=b"a" * 2_000_000)

    assert binary.status_code == 422
    assert huge.status_code == 413
    assert "Traceback" not in binary.text + huge.text


@pytest.mark.parametrize("expiry", ["12/40", "12 / 2040", "1240", "12-40", " 12 40 "])
def test_an_expiry_date_may_be_typed_in_many_ways(expiry: str) -> None:
    typed = read_card({**GOOD, "expiry": expiry}, datetime(2026, 1, 1, tzinfo=UTC))
    assert (typed.wrong, typed.exp_month, typed.exp_year) == ({}, 12, 2040)


def test_a_card_is_good_through_its_last_month() -> None:
    assert read_card({**GOOD, "expiry": "01/26"}, datetime(2026, 1, 31, tzinfo=UTC)).wrong == {}
    assert "expiry" in read_card({**GOOD, "expiry": "01/26"}, datetime(2026, 2, 1, tzinfo=UTC)).wrong
