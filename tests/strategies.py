"""Hypothesis strategies that all tests share: Pauli sums, queries, circuits, channels, noise.

Everything is small enough for tests/oracle.py unless a size says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tnsim.queries import (
    Amplitudes,
    Derived,
    Expectation,
    LeafQuery,
    PauliSum,
    Probabilities,
    Purity,
    Query,
    ReducedDensityMatrix,
    Variance,
)

MAX_QUBITS = 5

# Angles where gates are Clifford or nearly so come as often as generic ones.
angles = st.one_of(
    st.sampled_from([k * math.pi / 4 for k in range(-8, 9)]),
    st.floats(-2 * math.pi, 2 * math.pi, allow_nan=False, allow_subnormal=False),
)
coefficients = st.one_of(
    st.sampled_from([1.0, -1.0, 0.5]),
    st.floats(-2, 2, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 6)),
)
complex_coefficients = st.builds(complex, coefficients, coefficients)


def qubit_lists(
    num_qubits: int, *, min_size: int = 1, max_size: int | None = None
) -> st.SearchStrategy[list[int]]:
    """Distinct qubits in any order."""
    most = num_qubits if max_size is None else min(max_size, num_qubits)
    return st.permutations(range(num_qubits)).flatmap(
        lambda order: st.integers(min_size, most).map(lambda size: list(order[:size]))
    )


@st.composite
def pauli_strings(draw: st.DrawFn, num_qubits: int) -> str:
    """Sparse Pauli strings, the identity included."""
    where = draw(qubit_lists(num_qubits, min_size=0))
    letters = draw(st.lists(st.sampled_from("XYZ"), min_size=len(where), max_size=len(where)))
    return " ".join(f"{letter}{q}" for letter, q in zip(letters, where, strict=True)) or "I"


def pauli_mappings(
    num_qubits: int, *, max_terms: int = 4, numbers: st.SearchStrategy[Any] = coefficients
) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings such as {"Z0 Z1": 0.5, "X3": -1.0}."""
    return st.dictionaries(pauli_strings(num_qubits), numbers, min_size=1, max_size=max_terms)


def pauli_sums(
    num_qubits: int, *, max_terms: int = 4, numbers: st.SearchStrategy[Any] = coefficients
) -> st.SearchStrategy[PauliSum]:
    """Pauli sums, Hermitian unless `numbers` are complex."""
    return pauli_mappings(num_qubits, max_terms=max_terms, numbers=numbers).map(PauliSum)


@st.composite
def square_matrices(draw: st.DrawFn, size: int, *, hermitian: bool = False) -> NDArray[Any]:
    """Complex (2^size, 2^size) matrices with entries of size about 1, some exactly zero."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dim = 1 << size
    matrix = generator.normal(size=(dim, dim)) + 1j * generator.normal(size=(dim, dim))
    matrix *= generator.random((dim, dim)) < draw(st.sampled_from([0.3, 1.0]))
    result: NDArray[Any] = (matrix + matrix.conj().T) / 2 if hermitian else matrix
    return result


def bitstrings(num_qubits: int) -> st.SearchStrategy[str]:
    """Bitstrings of one length."""
    return st.text("01", min_size=num_qubits, max_size=num_qubits)


def expectations(num_qubits: int) -> st.SearchStrategy[Expectation]:
    """Expectations of real, complex and matrix observables."""
    matrices = qubit_lists(num_qubits, max_size=2).flatmap(
        lambda qubits: square_matrices(len(qubits)).map(lambda m: Expectation((m, qubits)))
    )
    return st.one_of(
        pauli_sums(num_qubits).map(Expectation),
        pauli_sums(num_qubits, numbers=complex_coefficients).map(Expectation),
        matrices,
    )


def leaf_queries(
    num_qubits: int, *, amplitudes: bool = False, others: Sequence[Any] = ()
) -> st.SearchStrategy[LeafQuery]:
    """One question of any kind; amplitudes and fidelity with `others` only where asked for."""
    some = qubit_lists(num_qubits, max_size=3)
    kinds: list[st.SearchStrategy[LeafQuery]] = [
        expectations(num_qubits),
        pauli_sums(num_qubits, max_terms=3).map(Variance),
        some.map(Probabilities),
        some.map(ReducedDensityMatrix),
        st.one_of(st.none(), some).map(Purity),
    ]
    if amplitudes:
        texts = st.lists(bitstrings(num_qubits), min_size=1, max_size=4)
        kinds.append(texts.map(Amplitudes))
    if others:
        from tnsim.queries import Fidelity

        kinds.append(st.sampled_from(list(others)).map(Fidelity))
    return st.one_of(kinds)


@st.composite
def derived_queries(
    draw: st.DrawFn, leaves: st.SearchStrategy[LeafQuery], *, max_depth: int = 3
) -> Query:
    """Expressions of scalar questions by sum, difference, product, square, negation and abs."""
    if max_depth == 0:
        return draw(leaves)
    inner = derived_queries(leaves, max_depth=max_depth - 1)
    left = draw(inner)
    operation = draw(st.sampled_from(["+", "-", "*", "number", "square", "neg", "abs"]))
    if operation in "+-*":
        right = draw(inner)
        return {"+": left + right, "-": left - right, "*": left * right}[operation]
    if operation == "number":
        number = draw(coefficients)
        return draw(st.sampled_from([number * left, left + number, number - left, left / 2]))
    unary: dict[str, Derived] = {"square": left**2, "neg": -left, "abs": abs(left)}
    return unary[operation]
