"""Which truncations are run, from coarse to fine.

Two rules choose among strings. The first keeps the largest |c| 0.1^w, w being the number of
letters: light strings, whose means are large and which soon come back to the initial state's
letters. The second asks for large coefficients above all. Walks by the same rule at growing
numbers of strings may settle at a wrong value together; walks by both leave out different strings,
so how far they are apart is part of the error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import Level, error_of
from .limits import SLACK, Limits
from .options import PauliPropagation

__all__ = ["Ladder"]

_FIRST = 1000
_COARSER = 2
_NO_LIMIT = 1 << 40

_LIGHT, _LARGE = 0.1, 0.6

_HOPE_FROM = 32_000
_HOPE = 4.0
# With so many strings, a target is given up if it is out of reach by more than that factor.


@dataclass(frozen=True)
class Ladder:
    """Truncations for `room` strings at most, out of `possible` ones."""

    options: PauliPropagation
    room: int
    possible: float = math.inf

    @property
    def most_terms(self) -> int:
        """How many strings are kept at most."""
        most = int(min(self.room / SLACK, self.possible))
        return most if self.options.max_terms is None else min(most, self.options.max_terms)

    @property
    def most_weight(self) -> int:
        """On how many qubits a string may act."""
        given = self.options.max_weight
        return _NO_LIMIT if given is None else given

    def following(self, levels: Sequence[Level]) -> Limits | None:
        """The next truncation after `levels`, or None at the end."""
        if levels and self.ended(levels):
            return None
        options, most, step = self.options, self.most_terms, len(levels)
        if options.cutoff is not None:
            weight = self._weight(step)
            if options.cutoff == 0.0:
                return Limits(0.0, most, weight)
            if step == 1:
                return self._favouring(_LIGHT, max(1, levels[0].terms), weight)
            return Limits(options.cutoff * (4, 2, 1)[step], most, weight)
        rule = (_LIGHT, _LARGE)[step % 2]
        if options.max_terms is not None:
            return self._favouring(rule, most // _COARSER ** (2 - step), self._weight(step))
        return self._favouring(rule, _FIRST * _COARSER**step, self.most_weight)

    def ended(self, levels: Sequence[Level]) -> str:
        """Why no truncation follows after `levels`; empty where one does."""
        last, target = levels[-1], self.options.target
        if not last.bound.any():
            return "nothing dropped"
        if target is None:
            alone = self.options.cutoff == 0.0 and self.options.max_weight is None
            return "as given" if len(levels) == 3 or alone else ""
        if len(levels) % 2 == 0:
            # The first rule's answers are the better ones.
            return ""
        error, _ = error_of(levels)
        if len(levels) > 3 and bool((error <= target).all()):
            return "target met"
        if last.max_terms >= self.most_terms:
            return "memory"
        return "out of reach" if self._hopeless(levels, target) else ""

    def _favouring(self, preference: float, terms: int, weight: int) -> Limits:
        return Limits(0.0, max(1, min(terms, self.most_terms)), weight, preference)

    def _weight(self, step: int) -> int:
        """Coarser walks stop at fewer letters too, so that what `max_weight` drops is told."""
        given = self.options.max_weight
        return _NO_LIMIT if given is None else max(1, given - 2 + step)

    def _hopeless(self, levels: Sequence[Level], target: float) -> bool:
        """Whether errors fall too slowly to come near the target at the most strings."""
        if levels[-1].max_terms < _HOPE_FROM or len(levels) < 6:
            return False
        some = [float(np.max(error_of(levels[: k + 1])[0])) for k in range(len(levels))][-5:]
        numbers = [math.log(one.max_terms) for one in levels[-5:]]
        slope = float(np.polyfit(numbers, np.log(some), 1)[0])
        further = math.log(self.most_terms) - numbers[-1]
        return some[-1] * math.exp(min(slope, 0.0) * further) > _HOPE * target
