"""At which accuracies a question is run, so that their differences tell the error."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .decompositions import Truncation
from .runs import Run

__all__ = ["MOST_SECONDS", "Pace", "Plan", "fixed_plan", "growing_plan"]

MOST_SECONDS = 600.0
"""No run is begun that would take longer, where no `seconds` were given."""

_FIRST_BOND = 8
_SMALL_BOND = 8
_COARSER = (100.0, 10.0)
_LEAST_GROWTH = 1.25


@dataclass(frozen=True)
class Plan:
    """Truncations to run. The answer is `levels[top]`, or where `grows` the last one that ran.

    A plan that does not grow begins with its answer: if that truncates nothing, it is done.
    """

    levels: tuple[Truncation, ...]
    top: int
    grows: bool = False


def fixed_plan(max_bond: int | None, cutoff: float | None, most_bond: int) -> Plan:
    """The accuracy that was asked first, then coarser ones; where the bond is small, finer too."""
    if cutoff is not None:
        steps = [cutoff, *(min(cutoff * c, 0.3) for c in _COARSER if cutoff)]
        return Plan(tuple(Truncation(most_bond, one) for one in steps), 0)
    assert max_bond is not None, "a plan without an accuracy grows"
    bond = min(max_bond, most_bond)
    # A coarser run of a bond of one or two says little; a finer one costs nothing.
    others = [bond // 2, bond // 4] if bond >= _SMALL_BOND else [bond // 2, 2 * bond, 4 * bond]
    bonds = [bond, *(one for one in others if 1 <= one <= most_bond and one != bond)]
    return Plan(tuple(Truncation(one, 0.0) for one in bonds), 0)


def growing_plan(most_bond: int) -> Plan:
    """Bonds twice as large each time, up to the largest that the budget allows."""
    bonds, bond = [], min(_FIRST_BOND, most_bond)
    if bond < _FIRST_BOND and bond > 1:
        bonds.append(max(bond // 2, 1))
    while bond < most_bond:
        bonds.append(bond)
        bond *= 2
    bonds.append(most_bond)
    return Plan(tuple(Truncation(one, 0.0) for one in bonds), len(bonds) - 1, grows=True)


@dataclass(frozen=True, eq=False)
class Pace:
    """How long a run took at a bond; longer ones are foretold by their operations."""

    run: Run
    bond: int
    seconds: float

    def affordable(self, bond: int, deadline: float | None) -> int | None:
        """The largest bond up to `bond` that ends in time; None where none is worth its time.

        With a `deadline` (of time.monotonic) a smaller bond may fill what is left; without one,
        a run is begun or not.
        """
        if deadline is None:
            return bond if self._seconds(bond) <= MOST_SECONDS else None
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        least, most = self.bond, bond
        while least < most:
            middle = (least + most + 1) // 2
            if self._seconds(middle) <= left:
                least = middle
            else:
                most = middle - 1
        return least if least >= min(bond, _LEAST_GROWTH * self.bond) else None

    def _seconds(self, bond: int) -> float:
        return self.seconds * self.run.flops(bond) / self.run.flops(self.bond)
