"""JSON objects with exactly the fields they should have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.codec import decode_array, encode_array
from tnsim.base.errors import NoiseError, TnsimError

__all__ = [
    "MOST_NESTED",
    "check_document",
    "check_fields",
    "check_list",
    "read_array",
    "write_array",
]

VERSION = 1
MOST_NESTED = 32
"""How deep compositions and selectors may be nested in a file."""


def check_document(data: object, kind: str) -> Mapping[str, Any]:
    """`data` where it is an object of `kind` and version 1; else `NoiseError`."""
    if not isinstance(data, Mapping) or data.get("kind") != kind:
        found = data.get("kind") if isinstance(data, Mapping) else type(data).__name__
        raise NoiseError(f'a {kind} must be an object with "kind": "{kind}" (got {found!r})')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise NoiseError(
            f"this tnsim reads {kind} of version {VERSION} (got {data.get('version')!r})"
        )
    return data


def check_fields(data: object, what: str, names: Sequence[str]) -> Mapping[str, Any]:
    """`data` where it is an object with the fields `names` and no others; else `NoiseError`."""
    if not isinstance(data, Mapping):
        raise NoiseError(f"{what} must be a JSON object (got {type(data).__name__})")
    missing = sorted(set(names) - set(data))
    unknown = sorted(map(repr, set(data) - set(names)))
    if missing or unknown:
        raise NoiseError(
            f"{what} must have the fields {', '.join(names) or '(none)'}, but "
            + " and ".join(
                [f"{', '.join(missing)} is missing"] * bool(missing)
                + [f"{', '.join(unknown)} is unknown"] * bool(unknown)
            )
        )
    return data


def check_list(data: object, what: str, kind: type, *, least: int = 0) -> list[Any]:
    """`data` where it is a list of `kind` (bool is no int); else `NoiseError`."""
    good = isinstance(data, list) and all(
        isinstance(item, kind) and not (kind is int and isinstance(item, bool)) for item in data
    )
    if not isinstance(data, list) or not good or len(data) < least:
        some = f" of at least {least}" if least else ""
        raise NoiseError(f"{what} must be a list{some} of {kind.__name__} (got {data!r})")
    return data


def write_array(array: NDArray[Any]) -> dict[str, Any]:
    """An array as a JSON object, exactly."""
    return encode_array(array)


def read_array(data: object, what: str) -> NDArray[Any]:
    """The inverse of `write_array`; nested lists of numbers are read too."""
    try:
        if isinstance(data, list):
            return np.array(data, dtype=float)
        return decode_array(data)
    except (TnsimError, ValueError, TypeError) as error:
        raise NoiseError(f"{what} cannot be read: {error}") from error
