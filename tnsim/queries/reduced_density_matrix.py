"""`ReducedDensityMatrix`: the state of some of the qubits."""

from __future__ import annotations

from typing import ClassVar

from .qubit_query import QubitQuery

__all__ = ["ReducedDensityMatrix"]


class ReducedDensityMatrix(QubitQuery):
    """The state of k qubits, the others traced out, shape (2^k, 2^k), complex.

    The first listed qubit is the most significant in rows and columns.

    >>> ReducedDensityMatrix([5]).shape(num_qubits=8)
    (2, 2)
    """

    kind: ClassVar[str] = "reduced_density_matrix"

    @property
    def is_complex(self) -> bool:
        """True."""
        return True

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(2^k, 2^k)."""
        return (1 << len(self.qubits),) * 2
