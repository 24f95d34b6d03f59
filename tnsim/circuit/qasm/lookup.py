"""Tables from the words of plain statements to what they mean, filled as words come up."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Undefined, Value
from .budget import TooLarge
from .builder import Builder
from .gates import Gate, GateSet
from .registers import Registers

__all__ = ["Facts", "Lookup", "ReadAngles"]

ReadAngles = Callable[[str], tuple[Value, ...]]
"""From what stands between parentheses to the values; `KeyError` where it is not in order."""

_NUMBER = r"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+"
_PLAIN = re.compile(rf"-?{_NUMBER}\Z")
_PI = re.compile(rf"(?:(-?{_NUMBER})\*|(-))?pi(?:/({_NUMBER}))?\Z")
_SPACE = " \t\r\n\f\v"
_MOST_WORDS = 1 << 16
_LONGEST = 30


class _Qubits(dict[str, int]):
    """`name[index]` to the number of the qubit; no word to -1."""

    def __init__(self, registers: Registers) -> None:
        super().__init__({"": -1})
        self._registers = registers

    def __missing__(self, word: str) -> int:
        name, _, index = word[:-1].partition("[")
        register = self._registers.known[name]
        if len(index) > 7 or int(index) >= register.size:
            raise KeyError(word)
        self[word] = number = register.start + int(index)
        return number


class _Angles(dict[str, tuple[Value, ...]]):
    """What stands between the parentheses after a gate, to the values of its angles."""

    def __init__(self, read: ReadAngles) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, words: str) -> tuple[Value, ...]:
        if len(self) > _MOST_WORDS:
            self.clear()
        # A run has no parentheses within the angles, so that each comma separates two of them.
        quick = [_quick(word.strip(_SPACE)) for word in words.split(",")]
        values: tuple[Value, ...] = tuple([value for value in quick if value is not None])
        if len(values) < len(quick):
            values = self._read(words)
        self[words] = values
        return values


class _Gates(dict[str, int]):
    """Names to numbers of gates whose template is ready; the others are missing."""

    def __init__(self, gates: GateSet, builder: Builder) -> None:
        super().__init__()
        self.listed: list[Gate] = []
        self._set = gates
        self._builder = builder

    def __missing__(self, name: str) -> int:
        gate = self._set.known[name]
        if gate.is_opaque:
            raise KeyError(name)
        try:
            gate.written_out(self._builder)
        except (TooLarge, Undefined):
            raise KeyError(name) from None
        self[name] = number = len(self.listed)
        self.listed.append(gate)
        return number


class Lookup:
    """The tables of a file; gates are numbered as they come up, and anew after a definition."""

    def __init__(
        self, registers: Registers, read: ReadAngles, gates: GateSet, builder: Builder
    ) -> None:
        self.qubits = _Qubits(registers)
        self.angles = _Angles(read)
        self._set = gates
        self._version = -1
        self._gates = _Gates(gates, builder)
        self._sizes = np.zeros((16, len(Facts._fields)), dtype=np.int64)
        self._known = 0

    def forget_angles(self) -> None:
        """Names in angles may have other values from now on."""
        if self.angles:
            self.angles.clear()

    @property
    def gates(self) -> dict[str, int]:
        """From the names of gates to their numbers."""
        if self._version != self._set.version:
            self._version = self._set.version
            self._gates.clear()
            self._gates.listed.clear()
            self._known = 0
        return self._gates

    @property
    def listed(self) -> list[Gate]:
        """The gates by number."""
        return self._gates.listed

    def facts(self) -> Facts:
        """The facts about the gates by number."""
        listed = self._gates.listed
        if len(listed) > len(self._sizes):
            self._sizes = np.resize(self._sizes, (2 * len(listed), len(Facts._fields)))
        for number in range(self._known, len(listed)):
            self._sizes[number] = _facts_of(listed[number])
        self._known = len(listed)
        return Facts(*self._sizes[: self._known].T)


class Facts(NamedTuple):
    """Per gate: opcode, -1 if it has none; qubits, angles and weight of a call; what it makes."""

    opcode: NDArray[np.int64]

    arity: NDArray[np.int64]
    num_params: NDArray[np.int64]
    weight: NDArray[np.int64]
    rows: NDArray[np.int64]
    qubits: NDArray[np.int64]
    angles: NDArray[np.int64]


def _facts_of(gate: Gate) -> tuple[int, ...]:
    template = gate.template
    assert template is not None
    made = (len(template.opcode), len(template.qubits), len(template.angles))
    return (gate.opcode, gate.num_qubits, gate.num_params, gate.weight, *made)


def _quick(word: str) -> Value | None:
    """The value of a plain number or a multiple of pi, computed as the long way does it."""
    if len(word) > _LONGEST:  # integers of any length are not read by every version
        return None
    if _PLAIN.match(word):
        value = float(word)
        return value if math.isfinite(value) else None
    match = _PI.match(word)
    if match is None:
        return None
    factor, minus, divisor = match.groups()
    value = -math.pi if minus else math.pi
    if factor is not None:
        value = float(factor) * math.pi
    if divisor is not None:
        below = float(divisor)
        if below == 0.0:
            return None
        value /= below
    return value if math.isfinite(value) else None
