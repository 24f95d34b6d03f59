"""Cuts of density operators leave the trace and what is near a cut as they are."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mps.mps_engines import SETTINGS, estimate, options_of
from tnsim import noise
from tnsim.circuit import Circuit
from tnsim.engines.evolution.rows import rows_of
from tnsim.engines.mps import LineEngine
from tnsim.engines.mps.decompositions import Truncation, split
from tnsim.engines.mps.evolve import evolved, zero_state
from tnsim.engines.mps.line import Line
from tnsim.engines.mps.preserving import Kept
from tnsim.queries import Expectation, Probabilities


def noisy_circuit(n: int, depth: int, *, far: bool = False) -> Circuit:
    generator = np.random.default_rng(3)
    circuit = Circuit(n)
    for layer in range(depth):
        for q in range(n):
            circuit.u(*generator.uniform(0, 6, 3), q)
        left = np.arange(layer % 2, n - 1, 2)
        circuit.cx(left, left + 1)
        if far:
            circuit.cx(0, n - 2)
        circuit.channel(noise.depolarizing(0.02, 2), left, left + 1)
    return circuit


@pytest.mark.parametrize("shape", [(20, 24), (60, 80), (100, 70), (150, 170)])
@pytest.mark.parametrize("toward", ["left", "right"])
@pytest.mark.parametrize("expected", [0.0, 0.1])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_split_keeps_what_it_is_told_to(
    shape: tuple[int, int], toward: str, expected: float, dtype: str
) -> None:
    generator = np.random.default_rng(1)

    def numbers(*size: int) -> NDArray[Any]:
        made = generator.normal(size=size) + 1j * generator.normal(size=size)
        return made if dtype == "complex128" else made.real

    matrix = numbers(*shape) * 0.8 ** np.arange(shape[1])
    kept = Kept(numbers(shape[0], 3), numbers(shape[1], 2))
    most = 12
    found = split(matrix, Truncation(most, 0.0), toward, expected=expected, kept=kept)
    made = found.left @ found.right
    assert found.left.shape[1] == most
    for wanted, value in [
        (kept.rows.T @ matrix, kept.rows.T @ made),
        (matrix @ kept.columns, made @ kept.columns),
    ]:
        np.testing.assert_allclose(value, wanted, atol=1e-10 * np.abs(wanted).max())
    isometry = found.left if toward == "right" else found.right.conj().T
    np.testing.assert_allclose(isometry.conj().T @ isometry, np.eye(most), atol=1e-12)
    size = np.linalg.norm(matrix)
    missed = (np.linalg.norm(matrix - made) / size) ** 2
    assert missed == pytest.approx(found.discarded, rel=1e-6, abs=1e-12)
    # Five columns less than the best of the rank are left to the rest.
    values = np.linalg.svd(matrix, compute_uv=False)
    assert missed <= (values[most - 5 :] ** 2).sum() / size**2


def all_values(line: Line, first: int, count: int) -> NDArray[Any]:
    """Every Pauli component of `count` neighbours over the trace, the rest traced out."""
    found = []
    for letters in product(range(4), repeat=count):
        value = np.ones(1)
        for site, one in enumerate(line.tensors):
            inside = first <= site < first + count
            value = value @ one[:, letters[site - first] if inside else 0, :]
        found.append(value[0])
    return np.array(found) * np.exp(line.log_norm)


@pytest.mark.parametrize(("bond", "count"), [(20, 2), (6, 1)])
def test_what_is_near_every_cut_stays(bond: int, count: int) -> None:
    circuit = noisy_circuit(8, 5)
    line = zero_state(8, 4, float)
    evolved(line, rows_of(circuit, {q: q for q in range(8)}, "pauli"), {}, Truncation(None, 0.0))
    cut = line.copy()
    cut.keep_traces()
    cut.compress(Truncation(bond, 0.0))
    assert max(cut.bonds) == bond < max(line.bonds)
    other = line.copy()
    other.compress(Truncation(bond, 0.0))
    for first in range(8 - count + 1):
        wanted, found, plain = (all_values(one, first, count) for one in (line, cut, other))
        np.testing.assert_allclose(found, wanted, atol=1e-10 * wanted[0])
        assert np.abs(plain - wanted).max() > 1e-6 * wanted[0]


@pytest.mark.parametrize("far", [False, True])
def test_the_trace_is_one_after_a_truncated_run(far: bool) -> None:
    # Also for instructions that reach far, whose cuts are made on the way back.
    from tnsim.engines.mps.overlaps import log_trace

    n = 9
    rows = rows_of(noisy_circuit(n, 6, far=far), {q: q for q in range(n)}, "pauli")
    for keeps in (True, False):
        line = zero_state(n, 4, float)
        if keeps:
            line.keep_traces()
        evolved(line, rows, {}, Truncation(12, 0.0))
        assert line.log_kept < -1e-3
        drift = abs(log_trace(line) - 0.5 * np.log(2.0) * n + line.log_norm)
        assert (drift < 1e-11) == keeps


def test_local_answers_are_much_better_for_it() -> None:
    circuit = noisy_circuit(8, 6)
    leaves = [Expectation(f"Z{q} Z{q + 1}") for q in range(7)] + [Probabilities([3])]
    chosen = options_of("mpdo", max_bond=24, picture="schrodinger")
    engine = LineEngine.prepare(circuit, leaves, SETTINGS, chosen)
    found = engine.run({})
    errors = []
    for leaf in leaves:
        exact = estimate(circuit, leaf, method="mpdo").value
        errors.append(float(np.abs(found[leaf].value - exact).max()))
        assert errors[-1] <= float(np.max(found[leaf].error))
    assert max(errors) < 0.02
