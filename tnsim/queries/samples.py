"""`Samples`: measured bitstrings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tnsim.base.errors import QueryError

from .qubit_checks import check_num_qubits
from .query import LeafQuery

__all__ = ["Samples"]


@dataclass(frozen=True)
class Samples(LeafQuery):
    """`shots` measured results of all n qubits as bits, shape (shots, n), column i for qubit i.

    Readout error of the circuit is included. `seed` makes them repeatable; None draws anew at
    every run.

    >>> Samples(1000, seed=7)
    Samples(shots=1000, seed=7)
    """

    kind: ClassVar[str] = "samples"
    shots: int
    seed: int | None = None

    def __post_init__(self) -> None:
        if type(self.shots) is not int or self.shots < 1:
            raise QueryError(f"`shots` must be a positive int (got {self.shots!r})")
        if self.seed is not None and (type(self.seed) is not int or self.seed < 0):
            raise QueryError(f"`seed` must be None or an int of at least 0 (got {self.seed!r})")

    def shape(self, num_qubits: int) -> tuple[int, ...]:
        """(shots, num_qubits)."""
        return (self.shots, num_qubits)

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless `num_qubits` is a positive int."""
        check_num_qubits(num_qubits)

    def _fields(self) -> dict[str, Any]:
        return {"shots": self.shots, "seed": self.seed}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Samples:
        return cls(fields["shots"], fields["seed"])
