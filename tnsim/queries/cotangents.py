"""Expressions of queries backwards: from a cotangent of the value to those of the answers.

The cotangent of v is the array c with dL = Re sum c * dv, without conjugation; on the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .derived import Derived
from .query import LeafQuery, Query

__all__ = ["answer_cotangents", "is_linear", "value_like"]

Numbers = NDArray[Any]
Operand = Query | int | float | complex


def is_linear(query: Query) -> bool:
    """Whether the cotangents of the answers are the same whatever the answers are."""
    if not isinstance(query, Derived):
        return True
    inner = [o for o in query.operands if isinstance(o, Query)]
    if query.operation in ("add", "neg"):
        return all(map(is_linear, inner))
    if query.operation == "mul":
        return len(inner) == 1 and is_linear(inner[0])
    by_number = query.operation == "div" and not isinstance(query.operands[1], Query)
    return by_number and is_linear(inner[0])


def value_like(query: Query, num_qubits: int) -> Numbers:
    """Zeros of the shape and kind (real or complex) of the value for one parameter set."""
    answers = {
        leaf: np.broadcast_to(1.0 + 0.0j if leaf.is_complex else 1.0, leaf.shape(num_qubits))
        for leaf in query.leaves()
    }
    with np.errstate(all="ignore"):
        value = np.asarray(query.evaluate(answers))
    return np.broadcast_to(np.zeros((), value.dtype), value.shape)


def answer_cotangents(
    query: Query, answers: Mapping[LeafQuery, Numbers], cotangent: Numbers
) -> dict[LeafQuery, Numbers]:
    """The cotangent of every answer, of its shape, for one of the value.

    Raises `ValueError` where the answers' shapes do not fit together.
    """
    if isinstance(query, LeafQuery):
        return {query: cotangent}
    assert isinstance(query, Derived), "a query is a question or an expression"
    values: dict[int, Numbers] = {}

    def value_of(operand: Operand) -> Numbers:
        if isinstance(operand, Derived):
            return values[id(operand)]
        return np.asarray(answers[operand] if isinstance(operand, LeafQuery) else operand)

    nodes = query.nodes_once()
    for node in nodes:
        values[id(node)] = np.asarray(node.apply([value_of(o) for o in node.operands]))
    found: dict[LeafQuery, Numbers] = {}
    given: dict[int, Numbers] = {id(query): np.asarray(cotangent)}
    for node in reversed(nodes):
        operands = [value_of(o) for o in node.operands]
        slopes = _operand_cotangents(node, operands, values[id(node)], given.pop(id(node)))
        for operand, value, slope in zip(node.operands, operands, slopes, strict=True):
            if not isinstance(operand, Query):
                continue
            part = _shrunk(slope if np.iscomplexobj(value) else slope.real, value.shape)
            if isinstance(operand, Derived):
                before = given.get(id(operand))
                given[id(operand)] = part if before is None else before + part
            elif isinstance(operand, LeafQuery):
                found[operand] = part if operand not in found else found[operand] + part
    return found


def _operand_cotangents(
    node: Derived, values: Sequence[Numbers], result: Numbers, cotangent: Numbers
) -> list[Numbers]:
    """One for each operand, of the broadcast shape."""
    c = cotangent if np.iscomplexobj(result) else cotangent.real
    match node.operation:
        case "add":
            return [c] * len(values)
        case "neg":
            return [-c]
        case "mul":
            # The products of all others, without a division: an operand may be zero.
            front: list[Any] = [1.0]
            back: list[Any] = [1.0]
            for one, other in zip(values[:-1], values[:0:-1], strict=True):
                front.append(front[-1] * one)
                back.append(back[-1] * other)
            return [c * f * b for f, b in zip(front, reversed(back), strict=True)]
        case "div":
            one, other = values
            return [c / other, -c * one / other**2]
        case "pow":
            base, exponent = values
            with np.errstate(all="ignore"):
                by_base = np.where(exponent == 0, 0.0, c * exponent * base ** (exponent - 1.0))
                by_exponent = np.where(result == 0, 0.0, c * result * _log(base))
            return [by_base, by_exponent]
        case "abs":
            (one,) = values
            # At zero the slope is taken as zero, between those of the two sides.
            size = np.where(result == 0, 1.0, result)
            return [c * np.conj(one) / size]
    raise NotImplementedError(node.operation)


def _log(base: Numbers) -> Numbers:
    """log, complex where the base is not above zero, as a power of it is."""
    real = not np.iscomplexobj(base) and bool(np.all(base > 0))
    return np.log(base) if real else np.log(base.astype(np.complex128))


def _shrunk(array: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Summed over the axes along which `shape` was broadcast."""
    extra = array.ndim - len(shape)
    if extra > 0:
        array = array.sum(axis=tuple(range(extra)))
    axes = tuple(k for k, d in enumerate(shape) if d == 1 and array.shape[k] != 1)
    array = array.sum(axis=axes, keepdims=True) if axes else array
    return np.broadcast_to(array, shape)
