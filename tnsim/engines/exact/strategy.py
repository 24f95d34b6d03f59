"""How a pool of Pauli terms is split into contractions: by support, in clusters, or all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tnsim.base.errors import BudgetError
from tnsim.circuit import Circuit
from tnsim.lowering.components import ComponentQuestion

from .grouping import Group, Term, by_support, merged, whole
from .planning import PlannedTask
from .tasks import ComponentTask

__all__ = ["choose_groups"]

_PROBED_GROUPS = 3
_CLUSTER_NUMBERS = 256
_WHOLE_NUMBERS = 1 << 22
# Lowering, planning and running a network costs at least about this, whatever its size.
_OVERHEAD_SECONDS = 0.02

Planner = Callable[[ComponentTask], PlannedTask]


@dataclass(frozen=True)
class _Strategy:
    groups: list[Group]
    seconds: float


def choose_groups(circuit: Circuit, terms: Sequence[Term], quick: Planner) -> list[Group]:
    """The split with the least predicted time; `quick` plans one task with little effort.

    With one set of qubits there is nothing to choose. Otherwise three are rated: a contraction
    for each set of qubits, for each cluster of neighbouring sets, and one for all, from which
    every term is read. Many contractions are rated by a few of them.
    """
    separate = by_support(terms)
    if len(separate) < 2:
        return separate
    candidates = [separate, merged(separate, most_numbers=_CLUSTER_NUMBERS)]
    everything = whole(separate)
    if everything.numbers <= _WHOLE_NUMBERS:
        candidates.append([everything])
    distinct = {len(groups): groups for groups in candidates}
    rated = [_rate(circuit, groups, quick) for groups in distinct.values()]
    feasible = [r for r in rated if isinstance(r, _Strategy)]
    if not feasible:
        raise next(r for r in rated if isinstance(r, BudgetError))
    return min(feasible, key=lambda s: s.seconds).groups


def _rate(circuit: Circuit, groups: list[Group], quick: Planner) -> _Strategy | BudgetError:
    step = max(1, len(groups) // _PROBED_GROUPS)
    probed = groups[::step][:_PROBED_GROUPS]
    try:
        found = [quick(ComponentTask(circuit, _question(g))) for g in probed]
    except BudgetError as error:
        return error
    mean = sum(f.seconds for f in found) / len(found)
    return _Strategy(groups, len(groups) * (mean + _OVERHEAD_SECONDS))


def _question(group: Group) -> ComponentQuestion:
    return group.question
