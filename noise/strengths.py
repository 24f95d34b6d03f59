"""Strengths: the numbers or affine expressions that a channel or readout error depends on.

They are read, bounded by linear inequalities, bound to values and written as JSON here, once for
everything that has strengths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tnsim.base.errors import NoiseError, TnsimError
from tnsim.base.parameters import Affine, Parameter, Scalar, as_affine

from .coefficients import Argument, Slot

__all__ = [
    "Bound",
    "bind_strengths",
    "bounded",
    "check_expressions",
    "check_values",
    "names_of",
    "read_json",
    "read_strength",
    "show",
    "slots_of",
    "symbolic_of",
    "write_json",
]

_SLACK = 1e-12


@dataclass(frozen=True)
class Bound:
    """The inequality low <= sum_i weights[i][1] * strength[weights[i][0]] <= high.

    With `is_open` the lower end is excluded. A sum of several strengths may miss an end by 1e-12
    of its summands, since 0.7 + 0.2 + 0.1 is not 1; a single one may not.
    """

    label: str
    weights: tuple[tuple[int, float], ...]
    low: float
    high: float
    is_open: bool = False
    reason: str = ""

    def moved(self, by: int) -> Bound:
        """The same inequality of strengths that stand `by` places later."""
        return replace(self, weights=tuple((i + by, w) for i, w in self.weights))

    def check(self, values: Sequence[Any], owner: str) -> None:
        """`NoiseError` unless it holds; each value is a number or an array, NaN never holds."""
        parts = [w * np.real(np.asarray(values[i])) for i, w in self.weights]
        total = np.asarray(sum(parts))
        slack = _SLACK * sum(np.abs(p) for p in parts) if len(parts) > 1 else 0.0
        above = total > self.low - slack if self.is_open else total >= self.low - slack
        holds = above & (total <= self.high + slack) & np.isfinite(total)
        if not np.all(holds):
            worst = float(total[~holds].flat[0]) if total.ndim else float(total)
            reason = f"; {self.reason}" if self.reason else ""
            raise NoiseError(
                f"`{self.label}` of {owner} must be {self._range()} (got {worst:.12g}){reason}"
            )

    def _range(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "finite"
        if math.isinf(self.high):
            return f"{'above' if self.is_open else 'at least'} {self.low:.12g}"
        if math.isinf(self.low):
            return f"at most {self.high:.12g}"
        return f"from {self.low:.12g} to {self.high:.12g}"


def bounded(names: Sequence[str], low: float, high: float, *, is_open: bool = False) -> list[Bound]:
    """The same ends for each of the strengths `names`, by position."""
    return [Bound(name, ((i, 1.0),), low, high, is_open) for i, name in enumerate(names)]


def read_strength(name: str, value: Scalar) -> Affine:
    """`value` as an expression; `NoiseError` where it is no finite real number or parameter."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.ndim):
        raise NoiseError(f"`{name}` must be a number, Parameter or expression (got {value!r})")
    try:
        return as_affine(value)
    except TnsimError as error:
        raise NoiseError(
            f"`{name}` must be a finite real number, Parameter or expression (got {value!r})"
        ) from error


def symbolic_of(strengths: Sequence[Affine]) -> tuple[Affine, ...]:
    """The distinct expressions that are not constant, in order of first appearance."""
    return tuple(dict.fromkeys(s for s in strengths if s.names))


def slots_of(strengths: Sequence[Affine]) -> list[Argument]:
    """For each strength its number, or its place in `symbolic_of(strengths)`."""
    places = {s: Slot(i) for i, s in enumerate(symbolic_of(strengths))}
    return [places[s] if s.names else s.constant for s in strengths]


def names_of(strengths: Sequence[Affine]) -> tuple[str, ...]:
    """The parameters' names, in order of first appearance."""
    return tuple(dict.fromkeys(name for s in strengths for name in s.names))


def check_expressions(bounds: Sequence[Bound], strengths: Sequence[Affine], owner: str) -> None:
    """Check what does not depend on parameters: p + (1 - p) <= 1 is decided without p."""
    for bound in bounds:
        total = Affine({})
        for i, weight in bound.weights:
            total = total + weight * strengths[i]
        if not total.names:
            bound.check([s.constant for s in strengths], owner)


def check_values(
    bounds: Sequence[Bound], strengths: Sequence[Affine], values: Sequence[Any], owner: str
) -> None:
    """Check every bound where `values` are the symbolic strengths' numbers or NumPy arrays."""
    expected = len(symbolic_of(strengths))
    if len(values) != expected:
        raise NoiseError(f"{owner} takes {expected} strength values (got {len(values)})")
    numbers = [values[s.index] if isinstance(s, Slot) else s for s in slots_of(strengths)]
    for bound in bounds:
        bound.check(numbers, owner)


def bind_strengths(
    strengths: Sequence[Affine], values: Mapping[str, float], owner: str
) -> tuple[Affine, ...]:
    """The strengths with numbers for the named parameters; the others stay symbolic."""
    unknown = sorted(set(values) - set(names_of(strengths)))
    if unknown:
        known = ", ".join(names_of(strengths)) or "none"
        raise NoiseError(f"{owner} must have the parameter {unknown[0]!r} (it has: {known})")
    numbers = {name: _number(name, value) for name, value in values.items()}
    return tuple(_bound_expression(s, numbers) for s in strengths)


def write_json(strength: Affine) -> Any:
    """A JSON number for a constant, else {"terms": {name: factor}, "constant": number}."""
    if not strength.names:
        return strength.constant
    return {"terms": strength.terms, "constant": strength.constant}


def read_json(name: str, data: object) -> Affine:
    """The inverse of `write_json`."""
    if isinstance(data, Mapping):
        if set(data) != {"terms", "constant"} or not isinstance(data["terms"], Mapping):
            raise NoiseError(
                f'`{name}` must be a number or {{"terms": {{name: factor}}, "constant": number}} '
                f"(got {data!r})"
            )
        factors = {n: _number(name, f) for n, f in data["terms"].items()}
        try:
            return Affine(factors, _number(name, data["constant"]))
        except TnsimError as error:
            raise NoiseError(f"`{name}` cannot be read: {error}") from error
    return Affine({}, _number(name, data))


def show(strength: Affine) -> str:
    """Python that gives the strength back: 0.1, Parameter('p') or Affine({'p': 2.0}, 0.1)."""
    if not strength.names:
        return repr(strength.constant)
    if len(strength.names) == 1 and strength == as_affine(Parameter(strength.names[0])):
        return f"Parameter({strength.names[0]!r})"
    return repr(strength)


def _bound_expression(strength: Affine, numbers: Mapping[str, float]) -> Affine:
    kept = {n: c for n, c in strength.terms.items() if n not in numbers}
    given = sum(c * numbers[n] for n, c in strength.terms.items() if n in numbers)
    return Affine(kept, strength.constant + given)


def _number(name: str, value: object) -> float:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise NoiseError(f"`{name}` must be a finite real number (got {value!r})")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
