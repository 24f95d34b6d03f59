"""Circuits that measure, and act on what they found, against a sum over all branches.

The oracle keeps one density matrix for each value of the classical bits and goes on with each by
itself; the library's one contraction has no branches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import tnsim
from tests.oracle import embed
from tnsim import Circuit, Expectation, NoiseModel, Parameter, Probabilities, QueryError
from tnsim.circuit import Operation

State = dict[tuple[int, ...], NDArray[Any]]
QUBITS, BITS = 3, 3


def branches(circuit: Circuit, misread: float = 0.0) -> State:
    """By the values of the bits the unnormalised density matrix."""
    n = circuit.num_qubits
    zero = np.zeros((2**n, 2**n), dtype=complex)
    zero[0, 0] = 1
    state: State = {(0,) * circuit.num_bits: zero}
    for row in circuit:
        after: State = {}
        for bits, rho in state.items():
            for found, new in outcomes(row, bits, rho, n, misread):
                after[found] = after.get(found, 0) + new
        state = after
    return state


def outcomes(
    row: Any, bits: tuple[int, ...], rho: NDArray[Any], n: int, misread: float
) -> Iterator[tuple[tuple[int, ...], NDArray[Any]]]:
    if row.name == "measure":
        for z in (0, 1):
            projector = embed(np.diag([1.0 - z, z]), row.qubits, n)
            kept = projector @ rho @ projector
            for read in (z, 1 - z):
                new = list(bits)
                new[row.bits[0]] = read
                yield tuple(new), kept * (misread if read != z else 1 - misread)
        return
    if row.bits and tuple(bits[b] for b in row.bits) != row.values:
        yield bits, rho
        return
    operation: Operation = row.operation.inner or row.operation
    size = 2**operation.num_qubits
    superoperator = operation.superoperator_at([float(a) for a in row.angles])
    tensor = superoperator.reshape(size, size, size, size)
    total = np.zeros_like(rho)
    units = np.eye(size)
    for i in range(size):
        for j in range(size):
            # sum_ij E(|i><j|) (<i| rho |j>), with the rest of the qubits left alone.
            for a in range(size):
                for b in range(size):
                    if tensor[a, b, i, j] == 0:
                        continue
                    left = embed(np.outer(units[a], units[i]), row.qubits, n)
                    right = embed(np.outer(units[j], units[b]), row.qubits, n)
                    total += tensor[a, b, i, j] * left @ rho @ right
    yield bits, total


def body() -> st.SearchStrategy[Circuit]:
    """One instruction."""
    one = st.sampled_from(["h", "x", "s", "rx", "reset", "damp"])
    return st.one_of(
        st.tuples(one, st.integers(0, QUBITS - 1)).map(lambda p: applied(Circuit(QUBITS), *p)),
        st.permutations(range(QUBITS)).map(lambda p: Circuit(QUBITS).cx(p[0], p[1])),
    )


def applied(circuit: Circuit, name: str, qubit: int) -> Circuit:
    if name == "rx":
        return circuit.rx(Parameter("a"), qubit)
    if name == "reset":
        return circuit.reset(qubit)
    if name == "damp":
        return circuit.channel(tnsim.noise.amplitude_damping(0.2), qubit)
    return circuit.append(name, qubit)


@st.composite
def adaptive(draw: st.DrawFn) -> Circuit:
    circuit = Circuit(QUBITS)
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["plain", "measure", "when"]))
        if kind == "plain":
            circuit = circuit.compose(draw(body()))
        elif kind == "measure":
            qubit, bit = draw(st.integers(0, QUBITS - 1)), draw(st.integers(0, BITS - 1))
            circuit.measure(qubit, bit)
        else:
            bits = draw(st.lists(st.integers(0, BITS - 1), min_size=1, max_size=3, unique=True))
            values = draw(st.lists(st.integers(0, 1), min_size=len(bits), max_size=len(bits)))
            circuit.when(bits, values, draw(body()))
    return circuit.measure(0, 0)


QUERIES = {
    "x": Expectation("X0 Z1"),
    "y": Expectation("Y2"),
    "parity": Expectation("Z0 Z2", on="bits"),
    "bits": Probabilities([2, 0], on="bits"),
    "both": Probabilities([1, 0]),
    "variance": tnsim.Variance({"Z0": 1.0, "Z1": 0.5}, on="bits"),
    "purity": tnsim.Purity(),
    "sum": Expectation("Z0", on="bits") - 2 * Expectation("Z0"),
}


def expected(state: State) -> dict[str, Any]:
    rho = sum(state.values())
    signs = {q: np.diag([1.0, -1.0]) for q in range(QUBITS)}
    x, y = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]])

    def mean(matrix: NDArray[Any]) -> float:
        return float(np.trace(matrix @ rho).real)

    def weight(bits: tuple[int, ...]) -> float:
        return float(np.trace(state[bits]).real)

    z = [embed(signs[q], (q,), QUBITS) for q in range(QUBITS)]
    pairs = np.zeros((2, 2))
    for bits in state:
        pairs[bits[2], bits[0]] += weight(bits)
    values = {b: 1.0 - 2 * b[0] + 0.5 * (1 - 2 * b[1]) for b in state}
    average = sum(weight(b) * values[b] for b in state)
    diagonal = np.diag(rho).real.reshape(2, 2, 2).sum(axis=2)
    first = sum(weight(b) * (1 - 2 * b[0]) for b in state)
    return {
        "x": mean(embed(x, (0,), QUBITS) @ z[1]),
        "y": mean(embed(y, (2,), QUBITS)),
        "parity": sum(weight(b) * (1 - 2 * b[0]) * (1 - 2 * b[2]) for b in state),
        "bits": pairs.reshape(-1),
        "both": diagonal.T.reshape(-1),
        "variance": sum(weight(b) * values[b] ** 2 for b in state) - average**2,
        "purity": float(np.trace(rho @ rho).real),
        "sum": first - 2 * mean(z[0]),
    }


def bound(circuit: Circuit, angle: float) -> Circuit:
    return circuit.bind(dict.fromkeys(circuit.parameters, angle))


def with_bits(circuit: Circuit) -> Circuit:
    """All bits are named, so that every query makes sense."""
    return Circuit(QUBITS).measure([0, 0, 0], [0, 1, 2]).compose(bound(circuit, 0.7))


@given(adaptive())
def test_one_contraction_is_the_sum_over_branches(circuit: Circuit) -> None:
    circuit = with_bits(circuit)
    found = tnsim.run(circuit, QUERIES, method="exact").value
    for name, value in expected(branches(circuit)).items():
        np.testing.assert_allclose(found[name], value, atol=1e-10, err_msg=name)


@given(adaptive())
def test_readout_errors_reach_the_conditions(circuit: Circuit) -> None:
    circuit = with_bits(circuit)
    noise = NoiseModel().readout(0.1, 0.1, qubits=range(QUBITS))
    queries = {name: QUERIES[name] for name in ("parity", "bits", "purity")}
    found = tnsim.run(circuit, queries, noise=noise, method="exact").value
    truth = expected(branches(circuit, misread=0.1))
    for name in queries:
        np.testing.assert_allclose(found[name], truth[name], atol=1e-10, err_msg=name)


@given(adaptive(), st.sampled_from(["mpdo", "peps", "trajectories"]))
def test_other_methods_agree_or_refuse(circuit: Circuit, method: str) -> None:
    circuit = with_bits(circuit)
    queries = {name: QUERIES[name] for name in ("x", "parity")}
    found = tnsim.run(circuit, queries, method=method)
    truth = expected(branches(circuit))
    for name in queries:
        error = float(found.error[name])
        assert abs(found.value[name] - truth[name]) <= max(1e-9, 6 * error), name


@given(adaptive())
def test_derivatives_pass_through_conditions(circuit: Circuit) -> None:
    start = Circuit(QUBITS).measure([0, 0, 0], [0, 1, 2])
    circuit = start.rx(Parameter("a"), 1).compose(circuit).measure(1, 2)
    program = tnsim.compile(circuit, QUERIES["parity"], method="exact", gradient=True)
    _, slopes = program.value_and_grad(a=0.7)
    step = 1e-5
    up, down = (expected(branches(bound(circuit, 0.7 + sign * step)))["parity"] for sign in (1, -1))
    assert float(slopes["a"]) == pytest.approx((up - down) / (2 * step), abs=1e-8)


@given(adaptive())
def test_unrolling_keeps_conditions(circuit: Circuit) -> None:
    circuit = with_bits(circuit)
    plain = circuit.unroll({"cx", "u", "unitary"})
    assert not {"h", "x", "s", "rx"} & set(plain.counts())
    found = tnsim.run(plain, QUERIES, method="exact").value
    for name, value in expected(branches(circuit)).items():
        np.testing.assert_allclose(found[name], value, atol=1e-10, err_msg=name)


@given(adaptive(), st.integers(0, QUBITS - 1))
def test_light_cones_keep_what_conditions_need(circuit: Circuit, qubit: int) -> None:
    circuit = bound(circuit, 0.7)
    cone = circuit.lightcone(qubit)
    query = Expectation({f"X{qubit}": 1.0, f"Z{qubit}": 0.3})
    whole = tnsim.run(circuit, query, method="exact").value
    assert tnsim.run(cone, query, method="exact").value == pytest.approx(whole, abs=1e-12)


def test_an_unread_outcome_leaves_nothing_behind() -> None:
    circuit = Circuit(2).h(0).measure(0, 0).measure(1, 0).when(0, 1, Circuit(2).x(1))
    assert [str(row) for row in circuit.lightcone(1)] == [
        "measure 1 into bit 0",
        "x 1 if bit 0 is 1",
    ]
    assert len(circuit.lightcone(0)) == 2


def teleportation(noise: float) -> Circuit:
    circuit = Circuit(3).ry(Parameter("t"), 0).rz(0.3, 0)
    circuit.h(1).cx(1, 2).channel(tnsim.noise.depolarizing(noise, 2), 1, 2)
    circuit.cx(0, 1).h(0).measure([0, 1])
    return circuit.when(1, 1, Circuit(3).x(2)).when(0, 1, Circuit(3).z(2))


def test_teleportation() -> None:
    queries = {p: Expectation(f"{p}2") for p in "XYZ"}
    found = tnsim.run(teleportation(0.0), queries, t=0.7).value
    bloch = [math.sin(0.7) * math.cos(0.3), math.sin(0.7) * math.sin(0.3), math.cos(0.7)]
    np.testing.assert_allclose([found[p] for p in "XYZ"], bloch, atol=1e-12)
    noisy = tnsim.run(teleportation(0.1), queries, t=0.7).value
    np.testing.assert_allclose([noisy[p] for p in "XYZ"], 0.9 * np.array(bloch), atol=1e-12)


def test_questions_that_conditions_rule_out() -> None:
    circuit = teleportation(0.0)
    with pytest.raises(QueryError, match="samples must be asked of a circuit in which nothing"):
        tnsim.compile(circuit, tnsim.Samples(3))
    with pytest.raises(QueryError, match="asks for bits of a circuit that measures into none"):
        tnsim.compile(Circuit(2).h(0), Expectation("Z0", on="bits"))
    with pytest.raises(
        QueryError, match=r"asks for bit 5 of a circuit that measures into bits 0\.\.1"
    ):
        tnsim.compile(circuit, Expectation("Z5", on="bits"))
    noise = NoiseModel().readout(Parameter("p"), 0.1, qubits=[0])
    with pytest.raises(tnsim.NoiseError, match="outcome of qubit 0 is read as a classical bit"):
        tnsim.compile(circuit, Expectation("Z2"), noise=noise)
