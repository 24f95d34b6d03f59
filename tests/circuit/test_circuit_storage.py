"""Circuits as JSON: what goes out comes back, and nothing else comes in."""

from __future__ import annotations

import copy
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import circuits
from tnsim import Circuit, CircuitError, Parameter
from tnsim.base.codec import encode_array
from tnsim.noise import depolarizing


def through_text(circuit: Circuit) -> Circuit:
    return Circuit.from_dict(json.loads(json.dumps(circuit.to_dict(), allow_nan=False)))


@given(circuits(resets=True))
def test_round_trip(circuit: Circuit) -> None:
    circuit.gphase(0.5 * Parameter("theta"))
    again = through_text(circuit)
    assert again == circuit
    assert again.x(0) == circuit.x(0)


def test_round_trip_of_measurements() -> None:
    circuit = Circuit(3).h(0).measure([0, 2], [5, 1])
    assert through_text(circuit).measured == {0: 5, 2: 1}
    assert through_text(circuit) == circuit


def sample() -> dict[str, Any]:
    circuit = Circuit(3).h(0).rx(Parameter("a"), 1).cx(0, 1).barrier().measure(2)
    return circuit.unitary(np.diag([1, 1j]), 0).to_dict()


def changed(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data[path] = value

    return change


def replaced(name: str, change: Callable[[np.ndarray[Any, Any]], Any]) -> Any:
    """One of the columns changed in place."""

    def apply(data: dict[str, Any]) -> None:
        from tnsim.base.codec import decode_array

        data[name] = encode_array(np.asarray(change(decode_array(data[name]).copy())))

    return apply


def at(index: int, value: Any) -> Callable[[np.ndarray[Any, Any]], Any]:
    def change(array: np.ndarray[Any, Any]) -> Any:
        array[index] = value
        return array

    return change


BAD: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (changed("kind", "noise"), 'must be a JSON object with "kind": "circuit"'),
    (changed("version", 3), r"reads circuits of version 2 \(got 3\)"),
    (changed("extra", 1), "must have the fields angles, expressions"),
    (lambda d: d.pop("qubits"), "must have the fields"),
    (changed("num_qubits", 0), "`num_qubits` must be an integer above 0"),
    (changed("num_qubits", "3"), "`num_qubits` must be an integer above 0"),
    (changed("num_qubits", 2), r"a qubit must be in 0\.\.1"),
    (changed("num_bits", 1), r"a classical bit must be in 3\.\.3, after the qubits"),
    (changed("num_bits", -1), "`num_bits` must be an integer from 0"),
    (changed("num_bits", 2**31), "`num_bits` must be an integer from 0"),
    (changed("operations", []), "an opcode must be an index"),
    (changed("operations", 3), "cannot be read"),
    (lambda d: d["operations"].__setitem__(0, {"gate": "hh"}), "an operation must be a known gate"),
    (lambda d: d["operations"].__setitem__(0, {"exec": "hh"}), "an operation must be a known gate"),
    (lambda d: d["operations"].__setitem__(0, {"gate": ["h"]}), "cannot be read"),
    (lambda d: d["operations"].__setitem__(0, {"barrier": -1}), "an operation must be a known"),
    (lambda d: d["operations"].__setitem__(0, {}), "cannot be read"),
    (lambda d: d["operations"].__setitem__(0, {"gate": "cx"}), "an entry for each qubit"),
    (lambda d: d["operations"].__setitem__(1, {"gate": "h"}), "an entry for each"),
    (changed("opcode", encode_array(np.array([9], dtype=np.uint16))), "an opcode must be an index"),
    (changed("opcode", encode_array(np.array([1]))), "`opcode` must be a flat array of uint16"),
    (changed("opcode", "abc"), "cannot be read: an array must be an object"),
    (replaced("qubits", at(0, -1)), r"a qubit must be in 0\.\.2"),
    (replaced("qubits", at(2, 1)), "must differ from one another"),
    (replaced("qubits", lambda a: a[:-1]), "an entry for each qubit"),
    (replaced("angles", at(0, np.nan)), "an angle must be finite, and 0 where"),
    (replaced("angles", at(0, 0.5)), "an angle must be finite, and 0 where"),
    (replaced("symbols", at(0, 1)), "a symbol must be -1 or an index"),
    (replaced("symbols", at(0, -2)), "a symbol must be -1 or an index"),
    (changed("expressions", [[{"a b": 1.0}, 0.0]]), "cannot be read|`name` must be"),
    (changed("expressions", [1]), "cannot be read"),
    (changed("version", True), r"reads circuits of version 2 \(got True\)"),
    (changed("operations", [None]), r"an operation must be an object with one field \(got None\)"),
    (changed("expressions", [[None, 0.0]]), "an expression must be a list of"),
    (changed("readout", [["qubits"]]), "a readout error must be an object of qubits and error"),
    (changed("phase", [{"a": None}, 0.0]), "takes real numbers"),
    (
        lambda d: d["operations"].__setitem__(0, {"when": [2], "then": {"gate": "x"}}),
        "`when` must be a list of 0 and 1",
    ),
    (
        lambda d: d["operations"].__setitem__(
            0, {"when": [1], "then": {"when": [1], "then": {"gate": "x"}}}
        ),
        "`then` must be an operation without a condition of its own",
    ),
    (
        lambda d: d["operations"].__setitem__(0, {"when": [1], "then": {"gate": "measure"}}),
        "a measure cannot depend on classical bits",
    ),
    (changed("readout", [{"qubits": [9], "error": {}}]), "a qubit with readout error must be"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_malformed_circuits(change: Callable[[dict[str, Any]], None], message: str) -> None:
    data = copy.deepcopy(sample())
    assert Circuit.from_dict(data).to_dict() == data
    change(data)
    with pytest.raises(CircuitError, match=message):
        Circuit.from_dict(data)


def test_round_trip_of_conditions() -> None:
    body = Circuit(2).x(0).channel(depolarizing(0.1), 1).unitary(np.diag([1, 1j]), 0).reset(1)
    circuit = Circuit(2).h(0).measure(0).x(0).when([0, 4], [1, 0], body)
    assert through_text(circuit) == circuit
    assert [str(row) for row in through_text(circuit)] == [str(row) for row in circuit]


def test_a_large_number_of_qubits_takes_no_memory() -> None:
    data = {**Circuit(1).h(0).to_dict(), "num_qubits": 2**31 - 1}
    Circuit.from_dict(data)
    tracemalloc.start()
    try:
        assert Circuit.from_dict(data).num_qubits == 2**31 - 1
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [None, [], "circuit", 3, {}])
def test_what_is_no_object(data: Any) -> None:
    with pytest.raises(CircuitError, match="must be a JSON object"):
        Circuit.from_dict(data)


def test_circuits_travel_between_processes() -> None:
    """As a process pool sends them; nothing of tnsim keeps such bytes in a file."""
    from multiprocessing import reduction

    circuit = Circuit(3).h(0).rx(Parameter("a"), 1).unitary(np.diag([1, 1j]), 2).barrier()
    again = reduction.ForkingPickler.loads(reduction.ForkingPickler.dumps([circuit, circuit[0]]))
    assert again[0] == circuit
    assert again[1].operation is circuit[0].operation
    assert copy.deepcopy(circuit) == copy.copy(circuit) == circuit
    assert copy.deepcopy(circuit).x(0) != circuit
