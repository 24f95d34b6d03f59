"""The gates of qelib1.inc."""

from __future__ import annotations

from tnsim.circuit.operations import STANDARD
from tnsim.circuit.qasm.gates import GateSet, Library, table_gate

__all__ = ["QELIB1", "gate_set"]

QELIB1 = frozenset(
    ("u3", "u2", "u1", "cx", "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "rx", "ry", "rz")
    + ("cz", "cy", "ch", "ccx", "crz", "cu1", "cu3")
)
"""The gates of qelib1.inc as published with OpenQASM 2 (arXiv:1707.03429). Programs have added
others over the years; those of the gate table count as included, but a file may redefine them."""

_BUILT_IN = {"U": table_gate("U", "u"), "CX": table_gate("CX", "cx")}
_TABLE = {op.name: table_gate(op.name, op.name) for op in STANDARD if op.kind == "unitary"}
_LIBRARY = Library(
    "qelib1.inc",
    {name: _TABLE[name] for name in sorted(QELIB1)},
    {name: gate for name, gate in _TABLE.items() if name not in QELIB1},
)


def gate_set() -> GateSet:
    """The gates that a file has at its start."""
    return GateSet(_BUILT_IN, _LIBRARY)
