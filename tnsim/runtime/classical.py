"""Circuits with classical bits, and questions about bits, as engines understand them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.circuit.wires import wired
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    Probabilities,
    Purity,
    Query,
    Samples,
    Variance,
)
from tnsim.queries.derived import Derived
from tnsim.queries.query import LeafQuery

__all__ = ["validate", "with_wires"]


def validate(query: Query, circuit: Circuit) -> None:
    """Raise `QueryError` unless the query's qubits and classical bits are the circuit's."""
    for leaf in query.leaves():
        if not _is_on_bits(leaf):
            leaf.validate(circuit.num_qubits)
        elif not circuit.num_bits:
            raise QueryError(f"{leaf!r} asks for bits of a circuit that measures into none")
        elif (most := max(_bits_of(leaf), default=0)) >= circuit.num_bits:
            raise QueryError(
                f"{leaf!r:.60} asks for bit {most} of a circuit that measures into bits "
                f"0..{circuit.num_bits - 1}"
            )
        else:
            leaf.validate(circuit.num_bits)


def with_wires(circuit: Circuit, queries: Mapping[str, Query]) -> tuple[Circuit, dict[str, Query]]:
    """The circuit with a further qubit for each bit that is read, and the queries in its terms."""
    leaves = {leaf for query in queries.values() for leaf in query.leaves()}
    asked = {bit for leaf in leaves if _is_on_bits(leaf) for bit in _bits_of(leaf)}
    made = wired(circuit.snapshot(), asked)
    if not made.wires:
        return Circuit.from_snapshot(made.snapshot), dict(queries)
    names = {leaf: _on_wires(leaf, made.wires, circuit.num_qubits) for leaf in leaves}
    changed = {name: _translated(query, names) for name, query in queries.items()}
    return Circuit.from_snapshot(made.snapshot), changed


def _is_on_bits(leaf: LeafQuery) -> bool:
    return isinstance(leaf, Expectation | Variance | Probabilities) and leaf.on == "bits"


def _bits_of(leaf: LeafQuery) -> list[int]:
    if isinstance(leaf, Probabilities):
        return list(leaf.qubits)
    assert isinstance(leaf, Expectation | Variance)
    return list(np.unique(leaf.observable.qubits).tolist())


def _on_wires(leaf: LeafQuery, wires: Mapping[int, int], num_qubits: int) -> LeafQuery:
    """The leaf for a circuit whose first qubits are the given one's."""
    if isinstance(leaf, Amplitudes | Fidelity | Samples):
        raise QueryError(
            f"{leaf.kind} must be asked of a circuit in which nothing depends on classical bits; "
            "ask for expectation values, probabilities or density matrices"
        )
    if isinstance(leaf, Purity) and leaf.qubits is None:
        return replace(leaf, qubits=tuple(range(num_qubits)))
    if not _is_on_bits(leaf):
        return leaf
    if isinstance(leaf, Probabilities):
        return Probabilities([wires[bit] for bit in leaf.qubits])
    assert isinstance(leaf, Expectation | Variance)
    places = np.arange(max(wires) + 1)
    places[list(wires)] = list(wires.values())
    return type(leaf)(leaf.observable.relabel(places))


def _translated(query: Query, names: Mapping[LeafQuery, LeafQuery]) -> Query:
    if isinstance(query, LeafQuery):
        return names[query]
    assert isinstance(query, Derived)
    operands = [_translated(o, names) if isinstance(o, Query) else o for o in query.operands]
    return Derived(query.operation, operands)
