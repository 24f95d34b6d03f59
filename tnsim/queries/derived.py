"""`Derived`: a number computed from the answers to queries, as an expression tree."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from tnsim.base.errors import QueryError

from .fields import check_number, is_number, read_number, write_number
from .qubit_checks import check_num_qubits
from .query import LeafQuery, Query

__all__ = ["Derived", "is_operand"]

_MOST_DEPTH = 100
_MOST_NODES = 1_000_000
_SYMBOLS = {"add": " + ", "mul": " * ", "div": " / ", "pow": " ** "}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda *values: functools.reduce(operator.add, values),
    "mul": lambda *values: functools.reduce(operator.mul, values),
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "abs": abs,
}
_ARITY = {"add": 0, "mul": 0, "div": 2, "pow": 2, "neg": 1, "abs": 1}


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Derived(Query):
    """The expression operation(operands); operands are queries and numbers.

    Made by arithmetic, not by hand. `operation` is one of add and mul (any number of operands,
    applied left to right), div, pow, neg and abs. A difference is the sum with a negation.
    It evaluates through the operators of whatever arrays hold the answers, so it runs where they
    are and is differentiable there.

    >>> from tnsim.queries import Expectation
    >>> cost = 2 * Expectation("Z0") ** 2 - Expectation("Z1")
    >>> cost
    2 * Expectation('Z0') ** 2 + -Expectation('Z1')
    >>> cost.evaluate({Expectation("Z0"): 0.5, Expectation("Z1"): 0.25})
    0.25
    """

    kind: ClassVar[str] = "derived"
    operation: str
    operands: tuple[Query | int | float | complex, ...]

    def __init__(self, operation: str, operands: Sequence[Query | int | float | complex]) -> None:
        if operation not in _FUNCTIONS:
            raise QueryError(
                f"`operation` must be one of {', '.join(_FUNCTIONS)} (got {operation!r})"
            )
        kept = tuple(o if isinstance(o, Query) else check_number("an operand", o) for o in operands)
        first = kept[0] if kept else None
        chained = operation in ("add", "mul")
        if chained and isinstance(first, Derived) and first.operation == operation:
            # A sum on the left grows instead of nesting; the order of additions is the same.
            kept = (*first.operands, *kept[1:])
        _check_operands(operation, kept)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "operands", kept)
        _check_size(self._depth, self._nodes)

    @cached_property
    def _hash(self) -> int:
        return hash((self.operation, self.operands))

    @cached_property
    def _depth(self) -> int:
        return 1 + max(o._depth if isinstance(o, Derived) else 0 for o in self.operands)

    @cached_property
    def _nodes(self) -> int:
        return 1 + sum(o._nodes if isinstance(o, Derived) else 1 for o in self.operands)

    def leaves(self) -> tuple[LeafQuery, ...]:
        """The distinct questions inside, in order of first appearance."""
        found: dict[LeafQuery, None] = {}
        for node in self.nodes_once():
            for operand in node.operands:
                if isinstance(operand, LeafQuery):
                    found.setdefault(operand)
        return tuple(found)

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless every question inside is valid."""
        check_num_qubits(num_qubits)
        for leaf in self.leaves():
            leaf.validate(num_qubits)

    def evaluate(self, values: Mapping[LeafQuery, Any]) -> Any:
        """The number(s), from arrays (or numbers) answering `leaves()`; see `Query.evaluate`."""
        done: dict[int, Any] = {}

        def value_of(operand: Query | int | float | complex) -> Any:
            if isinstance(operand, Derived):
                return done[id(operand)]
            return operand.evaluate(values) if isinstance(operand, Query) else operand

        for node in self.nodes_once():
            done[id(node)] = node.apply(list(map(value_of, node.operands)))
        return done[id(self)]

    def apply(self, values: Sequence[Any]) -> Any:
        """The operation on the operands' values alone."""
        return _FUNCTIONS[self.operation](*values)

    def nodes_once(self) -> list[Derived]:
        """Every distinct inner node object, operands before what uses them."""
        order: list[Derived] = []
        seen: set[int] = set()

        def visit(node: Derived) -> None:
            seen.add(id(node))
            for operand in node.operands:
                if isinstance(operand, Derived) and id(operand) not in seen:
                    visit(operand)
            order.append(node)

        visit(self)
        return order

    def _fields(self) -> dict[str, Any]:
        operands = [o.to_dict() if isinstance(o, Query) else write_number(o) for o in self.operands]
        return {"operation": self.operation, "operands": operands}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Derived:
        operation, operands = fields["operation"], fields["operands"]
        if not isinstance(operation, str) or not isinstance(operands, list):
            raise QueryError("a derived query's `operation` must be text, `operands` a list")
        return cls(
            operation,
            [
                Query.from_dict(o) if isinstance(o, Mapping) and "kind" in o else read_number(o)
                for o in operands
            ],
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (Derived, (self.operation, self.operands))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Derived):
            return NotImplemented
        if self is other:
            return True
        mine, theirs = (self._hash, self.operation), (other._hash, other.operation)
        return mine == theirs and self.operands == other.operands

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        if self.operation == "abs":
            return f"abs({self.operands[0]!r})"
        texts = [_text(operand, self.operation, i) for i, operand in enumerate(self.operands)]
        if self.operation == "neg":
            return f"-{texts[0]}"
        return _SYMBOLS[self.operation].join(texts)


def is_operand(value: object) -> bool:
    """Whether `value` may stand in an expression: a query or a number."""
    return isinstance(value, Query) or is_number(value)


def _check_operands(operation: str, operands: tuple[object, ...]) -> None:
    count, arity = len(operands), _ARITY[operation]
    if count != arity and (arity or count < 2):
        raise QueryError(f"`operands` must suit {operation!r} (got {count} of them)")
    if not any(isinstance(operand, Query) for operand in operands[:2]):
        raise QueryError("`operands` must have a query among the first two, but they are numbers")


def _check_size(depth: int, nodes: int) -> None:
    if depth > _MOST_DEPTH or nodes > _MOST_NODES:
        raise QueryError(
            f"an expression must be at most {_MOST_DEPTH} deep with at most {_MOST_NODES} nodes "
            f"(got {depth} and {nodes}); ask for the parts in a dict instead"
        )


# How tightly an expression's text holds together, as Python parses it.
_TIGHT = {"add": 1, "mul": 2, "div": 2, "neg": 3, "pow": 4, "abs": 5}


def _text(operand: Query | int | float | complex, outer: str, place: int) -> str:
    """The operand's text, in brackets where Python would read it otherwise."""
    text = repr(operand)
    if isinstance(operand, Derived):
        tight = _TIGHT[operand.operation]
        same_is_fine = place == 0 and (operand.operation, outer) in {("mul", "div"), ("div", "mul")}
        loose = tight < _TIGHT[outer] or (tight == _TIGHT[outer] and not same_is_fine)
        return f"({text})" if loose else text
    negative = text.startswith("-")
    return f"({text})" if negative and outer in ("neg", "pow") and place == 0 else text
