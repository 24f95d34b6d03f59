"""`Probabilities`: the distribution of measured bits."""

from __future__ import annotations

from typing import ClassVar

from .qubit_query import QubitQuery

__all__ = ["Probabilities"]


class Probabilities(QubitQuery):
    """The probabilities of the 2^k results of measuring k qubits, shape (2^k,), real.

    The first listed qubit is the most significant bit of the index: `value.reshape((2,) * k)`
    has one axis for each listed qubit, in order. All other qubits are summed over. Readout error
    of the circuit is included.

    >>> Probabilities([2, 0]).shape(num_qubits=3)
    (4,)
    """

    kind: ClassVar[str] = "probabilities"

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(2^k,)."""
        return (1 << len(self.qubits),)
