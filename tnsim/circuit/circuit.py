"""The circuit: append-only columns with a method for every gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine

from .arguments import Qubits, _integers, qubit_matrix, unknown_name
from .columns import Columns
from .gate_methods import GateMethods
from .operations import OPCODES, STANDARD, Operation, barrier_operation

if TYPE_CHECKING:
    from tnsim.noise import Channel

__all__ = ["Circuit"]


class Circuit(GateMethods):
    """A quantum circuit on qubits 0..num_qubits - 1, all starting in |0>.

    Instructions are rows of typed columns: about 10 bytes for a two-qubit gate. Gates are
    methods, angles first; sequences and arrays broadcast into many rows at once.

    >>> c = Circuit(3)
    >>> c.h(0).cx(0, 1).rz(0.5, range(3))
    <Circuit: 3 qubits, 5 instructions>
    >>> c.append("swap", [0, 1], [1, 2]).counts()
    {'rz': 3, 'swap': 2, 'h': 1, 'cx': 1}
    """

    __slots__ = ()

    @property
    def num_qubits(self) -> int:
        return self._num_qubits

    def __len__(self) -> int:
        return self._length()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What the opcodes stand for: the standard gates, then this circuit's own operations."""
        return (*STANDARD, *self._operations)

    @property
    def expressions(self) -> tuple[Affine, ...]:
        """The expressions that angles refer to by `columns.symbols`."""
        return tuple(self._expressions)

    @property
    def columns(self) -> Columns:
        """The rows as read-only arrays; they stay as they are when the circuit grows."""
        return self._freeze()

    @property
    def readout(self) -> tuple[Any, ...]:
        return self._readout

    @property
    def global_phase(self) -> Affine:
        """The angle g of the factor exp(i g) that the circuit's unitary carries."""
        return self._phase

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the free parameters in use, sorted."""
        used = np.unique(self.columns.symbols)
        names = {n for index in used if index >= 0 for n in self._expressions[index].names}
        return tuple(sorted(names | set(self._phase.names)))

    @property
    def num_parameters(self) -> int:
        return len(self.parameters)

    def append(self, name: str, *arguments: Any) -> Self:
        """Append gates by name: angles, then qubits, each a scalar or a sequence."""
        code = OPCODES.get(name)
        if code is None:
            raise unknown_name(name, OPCODES)
        operation = STANDARD[code]
        count = operation.num_params
        if len(arguments) != count + operation.num_qubits:
            raise CircuitError(
                f"{name} takes {count} angles and {operation.num_qubits} qubits, in this order "
                f"(got {len(arguments)} arguments)"
            )
        if operation.kind == "measure":
            return self.measure(*arguments)
        return self._put(code, arguments[:count], arguments[count:])

    def unitary(self, matrix: object, *qubits: Any) -> Self:
        """Append a given unitary, 2^n x 2^n, first qubit most significant."""
        from .operations import matrix_operation

        return self._apply(matrix_operation(matrix), qubits)

    def channel(self, channel: Channel, *qubits: Any) -> Self:
        """Append a channel of tnsim.noise."""
        from .operations import channel_operation

        operation = channel_operation(channel)
        return self._apply(operation, qubits, channel.strengths_symbolic)

    def reset(self, qubit: Qubits) -> Self:
        """Put qubits back into |0>."""
        return self._put(OPCODES["reset"], (), (qubit,))

    def measure(self, qubit: Qubits, bit: Qubits | None = None) -> Self:
        """Measure qubits at the end, into classical bits (by default of the same numbers)."""
        code = OPCODES["measure"]
        qubits = qubit_matrix("measure", (qubit,), self._num_qubits)[:, 0]
        bits = qubits if bit is None else np.broadcast_to(np.asarray(bit), qubits.shape)
        if len(np.unique(qubits)) != len(qubits):
            raise CircuitError(f"a qubit must be measured once (got {qubits.tolist()!r:.60})")
        self._put(code, (), (qubits,))
        if self._bits is None:
            self._bits = np.full(self._num_qubits, -1, dtype=np.int32)
        self._bits[qubits] = bits
        self._limit = 0
        return self

    def barrier(self, *qubits: Qubits) -> Self:
        """A line that transforms do not move gates across; over all qubits where none is given."""
        parts = [np.atleast_1d(_integers("barrier", q)) for q in qubits]
        flat = np.concatenate(parts) if parts else np.arange(self._num_qubits)
        return self._put(self._code_of(barrier_operation(len(flat))), (), tuple(flat.tolist()))

    def _apply(self, operation: Operation, qubits: Any, params: Any = ()) -> Self:
        if len(qubits) != operation.num_qubits:
            raise CircuitError(
                f"{operation.name} acts on {operation.num_qubits} qubits (got {len(qubits)})"
            )
        return self._put(self._code_of(operation), tuple(params), qubits)

    def counts(self) -> dict[str, int]:
        """How many instructions of each name, the most frequent first."""
        found = np.bincount(self.columns.opcode, minlength=1)
        counts: dict[str, int] = {}
        for code in np.flatnonzero(found):
            name = self._operation(int(code)).name
            counts[name] = counts.get(name, 0) + int(found[code])
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def __repr__(self) -> str:
        return f"<Circuit: {self._num_qubits} qubits, {len(self)} instructions>"
