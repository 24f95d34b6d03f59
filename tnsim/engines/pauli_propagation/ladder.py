"""Which truncations are run, from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import Level, error_of
from .limits import SLACK, Limits
from .options import PauliPropagation

__all__ = ["Ladder"]

_FIRST = 2.0**-5
_COARSER = 2.0
_NO_LIMIT = 1 << 40


@dataclass(frozen=True)
class Ladder:
    """Truncations for `room` strings at most; cutoffs start from `scale`, a coefficient's size."""

    options: PauliPropagation
    room: int
    scale: float

    @property
    def most_terms(self) -> int:
        """How many strings are kept at most."""
        most = int(self.room / SLACK)
        return most if self.options.max_terms is None else min(most, self.options.max_terms)

    @property
    def most_weight(self) -> int:
        """On how many qubits a string may act."""
        given = self.options.max_weight
        return _NO_LIMIT if given is None else given

    def following(self, levels: Sequence[Level]) -> Limits | None:
        """The next truncation after `levels`, or None at the end."""
        options, most = self.options, self.most_terms
        weight = self.most_weight
        step = len(levels)
        if options.target is None:
            if step == 3 or (step and not levels[-1].bound.any() and weight == _NO_LIMIT):
                return None
            coarser = _COARSER ** (2 - step)
            if options.max_terms is not None:
                return Limits(0.0, max(1, int(most / coarser)), weight)
            cutoff = options.cutoff or 0.0
            if cutoff == 0.0:
                return Limits(0.0, most, weight) if step == 0 else None
            return Limits(cutoff * coarser, most, weight)
        if levels:
            error, _ = error_of(levels)
            if bool((error <= options.target).all()) and (step > 2 or not levels[-1].bound.any()):
                return None
            if levels[-1].terms >= most:
                return None
        return Limits(self.scale * _FIRST / _COARSER**step, most, weight)
