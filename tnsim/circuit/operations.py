"""What a row of a circuit does: one `Operation` per kind of gate, matrix, channel or marker."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.forms import Form, fixed_form

from .classical import (
    conditioned_superoperator,
    conditioned_transfer,
    measured_superoperator,
    measured_transfer,
)

if TYPE_CHECKING:
    from tnsim.noise import Channel

    from .gates import GateKind

__all__ = [
    "OPCODES",
    "STANDARD",
    "UNREAD",
    "Kind",
    "Operation",
    "channel_operation",
    "conditioned_operation",
    "matrix_operation",
]

Kind = Literal["unitary", "channel", "reset", "measure", "unread", "barrier", "conditioned"]

_UNITARITY = 1e-8
_NOISE = 1e-15


@dataclass(frozen=True, eq=False)
class Operation:
    """One kind of instruction: a named gate, a given matrix, a channel, or a marker.

    `key` says what it does: operations of equal keys are the same. Parameters of a channel are
    its symbolic strengths, in the order of `channel.strengths_symbolic`.

    The last `num_bits` of the `num_qubits` places are classical bits: the one that a measurement
    writes, or those that must equal `values` for `inner` to happen, of kind "conditioned".
    """

    name: str
    num_qubits: int
    num_params: int
    kind: Kind
    key: str
    gate: GateKind | None = None
    matrix: NDArray[Any] | None = None
    channel: Channel | None = None
    inner: Operation | None = None
    values: tuple[int, ...] = ()

    @property
    def num_bits(self) -> int:
        """How many of the places, the last ones, are classical bits."""
        return len(self.values) if self.inner is not None else int(self.key == "measure")

    @property
    def is_diagonal(self) -> bool:
        """Whether the unitary is diagonal at all angles."""
        if self.gate is not None:
            return self.gate.is_diagonal
        return self.matrix is not None and not np.any(self.matrix - np.diag(np.diag(self.matrix)))

    @cached_property
    def unitary_form(self) -> Form | None:
        """U(p), 2^n x 2^n complex; None for what is not a unitary."""
        from .fourier import fourier_form

        if self.gate is not None:
            return fourier_form(self.gate.matrix().snapped(), real=False)
        return None if self.matrix is None else fixed_form(self.matrix)

    @cached_property
    def superoperator_form(self) -> Form:
        """S(p) on row-major vec(rho), 4^n x 4^n complex."""
        from .fourier import fourier_form

        if self.gate is not None:
            return fourier_form(self.gate.matrix().superoperator().snapped(), real=False)
        if self.matrix is not None:
            return fixed_form(np.kron(self.matrix, self.matrix.conj()))
        if self.channel is not None:
            return self.channel.superoperator_form
        if self.inner is not None:
            return conditioned_superoperator(self.inner.superoperator_form, self.values)
        return fixed_form(self._marker(_SUPEROPERATORS))

    @cached_property
    def transfer_form(self) -> Form:
        """The Pauli-transfer matrix R(p), 4^n x 4^n real, zeros exact."""
        from .fourier import fourier_form, to_pauli_basis

        if self.gate is not None:
            return fourier_form(self.gate.matrix().transfer(), real=True)
        if self.matrix is not None:
            full = np.kron(self.matrix, self.matrix.conj())
            transfer = to_pauli_basis(full, self.num_qubits).real
            return fixed_form(_cleaned(transfer))
        if self.channel is not None:
            return self.channel.transfer_form
        if self.inner is not None:
            return conditioned_transfer(self.inner.transfer_form, self.values)
        return fixed_form(self._marker(_TRANSFERS))

    def unitary_at(self, params: Sequence[float] = ()) -> NDArray[Any]:
        """The unitary at numbers, exact where an angle is a multiple of pi/4 (to a few ulp)."""
        form = self.unitary_form
        if form is None:
            raise CircuitError(f"a {self.name} has no unitary matrix; ask for its superoperator")
        return self._at(form, params)

    def transfer_at(self, params: Sequence[float] = ()) -> NDArray[Any]:
        """The transfer matrix at numbers, with exact zeros where angles are multiples of pi/4."""
        if self.inner is not None:
            inner = fixed_form(self.inner.transfer_at(params))
            return conditioned_transfer(inner, self.values).evaluate()
        return self._at(self.transfer_form, params)

    def superoperator_at(self, params: Sequence[float] = ()) -> NDArray[Any]:
        """The superoperator at numbers, exact like `transfer_at`."""
        if self.inner is not None:
            inner = fixed_form(self.inner.superoperator_at(params))
            return conditioned_superoperator(inner, self.values).evaluate()
        return self._at(self.superoperator_form, params)

    def _at(self, form: Form, params: Sequence[float]) -> NDArray[Any]:
        if self.gate is None:
            return form.evaluate(params)
        from .fourier import exact_evaluation

        return exact_evaluation(form, params)

    def _marker(self, known: dict[str, Any]) -> NDArray[Any]:
        if self.key not in known:
            raise CircuitError(f"a {self.name} has no matrix: it does nothing; leave its rows out")
        return np.array(known[self.key])

    def __reduce__(self) -> tuple[Any, ...]:
        """Standard operations are sent to other processes by name."""
        if self.key in OPCODES:
            return _standard_operation, (self.key,)
        return super().__reduce__()  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"<{self.name} on {self.num_qubits} qubits>"


# A measurement whose outcome nobody looks at dephases; reset is rho -> |0><0| Tr rho.
_TRANSFERS = {
    "reset": [[1.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]],
    "measure": measured_transfer(),
    "unread": np.diag([1.0, 0, 0, 1]),
}
_SUPEROPERATORS = {
    "reset": [[1.0 + 0j, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    "measure": measured_superoperator(),
    "unread": np.diag([1.0 + 0j, 0, 0, 1]),
}
UNREAD = Operation("measure", 1, 0, "unread", "unread")
"""A measurement at the end of its qubit whose outcome nobody looks at."""


def barrier_operation(num_qubits: int) -> Operation:
    """A barrier across so many qubits."""
    return Operation("barrier", num_qubits, 0, "barrier", f"barrier:{num_qubits}")


def matrix_operation(matrix: object) -> Operation:
    """A given unitary, checked; `CircuitError` where it is not one."""
    try:
        array = np.array(matrix, dtype=complex)
    except (TypeError, ValueError) as error:
        raise CircuitError(f"`matrix` must be a matrix of numbers, but {error}") from error
    dim = array.shape[0] if array.ndim == 2 else 0
    size = dim.bit_length() - 1
    if array.ndim != 2 or array.shape[1] != dim or dim != 2 ** max(size, 1):
        raise CircuitError(
            f"`matrix` must be 2^n x 2^n with n >= 1, but its shape is {array.shape}"
        )
    with np.errstate(invalid="ignore", over="ignore"):  # infinite entries are refused as NaN is
        excess = float(np.abs(array.conj().T @ array - np.eye(dim)).max())
    if not excess < _UNITARITY:
        raise CircuitError(
            f"`matrix` must be unitary, but U^dagger U differs from 1 by {excess:.1e} "
            f"(allowed {_UNITARITY:.0e}); give it in double precision, or use channel()"
        )
    array = _cleaned(array)
    array.setflags(write=False)
    name = hashlib.sha256(array.tobytes()).hexdigest()
    return Operation("unitary", size, 0, "unitary", f"unitary:{name}", matrix=array)


def channel_operation(channel: Channel) -> Operation:
    """A channel of tnsim.noise as an instruction."""
    from tnsim.noise import Channel

    if not isinstance(channel, Channel):
        raise CircuitError(
            f"`channel` must be a channel of tnsim.noise (got {type(channel).__name__})"
        )
    count = len(channel.strengths_symbolic)
    key = f"channel:{channel.digest}"
    return Operation(channel.kind, channel.num_qubits, count, "channel", key, channel=channel)


def conditioned_operation(inner: Operation, values: Sequence[int]) -> Operation:
    """`inner` where classical bits, which follow its qubits, equal `values`; else nothing."""
    if inner.kind in ("measure", "unread", "barrier"):
        raise CircuitError(
            f"a {inner.name} cannot depend on classical bits; leave it outside of when()"
        )
    if inner.inner is not None:
        return conditioned_operation(inner.inner, (*inner.values, *values))
    key = f"when{''.join(map(str, values))}:{inner.key}"
    places = inner.num_qubits + len(values)
    return Operation(
        inner.name, places, inner.num_params, "conditioned", key, inner=inner, values=tuple(values)
    )


def _cleaned(matrix: NDArray[Any]) -> NDArray[Any]:
    """Real and imaginary parts below 1e-15, rounding noise of a unit-sized matrix, made zero."""
    if np.iscomplexobj(matrix):
        result: NDArray[Any] = _cleaned(matrix.real) + 1j * _cleaned(matrix.imag)
        return result
    one = np.where(np.abs(np.abs(matrix) - 1) < _NOISE, np.sign(matrix), matrix)
    return np.where(np.abs(matrix) < _NOISE, 0.0, one)


def _standard() -> tuple[Operation, ...]:
    from .gates import GATES

    gates = [
        Operation(k.name, k.num_qubits, k.num_params, "unitary", k.name, gate=k)
        for k in GATES.values()
    ]
    markers = [
        Operation("reset", 1, 0, "reset", "reset"),
        Operation("measure", 2, 0, "measure", "measure"),
    ]
    return (*gates, *markers)


def _standard_operation(key: str) -> Operation:
    return STANDARD[OPCODES[key]]


STANDARD: tuple[Operation, ...] = _standard()
"""The operations that every circuit's table begins with."""

OPCODES: dict[str, int] = {operation.name: code for code, operation in enumerate(STANDARD)}
"""The row code of each standard operation."""
