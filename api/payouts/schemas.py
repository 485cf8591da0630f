"""A shop's bank account, as it is given and as it is shown."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.catalogue.schemas import View
from api.text import Line
from models.repositories.payout_accounts import BankAccount, SavedAccount
from models.rules.bank_accounts import checked_account_number, checked_iban, checked_routing_number, paused_until

Holder = Annotated[Line, Field(min_length=2, max_length=140)]
"""As the bank knows them; SEPA's own limit is 140 characters."""
Iban = Annotated[str, Field(max_length=60), AfterValidator(checked_iban)]
RoutingNumber = Annotated[str, Field(max_length=20), AfterValidator(checked_routing_number)]
AccountNumber = Annotated[str, Field(max_length=40), AfterValidator(checked_account_number)]


class IbanAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["iban"] = "iban"
    holder: Holder
    iban: Iban

    def bank(self) -> BankAccount:
        return BankAccount(holder=self.holder, iban=self.iban)


class UsAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["us"] = "us"
    holder: Holder
    routing_number: RoutingNumber
    account_number: AccountNumber

    def bank(self) -> BankAccount:
        return BankAccount(holder=self.holder, routing_number=self.routing_number, account_number=self.account_number)


GivenAccount = Annotated[IbanAccount | UsAccount, Field(discriminator="kind")]


class PayoutAccountView(View):
    kind: Literal["iban", "us"]
    holder: str
    last_four: str
    """Of the IBAN or the account number; the rest is never shown again."""
    changed_at: datetime
    paused_until: datetime
    """No payout leaves for this account before; its owner may still object to the change."""

    @classmethod
    def of(cls, saved: SavedAccount, pause: timedelta) -> "PayoutAccountView":
        return cls(
            kind="iban" if saved.bank.kind == "iban" else "us",
            holder=saved.bank.holder,
            last_four=saved.bank.last_four,
            changed_at=saved.changed_at,
            paused_until=paused_until(saved.changed_at, pause),
        )
