"""A circuit's rows as the lowering walks them: operation, qubits and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.base.parameters import Affine
from tnsim.circuit import Circuit
from tnsim.circuit.operations import Operation

from .recipes import RecipeBook

__all__ = ["Instruction", "TensorMaker", "instructions", "is_pure"]

Kind = Literal["unitary", "superoperator", "transfer"]

# Pauli components in the order I, Z, X, Y: index 2a + c of X^a Z^c. In these two bits Clifford
# gates are linear, what commutes with Z keeps a, and structure shows that I, X, Y, Z hides.
_BITS = [0, 3, 1, 2]


@dataclass(frozen=True)
class Instruction:
    """One row: what it does, on which qubits, at which arguments."""

    operation: Operation
    qubits: tuple[int, ...]
    args: tuple[Affine, ...]


def instructions(circuit: Circuit) -> Iterator[Instruction]:
    """The rows that change the state, in order; barriers are left out."""
    columns, operations = circuit.columns, circuit.operations
    expressions = circuit.expressions
    starts, angle_starts = columns.qubit_start.tolist(), columns.angle_start.tolist()
    qubits, angles = columns.qubits.tolist(), columns.angles.tolist()
    symbols = columns.symbols.tolist()
    for row, code in enumerate(columns.opcode.tolist()):
        operation = operations[code]
        if operation.kind == "barrier":
            continue
        span = range(angle_starts[row], angle_starts[row + 1])
        args = tuple(
            Affine({}, angles[k]) if symbols[k] < 0 else expressions[symbols[k]] for k in span
        )
        yield Instruction(operation, tuple(qubits[starts[row] : starts[row + 1]]), args)


def is_pure(circuit: Circuit) -> bool:
    """Whether every instruction is a unitary, a barrier or a terminal measurement."""
    operations = circuit.operations
    codes = np.unique(circuit.columns.opcode).tolist()
    return all(operations[c].kind in ("unitary", "barrier", "unread") for c in codes)


class TensorMaker:
    """Recipes of instructions, each kind of operation reshaped once.

    Axes: unitary (out_1 .. out_n, in_1 .. in_n), each of dimension 2. Transfer: every qubit's
    leg is two binary axes (a, c), see `_BITS`. Superoperator: every qubit's leg is (ket, bra).
    """

    def __init__(self, book: RecipeBook) -> None:
        self._book = book
        self._known: dict[tuple[str, Kind, tuple[Affine, ...], bool], int] = {}

    def recipe(self, instruction: Instruction, kind: Kind, *, conjugate: bool = False) -> int:
        operation, args = instruction.operation, instruction.args
        key = (operation.key, kind, args, conjugate)
        if key not in self._known:
            self._known[key] = self._make(operation, args, kind, conjugate)
        return self._known[key]

    def _make(
        self, operation: Operation, args: tuple[Affine, ...], kind: Kind, conjugate: bool
    ) -> int:
        n = operation.num_qubits
        shape = (2,) * (2 * n if kind == "unitary" else 4 * n)
        numbers = [a.constant for a in args if not a.names]
        if len(numbers) == len(args):
            at = {
                "unitary": operation.unitary_at,
                "superoperator": operation.superoperator_at,
                "transfer": operation.transfer_at,
            }[kind]
            matrix = _arranged(at(numbers)[None], n, kind)
            return self._book.constant((matrix.conj() if conjugate else matrix).reshape(shape))
        form = {
            "unitary": operation.unitary_form,
            "superoperator": operation.superoperator_form,
            "transfer": operation.transfer_form,
        }[kind]
        assert form is not None, "a unitary was checked for before lowering"
        constants = _arranged(form.constants, n, kind)
        constants = constants.conj() if conjugate else constants
        snap = operation.kind == "unitary"
        return self._book.form(form, constants.reshape(-1, *shape), args, snap=snap)


def _arranged(constants: NDArray[np.generic], n: int, kind: Kind) -> NDArray[np.generic]:
    """Constants (K, D, D) with axes in the order that `TensorMaker` states."""
    count = len(constants)
    if kind == "unitary":
        return constants
    if kind == "transfer":
        legs = constants.reshape(count, *(4,) * (2 * n))
        for axis in range(1, 2 * n + 1):
            legs = legs.take(_BITS, axis=axis)
        return legs
    # S's row is (ket_1 .. ket_n, bra_1 .. bra_n); ours is (ket_1, bra_1, ket_2, bra_2, ..).
    legs = constants.reshape(count, *(2,) * (4 * n))
    order = [0]
    for side in (0, 2 * n):
        order += [side + 1 + part * n + k for k in range(n) for part in (0, 1)]
    return legs.transpose(order)
