"""`Variance`: the spread of an observable's measured values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tnsim.base.errors import QueryError

from .derived import Derived
from .expectation import Expectation
from .observable import Observable, as_pauli_sum, observable_text
from .pauli_sum import PauliSum
from .places import Places, check_places, check_readable
from .query import LeafQuery

__all__ = ["Variance"]


@dataclass(frozen=True, init=False, repr=False)
class Variance(LeafQuery):
    """The variance Tr[rho O^2] - Tr[rho O]^2 of a Hermitian observable O, shape ().

    `observable` is what `Expectation` takes, and both terms are what `Expectation` gives, readout
    error included. The difference cancels: near an eigenstate the
    absolute rounding error stays that of Tr[rho O^2].

    >>> Variance("Z0 Z1").as_expectations()
    Expectation('I') + -Expectation('Z0 Z1') ** 2
    """

    kind: ClassVar[str] = "variance"
    observable: PauliSum
    on: Places

    def __init__(self, observable: Observable, *, on: Places = "qubits") -> None:
        operator = as_pauli_sum(observable)
        if not operator.is_hermitian:
            raise QueryError(
                "a variance's `observable` must be Hermitian, but a Pauli coefficient is complex "
                f"(got {operator})"
            )
        object.__setattr__(self, "observable", operator)
        object.__setattr__(self, "on", check_places(on))
        check_readable(operator, self.on)

    def as_expectations(self) -> Derived:
        """The same number as an expression of expectation values of O^2 and O."""
        square = self.observable * self.observable
        return Expectation(square, on=self.on) - Expectation(self.observable, on=self.on) ** 2

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(): one number."""
        return ()

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless the observable's qubits are below `num_qubits`."""
        self.observable.validate(num_qubits)

    def _fields(self) -> dict[str, Any]:
        return {"observable": self.observable.to_dict(), "on": self.on}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Variance:
        return cls(PauliSum.from_dict(fields["observable"]), on=fields["on"])

    def __repr__(self) -> str:
        where = "" if self.on == "qubits" else f", on={self.on!r}"
        return f"Variance({observable_text(self.observable)}{where})"
