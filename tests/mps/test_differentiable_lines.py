"""Derivatives through lines of tensors against finite differences and exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.mps.mps_engines import SETTINGS, estimate, options_of
from tnsim import noise
from tnsim.base.errors import QueryError
from tnsim.base.parameters import Parameter
from tnsim.circuit import Circuit
from tnsim.engines.mps import LineEngine
from tnsim.engines.mps.differentiable import differentiable_estimates, differentiable_expectations
from tnsim.queries import Expectation, Purity

NAMES = ("a", "b", "c")
LEAF = Expectation({"Z0 Z1": 1.0, "X2": 0.5, "Z4 Y5": -0.7})


def layered(n: int, *, noisy: bool, far: bool = True) -> Circuit:
    a, b, c = (Parameter(name) for name in NAMES)
    circuit = Circuit(n)
    for layer in range(4):
        circuit.rx(a, range(n)).rz(0.3 * b + 0.1 * layer, range(n)).ry(0.4, range(0, n, 2))
        left = np.arange(layer % 2, n - 1, 2)
        circuit.rzz(c, left, left + 1)
        if far:
            circuit.cx(n - 1, 1)
        if noisy:
            circuit.channel(noise.amplitude_damping(0.05), range(n))
    return circuit


def engine_of(circuit: Circuit, method: str, bond: int) -> LineEngine:
    chosen = options_of(method, max_bond=bond, picture="schrodinger", order="given")
    return LineEngine.prepare(circuit, [LEAF], SETTINGS, chosen)


def slopes(engine: LineEngine, at: dict[str, float], library: str) -> tuple[float, list[float]]:
    if library == "torch":
        torch = pytest.importorskip("torch")
        values = {
            n: torch.tensor(v, dtype=torch.float64, requires_grad=True) for n, v in at.items()
        }
        value = differentiable_expectations(engine, values)[LEAF]
        value.backward()
        return float(value.detach()), [float(values[n].grad) for n in NAMES]
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):

        def function(given: Any) -> Any:
            return differentiable_expectations(engine, given)[LEAF]

        given = {n: jax.numpy.asarray(v) for n, v in at.items()}
        value, slope = jax.jit(jax.value_and_grad(function))(given)
        return float(value), [float(slope[n]) for n in NAMES]


def differences(engine: LineEngine, at: dict[str, float], step: float = 1e-5) -> list[float]:
    def value(name: str, shift: float) -> float:
        moved = {n: np.float64(v + shift * (n == name)) for n, v in at.items()}
        return float(differentiable_expectations(engine, moved)[LEAF])

    return [(value(n, step) - value(n, -step)) / (2 * step) for n in NAMES]


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize(("method", "bond"), [("mps", 3), ("mps", 99), ("mpdo", 5), ("mpdo", 999)])
def test_slopes_are_those_of_the_truncated_value(library: str, method: str, bond: int) -> None:
    engine = engine_of(layered(6, noisy=method == "mpdo"), method, bond)
    at = {"a": 0.7, "b": 0.4, "c": 1.1}
    value, slope = slopes(engine, at, library)
    assert value == pytest.approx(float(differentiable_expectations(engine, at)[LEAF]), abs=1e-10)
    np.testing.assert_allclose(slope, differences(engine, at), atol=2e-6)


@pytest.mark.parametrize("method", ["mps", "mpdo"])
def test_without_truncation_it_is_the_exact_value(method: str) -> None:
    circuit = layered(6, noisy=method == "mpdo")
    at = {"a": 0.7, "b": 0.4, "c": 1.1}
    found = differentiable_expectations(engine_of(circuit, method, 999), at)[LEAF]
    assert float(found) == pytest.approx(float(estimate(circuit, LEAF, at).value), abs=1e-10)


def test_slopes_exist_where_singular_values_are_equal() -> None:
    # A GHZ state has equal ones at every bond, and all angles zero make ranks fall.
    n = 8
    circuit = Circuit(n).h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    circuit = circuit + layered(n, noisy=False)
    for bond in (2, 4):
        engine = engine_of(circuit, "mps", bond)
        _, slope = slopes(engine, {"a": 0.0, "b": 0.0, "c": 0.0}, "torch")
        assert np.all(np.isfinite(slope))


def test_other_questions_are_refused() -> None:
    circuit = layered(4, noisy=False)
    chosen = options_of("mps", max_bond=4, picture="schrodinger")
    engine = LineEngine.prepare(circuit, [Purity()], SETTINGS, chosen)
    with pytest.raises(QueryError, match="real expectations"):
        differentiable_expectations(engine, {"a": 0.1, "b": 0.1, "c": 0.1})
    free = LineEngine.prepare(circuit, [Expectation("Z0")], SETTINGS, options_of("mps"))
    with pytest.raises(QueryError, match="max_bond"):
        differentiable_expectations(free, {"a": 0.1, "b": 0.1, "c": 0.1})


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
def test_an_error_is_known_while_values_are_traced(library: str) -> None:
    at = {"a": 0.7, "b": -0.4, "c": 0.9}
    circuit = layered(6, noisy=False)
    exact = float(estimate(circuit, LEAF, at, method="mps").value)
    engine = engine_of(circuit, "mps", 3)
    if library == "jax":
        jax = pytest.importorskip("jax")
        with jax.enable_x64(True):
            value, error = jax.jit(lambda v: differentiable_estimates(engine, v)[LEAF])(at)
    else:
        given: dict[str, Any] = dict(at)
        if library == "torch":
            torch = pytest.importorskip("torch")
            given = {
                n: torch.tensor(v, dtype=torch.float64, requires_grad=True) for n, v in at.items()
            }
        value, error = differentiable_estimates(engine, given)[LEAF]
        assert not getattr(error, "requires_grad", False)
        value = value.detach() if library == "torch" else value
    assert 1e-6 < abs(float(value) - exact) <= float(error) < 4.5
    free = differentiable_estimates(engine_of(circuit, "mps", 999), at)[LEAF]
    assert float(free[1]) == 0.0
