"""One run of a question at one accuracy: the state moved forwards, or the observable back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import complex_dtype, real_dtype
from tnsim.circuit import Circuit
from tnsim.engines.evolution.rows import Picture
from tnsim.queries import Expectation, LeafQuery, Samples

from .answers import Reader, read_qubits
from .decompositions import Truncation
from .evolve import Record, evolved, zero_state
from .line import Line
from .nearby import losses_near
from .observables import confusions_of, letter_table, pauli_terms
from .operator_lines import observable_line, value_at_zero
from .overlaps import log_trace
from .parts import Part
from .preserving import letters_kept

_BESIDE_KEPT = 0.1
# The share of the discarded weight that matters near a query where cuts keep what is local.

__all__ = ["BackwardRun", "ForwardRun", "Outcome", "Run"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """One run's answers, each with the logarithm of the share that truncation kept.

    `near` holds for each the weight discarded near its qubits, as -ln of what is kept, and how
    far the trace strayed there. Errors go with the square root of the discarded weight to the
    `power`. `sample` draws bits from the state that is still held.
    """

    answers: Mapping[LeafQuery, NDArray[Any]]
    log_kept: Mapping[LeafQuery, float]
    records: Mapping[LeafQuery, Record]
    bond: int
    near: Mapping[LeafQuery, tuple[float, float]]
    reader: Reader | None = None
    line: Line | None = None
    power: float = 1.0

    def sample(self, leaf: Samples) -> NDArray[Any]:
        """Bits of the state."""
        assert self.reader is not None and self.line is not None, "only states are sampled"
        return self.reader.samples(leaf, self.line)


@dataclass(frozen=True, eq=False)
class Run(ABC):
    """What is run at growing accuracy; `room` bytes are for what reads the answers."""

    circuit: Circuit
    leaves: tuple[LeafQuery, ...]
    dtype: str
    room: int

    @property
    @abstractmethod
    def basis(self) -> Picture:
        """The legs."""

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """The lines that are moved one after another."""

    @property
    @abstractmethod
    def lines(self) -> int:
        """How many lines are alive at once."""

    @abstractmethod
    def at(
        self,
        values: Mapping[str, float],
        truncation: Truncation,
        leaves: Sequence[LeafQuery],
        deadline: float | None,
    ) -> Outcome:
        """The answers to some of the leaves at an accuracy; raises `OutOfTimeError`."""

    @property
    def number(self) -> int:
        """Bytes of a number of the tensors."""
        return np.dtype(self.array_dtype).itemsize

    @property
    def array_dtype(self) -> str:
        """The tensors' type."""
        return complex_dtype(self.dtype) if self.basis == "ket" else real_dtype(self.dtype)

    @property
    def steps(self) -> int:
        """Instructions in all parts."""
        return sum(part.layout.steps for part in self.parts)

    @property
    def exact_bond(self) -> int:
        """The bond from which on nothing is truncated."""
        return max(part.layout.exact_bond for part in self.parts)

    def largest_bond(self, room: float) -> int:
        """The largest bond that fits; 0 if none does."""
        found = [part.largest_bond(room, self.number, self.lines) for part in self.parts]
        tight = [
            bond
            for bond, part in zip(found, self.parts, strict=True)
            if bond < part.layout.exact_bond
        ]
        return min(tight, default=max(found))

    def bytes_at(self, bond: int) -> float:
        """Bytes of the arrays at a bond."""
        return max(part.bytes_at(bond, self.number, self.lines) for part in self.parts)

    def flops(self, bond: int) -> float:
        """Real operations of the updates."""
        return sum(part.layout.flops(bond, self.number) for part in self.parts)

    def seconds(self, bond: int) -> float:
        """Wall seconds of the updates."""
        return sum(part.layout.seconds(bond, self.number) for part in self.parts)


