"""The JSON objects of queries: exact fields, kinds, versions and numbers."""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

from tnsim.base.errors import QueryError

__all__ = ["check_fields", "check_number", "is_number", "read_number", "write_number"]

VERSION = 1


def check_fields(data: object, kind: str, names: Sequence[str]) -> Mapping[str, Any]:
    """`data` where it is an object of `kind`, version 1, with exactly the fields `names`."""
    if not isinstance(data, Mapping) or data.get("kind") != kind:
        found = data.get("kind") if isinstance(data, Mapping) else type(data).__name__
        raise QueryError(f'a {kind} must be an object with "kind": "{kind}" (got {found!r})')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise QueryError(
            f"this tnsim reads {kind} of version {VERSION} (got {data.get('version')!r})"
        )
    expected = {"kind", "version", *names}
    if set(data) != expected:
        missing, unknown = sorted(expected - set(data)), sorted(map(repr, set(data) - expected))
        raise QueryError(
            f"a {kind} must have the fields {', '.join(names)}, but "
            + " and ".join(
                [f"{', '.join(missing)} is missing"] * bool(missing)
                + [f"{', '.join(unknown)} is unknown"] * bool(unknown)
            )
        )
    return data


def is_number(value: object) -> bool:
    """Whether `value` is a Python or NumPy number; booleans and arrays are not."""
    return isinstance(value, Number) and not isinstance(value, bool | np.bool_)


def check_number(name: str, value: object) -> int | float | complex:
    """`value` as a finite Python int, float or complex."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        raise QueryError(f"{name} must be a number (got {value!r})")
    try:
        finite = cmath.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise QueryError(f"{name} must be finite (got {str(value)[:40]})")
    return value


def write_number(number: int | float | complex) -> Any:
    """A JSON number, or {"complex": [re, im]} for a complex one."""
    if isinstance(number, complex):
        return {"complex": [number.real, number.imag]}
    return number


def read_number(data: object) -> int | float | complex:
    """The inverse of `write_number`."""
    if isinstance(data, Mapping):
        parts = data.get("complex")
        if set(data) != {"complex"} or not isinstance(parts, list) or len(parts) != 2:
            raise QueryError('a complex number must be {"complex": [real, imaginary]}')
        real, imag = (check_number("a complex number's part", part) for part in parts)
        if isinstance(real, complex) or isinstance(imag, complex):
            raise QueryError("a complex number's parts must be real")
        return complex(real, imag)
    return check_number("a number", data)
