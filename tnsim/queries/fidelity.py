"""`Fidelity`: how close a circuit's output is to that of another, pure circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tnsim.base.errors import QueryError

from .qubit_checks import check_num_qubits
from .query import LeafQuery

if TYPE_CHECKING:
    from tnsim.circuit import Circuit

__all__ = ["Fidelity"]


_UNITARY = ("unitary", "barrier")


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Fidelity(LeafQuery):
    """The fidelity <psi|rho|psi> with the output |psi> of the circuit `other`, real, shape ().

    `other` must have the same number of qubits and only unitary gates; parameters of one name
    are the same parameter in both circuits. Readout error has no part in it. The query keeps a
    copy: what is appended to `other` later has no part in it either.

    >>> from tnsim.circuit import Circuit
    >>> Fidelity(Circuit(2).h(0).cx(0, 1))
    Fidelity(<Circuit: 2 qubits, 2 instructions>)
    """

    kind: ClassVar[str] = "fidelity"
    other: Circuit

    def __init__(self, other: Circuit) -> None:
        from tnsim.circuit import Circuit

        if not isinstance(other, Circuit):
            raise QueryError(f"`other` must be a Circuit (got {type(other).__name__})")
        operations = other.operations
        for code in np.unique(other.columns.opcode).tolist():
            if operations[code].kind not in _UNITARY:
                raise QueryError(
                    "`other` must have unitary gates only, but it has "
                    f"{operations[code].name!r}; the fidelity of two mixed states is not offered"
                )
        object.__setattr__(self, "other", other.copy())

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

    @cached_property
    def _digest(self) -> str:
        return self.other.digest

    def __eq__(self, other: object) -> bool:
        return self._digest == other._digest if isinstance(other, Fidelity) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.kind, self._digest))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Fidelity.from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        return f"Fidelity({self.other!r})"
