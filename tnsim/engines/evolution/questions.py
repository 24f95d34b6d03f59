"""What is asked of the final state, and the part of the circuit that the answer depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Form
from tnsim.base.parameters import Affine
from tnsim.circuit import Circuit
from tnsim.lowering.components import ComponentQuestion, component_map

__all__ = [
    "PauliTerms",
    "Question",
    "Readout",
    "asked_letters",
    "components",
    "needed_qubits",
    "readouts",
    "strings",
]

I, X, Y, Z = range(4)


@dataclass(frozen=True)
class PauliTerms:
    """Pauli strings, each as (qubit, letter) pairs with letters 1..3 for X, Y, Z.

    The answer has the shape (number of terms,). With `readout`, all is as measured, through the
    circuit's readout error.
    """

    terms: tuple[tuple[tuple[int, int], ...], ...]
    readout: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.terms),)


Question = ComponentQuestion | PauliTerms


@dataclass(frozen=True, eq=False)
class Readout:
    """A readout error as a linear map on the Pauli components of `qubits`, 4^k x 4^k."""

    qubits: tuple[int, ...]
    form: Form
    args: tuple[Affine, ...]


def asked_letters(question: Question) -> dict[int, set[int]]:
    """By qubit, the letters in which it is asked."""
    letters: dict[int, set[int]] = {}
    if isinstance(question, ComponentQuestion):
        for qubit, some in question.letters:
            letters[qubit] = set(some)
        return letters
    for term in question.terms:
        for qubit, letter in term:
            letters.setdefault(qubit, {I}).add(letter)
    return letters


def components(question: Question, place: dict[int, int]) -> NDArray[np.int64]:
    """Where the asked components stand in the state's array, in the shape of the answer.

    `place[qubit]` is the qubit's axis, counted from the innermost one.
    """
    if isinstance(question, ComponentQuestion):
        index = np.zeros((), dtype=np.int64)
        for qubit, letters in question.letters:
            index = index[..., None] + np.array(letters, dtype=np.int64) * 4 ** place[qubit]
        return np.asarray(index)
    sums = [sum(letter * 4 ** place[q] for q, letter in term) for term in question.terms]
    return np.array(sums, dtype=np.int64)


def strings(question: Question) -> list[tuple[tuple[int, int], ...]]:
    """The asked strings in the order of the answer, as (qubit, letter) pairs."""
    if isinstance(question, PauliTerms):
        return list(question.terms)
    found: list[tuple[tuple[int, int], ...]] = [()]
    for qubit, letters in question.letters:
        found = [(*one, (qubit, letter)) if letter else one for one in found for letter in letters]
    return found


def readouts(circuit: Circuit, question: Question) -> list[Readout]:
    """The readout errors through which the question is seen.

    On all letters at once: a letter other than I is read after its basis was rotated to Z, and
    a qubit that is not asked is read in Z (see `component_map`).
    """
    if not question.readout:
        return []
    letters = asked_letters(question)
    found = []
    for assignment in circuit.readout:
        qubits = tuple(assignment.qubits)
        if all(letters.get(q, {I}) == {I} for q in qubits):
            continue
        form = assignment.error.confusion_form
        every = [(I, X, Y, Z)] * len(qubits)
        size = 4 ** len(qubits)
        maps = [component_map(c, every, every).reshape(size, size) for c in form.constants]
        made = Form(f"readout:{form.key}", form.num_params, form.coefficients, np.stack(maps))
        found.append(Readout(qubits, made, tuple(assignment.error.strengths_symbolic)))
    return found


def needed_qubits(question: Question, maps: Iterable[Readout]) -> list[int]:
    """The qubits whose final state is asked for, ascending; those that are traced are not."""
    letters = asked_letters(question)
    return sorted({*letters, *(q for one in maps for q in one.qubits)}) or [0]
