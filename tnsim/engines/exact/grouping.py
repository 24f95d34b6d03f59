"""Which Pauli components to contract together, so that many terms share few contractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from tnsim.lowering.components import ComponentQuestion
from tnsim.queries import PauliSum

__all__ = ["Group", "Term", "by_support", "merged", "terms_of", "whole"]

Term = tuple[tuple[int, int], ...]
"""A Pauli string: (qubit, letter) pairs, qubits ascending, letters 1..3 for X, Y, Z."""


@dataclass
class Group:
    """Terms to be read off one contraction, and by qubit the letters that it must offer."""

    letters: dict[int, set[int]] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)

    @property
    def question(self) -> ComponentQuestion:
        return ComponentQuestion(
            tuple((q, tuple(sorted(found))) for q, found in sorted(self.letters.items()))
        )

    @property
    def numbers(self) -> int:
        """How many components the contraction gives."""
        return prod(map(len, self.letters.values()))

    def index(self, term: Term) -> int:
        """The flat position of a term in the answer to `question`."""
        letter, position = dict(term), 0
        for qubit, found in sorted(self.letters.items()):
            choices = sorted(found)
            position = position * len(choices) + choices.index(letter.get(qubit, 0))
        return position

    def indices(self, terms: Sequence[Term]) -> NDArray[np.intp]:
        """The flat positions of many terms."""
        return np.array([self.index(t) for t in terms], dtype=np.intp)


def terms_of(observable: PauliSum) -> list[Term]:
    """The strings of a sum, in its order."""
    pairs = list(zip(observable.qubits.tolist(), observable.letters.tolist(), strict=True))
    starts = observable.starts.tolist()
    return [tuple(pairs[a:b]) for a, b in pairwise(starts)]


def by_support(terms: Iterable[Term]) -> list[Group]:
    """One group for each set of qubits: their terms have one light cone."""
    groups: dict[tuple[int, ...], Group] = {}
    for term in terms:
        group = groups.setdefault(tuple(q for q, _ in term), Group())
        group.terms.append(term)
        for qubit, letter in term:
            group.letters.setdefault(qubit, set()).add(letter)
    return list(groups.values())


def merged(groups: Sequence[Group], *, most_numbers: int) -> list[Group]:
    """Neighbouring groups (by qubit) joined while a group gives at most `most_numbers`."""
    order = sorted(groups, key=lambda g: (sorted(g.letters), len(g.letters)))
    made: list[Group] = []
    for group in order:
        joined = _union([made[-1], group]) if made else group
        if made and joined.numbers <= most_numbers:
            made[-1] = joined
        else:
            made.append(group)
    return made


def whole(groups: Sequence[Group]) -> Group:
    """All terms in one group."""
    return _union(groups)


def _union(groups: Sequence[Group]) -> Group:
    joined = Group()
    qubits = {q for g in groups for q in g.letters}
    for group in groups:
        joined.terms += group.terms
        for qubit, letters in group.letters.items():
            joined.letters.setdefault(qubit, set()).update(letters)
    for qubit in qubits:
        # A term of another group may have the identity here.
        if any(qubit not in g.letters for g in groups):
            joined.letters[qubit].add(0)
    return joined
