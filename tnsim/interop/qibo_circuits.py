"""Circuits of qibo as ours, and back."""

from __future__ import annotations

import cmath
import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError, TnsimError
from tnsim.circuit import Circuit, Instruction
from tnsim.circuit.operations import OPCODES, STANDARD
from tnsim.noise import Channel, from_superoperator, thermal_relaxation

from .packages import library
from .refusals import no_counterpart, refuse_readout, unbound
from .rows import channel_of, split_rows

__all__ = ["from_qibo", "to_qibo"]

# By qibo's class our name, where angles and their order are the same.
_NAMES = {
    **{name.upper(): name for name in "h x y z s t sdg tdg sx sxdg rx ry rz u1".split()},
    **{name.upper(): name for name in "cy cz csx csxdg crx cry crz cu1 swap".split()},
    **{name.upper(): name for name in "rxx ryy rzz ecr ccz".split()},
    "I": "id",
    "CNOT": "cx",
    "iSWAP": "iswap",
    "fSim": "fsim",
    "TOFFOLI": "ccx",
}
_OURS = {ours: theirs for theirs, ours in _NAMES.items()}
# u of qibo has determinant 1: it lacks the factor exp(i (phi + lambda) / 2).
_EULER = {"U3": "u", "U2": "u2"}
_SKIPPED = frozenset({"Align"})


def from_qibo(circuit: Any) -> Circuit:
    """The circuit of a qibo `Circuit`, with its channels; the same with its global phase.

    Qubit k stays qubit k. Gates that both libraries have stay gates; others, controlled ones and
    `Unitary` become given matrices. Channels are taken as qibo's density-matrix simulation applies
    them. Measurements write the next classical bit. `Align`, which does nothing, is left out.

    Raises `CircuitError` naming the gate for callbacks and noisy measurements.

    >>> import qibo  # doctest: +SKIP
    >>> qc = qibo.Circuit(2)  # doctest: +SKIP
    >>> qc.add([qibo.gates.H(0), qibo.gates.CNOT(0, 1)])  # doctest: +SKIP
    >>> [str(i) for i in from_qibo(qc)]  # doctest: +SKIP
    ['h 0', 'cx 0 1']
    """
    kind = library("qibo").Circuit
    if not isinstance(circuit, kind):
        raise CircuitError(f"`circuit` must be a Circuit of qibo (got {type(circuit).__name__})")
    result = Circuit(int(circuit.nqubits))
    bits = 0
    for place, gate in enumerate(circuit.queue):
        name = type(gate).__name__
        try:
            if name == "M":
                bits = _measure(result, gate, bits)
            elif name not in _SKIPPED:
                _read(result, gate, name)
        except TnsimError as error:
            raise no_counterpart(name, place, str(error)) from error
    return result


def to_qibo(circuit: Circuit) -> Any:
    """The circuit as a qibo `Circuit`, for density matrices where it has channels or resets.

    The same unitary with its global phase, which becomes a last gate on qubit 0. Gates that qibo
    lacks become `Unitary`, channels `KrausChannel`, resets `ResetChannel` with certainty.
    Barriers are left out, since they change no state. Results come in the order of the
    measurements.

    Raises `CircuitError` for free parameters, conditions and readout errors.

    >>> to_qibo(Circuit(2).h(0).cx(0, 1)).ngates  # doctest: +SKIP
    2
    """
    if not isinstance(circuit, Circuit):
        raise CircuitError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    refuse_readout(circuit, "qibo")
    qibo = library("qibo")
    kinds = {o.kind for o in circuit.operations if o.name in circuit.counts()}
    result = qibo.Circuit(circuit.num_qubits, density_matrix=bool(kinds & {"channel", "reset"}))
    for place, row, condition in split_rows(circuit):
        if condition is not None:
            raise no_counterpart(str(row), place, "qibo has no conditions on results")
        if row.operation.kind != "barrier":
            result.add(_written(qibo.gates, row, place))
    phase = circuit.global_phase
    if phase.names:
        raise unbound("the global phase", "at the end", phase.names)
    if phase.constant:
        result.add(qibo.gates.Unitary(cmath.exp(1j * phase.constant) * np.eye(2), 0))
    return result


def _read(into: Circuit, gate: Any, name: str) -> None:
    gates = library("qibo").gates
    qubits = [int(q) for q in gate.qubits]
    angles = [] if name == "Unitary" else _angles(gate)
    if isinstance(gate, gates.Channel):
        into.channel(_channel(gate, name, qubits), *qubits)
        return
    if isinstance(gate, gates.SpecialGate):
        raise CircuitError("it is no gate on qubits")
    own = not gate.is_controlled_by
    if own and name in _NAMES and _agrees(_NAMES[name], name):
        into.append(_NAMES[name], *angles, *qubits)
    elif own and name in _EULER:
        phi, lam = angles[-2:]
        into.append(_EULER[name], *angles, *qubits).gphase(-(phi + lam) / 2)
    else:
        into.unitary(_matrix(gate, len(qubits)), *qubits)


