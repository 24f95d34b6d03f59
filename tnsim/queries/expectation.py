"""`Expectation`: the mean value of an observable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .observable import Observable, as_pauli_sum, observable_text
from .pauli_sum import PauliSum
from .places import Places, check_places, check_readable
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

    With `on="bits"` the strings are of Z's of classical bits, +1 where the bit is 0 and -1 where
    it is 1: "Z0 Z1" is the mean parity of the outcomes in bits 0 and 1.

    >>> Expectation({"Z0 Z1": 0.5, "X3": -1})
    Expectation({'X3': -1.0, 'Z0 Z1': 0.5})
    """

    kind: ClassVar[str] = "expectation"
    observable: PauliSum
    on: Places

    def __init__(self, observable: Observable, *, on: Places = "qubits") -> None:
        object.__setattr__(self, "observable", as_pauli_sum(observable))
        object.__setattr__(self, "on", check_places(on))
        check_readable(self.observable, self.on)

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
        return {"observable": self.observable.to_dict(), "on": self.on}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Expectation:
        return cls(PauliSum.from_dict(fields["observable"]), on=fields["on"])

    def __repr__(self) -> str:
        where = "" if self.on == "qubits" else f", on={self.on!r}"
        return f"Expectation({observable_text(self.observable)}{where})"
