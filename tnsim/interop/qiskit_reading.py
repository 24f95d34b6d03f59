"""Circuits of Qiskit as ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.circuit import Circuit

from .packages import library
from .qiskit_conditions import complement, read_condition
from .qiskit_gates import gate_classes
from .qiskit_parameters import AngleReader
from .refusals import no_counterpart
from .rows import Condition

__all__ = ["from_qiskit"]

_MOST_DEPTH = 100


def from_qiskit(circuit: Any) -> Circuit:
    """The circuit of a Qiskit `QuantumCircuit`, the same unitary with its global phase.

    Qubit k of Qiskit is qubit k here (its bit strings and matrices are read in their reverse
    order); classical bits keep their numbers. Gates that tnsim knows by name stay gates, others
    are replaced by their definition, or by their matrix where they have none. Carried over are
    parameters and sums of multiples of them (Greek letters are spelled out), given unitaries,
    Kraus, superoperator and Aer noise instructions, resets, barriers, measurements, `if_else` and
    `switch` on bits and registers, and `for` loops. A delay becomes u0(its duration), in its
    own unit "dt", or else in seconds. Labels are not kept.

    Raises `CircuitError` naming the instruction for anything else: angles that are no affine
    expression of parameters, `while`, `save` instructions, variables.

    >>> from qiskit import QuantumCircuit
    >>> qc = QuantumCircuit(2, global_phase=0.5)
    >>> _ = qc.h(0), qc.cx(0, 1)
    >>> c = from_qiskit(qc)
    >>> [str(i) for i in c], c.global_phase.constant
    (['h 0', 'cx 0 1'], 0.5)
    """
    kind = library("qiskit").QuantumCircuit
    if not isinstance(circuit, kind):
        raise CircuitError(
            f"`circuit` must be a QuantumCircuit of Qiskit (got {type(circuit).__name__})"
        )
    if not circuit.num_qubits:
        raise CircuitError("`circuit` must have at least one qubit (got none)")
    result = Circuit(circuit.num_qubits)
    reader = _Reader()
    qubits, bits = range(circuit.num_qubits), range(circuit.num_clbits)
    reader.read(circuit, qubits, bits, result, "", 0)
    return result


class _Reader:
    """Walks a circuit and the definitions in it, appending what it finds."""

    def __init__(self) -> None:
        self._angles = AngleReader()
        self._names: dict[Any, str] = {cls: name for name, cls in gate_classes().items()}
        # What the conditions around the block that is read say of bits.
        self._given: dict[int, int] = {}

    def read(
        self,
        source: Any,
        qubits: Sequence[int],
        bits: Sequence[int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        """Append `source`, whose qubit and bit k are qubits[k] and bits[k] of `into`."""
        if depth > _MOST_DEPTH:
            raise no_counterpart(place or "the circuit", place, "definitions nest too deeply")
        if getattr(source, "num_vars", 0) or getattr(source, "num_stretches", 0):
            raise no_counterpart("a circuit with variables", place or 0, "only bits are carried")
        into.gphase(self._angles.read(source.global_phase))
        qubit_at = dict(zip(source.qubits, qubits, strict=True))
        bit_at = dict(zip(source.clbits, bits, strict=True))
        makers: dict[str, Callable[..., object]] = {}
        for number, row in enumerate(source.data):
            operation = row.operation
            where = [qubit_at[q] for q in row.qubits]
            name = self._names.get(getattr(operation, "base_class", None))
            plain = getattr(operation, "condition", None) is None
            if name is not None and plain and getattr(operation, "ctrl_state", -1) in _FULL[name]:
                maker = makers.get(name) or makers.setdefault(name, getattr(into, name))
                maker(*map(self._angles.read, operation.params), *where)
                continue
            here = f"{place}{number}"
            targets = [bit_at[b] for b in row.clbits]
            try:
                self._special(operation, where, targets, bit_at, into, here, depth)
            except TnsimError as error:
                if "(instruction " in str(error):
                    raise
                raise no_counterpart(operation.name, here, str(error)) from error

    def _special(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        bit_at: dict[Any, int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        """Whatever is no gate of the table."""
        condition = getattr(operation, "condition", None)
        name = operation.name
        if name in _CONTROL:
            _CONTROL[name](self, operation, qubits, bits, bit_at, into, place, depth)
        elif condition is not None:  # Qiskit 1's c_if
            bare = operation.to_mutable()
            bare.condition = None

            def alone(body: Circuit) -> None:
                self._special(bare, qubits, bits, bit_at, body, place, depth)

            self._when(condition, bit_at, into, alone, None)
        elif name == "measure":
            into.measure(qubits[0], bits[0])
        elif name == "reset":
            into.reset(qubits[0])
        elif name == "barrier":
            into.barrier(*qubits)
        elif name == "delay":
            into.u0(_duration(operation), qubits[0])
        elif name == "global_phase":
            into.gphase(self._angles.read(operation.params[0]))
        elif name == "unitary":
            into.unitary(operation.params[0], *reversed(qubits))
        elif name in {"kraus", "superop", "quantum_channel"}:
            self._channel(operation, qubits, into)
        else:
            self._defined(operation, qubits, bits, into, place, depth)

    def _defined(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        """By its definition, or where it has none by its matrix."""
        definition = getattr(operation, "definition", None)
        if definition is not None:
            self.read(definition, qubits, bits, into, f"{place}.", depth + 1)
            return
        failure = library("qiskit.exceptions").QiskitError
        try:
            matrix = library("qiskit.quantum_info").Operator(operation).data
        except (failure, TypeError, AttributeError) as error:
            raise no_counterpart(
                operation.name, place, "tnsim has no such instruction, and it has no definition"
            ) from error
        into.unitary(matrix, *reversed(qubits))

    def _channel(self, operation: Any, qubits: list[int], into: Circuit) -> None:
        from .aer_errors import from_aer_error, from_superop

        error = getattr(operation, "_quantum_error", None)
        if error is not None:
            into.channel(from_aer_error(error), *qubits)
            return
        info = library("qiskit.quantum_info")
        given = operation.params
        read = info.Kraus(list(given)) if operation.name == "kraus" else info.SuperOp(given[0])
        into.channel(from_superop(info.SuperOp(read).data), *qubits)

    def _when(
        self,
        condition: Any,
        bit_at: dict[Any, int],
        into: Circuit,
        read: Callable[[Circuit], None],
        otherwise: Callable[[Circuit], None] | None,
    ) -> None:
        """Append what `read` appends, where the condition holds, else what `otherwise` does."""
        found = read_condition(condition, bit_at.__getitem__)
        if found is None:
            raise CircuitError(
                f"a condition must compare bits or registers with numbers (got {condition})"
            )
        self._under(found, into, read)
        if otherwise is not None:
            for part in complement(found):
                self._under(part, into, otherwise)

    def _under(self, condition: Condition, into: Circuit, read: Callable[[Circuit], None]) -> None:
        """One condition within those around it, which may speak of the same bits."""
        before = self._given
        pairs = dict(zip(*condition, strict=True))
        if any(before.get(bit, value) != value for bit, value in pairs.items()):
            return
        fresh = {bit: value for bit, value in pairs.items() if bit not in before}
        self._given = before | fresh
        try:
            body = Circuit(into.num_qubits) if fresh else into
            read(body)
            if fresh:
                into.when(list(fresh), list(fresh.values()), body)
        finally:
            self._given = before

    def _block(
        self, block: Any, qubits: list[int], bits: list[int], place: str, depth: int
    ) -> Callable[[Circuit], None]:
        def read(body: Circuit) -> None:
            self.read(block, qubits, bits, body, f"{place}.", depth + 1)

        return read

    def _if_else(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        bit_at: dict[Any, int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        blocks = [self._block(b, qubits, bits, place, depth) for b in operation.blocks]
        other = blocks[1] if len(blocks) > 1 else None
        self._when(operation.condition, bit_at, into, blocks[0], other)

    def _switch(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        bit_at: dict[Any, int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        seen: list[int] = []
        default = library("qiskit.circuit").CASE_DEFAULT
        target = getattr(operation.target, "var", operation.target)
        width = len(target) if hasattr(target, "__len__") else 1
        for values, block in operation.cases_specifier():
            read = self._block(block, qubits, bits, place, depth)
            if default in values:
                chosen = [value for value in range(1 << width) if value not in seen]
            else:
                chosen = [int(value) for value in values if int(value) not in seen]
            seen += chosen
            for value in chosen:
                self._when((target, value), bit_at, into, read, None)

    def _for_loop(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        bit_at: dict[Any, int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        del bit_at
        indices, variable, block = operation.params
        for index in indices:
            body = block if variable is None else block.assign_parameters({variable: index})
            self.read(body, qubits, bits, into, f"{place}.", depth + 1)

    def _box(
        self,
        operation: Any,
        qubits: list[int],
        bits: list[int],
        bit_at: dict[Any, int],
        into: Circuit,
        place: str,
        depth: int,
    ) -> None:
        del bit_at
        self.read(operation.blocks[0], qubits, bits, into, f"{place}.", depth + 1)


_CONTROL: dict[str, Callable[..., None]] = {
    "if_else": _Reader._if_else,
    "switch_case": _Reader._switch,
    "for_loop": _Reader._for_loop,
    "box": _Reader._box,
}


class _ControlStates(dict[str, tuple[int, ...]]):
    """By gate the control states (-1: none) at which it is ours: all controls 1."""

    def __missing__(self, name: str) -> tuple[int, ...]:
        gate = gate_classes()[name]
        count = {"cu": 4, "cu3": 3, "cp": 1, "cu1": 1, "crx": 1, "cry": 1, "crz": 1}.get(name, 0)
        state = getattr(gate(*[0.0] * count), "ctrl_state", -1) if name[0] == "c" else -1
        self[name] = (state,)
        return self[name]


_FULL = _ControlStates()


def _duration(operation: Any) -> float:
    factors = {"dt": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}
    if operation.unit not in factors or not isinstance(operation.duration, int | float):
        raise CircuitError(
            f"a delay must have a number as its duration (got {operation.duration!r:.60} "
            f"{operation.unit})"
        )
    return float(operation.duration) * factors[operation.unit]
