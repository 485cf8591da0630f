"""Stripe Connect behind the `PayoutGateway` port: connected accounts, transfers, and payouts to their banks.

Our shop id stands in an account's metadata, our operation id in that of a transfer, reversal or payout. Payouts are
manual: nothing leaves an account by itself. No Stripe text leaves this file.

Stripe remembers for a day not only what it did for a key but also that it refused: the same key would be refused long
after the money has come. A *remembered* refusal says that nothing was done under that key, so the next one is taken.
"""

import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import stripe

from activities.gateways.keys import keys_for
from activities.gateways.stripe_money_out import account_of, amounts, payout_of, reversal_of, tag, transfer_of
from activities.gateways.stripe_payments import read
from activities.gateways.stripe_regions import is_abroad
from activities.gateways.trust import StripeHttp, close
from core import clock
from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import (
    BankDetails,
    ConnectedAccount,
    ProviderBalance,
    ProviderPayout,
    Reversal,
    Transfer,
)
from models.types import Money

T = TypeVar("T")
POOR, REGION, DISABLED, NO_BANK, BANK, BALANCE, CHANGED = (
    "balance_insufficient",
    "region",
    "payouts_disabled",
    "no_bank_account",
    "bank_account",
    "balance_not_zero",
    "bank_changed",
)
_LOOK_BACK = timedelta(days=7)
"""How far a refused payout is looked for among those made: longer than a step is ever tried."""
_SKEW = timedelta(minutes=10)
"""By how much the provider's clock may be behind ours."""


