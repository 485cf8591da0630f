"""Reading HTML forms and saying, field by field and in plain words, what is wrong with one.

Owns the words for malformed input. A refused form is shown again with what was typed; nobody types it twice.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from models.errors import DomainError

M = TypeVar("M", bound=BaseModel)


async def typed(request: Request) -> dict[str, str]:
    """The text fields of the sent form. Uploads are left out; null bytes, which no person types, become spaces."""
    form = await request.form()
    return {name: value.replace("\x00", " ") for name, value in form.multi_items() if isinstance(value, str)}


async def closing_uploads(request: Request) -> AsyncIterator[None]:
    """A dependency of routes that take files: what was spooled to disk is closed, whatever became of the request."""
    yield
    await request.close()


def checked(model: type[M], values: Mapping[str, Any]) -> tuple[M | None, dict[str, str]]:
    """The validated input, or what to put right by field. Fields that the model does not know are not passed on."""
    known = {name: values[name] for name in model.model_fields if name in values}
    try:
        return model.model_validate(known), {}
    except ValidationError as refused:
        return None, {_field(error): _words(error) for error in reversed(refused.errors())}


def refusal(error: DomainError, fallback: str = "") -> dict[str, str]:
    """A business refusal as the error of the field that it names."""
    field = error.details.get("field")
    return {str(field) if isinstance(field, str) else fallback: error.message}


def whole_number(text: str, *, what: str = "a number") -> int:
    """Raises `ValueError` with words for people. Length-limited: Python would happily read a million digits."""
    text = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text):
        raise ValueError(f"Enter {what} in digits.")
    return int(text)


def _field(error: Any) -> str:
    if error["loc"]:
        return str(error["loc"][0])
    name, _, _ = _value_error_text(error).partition(":")
    return name if name.isidentifier() else ""


def _value_error_text(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _words(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    # A length that is checked after trimming is told as one of a list; both count characters here.
    is_text = isinstance(error.get("input"), str)
    if kind == "missing" or (kind in {"string_too_short", "too_short"} and (is_text and not error["input"].strip())):
        return "Fill this in."
    if kind == "string_too_short" or (kind == "too_short" and is_text):
        return f"Use at least {context['min_length']} characters."
    if kind == "string_too_long" or (kind == "too_long" and is_text):
        return f"Use at most {context['max_length']} characters."
    if kind == "too_long":
        return f"Name at most {context['max_length']}."
    if kind in {"greater_than_equal", "greater_than"}:
        return f"Enter {context.get('ge', context.get('gt'))} or more."
    if kind in {"less_than_equal", "less_than"}:
        return f"Enter {context.get('le', context.get('lt'))} or less."
    if kind in {"int_parsing", "int_type", "int_from_float"}:
        return "Enter a whole number in digits."
    if kind == "string_pattern_mismatch":
        return "This does not look right. Check it."
    if kind == "value_error":
        text = _value_error_text(error)
        head, _, rest = text.partition(": ")
        text = rest if rest and head.isidentifier() else text
        return text[:1].upper() + text[1:].rstrip(".") + "."
    return str(error["msg"]).rstrip(".") + "."
