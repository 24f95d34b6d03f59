"""Questions for an evolution, drawn at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests import strategies
from tnsim.engines.evolution import PauliTerms
from tnsim.lowering.components import ComponentQuestion


@st.composite
def questions(draw: st.DrawFn, num_qubits: int, *, wide: bool = False) -> Any:
    """Products of letters, and lists of strings."""
    if draw(st.booleans()):
        some = draw(strategies.qubit_lists(num_qubits, max_size=None if wide else 3))
        choices = [(0,), (3,), (0, 3), (1, 2), (3, 0, 1), (0, 1, 2, 3)]
        letters = tuple((q, draw(st.sampled_from(choices))) for q in some)
        return ComponentQuestion(letters, draw(st.booleans()))
    texts = draw(st.lists(strategies.pauli_strings(num_qubits), min_size=1, max_size=5))
    return PauliTerms(tuple(map(_pairs, texts)), draw(st.booleans()))


def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    words = [] if text == "I" else text.split()
    return tuple((int(w[1:]), "IXYZ".index(w[0])) for w in words)
