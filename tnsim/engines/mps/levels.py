"""At which accuracies a question is run, so that their differences tell the error."""

from __future__ import annotations

from dataclasses import dataclass

from .decompositions import Truncation

__all__ = ["Plan", "fixed_plan", "growing_plan"]

_FIRST_BOND = 8
_SMALL_BOND = 8
_COARSER = (100.0, 10.0)


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
