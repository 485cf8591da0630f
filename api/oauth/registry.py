"""Which programs may call us: administrators enter them, change their secrets and shut them out.

Owns what can be meant: which kind is bound to what, which scopes and addresses it may have. A secret is answered once,
by the call that draws it, and stored as its hash.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.oauth.registry_schemas import ChangedClient, ClientView, DrawnSecretView, NewClient, NewClientView, SecretView
from api.oauth.server import hashed
from core import clock
from models.audited import Audited
from models.errors import Conflict, InvalidInput, NotFound
from models.repositories import audit, oauth_clients
from models.repositories.oauth_clients import ClientRow
from models.rules import redirects
from models.rules.scopes import ALLOWED, ClientKind, Scope, in_order

PREFIX = "acs_"
"""So that a secret that leaks is recognised by those who look for such."""


class TwoSecrets(Conflict):
    code = "two_secrets"


@dataclass(frozen=True)
class Registry:
    session: AsyncSession
    couriers: Collection[str]
    """Codes of those we hand parcels to."""

    async def everyone(self) -> list[ClientView]:
        rows = await oauth_clients.everyone(self.session)
        slugs = await oauth_clients.shop_slugs(self.session, [row.shop_id for row in rows if row.shop_id])
        return [_view(row, slugs) for row in rows]

    async def one(self, client_id: str) -> ClientView:
        row = await self._find(client_id)
        return _view(row, await oauth_clients.shop_slugs(self.session, [row.shop_id] if row.shop_id else []))

    async def enter(self, by: Person, new: NewClient) -> NewClientView:
        """A partner's first secret is drawn at once; an app has none."""
        shop_id = await self._bound_shop(new)
        if (new.kind is ClientKind.COURIER) != bool(new.courier) or (new.courier and new.courier not in self.couriers):
            raise InvalidInput("Name one of our couriers, for a courier's client only.", field="courier")
        _check(new.kind, new.scopes, new.redirect_uris)
        client_id = await oauth_clients.add(
            self.session,
            kind=new.kind,
            name=new.name,
            courier=new.courier,
            shop_id=shop_id,
            scopes=in_order(set(new.scopes)),
            redirect_uris=new.redirect_uris,
            created_by=by.id,
            now=clock.now(),
        )
        await self._note(by, Audited.CLIENT_REGISTERED, client_id, kind=new.kind.value, scopes=list(new.scopes))
        drawn = None if new.kind is ClientKind.APP else await self._draw(client_id)
        return NewClientView(client=await self.one(client_id), secret=drawn.secret if drawn else None)

    async def change(self, by: Person, client_id: str, changed: ChangedClient) -> ClientView:
        row = await self._working(client_id)
        _check(row.kind, changed.scopes, changed.redirect_uris)
        await oauth_clients.change(
            self.session,
            row.id,
            name=changed.name,
            scopes=in_order(set(changed.scopes)),
            redirect_uris=changed.redirect_uris,
        )
        await self._note(by, Audited.CLIENT_CHANGED, row.id, what="entry", scopes=list(changed.scopes))
        return await self.one(row.id)

    async def draw_secret(self, by: Person, client_id: str) -> DrawnSecretView:
        """A second one, so that the partner changes over without a gap. Raises `TwoSecrets` for a third."""
        row = await self._working(client_id)
        if row.kind is ClientKind.APP:
            raise Conflict("An app can keep no secret, so it has none.")
        drawn = await self._draw(row.id)
        await self._note(by, Audited.CLIENT_CHANGED, row.id, what="secret_drawn", secret=drawn.id)
        return drawn

    async def withdraw_secret(self, by: Person, client_id: str, secret_id: str) -> None:
        row = await self._working(client_id)
        if not await oauth_clients.withdraw_secret(self.session, row.id, secret_id):
            raise NotFound("This client has no such secret any more.")
        await self._note(by, Audited.CLIENT_CHANGED, row.id, what="secret_withdrawn", secret=secret_id)

    async def revoke(self, by: Person, client_id: str) -> None:
        """For good; whoever it should call us again gets a new client."""
        row = await self._working(client_id)
        ended = await oauth_clients.revoke(self.session, row.id, clock.now())
        await self._note(by, Audited.CLIENT_REVOKED, row.id, sessions=ended)

    async def _draw(self, client_id: str) -> DrawnSecretView:
        secret = PREFIX + secrets.token_urlsafe(32)
        secret_id = await oauth_clients.add_secret(self.session, client_id, hashed(secret), clock.now())
        if secret_id is None:
            raise TwoSecrets("It has two secrets already. Withdraw the one that is no longer used first.")
        return DrawnSecretView(id=secret_id, secret=secret)

    async def _bound_shop(self, new: NewClient) -> str | None:
        if (new.kind is ClientKind.CRM) != bool(new.shop):
            raise InvalidInput("Name the shop whose orders it reads, for a CRM client only.", field="shop")
        if not new.shop:
            return None
        shop_id = await oauth_clients.shop_id_of(self.session, new.shop)
        if shop_id is None:
            raise InvalidInput("There is no shop of this name. Take what follows /shops/ in its address.", field="shop")
        return shop_id

    async def _find(self, client_id: str, *, lock: bool = False) -> ClientRow:
        row = await oauth_clients.find(self.session, client_id[:40], lock=lock)
        if row is None:
            raise NotFound("We know no such client.")
        return row

    async def _working(self, client_id: str) -> ClientRow:
        """Locked, so that two administrators don't draw three secrets."""
        row = await self._find(client_id, lock=True)
        if row.revoked_at is not None:
            raise Conflict("This client was shut out for good. Enter a new one.")
        return row

    async def _note(self, by: Person, action: Audited, client_id: str, **details: str | int | list[str]) -> None:
        await audit.append(self.session, action, actor=by.id, role=by.role, subject=client_id, details=details)


def _check(kind: ClientKind, scopes: Sequence[Scope], uris: Sequence[str]) -> None:
    """Raises `InvalidInput` naming the field."""
    if not scopes or not set(scopes) <= set(ALLOWED[kind]):
        allowed = ", ".join(ALLOWED[kind])
        raise InvalidInput(f"Choose scopes of this kind of client: {allowed}.", field="scopes")
    if (kind is ClientKind.APP) != bool(uris):
        words = "An app needs an address to come back to." if kind is ClientKind.APP else "Only apps have addresses."
        raise InvalidInput(words, field="redirect_uris")
    for uri in uris:
        if (why := redirects.why_not(uri)) is not None:
            raise InvalidInput(why, field="redirect_uris")


def _view(row: ClientRow, slugs: dict[str, str]) -> ClientView:
    return ClientView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        courier=row.courier,
        shop=slugs.get(row.shop_id) if row.shop_id else None,
        scopes=list(row.scopes),
        redirect_uris=list(row.redirect_uris),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        secrets=[SecretView(id=one.id, created_at=one.created_at) for one in row.secrets],
    )
