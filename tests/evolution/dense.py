"""Components of the final state by dense linear algebra, and by an evolution."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests import oracle, oracle_circuits
from tnsim.base.parameters import evaluate_affine
from tnsim.circuit import Circuit
from tnsim.engines.evolution import Evolution, PauliTerms
from tnsim.engines.evolution.questions import components, readouts
from tnsim.engines.exact.planning import Settings
from tnsim.lowering.instructions import instructions
from tnsim.runtime.parameters import gather_inputs

LETTERS = "IXYZ"
STEP = 1e-100


def prepared(circuit: Circuit, question: Any, budget: int = 1 << 30, **options: Any) -> Evolution:
    """An evolution in double precision, unless said otherwise."""
    dtype = options.pop("dtype", "complex128")
    return Evolution.prepare(circuit, question, Settings(budget, dtype), **options)


def inputs_for(evolution: Evolution, values: Mapping[str, Any], dtype: str = "complex128") -> Any:
    """The values of the names that matter."""
    return gather_inputs({n: values[n] for n in evolution.parameters}, dtype)


def evolved(circuit: Circuit, question: Any, values: Mapping[str, Any], **options: Any) -> Any:
    """The answer by moving a state."""
    evolution = prepared(circuit, question, **options)
    outcome = evolution.run(inputs_for(evolution, values))
    assert not outcome.batched
    return outcome.array


def question_values(
    circuit: Circuit,
    question: Any,
    values: Mapping[str, float],
    state: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The answer by the dense oracle."""
    rho = oracle_circuits.final_state(circuit, values) if state is None else state
    readout = [
        (a.qubits, oracle_circuits.confusion_of(a.error, values))
        for a in circuit.readout
        if question.readout
    ]
    if isinstance(question, PauliTerms):
        strings = list(question.terms)
    else:
        qubits = [q for q, _ in question.letters]
        strings = [
            tuple(zip(qubits, letters, strict=True))
            for letters in itertools.product(*(some for _, some in question.letters))
        ]
    found = []
    for string in strings:
        text = " ".join(f"{LETTERS[p]}{q}" for q, p in string if p) or "I"
        found.append(oracle.measured(rho, {text: 1.0}, readout).real)
    return np.array(found).reshape(question.shape)


def exact_slopes(
    circuit: Circuit, question: Any, values: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """d answer / d parameter, by complex steps through dense transfer matrices, row by row."""
    return {
        name: _answer(circuit, question, {**values, name: values[name] + 1j * STEP}).imag / STEP
        for name in circuit.parameters
    }


def _answer(circuit: Circuit, question: Any, values: Mapping[str, Any]) -> NDArray[Any]:
    n = circuit.num_qubits
    state = np.array([1.0, 0, 0, 1.0], dtype=complex)
    for _ in range(n - 1):
        state = np.kron(state, [1.0, 0, 0, 1.0])
    state = state.reshape((4,) * n)
    for row in instructions(circuit):
        state = _moved(state, row.operation.transfer_form, row.args, row.qubits, values)
    for one in readouts(circuit, question):
        state = _moved(state, one.form, one.args, one.qubits, values)
    place = {q: n - 1 - q for q in range(n)}
    return np.asarray(state.reshape(-1)[components(question, place)])


def _moved(state: Any, form: Any, args: Any, qubits: Any, values: Mapping[str, Any]) -> Any:
    weights = form.coefficients([evaluate_affine(a, values) for a in args])
    matrix = sum(w * a for w, a in zip(weights, form.constants, strict=True))
    k = len(qubits)
    made = np.tensordot(matrix.reshape((4,) * 2 * k), state, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(made, range(k), qubits)
