"""Where a readout error applies in a circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tnsim.base.parameters import Affine
from tnsim.noise import ReadoutError

from .expressions import substituted

__all__ = ["ReadoutAssignment"]


@dataclass(frozen=True)
class ReadoutAssignment:
    """A readout error on these qubits, the first one most significant in its matrix."""

    qubits: tuple[int, ...]
    error: ReadoutError

    def bind(self, values: Mapping[str, Affine]) -> ReadoutAssignment:
        """The same with parameters replaced; `NoiseError` where a probability leaves 0..1."""
        if not self.error.parameters:
            return self
        p01, p10 = (substituted(strength, values) for strength in self.error.strengths)
        return ReadoutAssignment(self.qubits, ReadoutError(p01, p10))

    def relabelled(self, qubits: NDArray[Any]) -> ReadoutAssignment:
        """The same on other qubits: q becomes qubits[q]."""
        return ReadoutAssignment(tuple(int(qubits[q]) for q in self.qubits), self.error)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return {"qubits": list(self.qubits), "error": self.error.to_dict()}
