"""What the statements of a file share: registers, gates, the circuit so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Value
from .budget import Budget
from .builder import Builder
from .gates import Gate, GateSet
from .lookup import Lookup, ReadAngles
from .registers import Registers
from .source import Source
from .tokens import Language

__all__ = ["Scope"]


class Scope:
    """The state of a file being read; `read_angles` reads the angles of plain statements."""

    def __init__(
        self,
        source: Source,
        language: Language,
        gates: GateSet,
        read_angles: ReadAngles,
        limit: int | None,
    ) -> None:
        self.source = source
        self.language = language
        self.budget = Budget(source, limit)
        self.builder = Builder(self.budget)
        self.gates = gates
        self.qubits = Registers("qubits")
        self.bits = Registers("bits")
        self.lookup = Lookup(self.qubits, read_angles, gates, self.builder)
        self.is_first = True
        # Up to here runs are not tried: one was, and is not in order.
        self.slow_until = 0

    def pay(self, gate: Gate, rows: int) -> None:
        """Pay for so many calls of a gate; `TooLarge` where the budget ends before."""
        template = gate.written_out(self.builder)
        bits = self.builder.condition_size * len(template.opcode)
        self.budget.spend((gate.weight + bits) * rows)

    def call(self, gate: Gate, qubits: NDArray[np.int32], angles: Sequence[Value]) -> None:
        """Append one call of a gate, paid for, per row of `qubits`, shape (N, arity)."""
        template = gate.template
        assert template is not None
        rows = len(qubits)
        made, phase = template.values(angles)
        values, symbols = self.builder.split(made)
        self.builder.add(
            np.tile(template.opcode, rows),
            qubits[:, template.qubits].reshape(-1),
            np.tile(values, rows),
            None if symbols is None else np.tile(symbols, rows),
        )
        # Under a condition a phase belongs to one outcome: nothing that can be asked for sees it.
        if template.has_phase and not self.builder.is_conditioned:
            for _ in range(rows):
                self.builder.phases.add(phase)
