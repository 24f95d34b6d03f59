"""Whether a state is moved as Pauli components or as a ket, and how a ket is read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tnsim.circuit import Circuit
from tnsim.lowering.components import ComponentQuestion
from tnsim.lowering.instructions import is_pure

from .ends import Ends, KetEnds, PopulationEnds
from .misread import MisreadEnds, supports
from .questions import PauliTerms, Question, Readout, asked_letters, strings
from .rows import Picture

__all__ = ["WIDEST", "ket_ends", "picture_for"]

WIDEST = 6
"""Qubits of a reduced density matrix from which strings on a ket are read."""


def picture_for(cone: Circuit, question: Question, maps: list[Readout]) -> Picture:
    """Kets where the state is pure and the answer can be read from it."""
    letters = asked_letters(question)
    columns = cone.columns
    measured = np.array([op.kind == "unread" for op in cone.operations])[columns.opcode]
    dephased = columns.qubits[columns.qubit_start[:-1][measured]].tolist()
    if not is_pure(cone) or any(letters.get(q, set()) & {1, 2} for q in dephased):
        return "pauli"
    some = strings(question) if _is_small(question) else [tuple((q, 3) for q in letters)]
    if max(map(len, supports(some, maps)), default=0) <= WIDEST:
        return "ket"
    diagonal = isinstance(question, ComponentQuestion) and not maps
    return "ket" if diagonal and all(one <= {0, 3} for one in letters.values()) else "pauli"


def _is_small(question: Question) -> bool:
    """Whether the asked strings are few enough to be listed."""
    if isinstance(question, PauliTerms):
        return True
    return sum(set(some) != {0} for _, some in question.letters) <= WIDEST


def ket_ends(question: Question, axis: Mapping[int, int], maps: list[Readout]) -> Ends:
    """How the question is read from a ket in which qubit q is `axis[q]`."""
    if isinstance(question, ComponentQuestion) and not _is_small(question):
        letters = question.letters
        return PopulationEnds(len(axis), [axis[q] for q, _ in letters], [s for _, s in letters])
    if maps:
        return MisreadEnds(axis, strings(question), maps, question.shape)
    found = [[(axis[q], p) for q, p in one] for one in strings(question)]
    return KetEnds(len(axis), found, question.shape)
