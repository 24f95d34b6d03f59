"""Our Clifford circuits with Pauli noise as stim's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit, Instruction
from tnsim.noise import Channel
from tnsim.noise.pauli_strings import label_of

from .packages import library
from .refusals import no_counterpart, refuse_readout, unbound
from .rows import Condition, channel_of, split_rows
from .stim_gates import clifford_words, matrix_words

__all__ = ["to_stim"]

_NEGLIGIBLE = 1e-15


def to_stim(circuit: Circuit) -> Any:
    """The circuit as a `stim.Circuit`, the same to the global phase, which stim has not.

    Any gate whose angles make it Clifford goes over, rotations by multiples of pi / 2 and
    one-qubit matrices included, if need be by its definition. Mixtures of Pauli strings become
    PAULI_CHANNEL_1 and _2, on more qubits chains of correlated errors. Results come in the order
    of the measurements, whatever their bits. Conditioned Paulis become gates controlled by
    results; barriers become TICK.

    Raises `CircuitError` naming the instruction where it is not Clifford, its noise no mixture of
    Pauli strings, a parameter free, or its condition on several bits.

    >>> print(to_stim(Circuit(2).h(0).rzz(1.5707963267948966, 0, 1)))  # doctest: +SKIP
    H 0
    CX 0 1
    S 1
    CX 0 1
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "stim")
    lines: list[str] = []
    results: dict[int, int] = {}
    count = 0
    for place, row, condition in split_rows(circuit):
        if row.operation.kind == "measure":
            lines.append(f"M {row.qubits[0]}")
            results[row.bits[0]] = count
            count += 1
        elif condition is not None:
            lines += _conditioned(row, place, condition, results, count)
        else:
            lines += _lines(row, place)
    return library("stim").Circuit("\n".join(lines))


def _lines(row: Instruction, place: int) -> list[str]:
    kind = row.operation.kind
    if kind == "barrier":
        return ["TICK"]
    if kind == "reset":
        return [f"R {row.qubits[0]}"]
    if kind == "channel":
        return _noise(channel_of(row, place), row, place)
    return [f"{name} {_joined(qubits)}" for name, qubits in _words(row, place)]


def _words(row: Instruction, place: int) -> list[tuple[str, tuple[int, ...]]]:
    """The gates of stim that one gate of ours is."""
    operation = row.operation
    if operation.matrix is not None:
        words = matrix_words(operation.matrix) if operation.num_qubits == 1 else None
    else:
        angles = []
        for angle in row.angles:
            if not isinstance(angle, float):
                raise unbound(row.name, place, angle.names)
            angles.append(angle)
        words = clifford_words(row.name, tuple(angles))
    if words is None:
        size = "" if operation.num_qubits == 1 or operation.gate else ", and on one qubit"
        raise no_counterpart(str(row), place, f"gates of stim are Clifford gates{size}")
    return [(name, tuple(row.qubits[slot] for slot in slots)) for name, slots in words]


def _conditioned(
    row: Instruction,
    place: int,
    condition: Condition,
    results: dict[int, int],
    count: int,
) -> list[str]:
    bits, values = condition
    if len(bits) != 1 or row.name not in {"x", "y", "z", "id"}:
        raise no_counterpart(
            str(row), place, "stim has Paulis that are controlled by one result, and no more"
        )
    if bits[0] not in results:
        raise no_counterpart(str(row), place, f"bit {bits[0]} was not measured before it")
    if row.name == "id":
        return []
    letter, qubit = row.name.upper(), row.qubits[0]
    lines = [f"C{letter} rec[{results[bits[0]] - count}] {qubit}"]
    # On a 0: the Pauli, and once more where the result is 1.
    return lines if values[0] else [f"{letter} {qubit}", *lines]


def _noise(channel: Channel, row: Instruction, place: int) -> list[str]:
    transfer = channel.transfer_matrix()
    if np.any(np.abs(transfer - np.diag(np.diag(transfer))) > _NEGLIGIBLE):
        raise no_counterpart(
            row.name, place, "noise of stim is a mixture of Pauli strings, and this is none"
        )
    n = channel.num_qubits
    chances = channel.chi().diagonal().real
    chances = np.where(chances > _NEGLIGIBLE, chances, 0.0)
    labels = [label_of(k, n) for k in range(4**n)]
    if n <= 2:
        order = ["".join(word) for word in itertools.product("IXYZ", repeat=n)][1:]
        by_label = dict(zip(labels, chances.tolist(), strict=True))
        numbers = ",".join(repr(by_label[label]) for label in order)
        return [f"PAULI_CHANNEL_{n}({numbers}) {_joined(row.qubits)}"]
    lines: list[str] = []
    left = 1.0
    for label, chance in zip(labels[1:], chances[1:].tolist(), strict=True):
        if chance:
            name = "ELSE_CORRELATED_ERROR" if lines else "E"
            factors = [f"{x}{q}" for x, q in zip(label, row.qubits, strict=True) if x != "I"]
            lines.append(f"{name}({min(chance / left, 1.0)!r}) {' '.join(factors)}")
            left -= chance
    return lines


def _joined(qubits: tuple[int, ...]) -> str:
    return " ".join(map(str, qubits))
