"""`Expectation`: the mean value of an observable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .observable import Observable, as_pauli_sum, observable_text
from .pauli_sum import PauliSum
from .query import LeafQuery

__all__ = ["Expectation"]


@dataclass(frozen=True, init=False, repr=False)
class Expectation(LeafQuery):
    """The expectation value Tr[rho O] of an observable O, shape ().

    `observable` is a Pauli string ("Z62", "X0 Z1", or dense "ZZI", character i being qubit i),
    a sum of them as a mapping, as pairs or as a `PauliSum`, or (matrix, qubits) for a square
    matrix on at most 6 qubits, the first listed most significant. The answer is real where all
    Pauli coefficients are real, complex otherwise. It is the value that is measured: where the
    circuit has readout errors, each Pauli string is read with them, after its qubits were turned
    so that X or Y is Z; qubits outside the string are read as they are.

    >>> Expectation({"Z0 Z1": 0.5, "X3": -1})
    Expectation({'X3': -1.0, 'Z0 Z1': 0.5})
    """

    kind: ClassVar[str] = "expectation"
    observable: PauliSum

    def __init__(self, observable: Observable) -> None:
        object.__setattr__(self, "observable", as_pauli_sum(observable))

    @property
    def is_complex(self) -> bool:
        """Whether a Pauli coefficient is complex."""
        return not self.observable.is_hermitian

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(): one number."""
        return ()

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless the observable's qubits are below `num_qubits`."""
        self.observable.validate(num_qubits)

    def _fields(self) -> dict[str, Any]:
        return {"observable": self.observable.to_dict()}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Expectation:
        return cls(PauliSum.from_dict(fields["observable"]))

    def __repr__(self) -> str:
        return f"Expectation({observable_text(self.observable)})"
