"""The line itself: canonical form, truncation that is the best one, order, Schmidt values."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tnsim.circuit import Circuit
from tnsim.engines.approximate import Move
from tnsim.engines.mps.decompositions import Truncation, split
from tnsim.engines.mps.evolve import zero_state
from tnsim.engines.mps.line import Line
from tnsim.engines.mps.ordering import line_order
from tnsim.engines.mps.orthonormal import orthonormal_columns
from tnsim.engines.mps.spectra import leading_vectors
from tnsim.engines.mps.steps import layers_of

FREE = Truncation(None, 0.0)


def dense(line: Line) -> NDArray[Any]:
    vector = line.tensors[0]
    for one in line.tensors[1:]:
        vector = np.tensordot(vector, one, axes=(-1, 0))
    return vector.reshape(-1) * np.exp(line.log_norm)


def random_matrix(generator: np.random.Generator, size: int, dtype: Any) -> NDArray[Any]:
    matrix = generator.normal(size=(size, size))
    return matrix + 1j * generator.normal(size=(size, size)) if dtype is complex else matrix


@pytest.mark.parametrize(("d", "n", "dtype"), [(2, 6, complex), (4, 4, float)])
@pytest.mark.parametrize("toward", ["left", "right"])
def test_instructions_on_any_sites(d: int, n: int, dtype: Any, toward: str) -> None:
    generator = np.random.default_rng(3)
    line = zero_state(n, d, dtype)
    vector = dense(line)
    for _ in range(10):
        count = int(generator.integers(1, 4))
        sites = tuple(sorted(generator.choice(n, count, replace=False).tolist()))
        matrix = random_matrix(generator, d**count, dtype)
        line.apply(sites, matrix, FREE, toward)
        legs = vector.reshape((d,) * n)
        small = matrix.reshape((d,) * (2 * count))
        legs = np.tensordot(small, legs, axes=(range(count, 2 * count), sites))
        vector = np.moveaxis(legs, range(count), sites).reshape(-1)
        np.testing.assert_allclose(
            dense(line) / np.abs(vector).max(), vector / np.abs(vector).max(), atol=1e-11
        )
    for k, one in enumerate(line.tensors):
        if k == line.centre:
            continue
        matrix = one.reshape(-1, one.shape[2])
        matrix = matrix if k < line.centre else one.reshape(one.shape[0], -1).conj().T
        np.testing.assert_allclose(matrix.conj().T @ matrix, np.eye(matrix.shape[1]), atol=1e-12)


@pytest.mark.parametrize("shape", [(8, 40), (40, 8), (64, 64), (96, 30), (130, 128)])
@pytest.mark.parametrize("dtype", ["complex128", "float64", "complex64", "float32"])
@pytest.mark.parametrize("toward", ["left", "right"])
def test_a_split_is_the_best_of_its_rank(shape: tuple[int, int], dtype: str, toward: str) -> None:
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=shape) + 1j * generator.normal(size=shape)
    matrix = (matrix.real if dtype.startswith("float") else matrix).astype(dtype)
    most = min(shape) // 2
    found = split(matrix, Truncation(most, 0.0), toward)
    values = np.linalg.svd(matrix, compute_uv=False)
    rounding = 100 * float(np.finfo(dtype).eps)
    lost = float((values[most:] ** 2).sum() / (values**2).sum())
    assert found.discarded == pytest.approx(lost, abs=rounding)
    missed = np.linalg.norm(matrix - found.left @ found.right) / np.linalg.norm(matrix)
    assert missed**2 == pytest.approx(lost, abs=rounding)
    isometry = found.left if toward == "right" else found.right.conj().T
    unit = isometry.conj().T @ isometry
    np.testing.assert_allclose(unit, np.eye(len(unit)), atol=rounding * 10)


@pytest.mark.parametrize("shape", [(96, 80), (128, 200)])
@pytest.mark.parametrize("dtype", ["complex128", "float64"])
@pytest.mark.parametrize("toward", ["left", "right"])
@pytest.mark.parametrize("slope", [0.0, 0.1, 0.25])
def test_a_split_that_is_expected_to_discard_is_as_good(
    shape: tuple[int, int], dtype: str, toward: str, slope: float
) -> None:
    # Vectors to single precision are taken where much is discarded, and not where little is.
    generator = np.random.default_rng(1)
    size = min(shape)
    left = np.linalg.qr(random_matrix(generator, shape[0], complex))[0][:, :size]
    right = np.linalg.qr(random_matrix(generator, shape[1], complex))[0][:size]
    if dtype == "float64":
        left, right = np.linalg.qr(left.real)[0], np.linalg.qr(right.real.T)[0].T
    values = np.exp(-slope * np.arange(size))
    matrix = 1e30 * (left * values) @ right
    found = split(matrix, Truncation(size // 2, 0.0), toward, expected=0.1)
    lost = float((values[size // 2 :] ** 2).sum() / (values**2).sum())
    assert found.discarded == pytest.approx(lost, rel=1e-4, abs=1e-14)
    isometry = found.left if toward == "right" else found.right.conj().T
    np.testing.assert_allclose(isometry.conj().T @ isometry, np.eye(size // 2), atol=1e-13)
    missed = np.linalg.norm(matrix - found.left @ found.right) / np.linalg.norm(matrix)
    assert missed**2 == pytest.approx(found.discarded, rel=1e-8, abs=1e-14)


@pytest.mark.parametrize("power", [4, 9, 14])
def test_full_rank_at_the_bond_is_kept(power: int) -> None:
    generator = np.random.default_rng(4)
    for shape in [(40, 60), (60, 40)]:
        matrix = generator.normal(size=shape)
        matrix[:5] *= 10.0**-power
        found = split(matrix, Truncation(40, 0.0), "right")
        assert found.discarded == 0.0
        np.testing.assert_allclose(found.left @ found.right, matrix, atol=1e-13)
        unit = found.left.T @ found.left
        np.testing.assert_allclose(unit, np.eye(len(unit)), atol=1e-11)


def test_a_cutoff_keeps_as_few_as_it_may() -> None:
    values = np.array([1.0, 0.5, 0.1, 0.01])
    matrix = np.diag(values)
    weights = values**2 / (values**2).sum()
    for keep in (1, 2, 3):
        cutoff = float(weights[keep:].sum()) * 1.0001
        found = split(matrix, Truncation(None, cutoff), "right")
        assert found.left.shape[1] == keep


def test_a_rank_below_the_bond_is_found() -> None:
    generator = np.random.default_rng(2)
    matrix = generator.normal(size=(60, 5)) @ generator.normal(size=(5, 50))
    for most in (None, 20, 5):
        found = split(matrix, Truncation(most, 0.0), "right")
        assert found.left.shape[1] == 5
        np.testing.assert_allclose(found.left @ found.right, matrix, atol=1e-12)


@pytest.mark.parametrize("size", [10, 60, 150])
@pytest.mark.parametrize("dtype", ["complex128", "float64", "complex64", "float32"])
def test_leading_vectors(size: int, dtype: str) -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(size, size)) + 1j * generator.normal(size=(size, size))
    matrix = (matrix.real if dtype.startswith("float") else matrix).astype(dtype)
    gram = matrix @ matrix.conj().T
    found = leading_vectors(gram.copy(), size // 2)
    rounding = 100 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(
        gram @ found.vectors, found.vectors * found.values, atol=rounding * found.values[0]
    )
    assert np.all(np.diff(found.values) <= 0)


def test_columns_that_are_badly_conditioned_are_orthonormal() -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(100, 40)) * 10.0 ** -np.arange(40)
    basis, rest = orthonormal_columns(matrix)
    np.testing.assert_allclose(basis.T @ basis, np.eye(40), atol=1e-13)
    np.testing.assert_allclose(basis @ rest, matrix, atol=1e-13)


def test_a_ghz_state_has_one_bit_at_every_bond() -> None:
    line = zero_state(5, 2, complex)
    line.apply((0,), np.array([[1, 1], [1, -1]]) / np.sqrt(2), FREE)
    flip = np.eye(4)[[0, 1, 3, 2]]
    for k in range(4):
        line.apply((k, k + 1), flip, FREE)
    np.testing.assert_allclose(line.entropies(), np.log(2), atol=1e-12)
    np.testing.assert_allclose(line.schmidt_values(2), [np.sqrt(0.5)] * 2, atol=1e-12)
    assert line.bonds == [2, 2, 2, 2] and line.kept == pytest.approx(1.0)
    cut = line.copy()
    cut.compress(Truncation(1, 0.0))
    assert cut.kept == pytest.approx(0.5) and line.bonds == [2, 2, 2, 2]


def test_an_order_that_makes_gates_short() -> None:
    generator = np.random.default_rng(0)
    shuffled = generator.permutation(20).tolist()
    circuit = Circuit(20)
    for a, b in pairwise(shuffled):
        circuit.cx(a, b)
    found = line_order(circuit, range(20), "auto")
    assert found in (shuffled, shuffled[::-1])
    assert line_order(circuit, range(20), "given") == list(range(20))
    assert line_order(circuit, [3, 1], tuple(shuffled)) == [q for q in shuffled if q in (1, 3)]


def test_a_second_driver_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: Any, **__: Any) -> Any:
        raise np.linalg.LinAlgError("did not converge")

    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(60, 60))
    wanted = split(matrix, Truncation(20, 0.0), "right")
    monkeypatch.setattr("tnsim.engines.mps.decompositions.leading_vectors", gives_up)
    monkeypatch.setattr(np.linalg, "svd", gives_up)
    found = split(matrix, Truncation(20, 0.0), "right")
    assert found.discarded == pytest.approx(wanted.discarded, rel=1e-9)
    np.testing.assert_allclose(found.left @ found.right, wanted.left @ wanted.right, atol=1e-9)


@pytest.mark.parametrize("toward", ["left", "right"])
def test_far_instructions_are_truncated_as_well_as_can_be(toward: str) -> None:
    generator = np.random.default_rng(6)
    line = zero_state(6, 2, complex)
    for sites in [(0, 1), (2, 3), (4, 5), (1, 2), (3, 4)]:
        line.apply(sites, np.linalg.qr(random_matrix(generator, 4, complex)).Q, FREE)
    cut, far = line.copy(), np.linalg.qr(random_matrix(generator, 4, complex)).Q
    line.apply((1, 4), far, FREE, toward)
    cut.apply((1, 4), far, Truncation(3, 0.0), toward)
    assert max(cut.bonds[1:4]) <= 3 < max(line.bonds)
    one, other = (dense(x) / np.linalg.norm(dense(x)) for x in (line, cut))
    # The product of the kept shares is the overlap, near enough.
    assert abs(np.vdot(one, other)) ** 2 == pytest.approx(cut.kept, rel=0.1)


def test_layers_are_the_moves_in_order() -> None:
    generator = np.random.default_rng(7)
    n, moves = 5, []
    for row in range(200):
        axes = tuple(generator.choice(n, generator.integers(1, 4), replace=False).tolist())
        matrix = np.linalg.qr(random_matrix(generator, 2 ** len(axes), complex)).Q
        moves.append(Move(matrix, axes, 0, row))
    line, wanted = zero_state(n, 2, complex), zero_state(n, 2, complex)
    for layer in layers_of(moves, n, 2):
        taken = [site for step in layer for site in step.sites]
        assert len(set(taken)) == len(taken)
        for step in layer:
            line.apply(step.sites, step.matrix, FREE)
    for move in moves:
        order = sorted(range(len(move.axes)), key=lambda k: move.axes[k])
        legs = move.matrix.reshape((2,) * (2 * len(order)))
        legs = legs.transpose([*order, *(len(order) + k for k in order)])
        wanted.apply(tuple(sorted(move.axes)), legs.reshape(move.matrix.shape), FREE)
    np.testing.assert_allclose(dense(line), dense(wanted), atol=1e-11)
