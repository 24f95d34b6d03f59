"""Circuits of stim as ours, many targets at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.circuit import Circuit
from tnsim.noise import Channel, bit_flip, bit_phase_flip, depolarizing, pauli, phase_flip

from .packages import library
from .refusals import no_counterpart
from .stim_gates import SAME, TURNS, stim_matrix

__all__ = ["from_stim", "parities_from_stim"]

_ANNOTATIONS = frozenset("TICK QUBIT_COORDS SHIFT_COORDS DETECTOR OBSERVABLE_INCLUDE".split())
_PAIRS = ["".join(pair) for pair in itertools.product("IXYZ", repeat=2)][1:]
_MOST_ROWS = 1 << 25
# By last letters of a measurement or reset: into and out of its basis.
_BASES = {"X": ("h", "h"), "Y": ("sx", "sxdg"), "Z": (None, None)}

_NOISE: dict[str, Callable[[list[float]], Channel]] = {
    "X_ERROR": lambda p: bit_flip(p[0]),
    "Y_ERROR": lambda p: bit_phase_flip(p[0]),
    "Z_ERROR": lambda p: phase_flip(p[0]),
    # stim's p is that of some error; ours that of forgetting the state.
    "DEPOLARIZE1": lambda p: depolarizing(p[0] * 4 / 3),
    "DEPOLARIZE2": lambda p: depolarizing(p[0] * 16 / 15, num_qubits=2),
    "PAULI_CHANNEL_1": lambda p: pauli(*p),
    "PAULI_CHANNEL_2": lambda p: pauli(dict(zip(_PAIRS, p, strict=True))),
}


def from_stim(circuit: Any, *, num_qubits: int | None = None) -> Circuit:
    """The circuit of a `stim.Circuit`, with its Pauli noise; the same to the global phase.

    Qubit k stays qubit k, of `num_qubits` or as many as stim counts. The k-th measurement result
    is classical bit k; gates controlled by results become conditioned Paulis. REPEAT blocks are
    written out. TICK and coordinates act on nothing and are left out; so are DETECTOR and
    OBSERVABLE_INCLUDE, which are questions: `parities_from_stim` gives them.

    Raises `CircuitError` naming the instruction for what has no counterpart: noisy results,
    products of Paulis measured together, heralded errors, sweep bits.

    >>> import stim  # doctest: +SKIP
    >>> theirs = stim.Circuit("H 0 2\\nCX 0 1\\nX_ERROR(0.1) 1")  # doctest: +SKIP
    >>> [str(i) for i in from_stim(theirs)]  # doctest: +SKIP
    ['h 0', 'h 2', 'cx 0 1', 'bit_flip 1']
    """
    kind = library("stim").Circuit
    if not isinstance(circuit, kind):
        raise CircuitError(f"`circuit` must be a Circuit of stim (got {type(circuit).__name__})")
    if _targets(circuit) > _MOST_ROWS:
        raise CircuitError(
            f"`circuit`, with its REPEAT blocks written out, must have at most {_MOST_ROWS} "
            "targets; repeat fewer times"
        )
    size = max(int(circuit.num_qubits), 1) if num_qubits is None else num_qubits
    reader = _Reader(Circuit(size))
    reader.read(circuit, "")
    reader.close()
    return reader.circuit


def parities_from_stim(circuit: Any) -> tuple[list[str], list[str]]:
    """What a `stim.Circuit` calls its detectors and its logical observables, as Pauli strings.

    Each is a parity of results, "Z2 Z5" for bits 2 and 5 of `from_stim`'s circuit ("I" where it
    has none): `Expectation(text, on="bits")` is 1 - 2 p, p the chance that it is odd.

    >>> import stim  # doctest: +SKIP
    >>> text = "M 0 1\\nDETECTOR rec[-1] rec[-2]\\nOBSERVABLE_INCLUDE(0) rec[-1]"  # doctest: +SKIP
    >>> parities_from_stim(stim.Circuit(text))  # doctest: +SKIP
    (['Z0 Z1'], ['Z1'])
    """
    kind = library("stim").Circuit
    if not isinstance(circuit, kind):
        raise CircuitError(f"`circuit` must be a Circuit of stim (got {type(circuit).__name__})")
    if _targets(circuit) > _MOST_ROWS:
        raise CircuitError(f"`circuit`, written out, must have at most {_MOST_ROWS} targets")
    results = 0
    detectors: list[set[int]] = []
    observables: list[set[int]] = [set() for _ in range(circuit.num_observables)]
    for instruction in circuit.flattened():
        if instruction.name in {"DETECTOR", "OBSERVABLE_INCLUDE"}:
            targets = instruction.targets_copy()
            if not all(t.is_measurement_record_target for t in targets):
                raise CircuitError(f"{instruction} is no parity of results")
            bits: set[int] = set()
            for target in targets:
                bits ^= {results + target.value}
            if instruction.name == "DETECTOR":
                detectors.append(bits)
            else:
                observables[int(instruction.gate_args_copy()[0])] ^= bits
        results += instruction.num_measurements
    return [_parity(bits) for bits in detectors], [_parity(bits) for bits in observables]


class _Reader:
    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._results = 0
        # A chain of errors of which at most one happens: strings and their probabilities.
        self._chain: list[tuple[dict[int, str], float]] = []

    def read(self, circuit: Any, place: str) -> None:
        """Append the instructions of a circuit or block."""
        for number, instruction in enumerate(circuit):
            here = f"{place}{number}"
            if instruction.name == "REPEAT":
                for _ in range(instruction.repeat_count):
                    self.read(instruction.body_copy(), f"{here}.")
                continue
            try:
                self._instruction(instruction)
            except TnsimError as error:
                if "(instruction " in str(error):
                    raise
                raise no_counterpart(instruction.name, here, str(error)) from error

    def close(self) -> None:
        """Append the chain of correlated errors that is open."""
        if not self._chain:
            return
        chain, self._chain = self._chain, []
        qubits = sorted({q for word, _ in chain for q in word})
        chances: dict[str, float] = {}
        left = 1.0
        for word, chance in chain:
            label = "".join(word.get(q, "I") for q in qubits)
            chances[label] = chances.get(label, 0.0) + left * chance
            left *= 1.0 - chance
        chances.pop("I" * len(qubits), None)
        if qubits and chances:
            self.circuit.channel(pauli(chances), *qubits)

    def _instruction(self, instruction: Any) -> None:
        name = instruction.name
        if name != "ELSE_CORRELATED_ERROR":
            self.close()
        if name in _ANNOTATIONS:
            return
        arguments = instruction.gate_args_copy()
        targets = instruction.targets_copy()
        if name in {"E", "ELSE_CORRELATED_ERROR"}:
            word = {t.value: t.pauli_type for t in targets if not t.is_combiner}
            self._chain.append((word, arguments[0]))
        elif name in _NOISE:
            channel = _NOISE[name](arguments)
            self.circuit.channel(channel, *_slots(targets, channel.num_qubits))
        elif name in {"I_ERROR", "II_ERROR"}:
            return
        elif name in {"M", "MX", "MY", "MR", "MRX", "MRY", "R", "RX", "RY"}:
            self._measure_or_reset(name, targets, arguments)
        elif name in SAME or name in TURNS or _is_gate(name):
            self._gate(name, targets)
        else:
            raise CircuitError("tnsim has no counterpart to it")

    def _gate(self, name: str, targets: Sequence[Any]) -> None:
        if any(not t.is_qubit_target for t in targets):
            self._controlled_by_results(name, targets)
            return
        c = self.circuit
        if name in SAME:
            size = 1 if library("stim").gate_data(name).is_single_qubit_gate else 2
            c.append(SAME[name], *_slots(targets, size))
        elif name in TURNS:
            turn, angle = TURNS[name]
            c.append(turn, angle, *_slots(targets, 2)).gphase(angle / 2 * (len(targets) // 2))
        else:
            matrix = stim_matrix(name)
            c.unitary(matrix, *_slots(targets, len(matrix).bit_length() - 1))

    def _controlled_by_results(self, name: str, targets: Sequence[Any]) -> None:
        """A pair at a time: the Pauli on a qubit where a result is 1."""
        paulis = {"CX": "x", "CY": "y", "CZ": "z", "XCZ": "x", "YCZ": "y"}
        for first, second in _pairs(targets):
            if first.is_qubit_target and second.is_qubit_target:
                self._gate(name, [first, second])
                continue
            record, qubit = (first, second) if second.is_qubit_target else (second, first)
            if name not in paulis or not record.is_measurement_record_target:
                raise CircuitError("only Paulis can be controlled, and only by results")
            if not qubit.is_qubit_target:
                continue  # CZ of two results is a phase.
            body = Circuit(self.circuit.num_qubits).append(paulis[name], qubit.value)
            self.circuit.when(self._results + record.value, 1, body)

    def _measure_or_reset(self, name: str, targets: Sequence[Any], noise: list[float]) -> None:
        """M.. measures, R.. resets, MR.. does both; X and Y say the basis."""
        if noise and any(noise):
            raise CircuitError("results with errors belong to a noise model: NoiseModel.readout")
        basis = name[-1] if name[-1] in "XY" else "Z"
        into, out = _BASES[basis]
        c = self.circuit
        for target in targets:
            qubit = target.value
            if into is not None:
                c.append(into, qubit)
            if name.startswith("M"):
                if target.is_inverted_result_target:
                    c.x(qubit)
                c.measure(qubit, self._results)
                if target.is_inverted_result_target:
                    c.x(qubit)
                self._results += 1
            if "R" in name:
                c.reset(qubit)
            if out is not None:
                c.append(out, qubit)


def _slots(targets: Sequence[Any], size: int) -> list[NDArray[np.int64]]:
    """The targets as one array for each qubit of the gate."""
    numbers = np.array([target.value for target in targets], dtype=np.int64)
    return list(numbers.reshape(-1, size).T)


def _targets(circuit: Any) -> int:
    """How many targets all instructions have, blocks as often as they are repeated."""
    total = 0
    for instruction in circuit:
        if instruction.name == "REPEAT":
            total += instruction.repeat_count * _targets(instruction.body_copy())
        else:
            total += len(instruction.targets_copy())
    return total


def _parity(bits: set[int]) -> str:
    return " ".join(f"Z{bit}" for bit in sorted(bits)) or "I"


def _pairs(targets: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(targets[::2], targets[1::2], strict=True))


def _is_gate(name: str) -> bool:
    gate = library("stim").gate_data().get(name)
    return gate is not None and bool(gate.is_unitary) and name not in {"SPP", "SPP_DAG"}
