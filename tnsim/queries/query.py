"""`Query`: a question about a circuit's output, or an expression of such questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from tnsim.base.errors import QueryError

if TYPE_CHECKING:
    from .derived import Derived

__all__ = ["LeafQuery", "Query"]

Operand = Any


class Query(ABC):
    """What can be asked: frozen data, equal by value, hashable; arithmetic gives `Derived`.

    Numbers and other queries combine by +, -, *, /, **, unary - and abs().
    """

    kind: ClassVar[str]
    # NumPy scalars on the left then leave the arithmetic to the methods here.
    __array_ufunc__ = None

    @abstractmethod
    def leaves(self) -> tuple[LeafQuery, ...]:
        """The distinct questions inside, in order of first appearance."""

    @abstractmethod
    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless the query makes sense for a circuit of `num_qubits`."""

    @abstractmethod
    def evaluate(self, values: Mapping[LeafQuery, Any]) -> Any:
        """The answer, from the answers to `leaves()` as arrays of any one library."""

    @abstractmethod
    def _fields(self) -> dict[str, Any]:
        """The JSON fields beside kind and version."""

    @classmethod
    @abstractmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The query of `_fields`; the field names are checked already."""

    def to_dict(self) -> dict[str, Any]:
        """A JSON object with `kind` and `version`."""
        return {"kind": self.kind, "version": 1, **self._fields()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, on any class: `Query.from_dict` reads every kind."""
        from .decoding import decode_query

        query = decode_query(data)
        if not isinstance(query, cls):
            raise QueryError(f"a {cls.__name__} was expected (got kind {query.kind!r})")
        return query

    def __add__(self, other: Operand) -> Derived:
        return _derived("add", self, other)

    def __radd__(self, other: Operand) -> Derived:
        return _derived("add", other, self)

    def __sub__(self, other: Operand) -> Derived:
        return _derived("add", self, _negative(other))

    def __rsub__(self, other: Operand) -> Derived:
        return _derived("add", other, -self)

    def __mul__(self, other: Operand) -> Derived:
        return _derived("mul", self, other)

    def __rmul__(self, other: Operand) -> Derived:
        return _derived("mul", other, self)

    def __truediv__(self, other: Operand) -> Derived:
        return _derived("div", self, other)

    def __rtruediv__(self, other: Operand) -> Derived:
        return _derived("div", other, self)

    def __pow__(self, other: Operand) -> Derived:
        return _derived("pow", self, other)

    def __rpow__(self, other: Operand) -> Derived:
        return _derived("pow", other, self)

    def __neg__(self) -> Derived:
        return _derived("neg", self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Derived:
        return _derived("abs", self)


class LeafQuery(Query):
    """One question that an engine answers with one array."""

    @abstractmethod
    def shape(self, num_qubits: int) -> tuple[int, ...]:
        """The shape of the answer for one parameter set."""

    @property
    def is_complex(self) -> bool:
        """Whether the answer's numbers are complex."""
        return False

    def leaves(self) -> tuple[LeafQuery, ...]:
        """The query itself, alone."""
        return (self,)

    def evaluate(self, values: Mapping[LeafQuery, Any]) -> Any:
        """The answer that `values` holds for this query."""
        try:
            return values[self]
        except KeyError:
            raise QueryError(f"`values` must answer {self!r}, but does not") from None


def _negative(value: Operand) -> Operand:
    from .derived import is_operand

    return -value if is_operand(value) else value


def _derived(operation: str, *operands: Operand) -> Derived:
    from .derived import Derived, is_operand

    if not all(map(is_operand, operands)):
        return cast("Derived", NotImplemented)
    return Derived(operation, operands)
