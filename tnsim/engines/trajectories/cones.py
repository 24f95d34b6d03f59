"""Which questions share a task: those of much the same light cone.

States double with every qubit, so two tasks on the cones of two observables may be far cheaper
than one on both. Strings of one observable may go to different tasks too: its value is the sum of
independent estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tnsim.circuit import Circuit

__all__ = ["Unit", "cone_of", "grouped"]

_SMALL = 14
# States of so few qubits are moved as fast as the kernels are called.
_MOST_UNITS = 512


@dataclass(frozen=True)
class Unit:
    """What goes to one task: the leaf of this number, or one term of it, and the qubits needed."""

    leaf: int
    term: int | None
    qubits: frozenset[int]


def cone_of(circuit: Circuit, qubits: frozenset[int]) -> tuple[Circuit, frozenset[int]]:
    """The light cone of the qubits, and all that it touches."""
    cone = circuit.lightcone(sorted(qubits or {0}))
    touched = np.unique(cone.columns.qubits).tolist()
    return cone, frozenset(touched) | (qubits or frozenset({0}))


def grouped(circuit: Circuit, units: Sequence[Unit]) -> list[list[Unit]]:
    """The units in groups whose light cones are not larger than that of the largest unit.

    Or than some qubits that cost nothing. The larger ones come first, each to the group that it
    enlarges least.
    """
    distinct = {unit.qubits for unit in units}
    if len(distinct) > _MOST_UNITS:
        return [list(units)]
    cones = {qubits: cone_of(circuit, qubits)[1] for qubits in distinct}
    limit = max(_SMALL, *(len(cone) for cone in cones.values()))
    groups: list[list[Unit]] = []
    reach: list[frozenset[int]] = []
    for unit in sorted(units, key=lambda one: -len(cones[one.qubits])):
        cone = cones[unit.qubits]
        grown = [(len(cone | there), k) for k, there in enumerate(reach)]
        size, k = min(grown, default=(limit + 1, -1))
        if size > limit:
            groups.append([unit])
            reach.append(cone)
        else:
            groups[k].append(unit)
            reach[k] |= cone
    return groups
