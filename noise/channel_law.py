"""What a kind of channel is: its strengths, their bounds, and its transfer matrix as terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from tnsim.base.errors import NoiseError

from .coefficients import Argument
from .json_objects import check_fields
from .pauli_strings import MOST_QUBITS
from .strengths import Bound
from .terms import Terms

__all__ = ["ChannelLaw", "check_num_qubits"]


class ChannelLaw(ABC):
    """A kind of channel with everything fixed but its strengths.

    A law is frozen data. `transfer` is linear algebra on constants: given for each strength a
    number or a slot, it returns the Pauli-transfer matrix, whose first row is exactly
    (1, 0, ..., 0): every law preserves the trace by construction.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def num_qubits(self) -> int:
        """How many qubits the channel acts on."""

    @property
    @abstractmethod
    def strength_names(self) -> tuple[str, ...]:
        """The strengths' names, in order."""

    @abstractmethod
    def bounds(self) -> list[Bound]:
        """The inequalities under which the channel is completely positive."""

    @abstractmethod
    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        """The transfer matrix as terms, (4^n, 4^n)."""

    def fields(self) -> dict[str, Any]:
        """What JSON must say beside kind and strengths; here nothing."""
        return {}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `fields`, checked."""
        check_fields(fields, cls.kind, [])
        return cls()

    def to_dict(self) -> dict[str, Any]:
        """JSON data: {"name": kind, ...} with `fields`."""
        return {"name": self.kind, **self.fields()}

    def call(self, strengths: Sequence[str]) -> str:
        """Python that makes the channel, given its strengths as text."""
        named = [f"{n}={s}" for n, s in zip(self.strength_names, strengths, strict=True)]
        return f"{self.kind}({', '.join(named)})"


def check_num_qubits(num_qubits: object) -> int:
    """`num_qubits` where a channel may have as many; else `NoiseError`."""
    if isinstance(num_qubits, bool) or not isinstance(num_qubits, int):
        raise NoiseError(f"`num_qubits` must be an int (got {num_qubits!r})")
    if not 1 <= num_qubits <= MOST_QUBITS:
        raise NoiseError(f"`num_qubits` must be from 1 to {MOST_QUBITS} (got {num_qubits})")
    return num_qubits