@dataclass(frozen=True, eq=False)
class ForwardRun(Run):
    """The state of one part, from which all queries are read."""

    part: Part
    others: Mapping[LeafQuery, Part]

    @property
    def basis(self) -> Picture:
        return self.part.basis

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.part, *self.others.values())

    @property
    def lines(self) -> int:
        # A state that samples are drawn from is kept while the next one is made.
        kept = any(isinstance(leaf, Samples) for leaf in self.leaves)
        return 1 + len(self.others) + kept

    def at(
        self,
        values: Mapping[str, float],
        truncation: Truncation,
        leaves: Sequence[LeafQuery],
        deadline: float | None,
    ) -> Outcome:
        part = self.part
        others: dict[LeafQuery, Line] = {}
        lost_by_other: dict[LeafQuery, float] = {}
        for leaf in leaves:
            if leaf not in self.others:
                continue
            other = self.others[leaf]
            ket = zero_state(len(other.qubits), 2, complex_dtype(self.dtype))
            evolved(ket, other.rows, values, truncation, deadline=deadline)
            others[leaf], lost_by_other[leaf] = ket, ket.log_kept
        line = zero_state(len(part.qubits), part.dimension, self.array_dtype)
        if part.basis == "pauli":
            line.keep_traces()
        record = evolved(line, part.rows, values, truncation, deadline=deadline)
        confusions = confusions_of(part.circuit, values)
        reader = Reader(part.circuit, part.frame, confusions, values, self.room, others)
        answers = reader.answers([leaf for leaf in leaves if not isinstance(leaf, Samples)], line)
        kept = {leaf: line.log_kept + lost_by_other.get(leaf, 0.0) for leaf in leaves}
        noisy = part.basis == "pauli"
        drift, weight = (_drift(line), _BESIDE_KEPT) if noisy else (0.0, 1.0)
        near = {}
        for leaf in leaves:
            lost, share = losses_near(
                leaf, read_qubits(leaf, part.circuit), line, part.frame, part.reach
            )
            near[leaf] = weight * lost - lost_by_other.get(leaf, 0.0), drift * share
        sampled = any(isinstance(leaf, Samples) for leaf in leaves)
        return Outcome(
            answers,
            kept,
            dict.fromkeys(leaves, record),
            max(line.bonds, default=1),
            near,
            reader if sampled else None,
            line if sampled else None,
            1.5 if noisy and letters_kept(truncation.max_bond) > 1 else 1.0,
        )


def _drift(line: Line) -> float:
    """|ln Tr rho| with the norm that was divided out put back: 0 but for truncation."""
    return abs(log_trace(line) - 0.5 * math.log(2.0) * len(line) + line.log_norm)


@dataclass(frozen=True, eq=False)
class BackwardRun(Run):
    """One observable a query, each moved back over its own light cone."""

    by_leaf: Mapping[LeafQuery, Part]

    @property
    def basis(self) -> Picture:
        return "pauli"

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self.by_leaf.values())

    @property
    def lines(self) -> int:
        return 1

    def at(
        self,
        values: Mapping[str, float],
        truncation: Truncation,
        leaves: Sequence[LeafQuery],
        deadline: float | None,
    ) -> Outcome:
        answers: dict[LeafQuery, NDArray[Any]] = {}
        kept: dict[LeafQuery, float] = {}
        records: dict[LeafQuery, Record] = {}
        bond = 1
        for leaf in leaves:
            part = self.by_leaf[leaf]
            assert isinstance(leaf, Expectation), "only expectations are moved back"
            confusions = confusions_of(part.circuit, values)
            table = letter_table(part.frame, confusions)
            weighted = pauli_terms(leaf.observable, part.frame, confusions, table)
            if not len(leaf.observable):
                answers[leaf], kept[leaf], records[leaf] = np.zeros(()), 0.0, Record()
                continue
            real = not np.any(weighted.coefficients.imag)
            dtype = real_dtype(self.dtype) if real else complex_dtype(self.dtype)
            line = observable_line(weighted, len(part.qubits), dtype)
            records[leaf] = evolved(
                line, part.rows, values, truncation, backwards=True, deadline=deadline
            )
            value = value_at_zero(line)
            answers[leaf] = np.asarray(value.real if real else value)
            kept[leaf] = line.log_kept
            bond = max(bond, max(line.bonds, default=1))
        near = {leaf: (-kept[leaf], 0.0) for leaf in leaves}
        return Outcome(answers, kept, records, bond, near)
