"""Derivatives equal those of dense linear algebra and differences of the program's own values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from autoray import do
from hypothesis import given, settings
from hypothesis import strategies as st

import tnsim
from tests import oracle_gradients, strategies
from tnsim import noise
from tnsim.base.arrays import to_numpy
from tnsim.base.parameters import Parameter
from tnsim.circuit import Circuit
from tnsim.circuit.operations import STANDARD
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Variance,
)

LIBRARIES = ("numpy", "torch", "tensorflow", "jax")
ALPHA = Parameter("alpha")
P, Q, R, S = (Parameter(x) for x in "pqrs")
# Strengths inside their range, so that the oracle may shift them to both sides.
INSIDE = st.fixed_dictionaries(
    {p.name: strategies.angles for p in strategies.PARAMETERS}
    | {p.name: st.floats(0.05, 0.25) for p in strategies.STRENGTHS}
    | {"alpha": st.floats(-2, 2)}
)


def array(values: Any, library: str, dtype: str = "float64") -> Any:
    """Numbers as an array of a library."""
    host = np.asarray(values, dtype)
    return host if library == "numpy" else do("asarray", host, like=library)


def cotangent_for(value: Any, seed: int) -> Any:
    """Random numbers of the value's shape and kind."""
    generator = np.random.default_rng(seed)
    host = to_numpy(value) if hasattr(value, "shape") else np.asarray(value)
    real = generator.normal(size=host.shape)
    return real + 1j * generator.normal(size=host.shape) if np.iscomplexobj(host) else real


def check(
    circuit: Circuit, query: LeafQuery, values: Mapping[str, float], library: str = "numpy"
) -> None:
    """Every derivative by every parameter, weighed with a random cotangent."""
    given = {name: array(values[name], library) for name in circuit.parameters}
    program = tnsim.compile(circuit, query, memory="1GB", cache=False, effort="low")
    value, pull = program.vjp(given)
    seed = cotangent_for(value, 7)
    found = pull(seed)
    assert set(found) == set(circuit.parameters)
    for name in circuit.parameters:
        truth = np.sum(seed * oracle_gradients.tangent(circuit, query, values, name)).real
        assert to_numpy(found[name]) == pytest.approx(truth, abs=1e-10), (name, query)


def queries(num_qubits: int, *, pure: bool, other: Circuit) -> st.SearchStrategy[LeafQuery]:
    return strategies.leaf_queries(num_qubits, amplitudes=pure, others=[other])


@given(data=st.data())
def test_noisy_circuits(data: st.DataObject) -> None:
    values = data.draw(INSIDE)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=3, max_gates=8))
    n = circuit.num_qubits
    other = Circuit(n).ry(ALPHA, 0).h(range(n)).rz(0.5 * ALPHA, n - 1)
    circuit.rx(2 * ALPHA - 0.3, data.draw(st.integers(0, n - 1)))
    check(circuit, data.draw(queries(n, pure=False, other=other)), values)


@given(data=st.data())
def test_pure_circuits(data: st.DataObject) -> None:
    values = data.draw(INSIDE)
    circuit = data.draw(strategies.circuits(max_qubits=3, max_gates=8))
    n = circuit.num_qubits
    other = Circuit(n).ry(ALPHA, 0).h(range(n)).rz(0.5 * ALPHA, n - 1)
    circuit.rx(2 * ALPHA - 0.3, data.draw(st.integers(0, n - 1)))
    check(circuit, data.draw(queries(n, pure=True, other=other)), values)


@pytest.mark.parametrize("library", LIBRARIES[1:])
@settings(max_examples=6)
@given(data=st.data())
def test_array_libraries(library: str, data: st.DataObject) -> None:
    values = data.draw(INSIDE)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=2, max_gates=5))
    n = circuit.num_qubits
    circuit.rx(2 * ALPHA - 0.3, 0)
    other = Circuit(n).ry(ALPHA, 0)
    check(circuit, data.draw(queries(n, pure=False, other=other)), values, library)


