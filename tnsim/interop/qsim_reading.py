"""qsim's text format for circuits, read.

file    = {comment | empty} number-of-qubits {comment | empty | gate}
gate    = time name qubit... angle... | time "c" control... name qubit... angle...
        | time "m" qubit...
comment = "#" anything
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.circuit import Circuit

__all__ = ["from_qsim"]

_PI = math.pi


def _rxy(c: Circuit, angles: list[float], qubits: list[int]) -> object:
    """exp(-i phi (cos(theta) X + sin(theta) Y) / 2), angles theta and phi."""
    theta, phi = angles
    return c.u(phi, theta - _PI / 2, _PI / 2 - theta, *qubits)


Append = Callable[[Circuit, list[float], list[int]], object]


def _named(name: str) -> Append:
    return lambda c, angles, qubits: c.append(name, *angles, *qubits)


# By name: qubits, angles, and what is appended.
_GATES: dict[str, tuple[int, int, Append]] = {
    **{
        theirs: (1, 0, _named(ours))
        for theirs, ours in {
            **{n: n for n in ("h", "t", "x", "y", "z", "s")},
            "id1": "id",
            "x_1_2": "sx",
            "y_1_2": "sy",
            "hz_1_2": "sw",
        }.items()
    },
    **{name: (1, 1, _named(name)) for name in ("rx", "ry", "rz")},
    **{
        theirs: (2, 0, _named(ours))
        for theirs, ours in {
            "cz": "cz",
            "cnot": "cx",
            "cx": "cx",
            "sw": "swap",
            "is": "iswap",
        }.items()
    },
    "rxy": (1, 2, _rxy),
    "id2": (2, 0, lambda c, _, qubits: c.id(qubits)),
    "fs": (2, 2, _named("fsim")),
    # qsim's phase on |11> has a minus sign.
    "cp": (2, 1, lambda c, angles, qubits: c.cp(-angles[0], *qubits)),
}
_CONTROLLED = {
    ("x", 1): "cx",
    ("x", 2): "ccx",
    ("x", 3): "c3x",
    ("x", 4): "c4x",
    ("y", 1): "cy",
    ("z", 1): "cz",
    ("z", 2): "ccz",
    ("h", 1): "ch",
    ("cnot", 1): "ccx",
    ("cx", 1): "ccx",
    ("cz", 1): "ccz",
    ("sw", 1): "cswap",
    ("rx", 1): "crx",
    ("ry", 1): "cry",
    ("rz", 1): "crz",
}
_MOST_CONTROLLED = 8


def from_qsim(text_or_path: str | os.PathLike[str]) -> Circuit:
    """The circuit of a file in qsim's text format, or of a text (a `str` with a line break).

    qsim's qubit k is qubit k; its amplitudes are numbered with qubit 0 least significant. A
    measurement writes the bit of its qubit's number. Raises `CircuitError`, with the line, for
    unknown gates, wrong numbers of qubits or angles, and gates out of the order of time.

    >>> [str(i) for i in from_qsim("2\\n0 h 0\\n1 cnot 0 1\\n2 fs 0 1 0.5 0.25\\n")]
    ['h 0', 'cx 0 1', 'fsim(0.5, 0.25) 0 1']
    """
    reader: _Reader | None = None
    for number, line in enumerate(_text(text_or_path).split("\n"), start=1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        try:
            if reader is None:
                reader = _Reader(_count(words))
            else:
                reader.read(words)
        except CircuitError as error:
            raise CircuitError(f"line {number}: {error}") from error
    if reader is None:
        raise CircuitError("a qsim file must begin with the number of qubits, but it is empty")
    return reader.circuit


class _Reader:
    def __init__(self, num_qubits: int) -> None:
        self.circuit = Circuit(num_qubits)
        self._last = np.full(num_qubits, -1, dtype=np.int64)

    def read(self, words: list[str]) -> None:
        """Append the gate of one line."""
        if len(words) < 3:
            raise CircuitError(f"a gate must be 'time name qubits angles' (got {' '.join(words)})")
        time = _integer(words[0], "a time")
        name, rest = words[1], words[2:]
        if name == "m":
            qubits = [_integer(word, "a qubit") for word in rest]
            self._order(time, qubits)
            self.circuit.measure(qubits, qubits)
            return
        controls: list[int] = []
        if name == "c":
            while rest and rest[0].isdigit():
                controls.append(int(rest.pop(0)))
            if not controls or not rest:
                raise CircuitError("a controlled gate must be 'time c controls name qubits'")
            name = rest.pop(0)
        if name not in _GATES:
            raise CircuitError(f"{name!r:.40} is no gate of the format")
        size, count, append = _GATES[name]
        if len(rest) != size + count:
            raise CircuitError(
                f"{name} takes {size} qubits, then {count} angles (got {len(rest)} words)"
            )
        qubits = [_integer(word, "a qubit") for word in rest[:size]]
        angles = [_number(word) for word in rest[size:]]
        self._order(time, [*controls, *qubits])
        if controls:
            self._controlled(name, controls, qubits, angles, append)
        else:
            append(self.circuit, angles, qubits)

    def _controlled(
        self,
        name: str,
        controls: list[int],
        qubits: list[int],
        angles: list[float],
        append: Append,
    ) -> None:
        ours = _CONTROLLED.get((name, len(controls)))
        if ours is not None:
            self.circuit.append(ours, *angles, *controls, *qubits)
            return
        if len(controls) + len(qubits) > _MOST_CONTROLLED:
            raise CircuitError(f"a controlled gate must be on at most {_MOST_CONTROLLED} qubits")
        inner = Circuit(len(qubits))
        append(inner, angles, list(range(len(qubits))))
        matrix = np.eye(1 << len(controls) + len(qubits), dtype=complex)
        size = 1 << len(qubits)
        matrix[-size:, -size:] = _matrix(inner)
        self.circuit.unitary(matrix, *controls, *qubits)

    def _order(self, time: int, qubits: list[int]) -> None:
        size = self.circuit.num_qubits
        outside = [q for q in qubits if not 0 <= q < size]
        if outside:
            raise CircuitError(f"a qubit must be in 0..{size - 1} (got {outside[0]})")
        if time <= self._last[qubits].max():
            raise CircuitError(f"gates on a qubit must have rising times (got {time})")
        self._last[qubits] = time


def _matrix(circuit: Circuit) -> np.ndarray:
    """The matrix of gates on all qubits, or on one each."""
    total = np.eye(1 << circuit.num_qubits, dtype=complex)
    for row in circuit:
        part = row.operation.unitary_at([float(a) for a in row.angles])  # type: ignore[arg-type]
        if len(row.qubits) < circuit.num_qubits:
            part = np.kron(part, np.eye(2)) if row.qubits == (0,) else np.kron(np.eye(2), part)
        total = part @ total
    return total


def _text(text_or_path: str | os.PathLike[str]) -> str:
    if isinstance(text_or_path, str) and "\n" in text_or_path:
        return text_or_path
    try:
        return Path(text_or_path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, TypeError) as error:
        raise CircuitError(f"the qsim file cannot be read: {error}") from error


def _count(words: list[str]) -> int:
    if len(words) != 1:
        raise CircuitError("a qsim file must begin with the number of qubits alone")
    return _integer(words[0], "the number of qubits")


def _integer(word: str, what: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise CircuitError(f"{what} must be an integer of at least 0 (got {word!r:.40})")
    return int(word)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise CircuitError(f"an angle must be a number (got {word!r:.40})") from error
