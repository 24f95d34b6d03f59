"""`value_and_grad`, `grad`, `vjp` and `hessian_vector`: shapes, refusals, budgets, forecasts."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import tnsim
from tests import oracle_gradients
from tnsim import (
    Amplitudes,
    BudgetError,
    Circuit,
    CircuitError,
    Expectation,
    NoiseError,
    Parameter,
    Probabilities,
    Purity,
    QueryError,
    noise,
)

SLACK = 1_000_000
A, B, P = map(Parameter, "abp")
POINT = {"a": 0.4, "b": 1.1, "p": 0.2}


def small(query: Any, **options: Any) -> tnsim.Program:
    circuit = Circuit(2).ry(2 * A + 0.1, 0).rz(B, 0).rx(A - B, 1).cx(0, 1)
    circuit.channel(noise.depolarizing(P), 1)
    return tnsim.compile(circuit, query, **{"memory": "100MB", "cache": False, **options})


def layered(qubits: int, layers: int) -> tuple[Circuit, dict[str, float]]:
    """RY and RZ of their own on every qubit, then a ladder of CZ, with noise after every gate."""
    circuit = Circuit(qubits)
    values: dict[str, float] = {}
    for _ in range(layers):
        for gate in ("ry", "rz"):
            for qubit in range(qubits):
                name = f"t[{len(values)}]"
                circuit.append(gate, Parameter(name), qubit)
                values[name] = 0.3 * np.sin(1 + len(values))
        circuit.cz(range(qubits - 1), range(1, qubits))
    model = tnsim.NoiseModel().after(noise.pauli(0.001, 0.001, 0.001))
    return model.apply(circuit), values


def energy(qubits: int) -> Expectation:
    return Expectation({f"Z{q} Z{q + 1}": 1.0 for q in range(qubits - 1)})


def test_one_query() -> None:
    program = small(Expectation("Z0 Z1"))
    value, slopes = program.value_and_grad(POINT)
    assert value == program(POINT).value
    assert list(slopes) == ["a", "b", "p"]
    assert all(type(s) is np.float64 for s in slopes.values())
    assert program.grad(a=0.4, b=1.1, p=0.2) == slopes


def test_a_dict_of_queries() -> None:
    program = small({"z": Expectation("Z0"), "mixed": Purity([1]) * Expectation("Z1")})
    values, slopes = program.value_and_grad(POINT)
    for name, query in program.queries.items():
        value, alone = small(query).value_and_grad(POINT)
        assert values[name] == pytest.approx(value, abs=1e-14)
        assert slopes[name] == pytest.approx(alone, abs=1e-14)


def test_a_parameter_without_effect_has_no_slope() -> None:
    circuit = Circuit(2).ry(A, 0).ry(B, 1)
    program = tnsim.compile(circuit, Expectation("Z0"), memory="1MB")
    assert program.grad(a=0.3, b=0.4) == pytest.approx({"a": -np.sin(0.3), "b": 0.0}, abs=1e-15)
    nothing = tnsim.compile(circuit, Expectation({"I": 2.0}), memory="1MB")
    value, slopes = nothing.value_and_grad(a=0.3, b=0.4)
    assert (value, slopes) == (2.0, {"a": 0.0, "b": 0.0})


def test_no_parameters_at_all() -> None:
    program = tnsim.compile(Circuit(1).h(0), Expectation("X0"), memory="1MB", gradient=True)
    value, slopes = program.value_and_grad()
    assert value == pytest.approx(1.0) and slopes == {}
    assert program.forecast.gradient_peak_bytes is None


def test_a_zero_answer() -> None:
    program = tnsim.compile(Circuit(1).rz(A, 0), Expectation("X0"), memory="1MB")
    value, slopes = program.value_and_grad(a=0.3)
    assert (value, slopes) == (0.0, {"a": 0.0})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            Probabilities([0, 1]),
            r"the query Probabilities\(\[0, 1\]\) has real values of shape \(4,\)",
        ),
        (Expectation({"Z0": 1j}), r"complex values of shape \(\); use program.vjp"),
        ({"z": Expectation("Z0"), "w": Probabilities([0])}, r"the query 'w', Probabilities"),
    ],
)
def test_only_real_numbers_have_gradients(query: Any, said: str) -> None:
    program = small(query)
    for ask in (program.value_and_grad, program.grad):
        with pytest.raises(QueryError, match=said):
            ask(POINT)
    with pytest.raises(QueryError, match=said):
        program.hessian_vector(POINT, {"a": 1.0})


def test_values_are_checked_as_in_a_call() -> None:
    program = small(Expectation("Z0"))
    with pytest.raises(CircuitError, match="no value was given for p"):
        program.grad(a=0.1, b=0.2)
    with pytest.raises(NoiseError, match="must"):
        program.grad(a=0.1, b=0.2, p=1.5)
    with pytest.raises(tnsim.TnsimError, match="executor"):
        program.value_and_grad(POINT, executor=3)  # type: ignore[arg-type]


def test_vjp_of_several_queries_and_its_refusals() -> None:
    program = small({"z": Expectation("Z0"), "w": Probabilities([1, 0])})
    value, pull = program.vjp(POINT)
    assert set(value) == {"z", "w"}
    seed = np.array([0.5, -1.0, 2.0, 0.1])
    together = pull({"z": 3.0, "w": seed})
    first, second = pull({"z": 3.0}), pull({"w": seed})
    for name, found in together.items():
        assert found == pytest.approx(first[name] + second[name], abs=1e-14)
    for wrong in ({"z": [1.0, 2.0]}, {"w": 1.0}, {"z": ["1"]}):
        with pytest.raises(QueryError, match="must have the value's shape"):
            pull(wrong)
    for wrong in (1.0, {"y": 1.0}):
        with pytest.raises(QueryError, match="a dict with an array for each of 'z', 'w'"):
            pull(wrong)


def test_hessian_vector() -> None:
    program = small(Expectation({"Z0 Z1": 1.0, "X0": 0.5}))
    vector = {"a": 0.3, "p": -2.0}
    found = program.hessian_vector(POINT, vector)
    for name, got in found.items():

        def at(t: float, name: str = name) -> Any:
            moved = {k: x + t * vector.get(k, 0.0) for k, x in POINT.items()}
            return program.grad(moved)[name]

        assert got == pytest.approx(oracle_gradients.slope(at, 1e-2), abs=1e-9)
    # The Hessian is symmetric.
    other = program.hessian_vector(POINT, {"b": 1.0})
    assert sum(other[k] * v for k, v in vector.items()) == pytest.approx(found["b"], abs=1e-9)
    assert program.hessian_vector(POINT, {}) == {"a": 0.0, "b": 0.0, "p": 0.0}


def test_hessian_vector_at_the_end_of_a_strength_and_in_a_batch() -> None:
    program = small(Expectation("Z0 Z1") ** 2)
    end = program.hessian_vector({**POINT, "p": 0.0}, {"p": 1.0})
    inside = program.hessian_vector({**POINT, "p": 1e-4}, {"p": 1.0})
    assert end["p"] == pytest.approx(inside["p"], rel=1e-3)
    batch = {**POINT, "a": np.array([0.4, 0.9])}
    rows = program.hessian_vector(batch, {"a": np.array([1.0, 2.0]), "b": 1.0})
    for row, (a, scale) in enumerate([(0.4, 1.0), (0.9, 2.0)]):
        one = program.hessian_vector({**POINT, "a": a}, {"a": scale, "b": 1.0})
        for name, got in one.items():
            assert rows[name][row] == pytest.approx(got, abs=1e-8)


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        (3.0, "`vector` must map parameter names"),
        ({"x": 1.0}, "`vector` must name parameters of the circuit"),
        ({"a": [1.0, 2.0]}, "must be a finite number"),
        ({"a": np.inf}, "must be a finite number"),
    ],
)
def test_vectors_are_checked(vector: Any, said: str) -> None:
    with pytest.raises(CircuitError, match=said):
        small(Expectation("Z0")).hessian_vector(POINT, vector)


def test_the_forecast_tells_the_gradient_where_it_was_asked_for() -> None:
    circuit, _ = layered(6, 3)
    without = tnsim.compile(circuit, energy(6), memory="1MB", cache=False)
    asked = tnsim.compile(circuit, energy(6), memory="1MB", cache=False, gradient=True)
    assert without.forecast.gradient_peak_bytes is None
    assert without.forecast.gradient_flops is None
    told = asked.forecast
    assert told.gradient_peak_bytes is not None and told.gradient_flops is not None
    assert told.gradient_peak_bytes > 0
    assert told.gradient_flops > told.flops
    assert "gradient peak" in str(told) and "gradient operations" in str(told)
    assert type(told).from_dict(told.to_dict()) == told
    with pytest.raises(QueryError, match="`gradient` must be True or False"):
        small(Expectation("Z0"), gradient="yes")


def traced_gradient(program: tnsim.Program, values: Any) -> tuple[Any, int]:
    program.value_and_grad(values)
    tracemalloc.start()
    try:
        return program.value_and_grad(values), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("memory", ["1GB", "7MB", "5.5MB"])
def test_a_gradient_stays_within_its_budget(memory: str) -> None:
    circuit, values = layered(10, 6)
    program = tnsim.compile(circuit, energy(10), memory=memory, cache=False, gradient=True)
    told = program.forecast.gradient_peak_bytes
    assert told is not None and told <= program.memory
    (value, slopes), peak = traced_gradient(program, values)
    assert peak <= 1.05 * told + SLACK
    free = tnsim.compile(circuit, energy(10), memory="1GB", cache=False)
    right, wanted = free.value_and_grad(values)
    assert value == pytest.approx(right, abs=1e-12)
    assert slopes == pytest.approx(wanted, abs=1e-11)


def test_too_small_a_budget_is_refused_with_the_least_that_works() -> None:
    circuit, values = layered(5, 2)
    with pytest.raises(BudgetError, match="`memory` must be at least") as caught:
        tnsim.compile(circuit, energy(5), memory="10kB", cache=False, gradient=True)
    least = caught.value.least_bytes
    assert least is not None
    program = tnsim.compile(circuit, energy(5), memory=least, cache=False, gradient=True)
    assert program.forecast.gradient_peak_bytes is not None
    assert program.forecast.gradient_peak_bytes <= least
    free = tnsim.compile(circuit, energy(5), memory="1GB", cache=False)
    assert program.grad(values) == pytest.approx(free.grad(values), abs=1e-12)


def test_a_gradient_that_was_not_planned_for_keeps_the_budget_too() -> None:
    circuit, values = layered(8, 4)
    asked = tnsim.compile(circuit, energy(8), memory="1GB", cache=False, gradient=True)
    tight = tnsim.compile(circuit, energy(8), memory="140kB", cache=False)
    (_, slopes), peak = traced_gradient(tight, values)
    assert peak <= 140_000 + SLACK
    assert slopes == pytest.approx(asked.grad(values), abs=1e-12)


def test_batches_are_cut_to_the_budget() -> None:
    circuit, values = layered(8, 3)
    program = tnsim.compile(circuit, energy(8), memory="3MB", cache=False, gradient=True)
    batch = dict(values) | {"t[3]": np.linspace(0, 1, 40), "t[9]": np.linspace(2, 1, 40)}
    (value, slopes), peak = traced_gradient(program, batch)
    assert peak <= 3_000_000 + SLACK
    one, single = program.value_and_grad(
        {**batch, "t[3]": batch["t[3]"][33], "t[9]": batch["t[9]"][33]}
    )
    assert value[33] == pytest.approx(one, abs=1e-12)
    for name, row in slopes.items():
        assert row.shape == (40,)
        assert row[33] == pytest.approx(single[name], abs=1e-12)
    with pytest.raises(BudgetError, match="fewer sets at a time"):
        program.grad({**values, "t[3]": np.linspace(0, 1, 30_000)})


def test_vjp_of_a_batch_in_parts() -> None:
    circuit = Circuit(10).ry(A, range(10)).cx(range(9), range(1, 10)).rx(B, range(10))
    query = Probabilities(range(10))
    program = tnsim.compile(circuit, query, memory="1.5MB", cache=False, gradient=True)
    given = {"a": np.linspace(0.1, 2, 12), "b": 0.4}
    value, pull = program.vjp(given)
    assert value.shape == (12, 1024)
    seed = np.cos(np.arange(value.size)).reshape(value.shape)
    found = pull(seed)
    whole = tnsim.compile(circuit, query, memory="1GB", cache=False)
    _, back = whole.vjp(given)
    wanted = back(seed)
    np.testing.assert_allclose(found["a"], wanted["a"], atol=1e-12)
    assert found["b"] == pytest.approx(wanted["b"], abs=1e-12)


def test_executor_and_progress() -> None:
    circuit, values = layered(8, 3)
    program = tnsim.compile(circuit, energy(8), memory="600kB", cache=False, gradient=True)
    seen: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        value, slopes = program.value_and_grad(
            values, executor=pool, progress=lambda done, total: seen.append((done, total))
        )
    assert seen and seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    again, wanted = program.value_and_grad(values)
    assert value == pytest.approx(again, abs=1e-13)
    assert slopes == pytest.approx(wanted, abs=1e-12)


def test_amplitudes_of_one_and_many_bitstrings() -> None:
    circuit = Circuit(2).ry(A, 0).cx(0, 1).rz(B, 1)
    for texts in (["00"], ["00", "11", "00"]):
        program = tnsim.compile(circuit, Amplitudes(texts), memory="1MB")
        value, pull = program.vjp(a=0.3, b=0.5)
        found = pull(np.conj(value))
        # Re conj(v) dv = d|v|^2 / 2; |<00|psi>|^2 = cos^2(a/2), |<11|psi>|^2 = sin^2(a/2).
        slope = -np.sin(0.3) / 4 * (1 if len(texts) == 1 else 2 - 1)
        assert found["a"] == pytest.approx(slope, abs=1e-14)
        assert found["b"] == pytest.approx(0.0, abs=1e-14)
