"""Which queries a line of tensors answers, and what it says of those that it does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tnsim.base.errors import QueryError
from tnsim.circuit import Circuit
from tnsim.lowering.instructions import is_pure
from tnsim.queries import (
    Amplitudes,
    Expectation,
    Fidelity,
    LeafQuery,
    Probabilities,
    Purity,
    ReducedDensityMatrix,
    Samples,
    Variance,
)

from .answers import MOST_PURITY_QUBITS
from .options import LineOptions

__all__ = ["MOST_OPERATOR_TERMS", "check_circuit", "check_leaves", "is_heisenberg"]

MOST_OPERATOR_TERMS = 128
"""Pauli strings of an observable that is moved back as one line."""

_MOST_OUTCOMES: dict[type[LeafQuery], int] = {Probabilities: 24, ReducedDensityMatrix: 11}
_READ = (
    Expectation,
    Variance,
    Probabilities,
    ReducedDensityMatrix,
    Purity,
    Fidelity,
    Samples,
)


def check_circuit(circuit: Circuit, options: LineOptions) -> None:
    """Raise `QueryError` where a circuit has noise that a pure state cannot carry."""
    if options.name == "mps" and not is_pure(circuit):
        raise QueryError(
            "method 'mps' must have a circuit of unitary gates, but it has channels or resets; "
            "take method 'mpdo', or 'trajectories'"
        )
    if isinstance(options.order, tuple) and len(options.order) != circuit.num_qubits:
        raise QueryError(
            f"`order` must hold the circuit's {circuit.num_qubits} qubits, but holds "
            f"{len(options.order)}"
        )


def check_leaves(leaves: Sequence[LeafQuery], circuit: Circuit, options: LineOptions) -> None:
    """Raise `QueryError` for the first query that cannot be answered, by its name."""
    for leaf in leaves:
        leaf.validate(circuit.num_qubits)
        if isinstance(leaf, Amplitudes) and options.name == "mps":
            if circuit.readout:
                raise QueryError(
                    "amplitudes must be asked of a circuit without readout error; leave it out"
                )
            continue
        if not isinstance(leaf, _READ):
            others = ", ".join(one.__name__ for one in _READ)
            raise QueryError(
                f"method {options.name!r} must be asked for one of {others}, but got {leaf!r}; "
                "amplitudes are those of a pure circuit by method 'mps' or 'exact'"
            )
        most = _MOST_OUTCOMES.get(type(leaf))
        asked = len(getattr(leaf, "qubits", None) or ())
        if most is not None and asked > most:
            raise QueryError(
                f"a {leaf.kind} query must be of at most {most} qubits for method "
                f"{options.name!r}, but got {asked}; ask for samples instead"
            )
        if isinstance(leaf, Purity) and options.name == "mps":
            _check_purity(leaf, circuit)
        if isinstance(leaf, Fidelity) and options.name == "mps" and _is_measured(circuit):
            raise QueryError(
                "a fidelity by method 'mps' must be of a circuit without measurements, which "
                "leave a mixed state; take method 'mpdo'"
            )


def _is_measured(circuit: Circuit) -> bool:
    used = np.unique(circuit.columns.opcode).tolist()
    return any(circuit.operations[code].kind == "unread" for code in used)


def _check_purity(leaf: Purity, circuit: Circuit) -> None:
    size = circuit.num_qubits if leaf.qubits is None else len(leaf.qubits)
    smallest = size if _is_measured(circuit) else min(size, circuit.num_qubits - size)
    if smallest > MOST_PURITY_QUBITS:
        raise QueryError(
            f"a purity by method 'mps' must be of at most {MOST_PURITY_QUBITS} qubits or of all "
            f"but so many, but it is of {size}; take method 'mpdo'"
        )


def is_heisenberg(leaves: Sequence[LeafQuery]) -> bool:
    """Whether every query is about one observable of not too many Pauli strings."""
    return all(
        isinstance(leaf, Expectation) and len(leaf.observable) <= MOST_OPERATOR_TERMS
        for leaf in leaves
    )