@settings(max_examples=15)
@given(data=st.data())
def test_derived_queries_against_differences(data: st.DataObject) -> None:
    values = data.draw(INSIDE)
    circuit = data.draw(strategies.noisy_circuits(max_qubits=3, max_gates=6))
    n = circuit.num_qubits
    circuit.rx(2 * ALPHA - 0.3, 0)
    leaves = st.one_of(
        strategies.pauli_sums(n).map(Expectation),
        strategies.pauli_sums(n, max_terms=2).map(Variance),
        st.just(Purity([0])),
    )
    inner = data.draw(strategies.derived_queries(leaves, max_depth=2))
    # Smooth everywhere and of size 1, whatever the expression inside.
    query = inner * inner / (1.5 + inner * inner) - 0.5 * inner / (2 + abs(inner))
    program = tnsim.compile(circuit, query, memory="1GB", cache=False, effort="low")
    given = {name: values[name] for name in circuit.parameters}
    value, slopes = program.value_and_grad(given)
    assert value == pytest.approx(program(given).value, abs=1e-13)
    for name, here in given.items():

        def at(t: float, name: str = name, here: float = here) -> Any:
            return program({**given, name: here + t}).value

        truth = oracle_gradients.slope(at, 1e-3)
        assert slopes[name] == pytest.approx(truth, rel=1e-7, abs=1e-7), (name, query)


KINDS: list[LeafQuery] = [
    Expectation({"Z0 Y1": 1.0, "X2": -0.5, "I": 2.0}),
    Expectation({"Z0 Y1": 1j, "X2": 0.5 - 1j}),
    Variance({"Z0 X1": 1.0, "Y2": 2.0}),
    Probabilities([1, 2, 0]),
    ReducedDensityMatrix([2, 0, 1]),
    Purity([2, 0]),
    Purity(),
    Fidelity(Circuit(3).ry(ALPHA, 0).cx(0, 2).rx(0.4, 1)),
]


@pytest.mark.parametrize("query", KINDS, ids=lambda q: type(q).__name__)
def test_every_kind_of_query(query: LeafQuery) -> None:
    circuit = Circuit(3).ry([ALPHA, 0.4, 1.3], range(3)).rz(0.7, range(3)).cx([0, 1], [1, 2])
    circuit.channel(noise.amplitude_damping(P), 1).rx(2 * ALPHA, range(3)).cx(2, 0)
    circuit.ry(0.5, range(3))
    check(circuit, query, {"alpha": 0.6, "p": 0.15})


PARAMETRIC = [op for op in STANDARD if op.kind == "unitary" and op.num_params]


@pytest.mark.parametrize("operation", PARAMETRIC, ids=lambda op: op.name)
def test_every_gate(operation: Any) -> None:
    n = operation.num_qubits
    circuit = Circuit(n).h(range(n)).ry(0.3, range(n)).rz(0.9, range(n))
    names = [f"a[{k}]" for k in range(operation.num_params)]
    circuit.append(operation.name, *[1.5 * Parameter(x) + 0.2 for x in names], *range(n))
    circuit.ry(0.7, range(n))
    values = {x: 0.4 + 0.5 * k for k, x in enumerate(names)}
    strings = ["".join(bits) for bits in itertools.product("01", repeat=n)]
    for query in (ReducedDensityMatrix(range(n)), Amplitudes(strings)):
        check(circuit, query, values)


