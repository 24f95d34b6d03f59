"""The state of an OpenQASM 2 file being read."""

from __future__ import annotations

from typing import final

from tnsim.circuit.qasm.scope import Scope
from tnsim.circuit.qasm.source import Source

from .angles import AngleAlgebra
from .library import gate_set
from .words import QASM2

__all__ = ["File"]


@final
class File(Scope):
    """What its statements share, and what names in angles mean."""

    def __init__(self, source: Source, *, parameters: bool, limit: int | None) -> None:
        self.algebra = AngleAlgebra(parameters=parameters)
        super().__init__(source, QASM2, gate_set(), self.algebra.read, limit)
