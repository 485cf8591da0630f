"""Takes out of a log line what no log may hold: passwords, tokens, keys, cookies, mail addresses.

Owns what counts as one of them, by the name it stands under and by its looks. Better a word too many hidden than one
too few: whoever reads a log looks people and requests up by their ids, which stay.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import SecretBytes, SecretStr

HIDDEN = "[hidden]"
MAIL = "[mail address]"
LONGEST = 20_000
"""Characters of one text; of a longer one its two ends are kept, because a traceback says what it is about last."""
DEEPEST = 12
"""Levels of nesting; below them nobody reads anyway."""

_NAMES = (
    *("password", "passwd", "passphrase", "pwd", "token", "secret", "authorization", "authorisation", "cookie"),
    *("api_key", "api-key", "apikey", "credential", "csrf", "otp", "recovery"),
)
_NAMED_SO = re.compile("|".join(_NAMES), re.IGNORECASE)
_WORD = rf"[\w.-]{{0,40}}(?:{'|'.join(_NAMES)})[\w.-]{{0,40}}"
_IN_MAIL = r"[^\s@<>\"'(),:;=\[\]{}|/\\?&]"
_PATTERNS = tuple(
    (marks, re.compile(pattern, flags), replacement)
    # A pattern is tried only where one of its marks stands: most lines hold none, and cost next to nothing.
    for marks, pattern, flags, replacement in (
        # What a header carries, up to its end.
        (
            ("authorization", "cookie"),
            r"\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s?[:=]\s?)(?!\[)[^\r\n]+",
            re.I,
            rf"\1\2{HIDDEN}",
        ),
        (("bearer", "basic"), r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.I, rf"\1 {HIDDEN}"),
        # A user's password in an address.
        (("://",), r"([\w+.-]{1,30}://[^\s:/@]{0,80}):[^\s@]{1,200}@", 0, rf"\1:{HIDDEN}@"),
        # `"password": "…"` in JSON, `secret='…'` in a repr, `token=…` in a query or a form.
        (_NAMES, rf"({_WORD}['\"]?\s?[:=]\s?)(['\"])(?:(?!\2).|(?<=\\)\2)*(?:\2|\Z)", re.I | re.S, rf"\1\2{HIDDEN}\2"),
        (_NAMES, rf"({_WORD}=)(?!['\"\[])[^&;\s'\")\],]+", re.I, rf"\1{HIDDEN}"),
        (
            ("code=", "state=", "ticket=", "nonce=", "email="),
            r"([?&](?:code|state|ticket|nonce|email)=)[^&#\s'\"]+",
            re.I,
            rf"\1{HIDDEN}",
        ),
        # Keys and tokens by their looks: the payment provider's, signed ones, ours.
        (("_live_", "_test_"), r"(?<![A-Za-z0-9])(?:sk|rk|pk)_(?:live|test)_\w+", 0, HIDDEN),
        (("whsec_",), r"whsec_[\w+/=-]+", 0, HIDDEN),
        (("eyj",), r"\beyJ[\w-]{8,2000}\.[\w-]+\.[\w-]*", 0, HIDDEN),
        ((), r"(?<![\w-])(?![a-z]+-[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26})[\w-]{43}(?![\w-])", re.A, HIDDEN),
        # What databases and validators quote of the rows and values they refuse.
        (("[parameters: ",), r"\[parameters: .*\]", 0, f"[parameters: {HIDDEN}]"),
        # The row ends where its sentence does; a text in it may have lines of its own.
        (
            ("failing row",),
            r"(Failing row contains) \((?:.*?\)\.(?=\s|\\n|['\"]|\Z)|.*)",
            re.I | re.S,
            rf"\1 ({HIDDEN}).",
        ),
        (("key (",), r"(Key \([^()]{1,200}\))=\(.*\)", 0, rf"\1=({HIDDEN})"),
        (("input_value=",), r"\binput_value=.*?(?:(?=, input_type=)|\Z)", re.S, f"input_value={HIDDEN}"),
        (("@",), rf"{_IN_MAIL}{{1,64}}@{_IN_MAIL}{{1,250}}\.[^\W\d_]{{2,}}", 0, MAIL),
    )
)


def scrubbed(text: str) -> str:
    """The text without what may not be logged; other words stay as they are."""
    if len(text) > LONGEST:
        # Without the words that the cut went through, which might be halves of what has to go.
        begin, end = re.sub(r"\S{0,300}\Z", "", text[: LONGEST // 2]), re.sub(r"\A\S{0,300}", "", text[-LONGEST // 2 :])
        text = f"{begin}\n… of {len(text)} characters …\n{end}"
    lowered = text.lower()
    for marks, pattern, replacement in _PATTERNS:
        if not marks or any(mark in lowered for mark in marks):
            text = pattern.sub(replacement, text)
    return text


def redacted(value: Any, depth: int = 0) -> Any:
    """The value for a log, whatever it is; of what is no plain value, its description."""
    match value:
        case None | bool():
            return value
        case SecretStr() | SecretBytes():
            return HIDDEN
        case Enum():
            return redacted(value.value, depth + 1)
        case int() | float():
            return value
        case str():
            return scrubbed(value)
        case _ if depth >= DEEPEST:
            return "…"
        case Mapping():
            return {scrubbed(_text(key)): _under(_text(key), item, depth) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted(item, depth + 1) for item in value]
        case _:
            return scrubbed(_description(value))


def redact(_logger: object, _method: str, event: Any) -> Any:
    """The last structlog processor before a line is rendered; foreign loggers' records pass it too."""
    return redacted(event)


def _under(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool) or not _NAMED_SO.search(name):
        return redacted(value, depth + 1)
    return HIDDEN


def _text(key: object) -> str:
    return key if isinstance(key, str) else _description(key)


def _description(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # a log line never fails for what it tells of
        return f"<{type(value).__name__}>"
