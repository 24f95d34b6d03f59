"""Channels given as numbers: Kraus operators, or a transfer matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw
from .checks import clean_transfer, read_matrix
from .coefficients import Argument
from .conversions import kraus_to_transfer
from .json_objects import check_fields, read_array, write_array
from .strengths import Bound
from .terms import Terms

__all__ = ["KrausLaw", "TransferLaw"]


@dataclass(frozen=True, eq=False)
class KrausLaw(ChannelLaw):
    """rho -> sum_k K_k rho K_k^dagger with fixed operators, shape (m, 2^n, 2^n)."""

    operators: NDArray[Any]
    kind: ClassVar[str] = "kraus"

    @classmethod
    def of(cls, operators: Sequence[ArrayLike]) -> KrausLaw:
        """The law of the given operators, checked to make a channel."""
        if not len(operators):
            raise NoiseError("kraus must have at least one operator (got none)")
        read = [read_matrix(k, f"Kraus operator {i}", base=2) for i, k in enumerate(operators)]
        for i, matrix in enumerate(read):
            if matrix.shape != read[0].shape:
                raise NoiseError(
                    f"all Kraus operators must have one shape, but operator {i} has "
                    f"{matrix.shape} and operator 0 has {read[0].shape}"
                )
        stacked = np.stack(read)
        stacked.setflags(write=False)
        law = cls(stacked)
        _ = law.matrix  # checks
        return law

    @property
    def num_qubits(self) -> int:
        return int(self.operators.shape[1]).bit_length() - 1

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ()

    def bounds(self) -> list[Bound]:
        return []

    def transfer(self, arguments: Sequence[Argument]) -> Terms:  # noqa: ARG002
        return Terms.fixed(self.matrix)

    def fields(self) -> dict[str, Any]:
        return {"operators": write_array(self.operators)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> KrausLaw:
        data = check_fields(fields, cls.kind, ["operators"])["operators"]
        array = read_array(data, "`operators`")
        if array.ndim != 3:
            raise NoiseError(f"`operators` must have shape (m, 2^n, 2^n) (got {array.shape})")
        return cls.of(list(array))

    def call(self, strengths: Sequence[str]) -> str:  # noqa: ARG002
        return f"<kraus: {len(self.operators)} operators on {self.num_qubits} qubits>"

    @cached_property
    def matrix(self) -> NDArray[Any]:
        """The transfer matrix, checked."""
        return clean_transfer(kraus_to_transfer(self.operators), "kraus")


@dataclass(frozen=True, eq=False)
class TransferLaw(ChannelLaw):
    """A fixed transfer matrix (4^n, 4^n)."""

    matrix: NDArray[Any]
    kind: ClassVar[str] = "from_transfer_matrix"

    @classmethod
    def of(cls, matrix: ArrayLike) -> TransferLaw:
        """The law of the given matrix, checked to be real and that of a channel."""
        read = read_matrix(matrix, "a transfer matrix", base=4)
        excess = float(np.abs(read.imag).max())
        if excess > 0.0:
            raise NoiseError(
                f"a transfer matrix must be real, but it has imaginary parts up to {excess:.3g}"
            )
        cleaned = clean_transfer(read.real, "a transfer matrix")
        cleaned.setflags(write=False)
        return cls(cleaned)

    @property
    def num_qubits(self) -> int:
        return (len(self.matrix).bit_length() - 1) // 2

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ()

    def bounds(self) -> list[Bound]:
        return []

    def transfer(self, arguments: Sequence[Argument]) -> Terms:  # noqa: ARG002
        return Terms.fixed(self.matrix)

    def fields(self) -> dict[str, Any]:
        return {"matrix": write_array(self.matrix)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> TransferLaw:
        data = check_fields(fields, cls.kind, ["matrix"])["matrix"]
        return cls.of(read_array(data, "`matrix`"))

    def call(self, strengths: Sequence[str]) -> str:  # noqa: ARG002
        return f"<transfer matrix on {self.num_qubits} qubits>"
