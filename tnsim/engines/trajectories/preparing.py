"""From queries to tasks: which part of the circuit each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.engines.evolution.questions import PauliTerms, Readout, readouts
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    PauliSum,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)
from tnsim.queries.query import LeafQuery

from .cones import Unit, cone_of, grouped
from .pieces import (
    AmplitudePiece,
    DensityPiece,
    FidelityPiece,
    PauliPiece,
    Piece,
    ProbabilityPiece,
)
from .strings import strings_of
from .tasks import Task, task_of
from .vector_states import final_state

__all__ = ["Plan", "plan_of"]

MOST_JOINT = 5
"""The most qubits of a purity: it is estimated from all products of two entries of the state."""
_MOST_ENTRIES = 12
_MOST_STRINGS = 1 << 16

_ANSWERED = (
    "Expectation, Variance, Probabilities, ReducedDensityMatrix, Samples, Fidelity, Purity of at "
    f"most {MOST_JOINT} qubits, and Amplitudes of circuits without noise"
)


@dataclass(frozen=True, eq=False)
class Plan:
    """The tasks whose pieces answer the leaves, and one by itself for each of the samples."""

    tasks: tuple[Task, ...]
    samples: tuple[tuple[Samples, Task], ...]


@dataclass(frozen=True, eq=False)
class _Wish:
    """A piece, and the qubits whose final state it is read from."""

    piece: Piece
    qubits: frozenset[int]


def plan_of(
    circuit: Circuit, leaves: tuple[LeafQuery, ...], dtype: np.dtype[Any], *, apart: bool
) -> Plan:
    """The tasks for all leaves; `QueryError` for what trajectories do not answer.

    Questions about parts of the circuit share one task, or with `apart`, have one for every few
    of much the same light cone.
    """
    measured = _measured(circuit)
    wishes: list[_Wish] = []
    tasks: list[Task] = []
    samples: list[tuple[Samples, Task]] = []
    for leaf in leaves:
        match leaf:
            case Samples():
                samples.append((leaf, _whole_task(circuit, ())))
            case Fidelity():
                tasks.append(_fidelity_task(circuit, leaf, dtype))
            case Amplitudes():
                tasks.append(_amplitude_task(circuit, leaf))
            case _:
                wishes.append(_wish(circuit, leaf, measured))
    groups = _groups(circuit, wishes, measured) if apart else [wishes]
    return Plan(tuple(_local_task(circuit, g) for g in groups if g) + tuple(tasks), tuple(samples))


def _groups(circuit: Circuit, wishes: list[_Wish], measured: frozenset[int]) -> list[list[_Wish]]:
    """The wishes in groups of much the same light cone, expectation values term by term."""
    units: list[Unit] = []
    for number, wish in enumerate(wishes):
        leaf = wish.piece.leaf
        if isinstance(leaf, Expectation) and len(leaf.observable) > 1:
            for term in range(len(leaf.observable)):
                part = leaf.observable.take([term])
                qubits = _pauli_wish(circuit, leaf, [part], measured, joint=False).qubits
                units.append(Unit(number, term, qubits))
        else:
            units.append(Unit(number, None, wish.qubits))
    made: list[list[_Wish]] = []
    for group in grouped(circuit, units):
        terms: dict[int, list[int]] = {}
        for unit in group:
            terms.setdefault(unit.leaf, []).extend([] if unit.term is None else [unit.term])
        some = []
        for number, chosen in terms.items():
            wish = wishes[number]
            leaf = wish.piece.leaf
            if chosen and isinstance(leaf, Expectation):
                part = leaf.observable.take(sorted(chosen))
                wish = _pauli_wish(circuit, leaf, [part], measured, joint=False)
            some.append(wish)
        made.append(some)
    return made


def _local_task(circuit: Circuit, wishes: list[_Wish]) -> Task:
    cone, touched = cone_of(circuit, frozenset().union(*(wish.qubits for wish in wishes)))
    return task_of(cone, sorted(touched), [wish.piece for wish in wishes])


def _wish(circuit: Circuit, leaf: LeafQuery, measured: frozenset[int]) -> _Wish:
    match leaf:
        case Expectation(observable=observable):
            return _pauli_wish(circuit, leaf, [observable], measured, joint=False)
        case Variance(observable=observable):
            both = [observable * observable, observable]
            return _pauli_wish(circuit, leaf, both, measured, joint=True)
        case Probabilities(qubits=qubits):
            assigned = tuple(one for one in circuit.readout if set(one.qubits) & set(qubits))
            sources = tuple(sorted({*qubits, *(q for one in assigned for q in one.qubits)}))
            piece = ProbabilityPiece(leaf, qubits, sources, assigned)
            return _Wish(piece, frozenset(sources))
        case ReducedDensityMatrix(qubits=qubits):
            if len(qubits) > _MOST_ENTRIES:
                raise QueryError(
                    f"`qubits` of a ReducedDensityMatrix must be at most {_MOST_ENTRIES} for "
                    f"method='trajectories', but got {len(qubits)}; ask for fewer"
                )
            return _Wish(DensityPiece(leaf, qubits, measured, joint=False), frozenset(qubits))
        case Purity(qubits=given):
            qubits = tuple(range(circuit.num_qubits)) if given is None else given
            if len(qubits) > MOST_JOINT:
                raise QueryError(
                    f"`qubits` of a Purity must be at most {MOST_JOINT} for method='trajectories', "
                    f"but got {len(qubits)}; ask for fewer, or use method='mpdo' or 'exact'"
                )
            return _Wish(DensityPiece(leaf, qubits, measured, joint=True), frozenset(qubits))
    raise QueryError(
        f"`query` must be one that method='trajectories' answers ({_ANSWERED}), but got {leaf!r}; "
        "use method='exact'"
    )


def _pauli_wish(
    circuit: Circuit,
    leaf: LeafQuery,
    observables: list[PauliSum],
    measured: frozenset[int],
    *,
    joint: bool,
) -> _Wish:
    strings = [string for one in observables for string, _ in strings_of(one)]
    maps: tuple[Readout, ...] = tuple(readouts(circuit, PauliTerms(tuple(strings))))
    needed = {q for string in strings for q, _ in string}
    linked = {q for one in maps for q in one.qubits}
    biased = [sum(bool(set(m.qubits) & {q for q, _ in s}) for m in maps) for s in strings]
    if sum(2.0**b for b in biased) > _MOST_STRINGS:
        raise QueryError(
            "an observable's strings must be short where qubits have a readout error, since each "
            f"becomes up to 2^k strings on k of them, but got {max(biased)} of them in one of "
            f"{len(strings)}; use method='exact', or leave out the readout error"
        )
    piece = PauliPiece.of(leaf, observables, maps, measured, joint=joint)
    return _Wish(piece, frozenset(needed | linked))


def _fidelity_task(circuit: Circuit, leaf: Fidelity, dtype: np.dtype[Any]) -> Task:
    qubits = _touched(circuit) | _touched(leaf.other) or {0}
    target = partial(final_state, task_of(leaf.other, sorted(qubits), ()), dtype)
    return task_of(circuit, sorted(qubits), [FidelityPiece(leaf, target)], measurements=True)


def _amplitude_task(circuit: Circuit, leaf: Amplitudes) -> Task:
    qubits = sorted(_touched(circuit) or {0})
    piece = AmplitudePiece(leaf, leaf.bits, circuit.global_phase, tuple(qubits))
    task = task_of(circuit, qubits, [piece])
    if not task.steps.is_pure or circuit.readout:
        raise QueryError(
            "`query` must not be Amplitudes where the circuit has noise, a reset or a readout "
            f"error, since a mixed state has none, but got {leaf!r}; ask for Probabilities or "
            "Fidelity"
        )
    return task


def _whole_task(circuit: Circuit, pieces: tuple[Piece, ...]) -> Task:
    return task_of(circuit, sorted(_touched(circuit) or {0}), pieces)


def _touched(circuit: Circuit) -> set[int]:
    """The qubits that any instruction but a barrier acts on."""
    columns = circuit.columns
    kept = np.array([op.kind != "barrier" for op in circuit.operations])
    rows = np.flatnonzero(kept[columns.opcode])
    return set(np.unique(columns.take(rows).qubits).tolist())


def _measured(circuit: Circuit) -> frozenset[int]:
    """The qubits that are measured at the end."""
    columns = circuit.columns
    kept = np.array([op.kind == "unread" for op in circuit.operations])
    rows = np.flatnonzero(kept[columns.opcode])
    return frozenset(columns.take(rows).qubits.tolist())
