"""Selectors from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tnsim.base.errors import NoiseError

from .json_objects import MOST_NESTED, check_fields, check_list
from .selectors import (
    AllOf,
    AnyOf,
    Arity,
    Everything,
    Exactly,
    Gates,
    Not,
    On,
    Position,
    Selector,
    Within,
)

__all__ = ["selector_from_dict"]

_SELECTORS: Mapping[str, type[Selector]] = {
    kind.name: kind
    for kind in (AllOf, AnyOf, Arity, Everything, Exactly, Gates, Not, On, Position, Within)
}


def selector_from_dict(data: object, *, depth: int = MOST_NESTED) -> Selector:
    """The inverse of `Selector.to_dict`; `NoiseError` on anything else.

    >>> selector_from_dict({"select": "not", "part": {"select": "arity", "sizes": [1]}})
    ~arity(1)
    """
    name = data.get("select") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(name, str) or name not in _SELECTORS:
        found = name if isinstance(data, Mapping) else type(data).__name__
        raise NoiseError(
            f'a selector must be an object whose "select" is one of {", ".join(_SELECTORS)} '
            f"(got {found!r})"
        )
    if depth == 0:
        raise NoiseError(f"a selector must be nested at most {MOST_NESTED} deep")
    kind = _SELECTORS[name]
    names = [field.name for field in fields(kind)]
    check_fields(data, f"the selector {name}", ["select", *names])
    return kind(**{field: _value(name, field, data[field], depth) for field in names})


def _value(name: str, field: str, data: object, depth: int) -> Any:
    what = f"`{field}` of the selector {name}"
    if field == "part":
        return selector_from_dict(data, depth=depth - 1)
    if field == "parts":
        parts = check_list(data, what, dict, least=1)
        return tuple(selector_from_dict(part, depth=depth - 1) for part in parts)
    if field == "names":
        return tuple(check_list(data, what, str, least=1))
    if field == "tuples":
        return tuple(
            tuple(check_list(qubits, what, int, least=1))
            for qubits in check_list(data, what, list, least=1)
        )
    if field in {"start", "stop", "step"}:
        if data is not None and type(data) is not int:
            raise NoiseError(f"{what} must be an int or null (got {data!r})")
        return data
    return tuple(check_list(data, what, int, least=1))
