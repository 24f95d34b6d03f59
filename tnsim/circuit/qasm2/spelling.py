"""Definitions, in the words of qelib1.inc, of the gates that qelib1.inc lacks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from tnsim.base.parameters import Affine
from tnsim.circuit.definitions import definition
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm.angle_text import affine_text, angle_texts

from .library import QELIB1

__all__ = ["spelled_out"]


def spelled_out(names: Iterable[str]) -> list[str]:
    """The `gate` statements that a program with these gates of the table needs.

    >>> spelled_out(["h", "rzz"])
    ['gate rzz(a0) q0,q1 { cx q0,q1; rz(a0) q1; cx q0,q1; }']
    """
    return [_statement(name) for name in sorted(set(names) - QELIB1)]


@cache
def _statement(name: str) -> str:
    kind = GATES[name]
    params = ",".join(f"a{k}" for k in range(kind.num_params))
    head = f"gate {name}({params})" if params else f"gate {name}"
    qubits = ",".join(f"q{k}" for k in range(kind.num_qubits))
    lines = []
    for row in definition(name).unroll(QELIB1):
        angles = ",".join(_text(angle) for angle in row.angles)
        operands = ",".join(f"q{q}" for q in row.qubits)
        lines.append(f"{row.name}({angles}) {operands};" if angles else f"{row.name} {operands};")
    return f"{head} {qubits} {{ {' '.join(lines)} }}"


def _text(angle: float | Affine) -> str:
    return angle_texts(np.array([angle]))[0] if isinstance(angle, float) else affine_text(angle)
