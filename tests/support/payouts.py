"""A shop with money that may be paid out, and a provider that remembers what it did, also when its answer gets lost."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from models.errors import NotFound, PartnerRefused, PartnerUnavailable
from models.ports import (
    BankDetails,
    ConnectedAccount,
    PayoutState,
    ProviderBalance,
    ProviderPayout,
    Reversal,
    Transfer,
)
from models.repositories import ledger, payout_accounts
from models.repositories.payout_accounts import BankAccount
from models.rules.bookkeeping import AccountKind, LedgerEntry
from models.types import Money, new_id
from tests.support.marketplace import TestShop

BANK = BankAccount(holder="Wren Alder", routing_number="110000000", account_number="000123456789")
OTHER_BANK = BankAccount(holder="Wren Alder", routing_number="110000000", account_number="000987654321")
LONG_AGO = timedelta(days=30)


async def give_bank(
    session: AsyncSession, shop: TestShop, bank: BankAccount = BANK, *, saved: timedelta = LONG_AGO
) -> datetime:
    """Saved so long ago; the instant."""
    at = clock.now() - saved
    await payout_accounts.save(session, shop.id, shop.owner_id, bank, at)
    return at


async def earn(session: AsyncSession, shop: TestShop, minor: int, currency: str = "USD") -> None:
    """As if orders of so much had been released to the shop, and the provider let go of the money. Negative: as if so
    much had been refunded afterwards."""
    await ledger.post(
        session,
        f"test/{new_id('ern')}",
        "release",
        shop.id,
        [
            LedgerEntry(AccountKind.PROVIDER_AVAILABLE, "", Money(minor, currency)),
            LedgerEntry(AccountKind.ARTISAN_PAYABLE, shop.id, Money(-minor, currency)),
        ],
    )


@dataclass
class FakeProvider:
    """Implements `PayoutGateway`. `lost` names calls whose next answer does not arrive although they were carried
    out, `away` calls that are not even heard; `refuses` gives codes by call."""

    lost: dict[str, int] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)
    refuses: dict[str, list[str]] = field(default_factory=dict)
    able: bool = True

    accounts: dict[str, ConnectedAccount] = field(default_factory=dict)
    """By shop."""
    banks: list[BankDetails] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    reversals: list[Reversal] = field(default_factory=list)
    payouts: list[ProviderPayout] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)
    """Of each payout, as it was named."""
    bank_keys: dict[str, ConnectedAccount] = field(default_factory=dict)
    """What was answered under each key of a change of bank details: it is repeated, and nothing is done."""
    asked: list[str] = field(default_factory=list)

    async def create_account(self, shop_id: str, country: str, currency: str, *, key: str) -> ConnectedAccount:
        self._hear("create_account")
        account = ConnectedAccount(new_id("acct"), country, self.able, self.able)
        self.accounts.setdefault(shop_id, account)
        self._answer("create_account")
        return self.accounts[shop_id]

    async def find_account(self, shop_id: str, *, since: datetime) -> ConnectedAccount | None:
        self.asked.append("find_account")
        return self.accounts.get(shop_id)

    async def get_account(self, account_id: str) -> ConnectedAccount:
        self._hear("get_account")
        for account in self.accounts.values():
            if account.id == account_id:
                return replace(account, transfers_enabled=self.able, payouts_enabled=self.able)
        raise NotFound("No such account.")

    async def account_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        return f"https://provider.example/{account_id}"

    async def set_bank_account(self, account_id: str, bank: BankDetails, *, key: str) -> ConnectedAccount:
        self._hear("set_bank_account")
        if key not in self.bank_keys:
            self.banks.append(bank)
            shop_id = next(shop_id for shop_id, account in self.accounts.items() if account.id == account_id)
            found = replace(self.accounts[shop_id], banks={bank.currency: new_id("ba")})
            self.accounts[shop_id] = self.bank_keys[key] = found
        self._answer("set_bank_account")
        return replace(self.bank_keys[key], transfers_enabled=self.able, payouts_enabled=self.able)

    async def close_account(self, account_id: str, *, key: str) -> None:
        self._hear("close_account")
        self.accounts = {shop: kept for shop, kept in self.accounts.items() if kept.id != account_id}
        self._answer("close_account")

    async def transfer(self, account_id: str, amount: Money, *, group: str, operation: str, key: str) -> Transfer:
        self._hear("transfer")
        done = Transfer(new_id("tr"), account_id, amount, Money(0, amount.currency), operation)
        self.transfers.append(done)
        self._answer("transfer")
        return done

    async def find_transfer(self, account_id: str, *, group: str, operation: str) -> Transfer | None:
        self.asked.append("find_transfer")
        return next((it for it in self.transfers if it.operation == operation), None)

    async def reverse(self, transfer_id: str, amount: Money, *, operation: str, key: str) -> Reversal:
        self._hear("reverse")
        done = Reversal(new_id("trr"), transfer_id, amount, operation)
        self.reversals.append(done)
        self._answer("reverse")
        return done

    async def find_reversal(self, transfer_id: str, *, operation: str) -> Reversal | None:
        self.asked.append("find_reversal")
        return next((it for it in self.reversals if it.operation == operation), None)

    async def pay_out(
        self, account_id: str, amount: Money, *, operation: str, key: str, destination: str = ""
    ) -> ProviderPayout:
        self._hear("pay_out")
        account = await self.get_account(account_id)
        if destination and destination not in account.banks.values():
            raise PartnerRefused("No such bank account.", code="bank_changed")
        self.destinations.append(destination)
        done = ProviderPayout(new_id("po"), account_id, amount, PayoutState.PENDING, operation, date(2026, 11, 25))
        self.payouts.append(done)
        self._answer("pay_out")
        return done

    async def find_payout(self, account_id: str, *, since: datetime, operation: str) -> ProviderPayout | None:
        self.asked.append("find_payout")
        return next((it for it in self.payouts if it.operation == operation), None)

    async def get_payout(self, account_id: str, payout_id: str) -> ProviderPayout:
        self._hear("get_payout")
        for payout in self.payouts:
            if payout.id == payout_id:
                return payout
        raise NotFound("No such payout.")

    async def balance(self, account_id: str | None = None) -> ProviderBalance:
        return ProviderBalance((), ())

    def turn(self, state: PayoutState, failure: str = "") -> None:
        """The last payout is in this state from now on."""
        self.payouts[-1] = replace(self.payouts[-1], state=state, failure=failure)

    def _hear(self, call: str) -> None:
        self.asked.append(call)
        if codes := self.refuses.get(call):
            raise PartnerRefused("No.", code=codes.pop(0))
        if self.away.get(call):
            self.away[call] -= 1
            raise PartnerUnavailable("Nobody answers.")

    def _answer(self, call: str) -> None:
        if self.lost.get(call):
            self.lost[call] -= 1
            raise PartnerUnavailable("The answer got lost.")
