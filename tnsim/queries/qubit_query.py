"""`QubitQuery`: what the queries about a list of qubits share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from tnsim.base.errors import QueryError

from .qubit_checks import as_qubits, check_in_range, check_num_qubits
from .query import LeafQuery

__all__ = ["QubitQuery"]

# Far beyond any memory, and its powers still fit a float.
MOST_ASKED = 256


@dataclass(frozen=True, init=False, repr=False)
class QubitQuery(LeafQuery):
    """A question about the distinct qubits listed in `qubits`, whose order matters."""

    qubits: tuple[int, ...]

    def __init__(self, qubits: int | Iterable[int]) -> None:
        object.__setattr__(self, "qubits", as_qubits("qubits", qubits))

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless `qubits` are below `num_qubits`, and at most 256."""
        check_num_qubits(num_qubits)
        check_in_range("qubits", self.qubits, num_qubits)
        if len(self.qubits) > MOST_ASKED:
            raise QueryError(
                f"`qubits` must be at most {MOST_ASKED}, since the answer grows as a power of "
                f"their number (got {len(self.qubits)}); ask for fewer"
            )

    def _fields(self) -> dict[str, Any]:
        return {"qubits": list(self.qubits)}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Self:
        if not isinstance(fields["qubits"], list):
            raise QueryError(f"a {cls.kind} query's `qubits` must be a list of ints")
        return cls(fields["qubits"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.qubits)!r})"
