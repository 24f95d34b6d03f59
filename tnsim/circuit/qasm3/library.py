"""The gates of the language and of stdgates.inc, exact to their global phase.

The language's U(t, f, w) is exp(i t/2) times the table's u; stdgates.inc gives u2 and u3 the
factor exp(-i (f + w)/2) that the table's lack. Under `ctrl @` such factors are seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tnsim.circuit.operations import OPCODES
from tnsim.circuit.qasm.gates import Gate, GateSet, Library, table_gate, template_gate
from tnsim.circuit.qasm.template import Program, Slot, Template

__all__ = ["SAME", "STDGATES", "gate_set"]

SAME = tuple(
    "p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap id u1 cu".split()
)
"""Gates of stdgates.inc that are the table's, to the phase: cu is p(g - t/2) on the control, then
ctrl @ U(t, f, w)."""
_RENAMED = {"CX": "cx", "phase": "p", "cphase": "cp"}


def _with_phase(name: str, table_name: str, count: int, terms: Sequence[tuple[int, float]]) -> Gate:
    """A gate of the table times exp(i sum of factor * angle)."""
    program = Program([f"a{k}" for k in range(count)])
    phase: Slot = 0.0
    for place, factor in terms:
        phase = program.binary("+", phase, program.binary("*", place, factor))
    operation = OPCODES[table_name]
    template = Template(
        1,
        program,
        np.array([operation], dtype=np.uint16),
        np.zeros(1, dtype=np.int32),
        tuple(range(count)),
        phase,
    )
    return template_gate(name, count, template, is_given=True)


def _gphase() -> Gate:
    nothing = Template(0, Program(["a0"]), np.zeros(0, np.uint16), np.zeros(0, np.int32), (), 0)
    return template_gate("gphase", 1, nothing, is_given=True)


_BUILT_IN = {"U": _with_phase("U", "u", 3, [(0, 0.5)]), "gphase": _gphase()}
STDGATES: dict[str, Gate] = {
    **{name: table_gate(name, name) for name in SAME},
    **{name: table_gate(name, table_name) for name, table_name in _RENAMED.items()},
    "u2": _with_phase("u2", "u2", 2, [(0, -0.5), (1, -0.5)]),
    "u3": _with_phase("u3", "u3", 3, [(1, -0.5), (2, -0.5)]),
}
_LIBRARY = Library("stdgates.inc", STDGATES, {})


def gate_set() -> GateSet:
    """The gates that a file has at its start."""
    return GateSet(_BUILT_IN, _LIBRARY)
