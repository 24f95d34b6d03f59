"""The circuit: append-only columns with a method for every gate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine, Scalar

from .arguments import Qubits, integer_array, qubit_matrix, unknown_name
from .columns import Columns
from .gate_methods import GateMethods
from .instructions import Instruction
from .operations import (
    OPCODES,
    STANDARD,
    Operation,
    barrier_operation,
    channel_operation,
    matrix_operation,
)
from .readout import ReadoutAssignment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tnsim.noise import Channel

__all__ = ["Circuit"]


class Circuit(GateMethods):
    """A quantum circuit on qubits 0..num_qubits - 1, all starting in |0>.

    Instructions are rows of typed columns: 10 bytes for a two-qubit gate, 18 for a rotation.
    Gates are methods that append, angles first; sequences and arrays broadcast into many rows
    at once. Transforms (`bind`, `inverse`, `unroll`, `lightcone`, ...) return new circuits.

    >>> c = Circuit(3)
    >>> c.h(0).cx(0, 1).rz(0.5, range(3))
    <Circuit: 3 qubits, 5 instructions>
    >>> c.append("swap", [0, 1], [1, 2]).counts()
    {'rz': 3, 'swap': 2, 'h': 1, 'cx': 1}
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    # What it holds.

    @property
    def num_qubits(self) -> int:
        """The number of qubits."""
        return self._num_qubits

    def __len__(self) -> int:
        """The number of instructions."""
        return self._length()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What the opcodes stand for: the standard gates, then this circuit's own operations."""
        return (*STANDARD, *self._operations)

    @property
    def expressions(self) -> tuple[Affine, ...]:
        """The expressions that angles refer to by `columns.symbols`."""
        return self._table.as_tuple()

    @property
    def columns(self) -> Columns:
        """The rows as read-only arrays; they stay as they are when the circuit grows."""
        return self._freeze()

    @property
    def readout(self) -> tuple[ReadoutAssignment, ...]:
        """The readout errors that a noise model gave the circuit."""
        return self._readout

    @property
    def global_phase(self) -> Affine:
        """The angle g of the factor exp(i g) that the circuit's unitary carries."""
        return self._phase

    @property
    def num_bits(self) -> int:
        """The number of classical bits: one more than the greatest that is named."""
        return self._num_bits

    @property
    def measured(self) -> dict[int, int]:
        """By qubit that ends in a measurement the classical bit of its result."""
        from .wires import final_measurements

        return final_measurements(self.snapshot())

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the free parameters, sorted."""
        symbols = self.columns.symbols
        names = set(self._phase.names)
        for index in np.unique(symbols[symbols >= 0]).tolist():
            names.update(self._table[index].names)
        for assignment in self._readout:
            names.update(assignment.error.parameters)
        return tuple(sorted(names))

    @property
    def num_parameters(self) -> int:
        """The number of free parameters."""
        return len(self.parameters)

    @property
    def nbytes(self) -> int:
        """Bytes of the columns."""
        return self.columns.nbytes

    @property
    def digest(self) -> str:
        """SHA-256 of the instructions: equal circuits have equal digests, in any process."""
        from .identity import circuit_digest

        return circuit_digest(self.snapshot())

    def to_dict(self) -> dict[str, Any]:
        """The circuit as a JSON object; `from_dict` reads it back."""
        from .storage import circuit_fields

        return circuit_fields(self.snapshot())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The circuit of `to_dict`; `CircuitError` on anything else."""
        from .storage import read_fields

        return cls.from_snapshot(read_fields(data))

    @staticmethod
    def from_qasm(
        text_or_path: str | os.PathLike[str],
        *,
        parameters: bool = True,
        limit: int | None = None,
    ) -> Circuit:
        """The circuit of an OpenQASM 2 or 3 file, or text (a `str` with a `;` or a line break).

        The header tells the version. An `input float` of version 3 is a free `Parameter`, and so
        is, as an extension of the language, a name without a value in an angle of version 2;
        `parameters=False` refuses both. `limit` bounds the rows and operands that the file may
        make, by default 2^22 and 64 per character. `QasmError` gives line and column.

        >>> Circuit.from_qasm('OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; rx(2*a) q;')
        <Circuit: 2 qubits, 2 instructions>
        """
        from .openqasm import read_qasm

        return read_qasm(text_or_path, parameters=parameters, limit=limit)

    def to_qasm(self, version: int = 2) -> str:
        """The circuit as an OpenQASM 2 or 3 program, from which `from_qasm` makes an equal one.

        `CircuitError` for what the language cannot say: channels, given matrices, readout.
        """
        from .openqasm import write_qasm

        return write_qasm(self, version)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        if (self._num_qubits, len(self)) != (other._num_qubits, len(other)):
            return False
        return self.digest == other.digest

    def counts(self) -> dict[str, int]:
        """How many instructions of each name, the most frequent first."""
        found = np.bincount(self.columns.opcode, minlength=1)
        counts: dict[str, int] = {}
        for code in np.flatnonzero(found).tolist():
            name = self._operation(code).name
            counts[name] = counts.get(name, 0) + int(found[code])
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def depth(self) -> int:
        """The number of layers when every instruction starts as early as it can.

        Barriers take no time, but nothing moves across them.

        >>> Circuit(3).h(range(3)).cx(0, 1).cx(1, 2).depth()
        3
        """
        from .layers import layer_numbers

        counted = np.array([operation.kind != "barrier" for operation in self.operations])
        layers = layer_numbers(self.columns, self._num_qubits + self._num_bits, counted)
        return int(layers.max(initial=0))

    def __iter__(self) -> Iterator[Instruction]:
        from .instructions import instructions_of

        return instructions_of(self.snapshot(), 0, len(self))

    @overload
    def __getitem__(self, index: int) -> Instruction: ...

    @overload
    def __getitem__(self, index: slice) -> Circuit: ...

    def __getitem__(self, index: int | slice) -> Instruction | Circuit:
        from .instructions import instruction_at

        if isinstance(index, slice):
            rows = np.arange(*index.indices(len(self)))
            snapshot = self.snapshot()
            return self.from_snapshot(snapshot.with_rows(snapshot.columns.take(rows)))
        if not hasattr(index, "__index__"):
            raise TypeError(f"an index of a circuit must be an int or a slice (got {index!r:.60})")
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"the circuit has {len(self)} instructions (got index {index})")
        return instruction_at(self.snapshot(), row)

    # What is appended, beside the gates.

    def append(self, name: str, *arguments: Any) -> Self:
        """Append gates by name: angles, then qubits, each a scalar or a sequence.

        >>> Circuit(4).append("rzz", 0.5, [0, 1], [2, 3])
        <Circuit: 4 qubits, 2 instructions>
        """
        if name == "barrier":
            return self.barrier(*arguments)
        code = OPCODES.get(name)
        if code is None:
            raise unknown_name(name, OPCODES)
        operation = STANDARD[code]
        count = operation.num_params
        if operation.kind == "measure":
            return self.measure(*arguments)
        if len(arguments) != count + operation.num_qubits:
            raise CircuitError(
                f"{name} takes {count} angles, then {operation.num_qubits} qubits "
                f"(got {len(arguments)} arguments)"
            )
        return self._put(code, arguments[:count], arguments[count:])

    def unitary(self, matrix: object, *qubits: Qubits) -> Self:
        """Append a given unitary, 2^n x 2^n, the first qubit most significant.

        `CircuitError` where U^dagger U differs from 1 by more than 1e-8.
        """
        return self._apply(matrix_operation(matrix), (), qubits)

    def channel(self, channel: Channel, *qubits: Qubits) -> Self:
        """Append a channel of `tnsim.noise`."""
        return self._apply(channel_operation(channel), channel.strengths_symbolic, qubits)

    def _apply(self, operation: Operation, params: tuple[Affine, ...], qubits: Any) -> Self:
        if len(qubits) != operation.num_qubits:
            raise CircuitError(
                f"this {operation.name} acts on {operation.num_qubits} qubits (got {len(qubits)})"
            )
        return self._put(self._code_of(operation), params, qubits)

    def reset(self, qubit: Qubits) -> Self:
        """Put qubits back into |0>."""
        return self._put(OPCODES["reset"], (), (qubit,))

    def measure(self, qubit: Qubits, bit: Qubits | None = None) -> Self:
        """Measure qubits, into classical bits (by default of the same numbers).

        The qubit stays, in the state that was found, and may be used further; what the bit held
        before is overwritten. `when` lets instructions depend on bits.

        >>> c = Circuit(2).h(0).measure(0)
        >>> [str(i) for i in c.when(0, 1, Circuit(2).x(1))][1:]
        ['measure 0 into bit 0', 'x 1 if bit 0 is 1']
        """
        self._put_rows(OPCODES["measure"], (), (qubit,), (qubit if bit is None else bit,))
        return self

    def when(self, bits: Qubits, values: Qubits, body: Circuit) -> Self:
        """Append the instructions of `body`, to happen where classical bits have given values.

        `bits` is one classical bit or several, `values` 0 or 1 for each, in the same order. The
        body has the circuit's qubits; gates, channels, resets and conditions may stand in it.
        A bit that was never written is 0.

        Raises `CircuitError` for a measurement, a barrier or a readout error in the body.

        >>> c = Circuit(1).h(0).measure(0).when([0, 1], [1, 0], Circuit(1).x(0).z(0))
        >>> str(c[-1])
        'z 0 if bit 0 is 1 and bit 1 is 0'
        """
        from .conditions import conditioned

        if not isinstance(body, Circuit) or body.num_qubits != self._num_qubits:
            raise CircuitError(
                f"`body` must be a Circuit of {self._num_qubits} qubits (got {body!r:.60})"
            )
        self._put_snapshot(conditioned(body.snapshot(), bits, values))
        return self

    def barrier(self, *qubits: Qubits) -> Self:
        """A line that nothing moves across, over all qubits where none is given."""
        parts = [np.atleast_1d(integer_array("barrier", q)) for q in qubits]
        flat = np.concatenate(parts) if parts else np.arange(self._num_qubits)
        if not len(flat):
            return self
        return self._put(self._code_of(barrier_operation(len(flat))), (), tuple(flat.tolist()))

    # What makes new circuits.

    def __reduce__(self) -> tuple[Any, ...]:
        """What a process pool sends: columns and tables, checked again on arrival."""
        return type(self).from_dict, (self.to_dict(),)

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, _: object) -> Self:
        return self.copy()

    def copy(self) -> Self:
        """A circuit that grows on its own; rows are shared until then."""
        return self.from_snapshot(self.snapshot())

    def bind(self, values: Mapping[str, Scalar] | None = None, /, **named: Scalar) -> Self:
        """Parameters replaced by numbers, or by other expressions; the rest stays free.

        >>> from tnsim import Parameter
        >>> c = Circuit(1).rx(2 * Parameter("theta"), 0)
        >>> c.bind(theta=0.25)[0].angles
        (0.5,)
        """
        from .binding import bound

        return self.from_snapshot(
            bound(self.snapshot(), {**(values or {}), **named}, self.parameters)
        )

    def inverse(self) -> Self:
        """The circuit of the inverse unitary; `CircuitError` where a channel stands in it.

        >>> [str(i) for i in Circuit(2).s(0).cx(0, 1).inverse()]
        ['cx 0 1', 'sdg 0']
        """
        from .inversion import inverted

        return self.from_snapshot(inverted(self.snapshot()))

    def lightcone(self, qubits: Qubits) -> Self:
        """The instructions that the final state of `qubits` can depend on.

        What lies outside cancels: it is trace preserving. Barriers are left out, and so are
        measurements and readout errors of other qubits. Qubits that are read together with
        `qubits` (a correlated readout error) count among them.

        >>> [str(i) for i in Circuit(3).h(range(3)).cx(0, 1).cx(1, 2).lightcone(0)]
        ['h 0', 'h 1', 'cx 0 1']
        """
        from .cones import restricted

        wanted = np.unique(qubit_matrix("lightcone", (qubits,), self._num_qubits))
        return self.from_snapshot(restricted(self.snapshot(), wanted.astype(np.int64)))

    def unroll(self, basis: Iterable[str]) -> Self:
        """The circuit in the gates of `basis`, the same unitary to the global phase.

        Channels, resets, measurements and barriers stay, and so do given matrices where
        `basis` holds "unitary"; without it, one-qubit matrices become gates.

        >>> Circuit(2).swap(0, 1).unroll({"cx", "u"}).counts()
        {'cx': 3}
        """
        from .unrolling import unrolled

        return self.from_snapshot(unrolled(self.snapshot(), basis))

    def relabel(self, qubits: Qubits, num_qubits: int | None = None) -> Self:
        """The circuit with qubit q moved to `qubits[q]`, of `num_qubits` qubits."""
        from .joining import relabelled

        size = self._num_qubits if num_qubits is None else num_qubits
        places = qubit_matrix("relabel", (qubits,), size)[:, 0].astype(np.int64)
        if len(places) != self._num_qubits or len(np.unique(places)) != len(places):
            raise CircuitError(
                f"`qubits` must give {self._num_qubits} different places, one for each qubit "
                f"(got {len(places)}, {len(np.unique(places))} of them different)"
            )
        return self.from_snapshot(relabelled(self.snapshot(), places, size))

    def compose(self, other: Circuit, qubits: Qubits | None = None) -> Self:
        """This circuit and then `other`, whose qubit q acts on `qubits[q]` (by default on q)."""
        from .joining import joined

        if not isinstance(other, Circuit):
            raise CircuitError(f"`other` must be a Circuit (got {type(other).__name__})")
        places = range(other.num_qubits) if qubits is None else qubits
        if qubits is None and other.num_qubits > self._num_qubits:
            raise CircuitError(
                f"`other` must have at most {self._num_qubits} qubits (got {other.num_qubits})"
            )
        moved = other.relabel(places, self._num_qubits)
        return self.from_snapshot(joined(self.snapshot(), moved.snapshot()))

    def __add__(self, other: Circuit) -> Self:
        if not isinstance(other, Circuit):
            return NotImplemented
        return self.compose(other)

    # How it looks.

    def __repr__(self) -> str:
        return f"<Circuit: {self._num_qubits} qubits, {len(self)} instructions>"

    def __str__(self) -> str:
        """The first and last instructions, one on each line."""
        from .instructions import instructions_of

        snapshot, size = self.snapshot(), len(self)
        head, tail = (size, size) if size <= 20 else (10, size - 5)
        lines = [repr(self)]
        lines += [f"  {i}" for i in instructions_of(snapshot, 0, head)]
        if tail > head:
            lines.append(f"  ... {tail - head} more")
        lines += [f"  {i}" for i in instructions_of(snapshot, tail, size)]
        return "\n".join(lines)

    def plot(self, *, ax: Axes | None = None, columns: int = 24) -> Axes:
        """The circuit as a picture, `columns` of gates to a row; the matplotlib axes.

        >>> Circuit(2).h(0).cx(0, 1).plot().figure.savefig("bell.png")  # doctest: +SKIP
        """
        from .picture import draw_picture

        return draw_picture(self.snapshot(), ax, columns)

    def draw(self, width: int = 100) -> str:
        """The circuit as text, one line a qubit, wrapped at `width` characters.

        >>> print(Circuit(2).h(0).cx(0, 1).draw())
        q0: ─H──●─
                │
        q1: ────X─
        """
        from .drawing import text_drawing

        return text_drawing(self.snapshot(), width)
