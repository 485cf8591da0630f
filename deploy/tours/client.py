"""How the people of a story reach the marketplace and its partners: public HTTP, nothing else.

Owns requests and their refusals. What is done in which order is the story's.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx

T = TypeVar("T")
Json = Any
"""Whatever the API answers; a story that reads it wrongly fails, which is its purpose."""
LOOK_EVERY = 0.25


class Surprise(Exception):
    """Something happened that the story does not tell."""


@dataclass(frozen=True)
class Places:
    """Where everything is."""

    http: httpx.Client
    shop: str
    partners: str
    """The payment provider's hosted pages, and the door that only a sandbox has: its couriers' control."""

    def person(self, email: str, password: str, code: str = "") -> "Person":
        """`code` is the one-time code of an account with two factors."""
        given = {"email": email, "password": password, **({"code": code} if code else {})}
        answer = self.http.post(f"{self.shop}/api/v1/sessions", json=given)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Surprise(f"there is no demo account {email} here. The tour needs a seeded marketplace: artisan seed")
        entered = _answered(answer)
        return Person(self.http, self.shop, entered["person"]["name"], entered["token"])

    def pay_by_card(self, page_url: str, card: Mapping[str, str]) -> str:
        """Opens the provider's page, fills in its form and presses the button, as a browser does.

        Returns where the provider sends the payer afterwards.
        """
        page = self.http.get(page_url)
        if not page.is_success:
            raise Surprise(f"the payment page answered {page.status_code}")
        form = _form(page.text)
        if not set(card) <= set(form.fields):
            raise Surprise(f"the payment page has no field for {', '.join(sorted(set(card) - set(form.fields)))}")
        done = self.http.post(urljoin(page_url, form.action), data={**form.fields, **card})
        if not done.is_redirect:
            raise Surprise(f"the card was not taken: the payment page answered {done.status_code}")
        return urljoin(page_url, done.headers["location"])

    def plan_delivery(self, courier: str, tracking_number: str, outcomes: Sequence[str], seconds: float) -> None:
        """Being the courier: how each attempt at this parcel will go, and how long it takes."""
        url = f"{self.partners}/_control/couriers/{courier}/shipments/{tracking_number}/plan"
        answer = self.http.put(url, json={"outcomes": list(outcomes), "delay_seconds": seconds})
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Surprise("the courier can't be told how to deliver. Tours need the partner sandbox")
        _answered(answer)

    def outside(self, method: str, path: str, body: Json = None, **params: str) -> Json:
        """What a bank, the provider or the passing of days does: through the control doors of the partner sandbox."""
        answer = self.http.request(method, f"{self.partners}/_control/stripe{path}", json=body, params=params)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Surprise(f"nobody listens to {path} there. Tours need the partner sandbox")
        return _answered(answer)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    http: httpx.Client
    shop: str
    name: str
    token: str = field(repr=False)

    def get(self, path: str, **params: str | int) -> Json:
        return _answered(self.http.get(self.shop + path, params=params, headers=self._headers()))

    def post(self, path: str, body: Json = None, *, key: str | None = None) -> Json:
        return _answered(self.http.post(self.shop + path, json=body, headers=self._headers(key)))

    def refused(self, path: str, body: Json, code: str) -> Json:
        """Posts what the story expects to be refused with this code; the error."""
        answer = self.http.post(self.shop + path, json=body, headers=self._headers())
        if answer.is_success:
            raise Surprise(f"POST {path} went through, and was to be refused")
        error = answer.json().get("error", {})
        if error.get("code") != code:
            _answered(answer)
        return error

    def put(self, path: str, body: Json) -> Json:
        return _answered(self.http.put(self.shop + path, json=body, headers=self._headers()))

    def delete(self, path: str) -> Json:
        return _answered(self.http.delete(self.shop + path, headers=self._headers()))

    def upload(self, path: str, picture: bytes, data: Mapping[str, str]) -> Json:
        files = {"file": ("work.jpg", picture, "image/jpeg")}
        return _answered(self.http.post(self.shop + path, files=files, data=dict(data), headers=self._headers()))

    def opens(self, url: str) -> None:
        """Looks at a page of the shop; the browser would show it."""
        answer = self.http.get(url, headers=self._headers(), follow_redirects=True)
        if not answer.is_success:
            raise Surprise(f"the page {url} answered {answer.status_code}")

    def _headers(self, key: str | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return headers | {"Idempotency-Key": key} if key else headers


def wait_for(what: str, look: Callable[[], T | None], seconds: float) -> T:
    """What `look` sees, as soon as it sees something; a surprise when it sees nothing in time."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen is not None:
            return seen
        if time.monotonic() > deadline:
            raise Surprise(f"{what} did not happen within {seconds:g} s")
        time.sleep(LOOK_EVERY)


def _answered(answer: httpx.Response) -> Json:
    if answer.is_success:
        return answer.json() if answer.content else None
    asked = f"{answer.request.method} {answer.request.url.path}"
    try:
        problem = answer.json()["error"]
        says = f"{problem.get('message', '')} ({problem.get('code', '')} {problem.get('reference', '')})"
    except (ValueError, KeyError, TypeError, AttributeError):
        says = "and did not say why"
    raise Surprise(f"{asked} was answered {answer.status_code}: {says}")


@dataclass
class _Form:
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def _form(html: str) -> _Form:
    """The first form of the page that is sent by POST."""
    reader = _FormReader()
    reader.feed(html)
    if reader.form is None:
        raise Surprise("the payment page has no form to pay with")
    return reader.form


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: _Form | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None and given.get("method", "").lower() == "post":
            self.form, self._inside = _Form(given.get("action", "")), True
        elif tag in {"input", "select"} and self._inside and self.form is not None and "name" in given:
            self.form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
