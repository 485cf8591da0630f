"""The screen of a commission at every point of its life, for both sides, without any server."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from api.web.commissions import editor, looks
from api.web.commissions.papers import milestone_of
from api.web.commissions.screen import context, screen
from api.web.templating import render
from models.errors import InvalidInput, NotFound
from models.rules.commission.contract import refuse_terms
from models.types import Party
from tests.support.commission_scenes import Scene, scenes

SCENES = scenes()
SIDES = (Party.CUSTOMER, Party.ARTISAN)


def shell(role: str) -> dict[str, Any]:
    person = SimpleNamespace(role=role, shop_status="approved", shop_slug="third-ridge-woodshop", name="Ada")
    return {
        "visitor": SimpleNamespace(person=person, csrf_token="token"),
        "nav_categories": [],
        "searched": "",
        "here": "",
        "errors": {},
        "shown_in": None,
        "outside_providers": [],
        "cart_count": 0,
    }


def drawn(name: str, reader: Party) -> str:
    view = SCENES[name].view(reader)
    return render("commissions/screen.html", {**shell(reader.value), **screen(view, "7")})


@pytest.mark.parametrize("name", sorted(SCENES))
@pytest.mark.parametrize("reader", SIDES)
def test_every_state_has_a_screen_for_both_sides(name: str, reader: Party) -> None:
    view = SCENES[name].view(reader)
    page = drawn(name, reader)
    assert view.title in page
    assert view.status_text in page
    for action in view.actions:
        word = {"answer_end": "end/answer", "answer_change": "change/answer", "offer_end": "/end"}.get(action.action)
        assert (word or looks.base_of(view)) in page


def test_what_now_by_when_and_what_if_not() -> None:
    page = drawn("in_review", Party.CUSTOMER)
    assert "It is your turn" in page
    assert "By when" in page and "The work counts as approved." in page
    assert "Approve “Drawing and samples” and release $216.00" in page
    waiting = drawn("in_review", Party.ARTISAN)
    assert "It is your turn" not in waiting and "Ada Buyer" in waiting
    assert "/approve" not in waiting


def test_the_button_of_leaving_says_what_goes_back_and_what_stays() -> None:
    view = SCENES["working"].view(Party.CUSTOMER)
    assert view.leaving is not None
    page = render("commissions/leave.html", {**shell("customer"), **context(view)})
    said = f"{view.leaving.back.text} goes back, {view.leaving.kept.text} stays"
    assert said in page
    assert f'name="shown_back" value="{view.leaving.back.minor}"' in page


def test_the_mandate_is_stated_with_its_sum() -> None:
    view = SCENES["quoted"].view(Party.CUSTOMER)
    assert view.offer is not None
    page = render("commissions/accept.html", {**shell("customer"), **context(view, rows=looks.alone(view.offer))})
    assert "up to $1,280.00 may be charged" in page
    assert 'name="most_minor" value="128000"' in page


def test_the_bar_of_money_is_whole() -> None:
    for scene in SCENES.values():
        stretches = looks.stretches(scene.view(Party.CUSTOMER))
        assert not stretches or sum(one.length for one in stretches) == pytest.approx(1000)


def test_the_artisan_alone_sees_what_is_theirs() -> None:
    """1,220.00 in all before tax, 80.00 of it shipping; our fee is 10 % of the work."""
    for reader, seen in ((Party.ARTISAN, True), (Party.CUSTOMER, False)):
        view = SCENES["working"].view(reader)
        page = render("commissions/screen.html", {**shell(reader.value), **screen(view, "7")})
        assert ("Yours of it" in page, "$1,106.00" in page) == (seen, seen)
    ended = SCENES["ended"].view(Party.ARTISAN)
    assert ended.plan is not None
    assert ended.plan.artisan_receives is None


def test_versions_say_in_a_word_how_they_differ() -> None:
    view = SCENES["change"].view(Party.CUSTOMER)
    assert view.change is not None
    marks = {row.label: row.mark for row in looks.beside(view, view.change)}
    assert marks["Milestone 4"] == "new"
    assert marks["In all, before tax"] == "changed"
    assert marks["Shipping"] == ""


def test_without_its_process_a_screen_says_so_and_offers_nothing() -> None:
    view = SCENES["working"].view(Party.ARTISAN, alone=True)
    page = render("commissions/screen.html", {**shell("artisan"), **screen(view, "7")})
    assert "can’t be shown at this moment" in page
    assert "Show the work" not in page


# The editor


def typed(**changed: str) -> editor.Typed:
    return editor.sent(
        {
            "rows": "1 2",
            "title-1": "Drawing",
            "amount-1": "200",
            "days-1": "10",
            "title-2": "Frame",
            "amount-2": "1,000.50",
            "days-2": "30",
            "price": "1200.50",
            "shipping": "",
            "deposit": "200",
            "starts_on": "2027-01-11",
            "revisions": "2",
            "reserved": "12.5",
            "begun": "50 %",
            **changed,
        }
    )


def test_what_is_typed_becomes_terms() -> None:
    form = typed()
    given = editor.read(form, 1, "USD")
    assert form.errors == {}
    assert given is not None
    assert [one.amount_minor for one in given.milestones] == [20_000, 100_050]
    assert (given.shipping_minor, given.reserved_bp, given.begun_bp) == (0, 1_250, 5_000)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("title-2", " "),
        ("title-2", "\u200b\u2060"),
        ("title-2", "\U0001fa91" * 121),
        ("title-2", "a\nb"),
        ("amount-1", "ten"),
        ("amount-2", "0"),
        ("amount-2", "\u20ac1000.50"),
        ("amount-1", "200,00"),
        ("amount-1", "9" * 12),
        ("amount-1", "9" * 5_000),
        ("days-1", "0"),
        ("days-2", "soon"),
        ("days-2", "10001"),
        ("days-2", "9" * 5_000),
        ("price", ""),
        ("price", "9" * 12),
        ("deposit", "-5"),
        ("starts_on", "tomorrow"),
        ("starts_on", "12027-01-01"),
        ("revisions", "-1"),
        ("reserved", "101"),
        ("begun", "NaN"),
    ],
)
def test_each_mistake_stands_beside_its_field_and_nothing_is_lost(name: str, text: str) -> None:
    form = typed(**{name: text})
    assert editor.read(form, 1, "USD") is None
    assert list(form.errors) == [name]
    view = SCENES["requested"].view(Party.ARTISAN)
    more = {"form": form, "version": 1, "heading": "Make an offer", "held": None}
    page = render("commissions/editor.html", {**shell("artisan"), **context(view, **more)})
    assert f'id="{name}-error"' in page
    assert 'value="Drawing"' in page


@pytest.mark.parametrize(
    ("name", "text"),
    [("price", "1200"), ("starts_on", "2026-11-01"), ("deposit", "100"), ("deposit", "2000"), ("begun", "5")],
    ids=["does not add up", "in the past", "less than the first step", "more than the price", "less once begun"],
)
def test_what_the_rules_refuse_stands_beside_its_field_with_all_that_was_typed(name: str, text: str) -> None:
    """In scripts from the right and with pictures, too."""
    form = typed(**{name: text, "title-1": "\u0631\u0633\u0645", "note": "Oak, or \U0001fa91?"})
    given = editor.read(form, 1, "USD")
    assert given is not None
    with pytest.raises(InvalidInput) as problem:
        refuse_terms(given.terms(), price_minor=given.price_minor, asked_in="USD", today=date(2026, 11, 2))
    editor.refused(form, problem.value)
    assert list(form.errors) == [name]
    view = SCENES["requested"].view(Party.ARTISAN)
    more = {"form": form, "version": 1, "heading": "Make an offer", "held": None}
    page = render("commissions/editor.html", {**shell("artisan"), **context(view, **more)})
    assert f'id="{name}-error"' in page
    assert f'value="{text}"' in page
    assert 'value="\u0631\u0633\u0645"' in page
    assert "Oak, or \U0001fa91?" in page


def test_rows_are_added_and_removed_without_script() -> None:
    form = typed(do="add")
    assert editor.rearranged(form, used=4)
    assert form.rows == [1, 2, 5]  # a number is used once, also by a version of long ago
    form = typed(do="remove-1")
    assert editor.rearranged(form, used=2)
    assert form.rows == [2]
    assert not editor.rearranged(typed(do="send"), used=2)


def test_rows_that_nobody_typed_are_left_out() -> None:
    assert editor.sent({"rows": "1 1 -2 x 99999 ² 3"}).rows == [1, 3]
    assert editor.sent({}).rows == [1]


def test_a_refusal_about_a_milestone_stands_in_its_row() -> None:
    form = typed()
    editor.refused(form, InvalidInput("Milestone 2 takes a day at the least.", field="milestones.2"))
    assert form.errors == {"amount-2": "Milestone 2 takes a day at the least."}


def test_a_change_begins_with_what_holds_and_keeps_what_stays() -> None:
    view = SCENES["second"].view(Party.CUSTOMER)
    assert view.contract is not None
    form = editor.of_terms(view.contract.terms, "USD")
    given = editor.read(form, 3, "USD", view.contract.terms)
    assert given is not None
    assert given.terms() == SCENES["second"].it.contract


def test_an_unknown_milestone_is_not_found() -> None:
    view = Scene().later(1).view(Party.CUSTOMER)
    with pytest.raises(NotFound):
        milestone_of(view, 9)
