"""What the OAuth endpoints answer. Their names are the standards' own."""

from typing import Any, Literal

from api.catalogue.schemas import View

GRANTS = ("authorization_code", "refresh_token", "client_credentials")


class TokenView(View):
    """RFC 6749, section 5.1. What a request is not for is left out."""

    token_type: Literal["Bearer"]
    access_token: str
    expires_in: int
    """Seconds."""
    scope: str = ""
    refresh_token: str = ""
    id_token: str = ""


class OAuthErrorView(View):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str = ""


class NothingView(View):
    """An empty object: the token is worth nothing any more, or never was."""


class KeySetView(View):
    """RFC 7517. Keep it for five minutes at most; ask again for a `kid` that you don't know."""

    keys: list[dict[str, Any]]


class MetadataView(View):
    """RFC 8414 and OpenID Connect Discovery."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = GRANTS
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (
        "none",
        "client_secret_basic",
        "client_secret_post",
    )
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("none",)
    authorization_response_iss_parameter_supported: bool = True
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: list[str]
    claims_supported: tuple[str, ...] = (
        "iss",
        "aud",
        "sub",
        "iat",
        "exp",
        "auth_time",
        "nonce",
        "at_hash",
        "name",
    )
    prompt_values_supported: tuple[str, ...] = (
        "none",
        "login",
        "consent",
        "select_account",
    )
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = False


def _form(**fields: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": [next(iter(fields))]}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_TEXT = {"type": "string", "maxLength": 2000}
TOKEN_FORM = _form(
    grant_type={"type": "string", "enum": list(GRANTS)},
    client_id=_TEXT | {"description": "An app's; a partner may authenticate with HTTP Basic instead"},
    client_secret=_TEXT | {"description": "A partner's"},
    code=_TEXT,
    code_verifier=_TEXT,
    redirect_uri=_TEXT,
    refresh_token=_TEXT,
    scope=_TEXT | {"description": "Of a partner, or less than before when refreshing"},
)
REVOKE_FORM = _form(token=_TEXT, token_type_hint=_TEXT, client_id=_TEXT)