CHANNELS = {
    "depolarizing": noise.depolarizing(P),
    "depolarizing on two": noise.depolarizing(P, 2),
    "pauli": noise.pauli(P, Q, R),
    "pauli terms": noise.pauli({"XY": P, "ZI": Q}),
    "pauli lindblad": noise.pauli_lindblad({"XX": P, "IZ": Q}),
    "bit flip": noise.bit_flip(P),
    "phase flip": noise.phase_flip(P),
    "bit phase flip": noise.bit_phase_flip(P),
    "amplitude damping": noise.amplitude_damping(P),
    "generalized amplitude damping": noise.generalized_amplitude_damping(P, Q),
    "phase damping": noise.phase_damping(P),
    "thermal relaxation": noise.thermal_relaxation(2.0, 1.5, P, Q),
    "T1 and T2": noise.thermal_relaxation(1.0 + P, 1.0 + Q, R, S),
    "reset": noise.reset(P, Q),
    "over-rotation": noise.over_rotation("ZX", P),
    "mixed unitary": noise.mixed_unitary([(P, np.eye(2)), (1 - P, np.diag([1, 1j]))]),
    "correlated pauli": noise.correlated_pauli(P, Q, R, S),
    "composed": noise.amplitude_damping(P) @ noise.depolarizing(Q),
    "tensor": noise.amplitude_damping(P).tensor(noise.phase_damping(Q)),
}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_every_channel(channel: Any) -> None:
    n = channel.num_qubits
    circuit = Circuit(n).h(range(n)).ry(0.3, range(n)).rz(0.9, range(n))
    circuit.channel(channel, *range(n)).ry(0.7, range(n))
    values = {"p": 0.11, "q": 0.23, "r": 0.17, "s": 0.31}
    assert circuit.parameters
    check(circuit, ReducedDensityMatrix(range(n)), values)


def test_readout_errors() -> None:
    circuit = Circuit(3).ry(ALPHA, range(3)).cx(0, 1)
    model = tnsim.NoiseModel().readout(P, 0.5 * Q + 0.1)
    noisy = model.apply(circuit)
    values = {"alpha": 0.8, "p": 0.11, "q": 0.23}
    for query in (Probabilities([2, 0]), Expectation({"Z0 Z1": 1.0, "X2": 0.5})):
        check(noisy, query, values)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("varying", [("alpha",), ("p",), ("alpha", "p"), ("unused",)], ids=str)
def test_batches(library: str, varying: tuple[str, ...]) -> None:
    circuit = Circuit(3).h(range(3)).ry(ALPHA, 0).cx(0, 1).rx(Parameter("beta"), 2)
    circuit.channel(noise.amplitude_damping(P), 1).rz(Parameter("unused"), 2)
    points = {"alpha": 0.4, "p": 0.2, "beta": 0.9, "unused": 0.3}
    batch = {name: points[name] + np.array([0.0, 0.1, -0.05]) for name in varying}
    given = {name: array(batch.get(name, x), library) for name, x in points.items()}
    other = Circuit(3).ry(ALPHA, range(3))
    for query in (
        Expectation({"Z0 Z1": 1.0, "Y2": 0.5}),
        Variance("X0 X1"),
        Purity([0, 1]),
        Fidelity(other),
        Expectation("Z0") ** 2 * Expectation("X1"),
    ):
        program = tnsim.compile(circuit, query, memory="1GB", cache=False, effort="low")
        value, slopes = program.value_and_grad(given)
        assert tuple(value.shape) == (3,)
        for row in range(3):
            point = {name: batch[name][row] if name in batch else x for name, x in points.items()}
            one, single = program.value_and_grad(point)
            np.testing.assert_allclose(to_numpy(value)[row], one, atol=1e-13)
            for name in points:
                np.testing.assert_allclose(
                    to_numpy(slopes[name])[row], single[name], atol=1e-12, err_msg=name
                )


@pytest.mark.parametrize("query", [Probabilities([1, 0]), ReducedDensityMatrix([1])], ids=str)
def test_a_batch_of_arrays_is_pulled_back_row_by_row(query: LeafQuery) -> None:
    circuit = Circuit(2).ry(ALPHA, 0).cx(0, 1).rx(Parameter("beta"), 1)
    program = tnsim.compile(circuit, query, memory="1GB", cache=False)
    given = {"alpha": np.array([0.1, 0.7, 1.9]), "beta": 0.4}
    value, pull = program.vjp(given)
    seed = cotangent_for(value, 3)
    found = pull(seed)
    rows = []
    for row in range(3):
        _, one = program.vjp(alpha=given["alpha"][row], beta=0.4)
        rows.append(one(seed[row]))
    np.testing.assert_allclose(found["alpha"], [r["alpha"] for r in rows], atol=1e-13)
    assert found["beta"] == pytest.approx(sum(r["beta"] for r in rows), abs=1e-13)


