"""`Purity`: how far a state is from pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tnsim.base.errors import QueryError

from .qubit_checks import as_qubits, check_in_range, check_num_qubits
from .query import LeafQuery

__all__ = ["Purity"]


@dataclass(frozen=True, init=False, repr=False)
class Purity(LeafQuery):
    """The purity Tr[rho_A^2] of the state of the qubits A, real, shape (); None means all qubits.

    1 for a pure state, 2^-k for the maximally mixed state of k qubits. The order of `qubits` has
    no part in it, and they are kept ascending.

    >>> Purity([3, 1])
    Purity([1, 3])
    """

    kind: ClassVar[str] = "purity"
    qubits: tuple[int, ...] | None

    def __init__(self, qubits: int | Iterable[int] | None = None) -> None:
        kept = None if qubits is None else tuple(sorted(as_qubits("qubits", qubits)))
        object.__setattr__(self, "qubits", kept)

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(): one number."""
        return ()

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless `qubits` are below `num_qubits`."""
        check_num_qubits(num_qubits)
        check_in_range("qubits", self.qubits or (), num_qubits)

    def _fields(self) -> dict[str, Any]:
        return {"qubits": None if self.qubits is None else list(self.qubits)}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Purity:
        qubits = fields["qubits"]
        if qubits is not None and not isinstance(qubits, list):
            raise QueryError("a purity query's `qubits` must be null or a list of ints")
        return cls(qubits)

    def __repr__(self) -> str:
        return "Purity()" if self.qubits is None else f"Purity({list(self.qubits)!r})"
