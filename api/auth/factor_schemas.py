"""What is asked and told about second factors and passkeys. Options for browsers are spelt as WebAuthn spells them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.auth.schemas import Code, PersonView
from api.auth.service import SignedIn
from api.catalogue.schemas import View
from api.text import Line
from models.repositories.factors import Factors
from models.repositories.passkeys import PasskeyRow

PasskeyName = Annotated[Line, Field(min_length=1, max_length=60)]


class Credential(BaseModel):
    """A browser's `PublicKeyCredential`, as its `toJSON()` gives it."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    id: Annotated[str, Field(max_length=1400)]
    raw_id: Annotated[str, Field(max_length=1400)]
    type: Annotated[str, Field(max_length=40)]
    response: dict[str, Any]


class ConfirmCodes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code


class NewPasskeyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: PasskeyName
    credential: Credential


class RenamedPasskey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: PasskeyName


class AskPasskey(BaseModel):
    """Neither: whoever the device knows. `pending`: the second step of a sign-in. `again`: whoever is signed in."""

    model_config = ConfigDict(extra="forbid")

    pending: Annotated[str, Field(max_length=2000)] = ""
    again: bool = False


class PasskeyAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    credential: Credential
    pending: Annotated[str, Field(max_length=2000)] = ""


class PasskeyView(View):
    id: str
    name: str
    synced: bool
    """Kept by a password manager on several devices."""
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, row: PasskeyRow) -> "PasskeyView":
        return cls(
            id=row.id,
            name=row.name,
            synced=row.synced,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )


class FactorsView(View):
    one_time_codes_since: datetime | None
    passkeys: list[PasskeyView]
    recovery_codes_left: int

    @classmethod
    def of(cls, has: Factors, passkeys: list[PasskeyRow]) -> "FactorsView":
        return cls(
            one_time_codes_since=has.codes_since,
            passkeys=[PasskeyView.of(row) for row in passkeys],
            recovery_codes_left=has.recovery_codes,
        )


class OfferedCodes(View):
    """For an authenticator app. Nothing counts until a code of it has been confirmed."""

    secret: str
    """Base32, for typing."""
    address: str
    """`otpauth://...`, for a QR code."""


class RecoveryCodesView(View):
    recovery_codes: list[str]
    """Shown this once, stored only as hashes."""


class EnrolledView(RecoveryCodesView):
    """`recovery_codes` are drawn with the first second factor; else empty."""

    token: str
    """The session goes on under this token; the old one is void."""
    person: PersonView

    @classmethod
    def of(cls, entered: SignedIn, recovery_codes: list[str]) -> "EnrolledView":
        return cls(token=entered.token, person=PersonView.of(entered.person), recovery_codes=recovery_codes)


class _Options(View):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class CredentialRef(_Options):
    id: str
    type: str
    transports: list[str] = Field(default_factory=list)


class RelyingPartyView(_Options):
    id: str
    name: str


class PasskeyOwner(_Options):
    id: str
    """Random; it tells nothing about the person."""
    name: str
    display_name: str


class Algorithm(_Options):
    type: str
    alg: int


class Selection(_Options):
    resident_key: str
    require_resident_key: bool
    user_verification: str


class CreationOptions(_Options):
    """For `navigator.credentials.create`; bytes are base64url."""

    rp: RelyingPartyView
    user: PasskeyOwner
    challenge: str
    pub_key_cred_params: list[Algorithm]
    timeout: int
    exclude_credentials: list[CredentialRef]
    authenticator_selection: Selection
    attestation: str


class RequestOptions(_Options):
    """For `navigator.credentials.get`; bytes are base64url."""

    challenge: str
    timeout: int
    rp_id: str
    allow_credentials: list[CredentialRef]
    user_verification: str
