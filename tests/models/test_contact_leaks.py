"""What counts as a way around the platform, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.contact_leaks import LeakKind, find_leaks


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to jo@mail.example", LeakKind.MAIL),
        ("jo at mail dot example", LeakKind.MAIL),
        ("jo(at)mail(dot)example please", LeakKind.MAIL),
        ("JO @ MAIL . EXAMPLE is mine: jo [at] mail.example", LeakKind.MAIL),
        ("j\u200bo@ma\u200dil.example", LeakKind.MAIL),
        ("ｊｏ＠ｍａｉｌ．ｅｘａｍｐｌｅ", LeakKind.MAIL),
        ("call +49 (0) 30 / 90 18 20", LeakKind.PHONE),
        ("(415) 555-2671", LeakKind.PHONE),
        ("0 4 1 5 5 5 5 2 6 7", LeakKind.PHONE),
        ("٠١٢٣٤٥٦٧٨٩", LeakKind.PHONE),
        ("four one five, five five five, two six seven one", LeakKind.PHONE),
        ("see https://shop.example/desk", LeakKind.LINK),
        ("my-shop.com has more", LeakKind.LINK),
        ("www.jo.example", LeakKind.LINK),
        ("ask me on WhatsApp", LeakKind.MESSENGER),
        ("cheaper by PayPal", LeakKind.MESSENGER),
        ("a bank  transfer is fine", LeakKind.MESSENGER),
    ],
)
def test_a_way_around_is_found(text: str, kind: LeakKind) -> None:
    assert kind in {leak.kind for leak in find_leaks(text)}, find_leaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The top is 120 x 80 x 40 cm, of walnut.",
        "€ 1.250,00 and no cent more",
        "1,280.00 USD by 12.06.2026, or on 2026-06-12",
        "Order AC-7QK2M9XT, for 4 people at home.",
        "I am at work until 5. Dot the i, please.",
        "e.g. oak, i.e. not pine; etc.",
        "It should be signal red, like a post box.",
        "בעץ אגוז, בבקשה 🪵",
        "RAL 9010 and RAL 7016, 3 of each",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert find_leaks(text) == []


def test_each_is_told_once_and_in_order() -> None:
    found = find_leaks("jo@mail.example or +49 30 901820 or jo@mail.example/desk")
    assert [leak.kind for leak in found] == [LeakKind.MAIL, LeakKind.PHONE, LeakKind.MAIL]


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for leak in find_leaks(text):
        assert leak.text


def test_a_long_text_is_read_at_once() -> None:
    """What people paste must not keep a server busy: no pattern goes back and forth over it."""
    for text in ("a." * 5_000, "1 " * 5_000, "at dot " * 2_000, "one " * 2_500 + "x", "(" * 5_000):
        assert isinstance(find_leaks(text), list)
