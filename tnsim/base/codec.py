"""Canonical JSON with arrays in base64, digests, and files that are whole or absent."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import TnsimError

__all__ = ["canonical_json", "decode_array", "digest", "encode_array", "load_json", "write_text"]

_DTYPES = frozenset(
    ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    + ("float32", "float64", "complex64", "complex128")
)
_MOST_ARRAY_BYTES = 1 << 34


def canonical_json(data: Any) -> str:
    """JSON text that is equal for equal data: sorted keys, no spaces, no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(data: Any) -> str:
    """The SHA-256 of `canonical_json(data)`, in hexadecimal."""
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


def encode_array(array: NDArray[Any]) -> dict[str, Any]:
    """A JSON object holding a NumPy array, little-endian and row-major, in base64."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(little.tobytes()).decode("ascii"),
    }


def decode_array(data: Any) -> NDArray[Any]:
    """The array of `encode_array`; `TnsimError` on anything else, before allocating it."""
    if not isinstance(data, dict) or set(data) != {"dtype", "shape", "base64"}:
        raise TnsimError("an array must be an object with the fields dtype, shape and base64")
    name, shape, text = data["dtype"], data["shape"], data["base64"]
    if not isinstance(name, str) or name not in _DTYPES:
        raise TnsimError(f"an array's dtype must be one of {sorted(_DTYPES)} (got {name!r})")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise TnsimError(f"an array's shape must be a list of sizes (got {str(shape)[:60]})")
    dtype = np.dtype(name).newbyteorder("<")
    size = math.prod(shape) * dtype.itemsize
    if not isinstance(text, str) or size > _MOST_ARRAY_BYTES or len(text) != 4 * -(-size // 3):
        raise TnsimError(f"an array of {name} {shape} takes {size} bytes, but its base64 does not")
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise TnsimError(f"an array's base64 cannot be read: {error}") from error
    if len(raw) != size:
        raise TnsimError(f"an array of {name} {shape} takes {size} bytes (got {len(raw)})")
    native = np.dtype(name)
    try:
        return np.frombuffer(raw, dtype=dtype).reshape(shape).astype(native)
    except ValueError as error:
        raise TnsimError(
            f"an array's shape must be one that NumPy has, but {error} (got {str(shape)[:60]})"
        ) from error


def load_json(text: str | bytes, *, kind: str, version: int) -> dict[str, Any]:
    """The object in `text`, which must say `"kind": kind` and `"version": version`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TnsimError(f"a {kind} must be JSON, but this is not: {error}") from error
    if not isinstance(data, dict) or data.get("kind") != kind:
        found = data.get("kind") if isinstance(data, dict) else type(data).__name__
        raise TnsimError(f'a {kind} must be a JSON object with "kind": "{kind}" (got {found!r})')
    if type(data.get("version")) is not int or data["version"] != version:
        raise TnsimError(
            f"this tnsim reads {kind} files of version {version} (got {data.get('version')!r})"
        )
    return data


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` so that other processes see the old file or the new one, never a part."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
