"""How Pauli propagation is to be run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from tnsim.base.errors import QueryError

__all__ = ["DEFAULT_TARGET", "PauliPropagation"]

DEFAULT_TARGET = 1e-3


@dataclass(frozen=True, kw_only=True)
class PauliPropagation:
    """Answers by walking the observable back through the circuit as a sum of Pauli strings.

    At most one of three fields says how accurate: `cutoff` drops strings with coefficients below
    it, `max_terms` keeps so many, those on few qubits first, `target_error` keeps more and more
    until the error estimate of each answer is at most that, or memory or `seconds` of wall time
    ends it, or the errors so far tell that memory will end it far from the target. None of them
    means target_error=1e-3. `max_weight` drops strings that act on more qubits and may stand
    beside each of the three. The error estimate then includes what it drops, but no target can be
    met by more strings alone. The memory budget bounds the number of strings in any case.

    >>> PauliPropagation(cutoff=1e-4).name
    'pauli_propagation'
    """

    name: ClassVar[str] = "pauli_propagation"

    cutoff: float | None = None
    max_terms: int | None = None
    target_error: float | None = None
    max_weight: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check("cutoff", self.cutoff, 0.0, "a number of 0 or more")
        _check("target_error", self.target_error, 0.0, "a number of 0 or more")
        _check("seconds", self.seconds, 0.0, "a number of 0 or more")
        for name in ("max_terms", "max_weight"):
            value = getattr(self, name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int) or value < 1
            ):
                raise QueryError(
                    f"`{name}` must be an int of at least 1, but got {value!r}; leave it out for "
                    "no such limit"
                )
        given = [n for n in ("cutoff", "max_terms", "target_error") if getattr(self, n) is not None]
        if len(given) > 1:
            raise QueryError(
                "at most one of `cutoff`, `max_terms` and `target_error` must be given, but got "
                f"{' and '.join(given)}; keep the one that is meant"
            )

    @property
    def target(self) -> float | None:
        """The error to be reached, where that is what decides."""
        if self.cutoff is not None or self.max_terms is not None:
            return None
        return DEFAULT_TARGET if self.target_error is None else self.target_error


def _check(name: str, value: object, least: float, wanted: str) -> None:
    if value is None:
        return
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or value < least:  # type: ignore[operator,arg-type]
        raise QueryError(f"`{name}` must be {wanted}, but got {value!r}; leave it out otherwise")
