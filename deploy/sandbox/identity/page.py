"""The page on which somebody chooses who to be, and the way back from it. Plain forms, no script."""

from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.config import IdentityConfig
from deploy.sandbox.door import Refusal, read_body
from deploy.sandbox.identity.machine import DEMO_PEOPLE, Asked, IdentityMachine, Unanswerable
from deploy.sandbox.pages import Pages
from deploy.sandbox.plain import PlainManners
from deploy.sandbox.store import Store

MANNERS = PlainManners("identity-page")


def way_back(machine: IdentityMachine, provider: IdentityConfig, asked: Asked, answer: dict[str, str]) -> str:
    """The client's address with the answer, the state and who answers."""
    values = {**answer, "state": asked.state, "iss": machine.answer_issuer(provider)}
    separator = "&" if "?" in asked.redirect_uri else "?"
    return f"{asked.redirect_uri}{separator}{urlencode(values)}"


class IdentityPage:
    def __init__(self, store: Store, machine: IdentityMachine, pages: Pages) -> None:
        self._store = store
        self._machine = machine
        self._pages = pages

    def routes(self) -> list[Route]:
        return [Route("/identity/{code}/authorize", self.authorise, methods=["GET", "POST"])]

    async def authorise(self, request: Request) -> Response:
        provider = self._machine.provider(request.path_params["code"])
        if provider is None:
            return self._pages.not_found("There is no such sign-in provider here.")
        query = dict(request.query_params)
        try:
            asked = self._machine.asked(provider, query)
        except Unanswerable as error:
            return self._pages.show(
                "notice.html", 400, title="This request can't be answered", message=str(error), way=None, label=""
            )
        if objection := self._machine.objection(provider, asked, query):
            return self._back(provider, asked, {"error": objection})
        if request.method == "GET":
            return self._form(provider, asked, request)
        return await self._chosen(provider, asked, request)

    async def _chosen(self, provider: IdentityConfig, asked: Asked, request: Request) -> Response:
        try:
            body = await read_body(request, MANNERS)
        except Refusal:
            body = b""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
        if form.get("answer") == "cancel":
            return self._back(provider, asked, {"error": "access_denied"})
        email = form.get("person") or form.get("email", "").strip()
        name = DEMO_PEOPLE.get(email, "") or form.get("name", "").strip()[:100]
        if email.count("@") != 1 or len(email) > 254 or any(char.isspace() for char in email):
            return self._form(provider, asked, request, wrong="Type a whole e-mail address.", typed=form, status=422)
        with self._store.transaction():
            code = self._machine.grant(provider, asked, email, name)
        return self._back(provider, asked, {"code": code})

    def _back(self, provider: IdentityConfig, asked: Asked, answer: dict[str, str]) -> Response:
        return RedirectResponse(way_back(self._machine, provider, asked, answer), 303)

    def _form(
        self,
        provider: IdentityConfig,
        asked: Asked,
        request: Request,
        *,
        wrong: str = "",
        typed: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        return self._pages.show(
            "identity.html",
            status,
            provider=provider,
            people=DEMO_PEOPLE,
            action=f"{request.url.path}?{request.url.query}",
            wrong=wrong,
            typed=typed or {"email": asked.login_hint},
        )
