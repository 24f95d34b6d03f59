"""`Probabilities`: the distribution of measured bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .places import Places, check_places
from .qubit_query import QubitQuery

__all__ = ["Probabilities"]


@dataclass(frozen=True, init=False, repr=False)
class Probabilities(QubitQuery):
    """The probabilities of the 2^k results of measuring k qubits, shape (2^k,), real.

    The first listed qubit is the most significant bit of the index: `value.reshape((2,) * k)`
    has one axis for each listed qubit, in order. All other qubits are summed over. Readout error
    of the circuit is included. With `on="bits"` the listed numbers are classical bits.

    >>> Probabilities([2, 0]).shape(num_qubits=3)
    (4,)
    """

    kind: ClassVar[str] = "probabilities"

    on: Places

    def __init__(self, qubits: int | Iterable[int], *, on: Places = "qubits") -> None:
        super().__init__(qubits)
        object.__setattr__(self, "on", check_places(on))

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(2^k,)."""
        return (1 << len(self.qubits),)

    def _fields(self) -> dict[str, Any]:
        return {**super()._fields(), "on": self.on}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Self:
        plain = super()._from_fields(fields)
        return cls(plain.qubits, on=fields["on"])

    def __repr__(self) -> str:
        where = "" if self.on == "qubits" else f", on={self.on!r}"
        return f"Probabilities({list(self.qubits)!r}{where})"
