"""The parts of a circuit that strings depend on, and the states that are moved through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import real_dtype
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.engines.approximate import Report, moves_of
from tnsim.engines.evolution.cone import cone_of
from tnsim.engines.evolution.questions import PauliTerms, Readout, needed_qubits, readouts
from tnsim.engines.evolution.rows import LEG, Picture, Rows, rows_of
from tnsim.lowering.instructions import is_pure

from .evolve import evolve
from .graph import Graph, graph_of
from .state import State, product_state
from .strings import Term
from .update import Truncation

__all__ = ["Direction", "Walk", "serves_ket", "walk_of"]

Direction = Literal["forward", "backward"]

ZERO: dict[Picture, NDArray[Any]] = {
    "ket": np.array([1.0, 0.0]),
    "pauli": np.array([1.0, 0.0, 0.0, 1.0]),
}
"""|0> as a ket, and |0><0| as the Pauli components Tr(P |0><0|)."""


@dataclass(frozen=True, eq=False)
class Walk:
    """The light cone of some strings, on sites 0..n-1, `place[qubit]` each.

    A state moves forward from |0..0>, or the one string backward. `maps` are readout errors of
    one qubit that are applied to the strings; others are among the rows.
    """

    terms: tuple[Term, ...]
    place: Mapping[int, int]
    rows: Rows
    graph: Graph
    legs: Picture
    direction: Direction
    maps: tuple[Readout, ...]
    dtype: str

    @property
    def leg(self) -> int:
        """The dimension of a physical leg."""
        return LEG[self.legs]

    def moved(
        self,
        values: Mapping[str, float],
        rule: Truncation,
        *,
        regauge_every: int = 0,
        rows: int | None = None,
        report: Report | None = None,
    ) -> State:
        """The final state, or the string moved back to the beginning.

        With `rows`, so many of the first rows only, or backward of the last.
        """
        state = self._begun(values)
        moves = islice(self._moves(values, report), rows)
        evolve(state, moves, rule, regauge_every=regauge_every)
        return state

    def losses(
        self, values: Mapping[str, float], rule: Truncation, parts: Sequence[int]
    ) -> list[float]:
        """The weight that is discarded up to the end of each part, of so many rows each."""
        state = self._begun(values)
        moves = self._moves(values, None)
        found = []
        for part in parts:
            evolve(state, islice(moves, part), rule)
            found.append(sum(state.discarded))
        return found

    def _begun(self, values: Mapping[str, float]) -> State:
        if self.direction == "backward":
            sites = self.vectors(self.terms[0], values)
            vectors = [sites.get(s, np.eye(4)[0]) for s in range(self.graph.size)]
        else:
            vectors = [ZERO[self.legs]] * self.graph.size
        return product_state(self.graph, vectors, self.dtype)

    def _moves(
        self, values: Mapping[str, float], report: Report | None
    ) -> Iterator[tuple[NDArray[Any], tuple[int, ...]]]:
        backward = self.direction == "backward"
        total, step = len(self.rows), max(len(self.rows) // 100, 1)
        for done, move in enumerate(moves_of(self.rows, values, reverse=backward)):
            if report is not None and done % step == 0:
                report(done, total)
            yield (move.matrix.T if backward else move.matrix), move.axes

    def vectors(self, term: Term, values: Mapping[str, float]) -> dict[int, NDArray[Any]]:
        """By site, the Pauli components of what is asked there, readout of one qubit included."""
        found = {self.place[q]: np.eye(4)[letter] for q, letter in term}
        matrices = self._readout(values)
        return {s: matrices[s].T @ v if s in matrices else v for s, v in found.items()}

    def _readout(self, values: Mapping[str, float]) -> dict[int, NDArray[Any]]:
        found: dict[int, NDArray[Any]] = {}
        for one in self.maps:
            site = self.place[one.qubits[0]]
            given = [float(evaluate_affine(a, values)) for a in one.args]
            matrix = np.asarray(one.form.evaluate(given), dtype=np.float64)
            found[site] = matrix @ found[site] if site in found else matrix
        return found

    @cached_property
    def sites(self) -> tuple[int, ...]:
        """The sites that any string asks about."""
        return tuple(sorted({self.place[q] for term in self.terms for q, _ in term}))


def serves_ket(circuit: Circuit, terms: Sequence[Term], measured: bool) -> bool:
    """Whether kets answer: no noise, no X or Y after a measurement, no joint misreading."""
    question = PauliTerms(tuple(terms), readout=measured)
    maps = readouts(circuit, question)
    if any(len(one.qubits) > 1 for one in maps):
        return False
    cone = cone_of(circuit, needed_qubits(question, maps))
    return is_pure(cone) and not _measured(cone) & _turned(terms)


def walk_of(
    circuit: Circuit,
    terms: Sequence[Term],
    *,
    measured: bool,
    legs: Picture,
    direction: Direction,
    dtype: str,
) -> Walk:
    """The walk that answers `terms` (backward: one term)."""
    question = PauliTerms(tuple(terms), readout=measured)
    maps = readouts(circuit, question)
    needed = needed_qubits(question, maps)
    cone = cone_of(circuit, needed)
    qubits = sorted({*np.unique(cone.columns.qubits).tolist(), *needed})
    place = {q: k for k, q in enumerate(qubits)}
    single = all(len(one.qubits) == 1 for one in maps)
    unread = frozenset(qubits) - _turned(terms)
    rows = rows_of(cone, place, legs, () if single else maps, unread)
    graph = graph_of(len(qubits), _gates(rows))
    chosen = real_dtype(dtype) if legs == "pauli" else dtype
    own = tuple(maps) if single else ()
    return Walk(tuple(terms), place, rows, graph, legs, direction, own, chosen)


def _gates(rows: Rows) -> Iterable[list[int]]:
    return (axes for axes in rows.each_axes() if len(axes) > 1)


def _turned(terms: Sequence[Term]) -> set[int]:
    """The qubits asked in X or Y."""
    return {q for term in terms for q, letter in term if letter != 3}


def _measured(circuit: Circuit) -> set[int]:
    columns = circuit.columns
    is_measure = np.array([op.kind == "unread" for op in circuit.operations])[columns.opcode]
    return set(columns.qubits[columns.qubit_start[:-1][is_measure]].tolist())
