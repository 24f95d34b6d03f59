"""How a pool of Pauli terms is split into contractions: by support, in clusters, or all at once."""

from __future__ import annotations

import math
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
_CLEARLY = 1.5

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
    # What few contractions rate is rated first: the others need not be better than that in full.
    distinct = {len(groups): groups for groups in reversed(candidates)}
    best: _Strategy | None = None
    refused: BudgetError | None = None
    for groups in distinct.values():
        rated = _rate(circuit, groups, quick, math.inf if best is None else best.seconds)
        if isinstance(rated, BudgetError):
            refused = refused or rated
        elif best is None or rated.seconds < best.seconds:
            best = rated
    if best is None:
        assert refused is not None, "there are groups"
        raise refused
    return best.groups


def _rate(
    circuit: Circuit, groups: list[Group], quick: Planner, limit: float
) -> _Strategy | BudgetError:
    """The time of all groups by a few of them; by fewer where those alone exceed `limit`."""
    step = max(1, len(groups) // _PROBED_GROUPS)
    probed = groups[::step][:_PROBED_GROUPS]
    found: list[float] = []
    for group in probed:
        try:
            found.append(quick(ComponentTask(circuit, _question(group))).seconds)
        except BudgetError as error:
            return error
        # The groups that were not looked at are taken to cost a third of those that were.
        share = (len(found) + (len(groups) - len(found)) / 3) / len(found)
        if share * sum(found) + len(groups) * _OVERHEAD_SECONDS > _CLEARLY * limit:
            break
    mean = sum(found) / len(found)
    return _Strategy(groups, len(groups) * (mean + _OVERHEAD_SECONDS))


def _question(group: Group) -> ComponentQuestion:
    return group.question
