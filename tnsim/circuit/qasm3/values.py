"""What an expression of OpenQASM 3 can stand for.

Beside int, float, bool and `Linear` (an affine expression of free parameters) there are the values
of this module. All are immutable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.circuit.qasm.arithmetic import Linear

from .conditions import Truth

__all__ = ["BitString", "Bits", "Parameters", "Place", "Qubits", "Value", "described"]


@dataclass(frozen=True)
class BitString:
    """Known bits: bit k of `number` is member k, the last character of the text member 0."""

    width: int
    number: int


@dataclass(frozen=True)
class Place:
    """A number that a gate is given, or computes from those: a place in its program."""

    index: int


@dataclass(frozen=True, eq=False)
class Bits:
    """Classical bits of the circuit: a register, or a single bit.

    `is_signed` where they were cast to an int of their own size.
    """

    numbers: Sequence[int] | NDArray[np.int64]
    is_register: bool
    name: str
    is_signed: bool = False


@dataclass(frozen=True, eq=False)
class Qubits:
    """Qubits of the circuit, or of a gate: a register, or a single qubit."""

    numbers: Sequence[int] | NDArray[np.int64]
    is_register: bool
    name: str


@dataclass(frozen=True)
class Parameters:
    """Free parameters name[0], ..., name[size - 1]."""

    name: str
    size: int


Value = int | float | bool | Linear | BitString | Place | Bits | Qubits | Truth | Parameters | None


def described(value: Value) -> str:
    """What a value is, for messages."""
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a real number"
    if isinstance(value, Linear):
        return "an expression of free parameters"
    if isinstance(value, Place):
        return "a parameter of the gate"
    if isinstance(value, BitString):
        return "a string of bits"
    if isinstance(value, Qubits):
        return f"{value.name}, of qubits"
    if isinstance(value, Bits):
        return f"{value.name}, measured bits"
    if isinstance(value, Parameters):
        return f"{value.name}, an array of parameters"
    return "nothing" if value is None else "a condition on measured bits"