def test_amplitudes_of_many_bitstrings_in_a_batch() -> None:
    circuit = Circuit(3).ry(ALPHA, 0).cx(0, 1).rx(Parameter("beta"), range(3))
    texts = ["000", "110", "011", "000", "101"]
    program = tnsim.compile(circuit, Amplitudes(texts), memory="1GB", cache=False)
    given = {"alpha": np.array([0.1, 0.7]), "beta": 0.4}
    value, pull = program.vjp(given)
    assert value.shape == (2, 5)
    seed = cotangent_for(value, 5)
    found = pull(seed)
    truth = np.zeros(2)
    shared = 0.0
    for row in range(2):
        point = {"alpha": given["alpha"][row], "beta": 0.4}
        slopes = {
            name: oracle_gradients.tangent(circuit, Amplitudes(texts), point, name)
            for name in point
        }
        truth[row] = np.sum(seed[row] * slopes["alpha"]).real
        shared += np.sum(seed[row] * slopes["beta"]).real
    np.testing.assert_allclose(found["alpha"], truth, atol=1e-11)
    assert found["beta"] == pytest.approx(shared, abs=1e-11)


@pytest.mark.parametrize("library", LIBRARIES)
def test_single_precision(library: str) -> None:
    circuit = Circuit(3).ry(ALPHA, range(3)).cx(0, 1).cx(1, 2)
    circuit.channel(noise.depolarizing(P), 1)
    points = {"alpha": 0.4, "p": 0.2}
    query = Expectation({"Z0 Z2": 1.0, "X1": 0.5})
    exact = tnsim.compile(circuit, query, memory="1GB").grad(points)
    program = tnsim.compile(circuit, query, memory="1GB", dtype="complex64")
    given = {name: array(x, library, "float32") for name, x in points.items()}
    _, slopes = program.value_and_grad(given)
    for name in points:
        assert "float32" in str(slopes[name].dtype)
        assert to_numpy(slopes[name]) == pytest.approx(exact[name], abs=2e-6)


def test_strengths_at_the_ends_of_their_range() -> None:
    circuit = Circuit(1).ry(0.4, 0).channel(noise.amplitude_damping(P), 0)
    program = tnsim.compile(circuit, Expectation("Z0"), memory="1MB")
    # <Z> = g + (1 - g) cos(0.4): the coherences, with their infinite slope at g = 1, have no part.
    for end in (0.0, 1.0):
        assert program.grad(p=end)["p"] == pytest.approx(1 - np.cos(0.4), abs=1e-14)


@pytest.mark.parametrize("size", [3, 4])
def test_numbers_times_distributions_in_a_batch(size: int) -> None:
    circuit = Circuit(2).ry(ALPHA, 0).cx(0, 1).rx(Parameter("beta"), 1)
    query = Expectation("Z0") * Probabilities([1, 0]) + Purity([0])
    program = tnsim.compile(circuit, query, memory="1GB", cache=False)
    given = {"alpha": np.linspace(0.1, 0.9, size), "beta": 0.4}
    value, pull = program.vjp(given)
    assert value.shape == (size, 4)
    seed = cotangent_for(value, 3)
    found = pull(seed)
    for row in range(size):
        one, back = program.vjp(alpha=given["alpha"][row], beta=0.4)
        np.testing.assert_allclose(value[row], one, atol=1e-14)
        assert found["alpha"][row] == pytest.approx(back(seed[row])["alpha"], abs=1e-13)
    np.testing.assert_allclose(program(given).value, value, atol=1e-14)
