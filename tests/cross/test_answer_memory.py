"""Answers, batches of them, and their read-off are inside the budget too."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import tnsim
from tnsim import BudgetError, Parameter, Probabilities, ReducedDensityMatrix

SLACK = 1_000_000


def ladder(qubits: int) -> tnsim.Circuit:
    circuit = tnsim.Circuit(qubits).ry(Parameter("t"), range(qubits))
    return circuit.cx(range(qubits - 1), range(1, qubits))


def traced(program: tnsim.Program, values: object) -> tuple[tnsim.Result, int]:
    program(t=0.1)
    tracemalloc.start()
    try:
        result = program(t=values)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "query", [Probabilities(range(20)), ReducedDensityMatrix(range(9))], ids=["p", "rho"]
)
def test_the_forecast_counts_large_answers(query: tnsim.Probabilities) -> None:
    program = tnsim.compile(ladder(20), query, memory="1GB", cache=False)
    _, peak = traced(program, 0.3)
    assert peak <= 1.05 * program.forecast.peak_bytes + SLACK
    assert program.forecast.peak_bytes <= 2 * peak


def test_a_batch_of_answers_stays_within_the_budget() -> None:
    program = tnsim.compile(ladder(14), Probabilities(range(14)), memory="20MB", cache=False)
    values = np.linspace(0, 1, 60)
    result, peak = traced(program, values)
    assert peak <= 20_000_000 + SLACK
    np.testing.assert_allclose(result.value.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(result.value[7], program(t=values[7]).value, atol=1e-14)
    with pytest.raises(BudgetError, match="fewer sets at a time") as caught:
        program(t=np.linspace(0, 1, 3000))
    assert caught.value.least_bytes is not None
    assert caught.value.least_bytes > 3000 * 2**14 * 8


def test_an_answer_larger_than_the_budget_is_refused_at_once() -> None:
    with pytest.raises(BudgetError, match="ask for fewer qubits") as caught:
        tnsim.compile(ladder(24), Probabilities(range(24)), memory="200MB", cache=False)
    least = caught.value.least_bytes
    assert least is not None
    tnsim.compile(ladder(24), Probabilities(range(24)), memory=least, cache=False)