class StripePayouts:
    """One client and one pool of connections for the whole process; `aclose` when it drains."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str,
        connect: float = 2.0,
        read: float = 8.0,
        tls: ssl.SSLContext | None = None,
        http: stripe.HTTPXClient | None = None,
    ) -> None:
        self._http = http or StripeHttp(tls, connect=connect, read=read)
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=self._http,
            # Temporal repeats, and looks before it does.
            max_network_retries=0,
        )

    async def aclose(self) -> None:
        await close(self._http)

    # Accounts

    async def create_account(self, shop_id: str, country: str, currency: str, *, key: str) -> ConnectedAccount:
        """The artisan has no dashboard at Stripe and we bear losses and fees, as the merchant of record does."""
        abroad = is_abroad(country)
        params = {
            "country": country,
            "default_currency": currency.lower(),
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "application",
                "stripe_dashboard": {"type": "none"},
            },
            # Within the region Stripe gives transfers only together with card payments, abroad only without.
            "capabilities": {
                "transfers": {"requested": True},
                **({} if abroad else {"card_payments": {"requested": True}}),
            },
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            "metadata": {"shop_id": shop_id},
            **({"tos_acceptance": {"service_agreement": "recipient"}} if abroad else {}),
        }

        async def send(with_key: str) -> stripe.Account:
            return await self._client.v1.accounts.create_async(cast(Any, params), {"idempotency_key": with_key})

        return account_of(await _write(key, send, lambda: self._find_account(shop_id, clock.now() - _LOOK_BACK)))

    async def find_account(self, shop_id: str, *, since: datetime) -> ConnectedAccount | None:
        """Reads the accounts of that time, a hundred at a time."""
        known = await self._find_account(shop_id, since)
        return None if known is None else account_of(known)

    async def get_account(self, account_id: str) -> ConnectedAccount:
        return account_of(await asked(lambda: self._client.v1.accounts.retrieve_async(account_id)))

    async def account_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        link = await asked(
            lambda: self._client.v1.account_links.create_async(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                    # All at once: an artisan who is asked again a month later may not come back.
                    "collection_options": {"fields": "eventually_due"},
                }
            )
        )
        return link.url

    async def set_bank_account(self, account_id: str, bank: BankDetails, *, key: str) -> ConnectedAccount:
        """In place of the one before in its currency: an account may hold one for each."""
        details = {
            "object": "bank_account",
            "country": bank.country,
            "currency": bank.currency.lower(),
            "account_holder_name": bank.holder,
            "account_number": bank.iban or bank.account_number,
            **({"routing_number": bank.routing_number} if bank.routing_number else {}),
        }

        async def send(with_key: str) -> stripe.Account:
            return await self._client.v1.accounts.update_async(
                account_id, {"external_account": cast(Any, details)}, {"idempotency_key": with_key}
            )

        try:
            return account_of(await _write(key, send))
        except PartnerRefused as refused:
            raise _because(BANK, refused) from None  # what Stripe wrote may hold the numbers

    async def close_account(self, account_id: str, *, key: str) -> None:
        """Stripe gives a DELETE no idempotency key, for it needs none: of an account that is gone it says, to whoever
        asks, that there is none."""
        try:
            await asked(lambda: self._client.v1.accounts.delete_async(account_id))
        except NotFound:
            return
        except PartnerUnavailable:
            if not await self._is_gone(account_id):
                raise
        except PartnerRefused as refused:
            # Stripe has a sentence for it and no code.
            seen = await self.balance(account_id)
            if any(money.minor for money in (*seen.available, *seen.pending)):
                raise _because(BALANCE, refused) from refused
            raise

    async def _is_gone(self, account_id: str) -> bool:
        try:
            await self.get_account(account_id)
        except NotFound:
            return True
        return False

    # Transfers

    async def transfer(self, account_id: str, amount: Money, *, group: str, operation: str, key: str) -> Transfer:
        """Refuses with `no_bank_account` where the account has none in the currency: Stripe would convert the money
        into another one at its own rate."""

        async def send(with_key: str) -> stripe.Transfer:
            return await self._client.v1.transfers.create_async(
                {
                    "amount": amount.minor,
                    "currency": amount.currency.lower(),
                    "destination": account_id,
                    "transfer_group": group,
                    "metadata": {"operation": operation},
                },
                {"idempotency_key": with_key},
            )

        async def look() -> stripe.Transfer | None:
            return await self._find_transfer(account_id, group, operation)

        try:
            account = await self.get_account(account_id)
            if amount.currency not in account.currencies:
                raise PartnerRefused("This account has no bank account in the currency.", code=NO_BANK)
            if not account.transfers_enabled:
                raise PartnerRefused("The payment provider sends this account no money now.", code=DISABLED)
            return transfer_of(await _write(key, send, look))
        except PartnerRefused as refused:
            # "Insufficient" may well mean: since this very transfer, whose answer never reached us.
            if (known := await look()) is not None:
                return transfer_of(known)
            code = str(refused.details.get("code", ""))
            if code == "insufficient_capabilities_for_transfer":
                raise _because(DISABLED, refused) from refused
            # The account may be sent money, though not from here, for which Stripe has one code or none.
            if code in {"", "transfers_not_allowed"}:
                raise _because(REGION, refused) from refused
            raise

    async def find_transfer(self, account_id: str, *, group: str, operation: str) -> Transfer | None:
        known = await self._find_transfer(account_id, group, operation)
        return None if known is None else transfer_of(known)

    async def reverse(self, transfer_id: str, amount: Money, *, operation: str, key: str) -> Reversal:
        async def send(with_key: str) -> stripe.TransferReversal:
            return await self._client.v1.transfers.reversals.create_async(
                transfer_id,
                {"amount": amount.minor, "metadata": {"operation": operation}},
                {"idempotency_key": with_key},
            )

        async def look() -> stripe.TransferReversal | None:
            return await self._find_reversal(transfer_id, operation)

        try:
            return reversal_of(await _write(key, send, look))
        except PartnerRefused:
            if (known := await look()) is None:
                raise
            return reversal_of(known)

    async def find_reversal(self, transfer_id: str, *, operation: str) -> Reversal | None:
        known = await self._find_reversal(transfer_id, operation)
        return None if known is None else reversal_of(known)

    # Payouts

    async def pay_out(
        self, account_id: str, amount: Money, *, operation: str, key: str, destination: str = ""
    ) -> ProviderPayout:
        params: Any = {
            "amount": amount.minor,
            "currency": amount.currency.lower(),
            "metadata": {"operation": operation},
            **({"destination": destination} if destination else {}),
        }

        async def send(with_key: str) -> stripe.Payout:
            return await self._client.v1.payouts.create_async(
                params, {"idempotency_key": with_key, "stripe_account": account_id}
            )

        async def look() -> stripe.Payout | None:
            return await self._find_payout(account_id, clock.now() - _LOOK_BACK, operation)

        try:
            return payout_of(await _write(key, send, look), account_id)
        except PartnerRefused as refused:
            if (known := await look()) is not None:
                return payout_of(known, account_id)
            if refused.details.get("code") == POOR:
                raise
            account = await self.get_account(account_id)
            if amount.currency not in account.currencies:
                raise _because(NO_BANK, refused) from refused
            if destination and account.banks.get(amount.currency) != destination:
                raise _because(CHANGED, refused) from refused
            if not account.payouts_enabled:
                raise _because(DISABLED, refused) from refused
            raise

    async def find_payout(self, account_id: str, *, since: datetime, operation: str) -> ProviderPayout | None:
        known = await self._find_payout(account_id, since, operation)
        return None if known is None else payout_of(known, account_id)

    async def get_payout(self, account_id: str, payout_id: str) -> ProviderPayout:
        seen = await asked(
            lambda: self._client.v1.payouts.retrieve_async(payout_id, None, {"stripe_account": account_id})
        )
        return payout_of(seen, account_id)

    async def balance(self, account_id: str | None = None) -> ProviderBalance:
        options: Any = {"stripe_account": account_id} if account_id else {}
        seen = await asked(lambda: self._client.v1.balance.retrieve_async(None, options))
        return ProviderBalance(available=amounts(seen.available), pending=amounts(seen.pending))

    # Looking things up: always by listing

    async def _find_account(self, shop_id: str, since: datetime) -> stripe.Account | None:
        async def search() -> stripe.Account | None:
            first: stripe.Account | None = None
            begin = int((since - _SKEW).timestamp())
            page = await self._client.v1.accounts.list_async({"created": {"gte": begin}, "limit": 100})
            async for account in page.auto_paging_iter():
                if tag(account.metadata, "shop_id") == shop_id:
                    first = account  # the latest come first
            return first

        return await asked(search)

    async def _find_transfer(self, account_id: str, group: str, operation: str) -> stripe.Transfer | None:
        async def search() -> stripe.Transfer | None:
            page = await self._client.v1.transfers.list_async(
                {"destination": account_id, "transfer_group": group, "limit": 100}
            )
            async for transfer in page.auto_paging_iter():
                if tag(transfer.metadata, "operation") == operation:
                    return transfer
            return None

        return await asked(search)

    async def _find_reversal(self, transfer_id: str, operation: str) -> stripe.TransferReversal | None:
        async def search() -> stripe.TransferReversal | None:
            page = await self._client.v1.transfers.reversals.list_async(transfer_id, {"limit": 100})
            async for reversal in page.auto_paging_iter():
                if tag(reversal.metadata, "operation") == operation:
                    return reversal
            return None

        return await asked(search)

    async def _find_payout(self, account_id: str, since: datetime, operation: str) -> stripe.Payout | None:
        """A failed one only when there is no better: the same operation may have been repeated after it."""

        async def search() -> stripe.Payout | None:
            failed: stripe.Payout | None = None
            begin = int((since - _SKEW).timestamp())
            page = await self._client.v1.payouts.list_async(
                {"created": {"gte": begin}, "limit": 100}, {"stripe_account": account_id}
            )
            async for payout in page.auto_paging_iter():
                if tag(payout.metadata, "operation") != operation:
                    continue
                if payout.status not in {"failed", "canceled"}:
                    return payout
                failed = failed or payout
            return failed

        return await asked(search)


# Sending, and Stripe's errors in our words


async def asked(ask: Callable[[], Awaitable[T]]) -> T:
    """Raises `NotFound`, `PartnerRefused`, `PartnerUnavailable`."""
    try:
        return await read(ask)
    except NotFound as error:
        raise NotFound("The payment provider does not know this account or movement.", **error.details) from error
    except PartnerUnavailable as error:
        # Stripe says of an account that doesn't exist that our key has no access to it; the SDK reads no code there.
        told = error.__cause__.error if isinstance(error.__cause__, stripe.PermissionError) else None
        if told is not None and told.code == "account_invalid":
            raise NotFound("The payment provider does not know this account.", **error.details) from error
        raise


async def _write(
    key: str, send: Callable[[str], Awaitable[T]], look: Callable[[], Awaitable[T | None]] | None = None
) -> T:
    """Sends under `key`; where Stripe remembers that it failed or refused, looks, then sends under the next one."""
    for with_key in keys_for(key, clock.now()):
        remembered = False

        async def once(with_key: str = with_key) -> T:
            nonlocal remembered
            try:
                return await send(with_key)
            except stripe.StripeError as error:
                remembered = (error.headers or {}).get("idempotent-replayed") == "true"
                raise

        try:
            return await asked(once)
        except (PartnerRefused, PartnerUnavailable, NotFound):
            if not remembered:
                raise
        if look is not None and (found := await look()) is not None:
            return found
    raise PartnerUnavailable("The payment provider keeps failing at this request. It will be asked again.")


def _because(code: str, refused: PartnerRefused) -> PartnerRefused:
    """In the port's words; the provider's own code goes along."""
    details = {**refused.details, "code": code, "provider_code": refused.details.get("code", "")}
    return PartnerRefused(f"The payment provider refused ({code}).", **details)
