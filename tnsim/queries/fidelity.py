"""`Fidelity`: how close a circuit's output is to that of another, pure circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tnsim.base.errors import QueryError

from .qubit_checks import check_num_qubits
from .query import LeafQuery

if TYPE_CHECKING:
    from tnsim.circuit import Circuit

__all__ = ["Fidelity"]


@dataclass(frozen=True)
class Fidelity(LeafQuery):
    """The fidelity <psi|rho|psi> with the output |psi> of the circuit `other`, real, shape ().

    `other` must have the same number of qubits and only unitary gates; parameters of one name
    are the same parameter in both circuits. Readout error has no part in it.
    """

    kind: ClassVar[str] = "fidelity"
    other: Circuit

    def __post_init__(self) -> None:
        from tnsim.circuit import Circuit

        if not isinstance(self.other, Circuit):
            raise QueryError(f"`other` must be a Circuit (got {type(self.other).__name__})")

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(): one number."""
        return ()

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless `other` has `num_qubits` qubits."""
        check_num_qubits(num_qubits)
        if self.other.num_qubits != num_qubits:
            raise QueryError(
                f"`other` must have the circuit's {num_qubits} qubits (got {self.other.num_qubits})"
            )

    def _fields(self) -> dict[str, Any]:
        return {"other": self.other.to_dict()}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Fidelity:
        from tnsim.circuit import Circuit

        return cls(Circuit.from_dict(fields["other"]))
