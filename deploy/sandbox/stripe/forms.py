"""Stripe's parameters: form encoding with nested brackets, and a small language to say what an endpoint takes.

Owns parsing and validation with Stripe's messages; knows no endpoint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from deploy.sandbox.stripe.errors import invalid

Params = dict[str, Any]
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse(text: bytes) -> Params:
    """`a[b][0][c]=1` becomes `{"a": {"b": {"0": {"c": "1"}}}}`; lists are told apart by the schema."""
    try:
        pairs = parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=5000)
    except ValueError as error:
        raise invalid("Invalid request body: it is not a UTF-8 form.") from error
    root: Params = {}
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            raise invalid(f"Invalid parameter name: {key[:80]}", param=key[:80])
        path = [match.group(1), *_PART.findall(match.group(2))]
        if len(path) > 8:
            raise invalid("Parameters are nested too deeply.", param=key[:80])
        _place(root, path, value, key)
    return root


def _place(root: Params, path: list[str], value: str, key: str) -> None:
    node = root
    for part in path[:-1]:
        child = node.setdefault(part or str(len(node)), {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid parameter: {key}", param=key)
        node = child
    node[path[-1] or str(len(node))] = value


class Kind(Protocol):
    def read(self, value: Any, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Text:
    longest: int = 5000

    def read(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {name}", param=name)
        if value == "":
            raise invalid(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a "
                "non-empty value.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(value) > self.longest:
            raise invalid(
                f"Invalid string: {value[:20]}...; must be at most {self.longest} characters",
                code="parameter_invalid_string_too_long",
                param=name,
            )
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    least: int = 0
    most: int = 2**53

    def read(self, value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if number < self.least:
            raise invalid(
                f"This value must be greater than or equal to {self.least}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if number > self.most:
            raise invalid(
                f"This value must be less than or equal to {self.most}.", code="parameter_invalid_integer", param=name
            )
        return number


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[str, ...]

    def read(self, value: Any, name: str) -> str:
        if value not in self.options:
            raise invalid(f"Invalid {name}: must be one of {', '.join(self.options)}", param=name)
        return str(value)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Up to 50 keys of 40 characters, values of 500: Stripe's limits."""

    def read(self, value: Any, name: str) -> dict[str, str]:
        if value == "":
            return {}
        if not isinstance(value, dict) or any(not isinstance(entry, str) for entry in value.values()):
            raise invalid(f"Invalid object: {name}", param=name)
        if len(value) > 50:
            raise invalid("Metadata can hold at most 50 keys.", param=name)
        for key, entry in value.items():
            if len(key) > 40 or len(entry) > 500:
                raise invalid(
                    f"Metadata keys can have up to 40 characters, values up to 500: {key[:40]}", param=f"{name}[{key}]"
                )
        return dict(value)


@dataclass(frozen=True, slots=True)
class Group:
    """A hash with known keys; those in `required` must be there."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def read(self, value: Any, name: str) -> Params:
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {name}", param=name)
        clean: Params = {}
        for key, entry in value.items():
            field = self.fields.get(key)
            inner = f"{name}[{key}]" if name else key
            if field is None:
                raise invalid(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
            clean[key] = field.read(entry, inner)
        for key in self.required:
            if key not in clean:
                inner = f"{name}[{key}]" if name else key
                raise invalid(f"Missing required param: {inner}.", code="parameter_missing", param=inner)
        return clean


@dataclass(frozen=True, slots=True)
class Many:
    """A list, sent as `name[]=` or `name[0]=`."""

    of: Kind
    most: int = 100

    def read(self, value: Any, name: str) -> list[Any]:
        if not isinstance(value, dict) or any(not key.isdigit() for key in value):
            raise invalid(f"Invalid array: {name}", param=name)
        if len(value) > self.most:
            raise invalid(f"Too many entries in {name}: at most {self.most}.", param=name)
        return [self.of.read(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]


@dataclass(frozen=True, slots=True)
class Moment:
    """A unix time, or a hash of `gt`, `gte`, `lt`, `lte`; read as the latter with `eq` for the former."""

    def read(self, value: Any, name: str) -> dict[str, int]:
        if isinstance(value, dict):
            bounds: dict[str, Kind] = {bound: Whole() for bound in ("gt", "gte", "lt", "lte")}
            return Group(bounds).read(value, name)
        return {"eq": Whole().read(value, name)}


EXPAND = Many(Text(200), 20)
LISTING: dict[str, Kind] = {
    "limit": Whole(1, 100),
    "starting_after": Text(255),
    "ending_before": Text(255),
    "created": Moment(),
    "expand": EXPAND,
}