def _angles(gate: Any) -> list[float]:
    try:
        found = [float(value) for value in gate.parameters]
    except (TypeError, ValueError):
        return []  # No angles but arrays, as of a channel.
    return found if all(map(math.isfinite, found)) else []


def _matrix(gate: Any, size: int) -> NDArray[Any]:
    """On controls, then targets; qibo gives the matrix of some controlled gates without them."""
    matrix = np.asarray(gate.matrix(_backend()))
    full = np.eye(1 << size, dtype=complex)
    full[-len(matrix) :, -len(matrix) :] = matrix
    return full


def _channel(gate: Any, name: str, qubits: list[int]) -> Channel:
    if name == "ThermalRelaxationChannel":
        # For T2 > T1 qibo keeps no Kraus operators in `gates`.
        t1, t2, time = gate.init_args[1:4]
        return thermal_relaxation(t1, t2, time, gate.init_kwargs["excited_population"])
    return from_superoperator(_superoperator(gate, qubits))


def _superoperator(channel: Any, qubits: list[int]) -> NDArray[Any]:
    """(1 - sum c) + sum c G (x) G^* of its gates G and coefficients c."""
    if len(qubits) > 4:
        raise CircuitError(f"a channel must be on at most 4 qubits (got {len(qubits)})")
    n = len(qubits)
    total = (1.0 - float(channel.coefficient_sum)) * np.eye(4**n, dtype=complex)
    for weight, gate in zip(channel.coefficients, channel.gates, strict=True):
        matrix = np.asarray(gate.matrix(_backend()))
        full = _widened(matrix, [qubits.index(int(q)) for q in gate.target_qubits], n)
        total += float(weight) * np.kron(full, full.conj())
    return total


def _widened(matrix: NDArray[Any], slots: list[int], n: int) -> NDArray[Any]:
    """The matrix on some of n slots in some order, the identity on the others."""
    rest = [slot for slot in range(n) if slot not in slots]
    wide = np.kron(matrix, np.eye(1 << len(rest))).reshape((2,) * (2 * n))
    place = np.argsort([*slots, *rest])
    full: NDArray[Any] = wide.transpose([*place, *(n + place)]).reshape(1 << n, 1 << n)
    return full


@cache
def _backend() -> Any:
    """qibo's NumPy backend, whichever is set."""
    return library("qibo.backends").NumpyBackend()


def _measure(into: Circuit, gate: Any, bits: int) -> int:
    given = gate.init_kwargs
    if any(given.get(name) for name in ("p0", "p1")):
        raise CircuitError("results with errors belong to a noise model: NoiseModel.readout")
    # The rotation into another basis stands before it in the queue.
    qubits = [int(q) for q in gate.qubits]
    into.measure(qubits, list(range(bits, bits + len(qubits))))
    return bits + len(qubits)


def _written(gates: Any, row: Instruction, place: int) -> Any:
    operation = row.operation
    if operation.kind == "measure":
        return gates.M(*row.qubits)
    if operation.kind == "reset":
        return gates.ResetChannel(row.qubits[0], [1.0, 0.0])
    if operation.kind == "channel":
        return gates.KrausChannel(row.qubits, list(channel_of(row, place).kraus()))
    angles = []
    for angle in row.angles:
        if not isinstance(angle, float):
            raise unbound(row.name, place, angle.names)
        angles.append(angle)
    theirs = _OURS.get(row.name)
    if theirs is not None and _agrees(row.name, theirs):
        return getattr(gates, theirs)(*row.qubits, *angles)
    return gates.Unitary(operation.unitary_at(angles), *row.qubits)


@cache
def _agrees(name: str, theirs: str) -> bool:
    """Whether qibo's gate is the same matrix at some angles; else it goes over as one."""
    gates = library("qibo").gates
    operation = STANDARD[OPCODES[name]]
    if not hasattr(gates, theirs):
        return False
    angles = [0.3 + 0.4 * k for k in range(operation.num_params)]
    gate = getattr(gates, theirs)(*range(operation.num_qubits), *angles)
    matrix = np.asarray(gate.matrix(_backend()))
    wanted = operation.unitary_at(angles)
    return matrix.shape == wanted.shape and bool(np.allclose(matrix, wanted, atol=1e-12))
