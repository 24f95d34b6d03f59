"""What an error estimate rests on, as plain JSON data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tnsim.base.errors import TnsimError

__all__ = ["check_evidence", "plain"]

_DEEPEST = 8


def plain(value: Any) -> Any:
    """The value with NumPy's arrays and numbers as JSON has them; what is not finite is None."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def check_evidence(evidence: object) -> None:
    """`TnsimError` unless it is a JSON object, not too deep."""
    if not isinstance(evidence, Mapping) or not _is_json(evidence, _DEEPEST):
        raise TnsimError(f"a result's `evidence` must be a JSON object (got {evidence!r:.60})")


def _is_json(value: object, depth: int) -> bool:
    if isinstance(value, Mapping):
        texts = all(isinstance(key, str) for key in value)
        return depth > 0 and texts and all(_is_json(one, depth - 1) for one in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_json(one, depth - 1) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int)
