"""`Result`: an answer, how far to trust it, what it cost and where it comes from."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.budgets import format_bytes
from tnsim.base.codec import canonical_json, load_json, write_text
from tnsim.base.errors import TnsimError

from .evidence import check_evidence
from .forecast import Forecast
from .provenance import Provenance
from .table import format_seconds, format_table
from .value_codec import (
    NumpyValues,
    Values,
    decode_values,
    encode_values,
    numpy_values,
    same_values,
)

__all__ = ["Result"]

_KIND = "result"
_VERSION = 1
_EXACT = "exact up to rounding"
_ERROR_KINDS = ("rounding", "bound", "standard error", "estimate")
_SHOWN_NAMES = 8
_LARGEST = sys.float_info.max


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The answer to one query (`value` an array) or to a dict of them (`value` a dict of arrays).

    Arrays stay in the library and on the device where they were computed until `numpy` is asked
    for. With batched parameters each array has the batch as its first axis. `error` is None where
    the method makes no approximation (`error_kind` is "rounding"); otherwise it is the absolute
    error, structured like `value`, and `error_kind` says what that is: a "bound" that the true
    error cannot exceed, an "estimate" of it, or a "standard error" of a mean. `evidence` is what
    it rests on, as JSON data: discarded weights, a table of convergence, other methods' answers.
    `seconds` is the wall time of the run, `peak_bytes` the measured peak of memory above what was
    taken before (None if not measured), `forecast` what was promised.

    >>> result = Result(np.float64(0.25), "exact")
    >>> print(result)
    value   0.25
    method  exact
    error   exact up to rounding
    """

    value: Values
    method: str
    error: Values | None = None
    error_kind: str = "rounding"
    evidence: Mapping[str, Any] = field(default_factory=dict)
    forecast: Forecast | None = None
    seconds: float | None = None
    peak_bytes: int | None = None
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.method, str):
            raise TnsimError(f"a result's `method` must be text (got {self.method!r})")
        if self.error_kind not in _ERROR_KINDS or (self.error_kind == "rounding") != (
            self.error is None
        ):
            raise TnsimError(
                f"a result's `error_kind` must be one of {', '.join(_ERROR_KINDS)}, and 'rounding' "
                f"exactly where `error` is None (got {self.error_kind!r:.40})"
            )
        check_evidence(self.evidence)
        seconds, peak = self.seconds, self.peak_bytes
        if seconds is not None and not (_is_real(seconds) and abs(seconds) <= _LARGEST):
            raise TnsimError(f"a result's `seconds` must be a finite number (got {seconds!r:.40})")
        if peak is not None and (type(peak) is not int or not 0 <= peak <= _LARGEST):
            raise TnsimError(
                "a result's `peak_bytes` must be an int of at least 0, within the range of floats "
                f"(got {str(peak)[:40]})"
            )

    def numpy(self) -> NumpyValues:
        """`value` as a NumPy array, or as a dict of them where several queries were asked."""
        return numpy_values(self.value)

    @property
    def largest_error(self) -> float | None:
        """The largest of `error`'s numbers, None where nothing is approximated."""
        if self.error is None:
            return None
        errors = numpy_values(self.error)
        arrays = errors.values() if isinstance(errors, dict) else [errors]
        return max((float(array.max(initial=0.0)) for array in arrays), default=0.0)

    def allclose(self, other: Result | Values, *, rtol: float = 1e-9, atol: float = 1e-12) -> bool:
        """Whether the values agree with another result's, or with given arrays, of equal shape.

        |self - other| <= atol + rtol |other| for every number; NaN agrees with nothing.
        """
        theirs = other.value if isinstance(other, Result) else other
        return same_values(self.numpy(), numpy_values(theirs), rtol, atol)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object; arrays are in base64 with dtype and shape (tnsim.base.codec)."""
        return {
            "kind": _KIND,
            "version": _VERSION,
            "value": encode_values(self.value),
            "method": self.method,
            "error": None if self.error is None else encode_values(self.error),
            "error_kind": self.error_kind,
            "evidence": dict(self.evidence),
            "forecast": None if self.forecast is None else self.forecast.to_dict(),
            "seconds": self.seconds,
            "peak_bytes": self.peak_bytes,
            "provenance": None if self.provenance is None else self.provenance.to_dict(),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON text to `path`; the file is whole or as it was."""
        write_text(path, canonical_json(self.to_dict()) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """The result in a file that `save` wrote, its arrays in NumPy; no other library is used.

        `TnsimError` on a file of another kind or version, and on unknown or missing fields.
        """
        try:
            return cls._from_text(Path(path).read_bytes())
        except TnsimError as error:
            raise TnsimError(f"{os.fspath(path)}: {error}") from error

    @classmethod
    def _from_text(cls, text: bytes) -> Result:
        data = load_json(text, kind=_KIND, version=_VERSION)
        expected = {"kind", "version", *cls.__dataclass_fields__}
        if set(data) != expected:
            odd = sorted(set(data) ^ expected)
            raise TnsimError(f"a result must have exactly the fields of `save` (see {odd})")
        error, forecast, provenance = data["error"], data["forecast"], data["provenance"]
        return cls(
            value=decode_values(data["value"]),
            method=data["method"],
            error=None if error is None else decode_values(error),
            error_kind=data["error_kind"],
            evidence=data["evidence"],
            forecast=None if forecast is None else Forecast.from_dict(forecast),
            seconds=data["seconds"],
            peak_bytes=data["peak_bytes"],
            provenance=None if provenance is None else Provenance.from_dict(provenance),
        )

    def __repr__(self) -> str:
        rows = [("value", _values_text(self.numpy())), ("method", self.method)]
        if self.error is None:
            rows.append(("error", _EXACT))
        else:
            rows.append(("error", f"{_values_text(numpy_values(self.error))} ({self.error_kind})"))
        if self.seconds is not None:
            rows.append(("time", format_seconds(self.seconds)))
        if self.peak_bytes is not None:
            promised = (
                f" (forecast {format_bytes(self.forecast.peak_bytes)})" if (self.forecast) else ""
            )
            rows.append(("peak", format_bytes(self.peak_bytes) + promised))
        return format_table(rows)


def _is_real(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _values_text(values: NumpyValues) -> str:
    if not isinstance(values, dict):
        return _array_text(values)
    lines = [f"{name} = {_array_text(values[name])}" for name in list(values)[:_SHOWN_NAMES]]
    if len(values) > _SHOWN_NAMES:
        lines.append(f"... ({len(values)} in all)")
    return "\n".join(lines)


def _array_text(array: NDArray[Any]) -> str:
    if array.ndim == 0:
        return f"{array[()]:.12g}" if array.dtype.kind in "iufc" else str(array[()])
    text = np.array2string(array, precision=6, threshold=8, edgeitems=2)
    return f"{text}  shape {array.shape}" if array.size > 8 else text
