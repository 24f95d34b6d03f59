"""Pauli components of the final state: the one form in which state questions are lowered.

r_P = Tr(P rho) for P on a few qubits answers expectation values, reduced density matrices,
marginal probabilities and the purity of small parts; readout error is a linear map on r.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Form
from tnsim.circuit import Circuit

from .draft import Draft
from .walk import Basis, Walker

__all__ = ["ComponentQuestion", "component_map", "lower_components"]

I, X, Y, Z = range(4)
_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_CODE_BITS = {I: (0, 0), X: (1, 0), Y: (1, 1), Z: (0, 1)}


@dataclass(frozen=True)
class ComponentQuestion:
    """Which Pauli components are asked: by qubit, the letters (0..3 for I, X, Y, Z) wanted.

    The answer has one axis per entry of `letters`, in that order, of the letters' number. With
    `readout`, letters other than I are as measured, through the circuit's readout error.
    """

    letters: tuple[tuple[int, tuple[int, ...]], ...]
    readout: bool = True

    @property
    def qubits(self) -> tuple[int, ...]:
        return tuple(qubit for qubit, _ in self.letters)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(letters) for _, letters in self.letters)


def lower_components(
    draft: Draft, walker: Walker, circuit: Circuit, question: ComponentQuestion
) -> None:
    """Add the circuit and the question to the draft; the answer's axes become its outputs."""
    wanted = dict(question.letters)
    maps = _readout_maps(circuit, wanted) if question.readout else []
    source = dict(wanted)
    for one in maps:
        source.update(one.source)
    cone = circuit.lightcone(sorted(source))
    touched = np.unique(cone.columns.qubits).tolist()
    legs = walker.state(cone, sorted({*touched, *source}))
    ends: dict[int, int] = {}
    for qubit in legs:
        if qubit in source:
            ends[qubit] = _select(draft, walker.basis, legs[qubit], source[qubit])
        else:
            walker.trace(legs[qubit])
    for one in maps:
        ends.update(one.add(draft, ends, wanted))
    for qubit in question.qubits:
        draft.open(ends[qubit])


def _select(draft: Draft, basis: Basis, leg: Sequence[int], letters: Sequence[int]) -> int:
    """A new label that runs over `letters` of a leg."""
    label = draft.new_label(len(letters))
    if basis == "pauli":
        chooser = np.zeros((len(letters), 2, 2))
        for row, letter in enumerate(letters):
            chooser[(row, *_CODE_BITS[letter])] = 1.0
    else:
        # Tr(P rho) = sum_kb P[b, k] rho[k, b]
        chooser = _PAULIS[list(letters)].transpose(0, 2, 1)
    draft.add([label, *leg], draft.book.constant(chooser))
    return label


@dataclass(frozen=True)
class _ReadoutMap:
    """The readout error of some qubits, as a map from components to measured components."""

    qubits: tuple[int, ...]
    form: Form
    args: tuple[Any, ...]
    source: dict[int, tuple[int, ...]]

    def add(
        self, draft: Draft, ends: Mapping[int, int], wanted: Mapping[int, tuple[int, ...]]
    ) -> dict[int, int]:
        asked = [wanted.get(q, (I,)) for q in self.qubits]
        sources = [self.source[q] for q in self.qubits]
        constants = np.stack([component_map(c, asked, sources) for c in self.form.constants])
        book = draft.book
        if self.form.num_params:
            recipe = book.form(self.form, constants, self.args, snap=False)
        else:
            recipe = book.constant(constants[0])
        made = {
            q: draft.new_label(len(letters)) for q, letters in zip(self.qubits, asked, strict=True)
        }
        draft.add([*made.values(), *(ends[q] for q in self.qubits)], recipe)
        for qubit, label in made.items():
            if qubit not in wanted:
                draft.add([label], book.constant(np.ones(1)))
        return {q: label for q, label in made.items() if q in wanted}


def _readout_maps(circuit: Circuit, wanted: Mapping[int, tuple[int, ...]]) -> list[_ReadoutMap]:
    maps = []
    for assignment in circuit.readout:
        qubits = tuple(assignment.qubits)
        if all(set(wanted.get(q, (I,))) == {I} for q in qubits):
            continue
        source = {}
        for qubit in qubits:
            letters = {I, *wanted.get(qubit, ())}
            if len(qubits) > 1 and I in wanted.get(qubit, (I,)):
                letters.add(Z)
            source[qubit] = tuple(sorted(letters))
        error = assignment.error
        maps.append(_ReadoutMap(qubits, error.confusion_form, error.strengths_symbolic, source))
    return maps


def component_map(
    confusion: NDArray[Any], asked: Sequence[Sequence[int]], sources: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """M[asked.., source..]: measured components from true ones, for C[read, true].

    A letter other than I is read after its basis was rotated to Z; a qubit that is not asked
    is read in Z. With signs S[s, b] = (-1)^(s.b), Z^s as measured is
    sum_t (S C S^T)[s, t] / 2^k Z^t.
    """
    count = len(asked)
    signs = np.array([[1.0]])
    for _ in range(count):
        signs = np.kron(signs, np.array([[1.0, 1.0], [1.0, -1.0]]))
    weights = (signs @ confusion.real @ signs.T / 2**count).reshape((2,) * (2 * count))
    shape = (*map(len, asked), *map(len, sources))
    result = np.zeros(shape)
    for index in product(*map(range, shape)):
        outs = [asked[k][index[k]] for k in range(count)]
        ins = [sources[k][index[count + k]] for k in range(count)]
        if all(i in (I, o if o != I else Z) for o, i in zip(outs, ins, strict=True)):
            bits = tuple(int(p != I) for p in (*outs, *ins))
            result[index] = weights[bits]
    return result
