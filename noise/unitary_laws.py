"""Coherent over-rotations and mixtures of unitary maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw
from .checks import TOLERANCE, read_matrix
from .coefficients import Argument, apply, number
from .conversions import kraus_to_transfer, superoperator_to_transfer
from .json_objects import check_fields, read_array, write_array
from .pauli_strings import LETTERS, PAULIS, matrix_of, read_label
from .strengths import Bound, bounded
from .terms import Terms

__all__ = ["MixedUnitary", "OverRotation"]


@dataclass(frozen=True)
class OverRotation(ChannelLaw):
    """rho -> U rho U^dagger with U = exp(-i angle P / 2), P a Pauli string or a unit vector.

    With P^2 = 1: R = (1 + T)/2 + cos(angle) (1 - T)/2 + sin(angle) D, where T is the transfer
    matrix of rho -> P rho P and D that of rho -> -i [P, rho] / 2.
    """

    axis: str | tuple[float, float, float]
    kind: ClassVar[str] = "over_rotation"

    @classmethod
    def about(cls, axis: str | ArrayLike) -> OverRotation:
        """The law of an axis as a user gives it: "X", "ZZ" or three numbers."""
        if isinstance(axis, str):
            if not set(read_label(axis)) - {LETTERS[0]}:
                raise NoiseError(f"`axis` must not be the identity (got {axis!r})")
            return cls(axis)
        try:
            vector = np.array(axis, dtype=float)
        except (TypeError, ValueError) as error:
            raise NoiseError(_axis_message(axis)) from error
        length = math.hypot(*vector) if vector.shape == (3,) else 0.0
        if not (math.isfinite(length) and length > 0.0):
            raise NoiseError(_axis_message(axis))
        # A unit vector stays as it is: dividing again would move its last digit.
        x, y, z = (float(v) for v in (vector if abs(length - 1.0) < 1e-15 else vector / length))
        return cls((x, y, z))

    @property
    def num_qubits(self) -> int:
        return len(self.axis) if isinstance(self.axis, str) else 1

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("angle",)

    def bounds(self) -> list[Bound]:
        return bounded(self.strength_names, -math.inf, math.inf)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        if isinstance(self.axis, str):
            generator = matrix_of(self.axis) + 0j
        else:
            generator = np.tensordot(self.axis, PAULIS[1:], axes=1)
        one = np.eye(len(generator))
        twice = kraus_to_transfer(generator[None])
        turned = -0.5j * (np.kron(generator, one) - np.kron(one, generator.T))
        derivative = superoperator_to_transfer(turned).real
        whole = np.eye(len(twice))
        twice[0], derivative[0] = whole[0], 0.0
        return Terms.of(
            [
                (number(0.5), whole + twice),
                (apply("cos", arguments[0]) * 0.5, whole - twice),
                (apply("sin", arguments[0]), derivative),
            ]
        )

    def fields(self) -> dict[str, Any]:
        return {"axis": self.axis if isinstance(self.axis, str) else list(self.axis)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> OverRotation:
        return cls.about(check_fields(fields, cls.kind, ["axis"])["axis"])

    def call(self, strengths: Sequence[str]) -> str:
        return f"over_rotation({self.axis!r}, {strengths[0]})"


@dataclass(frozen=True, eq=False)
class MixedUnitary(ChannelLaw):
    """rho -> sum_k p_k U_k rho U_k^dagger; the last unitary gets what the others leave."""

    unitaries: NDArray[Any]
    kind: ClassVar[str] = "mixed_unitary"

    @classmethod
    def of(cls, unitaries: Sequence[ArrayLike]) -> MixedUnitary:
        """The law of the given matrices, checked to be unitary."""
        if not len(unitaries):
            raise NoiseError("mixed_unitary must have at least one unitary (got none)")
        read = [read_matrix(u, f"unitary {k}", base=2) for k, u in enumerate(unitaries)]
        for k, matrix in enumerate(read):
            if matrix.shape != read[0].shape:
                raise NoiseError(
                    f"all unitaries must have one shape, but unitary {k} has {matrix.shape} and "
                    f"unitary 0 has {read[0].shape}"
                )
            excess = float(np.abs(matrix @ matrix.conj().T - np.eye(len(matrix))).max())
            if excess > TOLERANCE:
                raise NoiseError(
                    f"unitary {k} must satisfy U U^dagger = 1, but misses it by {excess:.3g}; "
                    "for other operators use kraus"
                )
        stacked = np.stack(read)
        stacked.setflags(write=False)
        return cls(stacked)

    @property
    def num_qubits(self) -> int:
        return int(self.unitaries.shape[1]).bit_length() - 1

    @property
    def strength_names(self) -> tuple[str, ...]:
        return tuple(f"p{k}" for k in range(len(self.unitaries) - 1))

    def bounds(self) -> list[Bound]:
        names = self.strength_names
        total = Bound(
            f"sum of {', '.join(names)}", tuple((i, 1.0) for i in range(len(names))), 0.0, 1.0
        )
        return [*bounded(names, 0.0, 1.0), *([total] if len(names) > 1 else [])]

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        last = self._transfers[-1]
        pairs = [(number(1.0), last)]
        for argument, matrix in zip(arguments, self._transfers[:-1], strict=True):
            pairs += [(apply("value", argument), matrix), (apply("value", argument) * -1.0, last)]
        return Terms.of(pairs)

    def fields(self) -> dict[str, Any]:
        return {"unitaries": write_array(self.unitaries)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> MixedUnitary:
        data = check_fields(fields, cls.kind, ["unitaries"])["unitaries"]
        array = read_array(data, "`unitaries`")
        if array.ndim != 3:
            raise NoiseError(f"`unitaries` must have shape (m, 2^n, 2^n) (got {array.shape})")
        return cls.of(list(array))

    def call(self, strengths: Sequence[str]) -> str:
        weights = ", ".join([*strengths, "rest"])
        return f"<mixed_unitary of weights {weights} on {self.num_qubits} qubits>"

    @cached_property
    def _transfers(self) -> list[NDArray[Any]]:
        found = [kraus_to_transfer(unitary[None]) for unitary in self.unitaries]
        for matrix in found:
            matrix[0] = np.eye(1, len(matrix))[0]
        return found


def _axis_message(axis: object) -> str:
    return (
        "`axis` must be a Pauli string such as 'X' or 'ZZ', or three numbers that are not all "
        f"zero (got {axis!r})"
    )
