"""Channels made of channels: one after another, or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw
from .coefficients import Argument
from .pauli_strings import MOST_QUBITS
from .strengths import Bound
from .terms import Terms

__all__ = ["CompositeLaw", "Composition", "TensorProduct"]


@dataclass(frozen=True, eq=False)
class CompositeLaw(ChannelLaw):
    """A channel of several; the parts' strengths one after another, named "part.name".

    `laws.law_from_dict` reads it, since a part may be any law.
    """

    parts: tuple[ChannelLaw, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise NoiseError(f"a {self.kind} must have at least one part (got none)")

    @property
    def strength_names(self) -> tuple[str, ...]:
        return tuple(f"{i}.{n}" for i, part in enumerate(self.parts) for n in part.strength_names)

    def bounds(self) -> list[Bound]:
        found: list[Bound] = []
        start = 0
        for part in self.parts:
            found += [bound.moved(start) for bound in part.bounds()]
            start += len(part.strength_names)
        return found

    def split(self, items: Sequence[Any]) -> list[Sequence[Any]]:
        """What belongs to each part, of items given for all strengths."""
        found = []
        start = 0
        for part in self.parts:
            stop = start + len(part.strength_names)
            found.append(items[start:stop])
            start = stop
        return found

    def fields(self) -> dict[str, Any]:
        return {"parts": [part.to_dict() for part in self.parts]}

    def _transfers(self, arguments: Sequence[Argument]) -> list[Terms]:
        pairs = zip(self.parts, self.split(arguments), strict=True)
        return [part.transfer(inner) for part, inner in pairs]

    def _calls(self, strengths: Sequence[str]) -> list[str]:
        pairs = zip(self.parts, self.split(strengths), strict=True)
        return [part.call(inner) for part, inner in pairs]


@dataclass(frozen=True, eq=False)
class Composition(CompositeLaw):
    """parts[0] after parts[1] after ...: R = R_0 R_1 ..."""

    kind: ClassVar[str] = "composition"

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = [part.num_qubits for part in self.parts]
        if len(set(sizes)) > 1:
            raise NoiseError(
                f"composed channels must act on equally many qubits (got {sizes}); widen one with "
                "tensor(identity(...))"
            )

    @property
    def num_qubits(self) -> int:
        return self.parts[0].num_qubits

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return reduce(Terms.__matmul__, self._transfers(arguments))

    def call(self, strengths: Sequence[str]) -> str:
        return " @ ".join(self._calls(strengths))


@dataclass(frozen=True, eq=False)
class TensorProduct(CompositeLaw):
    """parts[0] on the first qubits, parts[1] on the next, ...: R = R_0 (x) R_1 (x) ..."""

    kind: ClassVar[str] = "tensor_product"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_qubits > MOST_QUBITS:
            raise NoiseError(
                f"a channel must act on at most {MOST_QUBITS} qubits (got {self.num_qubits})"
            )

    @property
    def num_qubits(self) -> int:
        return sum(part.num_qubits for part in self.parts)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return reduce(Terms.kron, self._transfers(arguments))

    def call(self, strengths: Sequence[str]) -> str:
        first, *others = self._calls(strengths)
        return f"({first})" + "".join(f".tensor({other})" for other in others)
