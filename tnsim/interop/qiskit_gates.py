"""Which gate of Qiskit is which of ours."""

from __future__ import annotations

from functools import cache
from typing import Any

from .packages import library

__all__ = ["QISKIT_NAMES", "gate_classes"]

_SAME = (
    "id x y z h s sdg t tdg sx sxdg rx ry rz p u u1 u2 u3 cx cy cz ch csx swap iswap ecr dcx "
    "crx cry crz cp cu cu1 cu3 rxx ryy rzz ccx ccz cswap rccx"
).split()
_CLASSES = {"c3x": "C3XGate", "c4x": "C4XGate", "c3sqrtx": "C3SXGate", "rc3x": "RC3XGate"}

QISKIT_NAMES: dict[str, str] = {
    **{name: name for name in _SAME},
    "c3x": "mcx",
    "c4x": "mcx",
    "c3sqrtx": "c3sx",
    "rc3x": "rcccx",
}
"""By our name Qiskit's, for the gates that both know; all have one convention of angles."""


@cache
def gate_classes() -> dict[str, Any]:
    """By our name the class of Qiskit's gate."""
    gates = library("qiskit.circuit.library")
    standard = gates.get_standard_gate_name_mapping()
    found = {name: standard[name].base_class for name in _SAME}
    return found | {name: getattr(gates, cls) for name, cls in _CLASSES.items()}
