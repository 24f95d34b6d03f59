"""Definitions, in the words of stdgates.inc, of the gates that it lacks or gives another phase."""

from __future__ import annotations

from functools import cache

import numpy as np

from tnsim.base.parameters import Affine
from tnsim.circuit.definitions import definition
from tnsim.circuit.gates import GATES
from tnsim.circuit.qasm.angle_text import affine_text, angle_texts

from .library import SAME

__all__ = ["spelled_out", "written_name"]

_BUILT_IN = {
    "u": "U(a0,a1,a2) q0; gphase(-0.5*a0);",
    "u3": "U(a0,a1,a2) q0; gphase(-0.5*a0);",
    "u2": "U(pi/2,a0,a1) q0; gphase(-pi/4);",
}


def written_name(name: str) -> str:
    """The name of a gate of the table in a program; u2 and u3 mean others in stdgates.inc."""
    return f"{name}_" if name in {"u2", "u3"} else name


@cache
def spelled_out(name: str) -> str | None:
    """The `gate` statement that a program with this gate of the table needs, if it needs one.

    >>> spelled_out("rzz")
    'gate rzz(a0) q0,q1 { cx q0,q1; rz(a0) q1; cx q0,q1; }'
    """
    if name in SAME:
        return None
    kind = GATES[name]
    params = ",".join(f"a{k}" for k in range(kind.num_params))
    head = f"gate {written_name(name)}({params})" if params else f"gate {written_name(name)}"
    qubits = ",".join(f"q{k}" for k in range(kind.num_qubits))
    return f"{head} {qubits} {{ {_BUILT_IN.get(name) or _body(name)} }}"


def _body(name: str) -> str:
    given = definition(name).unroll(SAME)
    lines = []
    for row in given:
        angles = ",".join(_text(angle) for angle in row.angles)
        operands = ",".join(f"q{q}" for q in row.qubits)
        lines.append(f"{row.name}({angles}) {operands};" if angles else f"{row.name} {operands};")
    phase = given.global_phase
    if phase.names or phase.constant:
        lines.append(f"gphase({_text(phase if phase.names else phase.constant)});")
    return " ".join(lines)


def _text(angle: float | Affine) -> str:
    return angle_texts(np.array([angle]))[0] if isinstance(angle, float) else affine_text(angle)
