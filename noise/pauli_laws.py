"""Channels that are mixtures of Pauli strings: diagonal transfer matrices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tnsim.base.errors import NoiseError

from .channel_law import ChannelLaw, check_num_qubits
from .coefficients import Argument, Coefficient, apply, number
from .json_objects import check_fields, check_list
from .pauli_strings import LETTERS, read_label, signs_of
from .strengths import Bound, bounded
from .terms import Terms

__all__ = [
    "BitFlip",
    "BitPhaseFlip",
    "CorrelatedPauli",
    "Depolarizing",
    "PauliLindblad",
    "PauliMixture",
    "PhaseFlip",
]


@dataclass(frozen=True)
class Depolarizing(ChannelLaw):
    """R = diag(1, 1-p, ..., 1-p)."""

    qubits: int
    kind: ClassVar[str] = "depolarizing"

    def __post_init__(self) -> None:
        check_num_qubits(self.qubits)

    @property
    def num_qubits(self) -> int:
        return self.qubits

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("p",)

    def bounds(self) -> list[Bound]:
        # The identity's probability, 1 - p (4^n - 1) / 4^n, must not be negative.
        size = 4**self.qubits
        return bounded(self.strength_names, 0.0, size / (size - 1))

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        others = np.ones(4**self.qubits)
        others[0] = 0.0
        one = (number(1.0), np.ones(4**self.qubits))
        return Terms.diagonal([one, (apply("value", arguments[0]), -others)])

    def fields(self) -> dict[str, Any]:
        return {"num_qubits": self.qubits}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Depolarizing:
        return cls(check_fields(fields, "depolarizing", ["num_qubits"])["num_qubits"])

    def call(self, strengths: Sequence[str]) -> str:
        more = f", num_qubits={self.qubits}" if self.qubits > 1 else ""
        return f"depolarizing(p={strengths[0]}{more})"


@dataclass(frozen=True)
class PauliMixture(ChannelLaw):
    """rho -> (1 - sum p_k) rho + sum p_k P_k rho P_k: R = 1 + sum p_k diag(signs_k - 1)."""

    labels: tuple[str, ...]
    kind: ClassVar[str] = "pauli"

    def __post_init__(self) -> None:
        _check_labels(self.labels, self.kind)

    @property
    def num_qubits(self) -> int:
        return len(self.labels[0])

    @property
    def strength_names(self) -> tuple[str, ...]:
        return self.labels

    def bounds(self) -> list[Bound]:
        return _probability_bounds(self.labels)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return _mixture(self.labels, arguments)

    def fields(self) -> dict[str, Any]:
        return {"labels": list(self.labels)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> PauliMixture:
        labels = check_fields(fields, cls.kind, ["labels"])["labels"]
        return cls(tuple(check_list(labels, "labels", str, least=1)))

    def call(self, strengths: Sequence[str]) -> str:
        pairs = zip(self.labels, strengths, strict=True)
        return f"pauli({{{', '.join(f'{label!r}: {s}' for label, s in pairs)}}})"


@dataclass(frozen=True)
class _Flip(ChannelLaw):
    """One Pauli operator with probability p: R = 1 + p diag(signs - 1)."""

    letter: ClassVar[str]

    @property
    def num_qubits(self) -> int:
        return 1

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("p",)

    def bounds(self) -> list[Bound]:
        return bounded(self.strength_names, 0.0, 1.0)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        return _mixture([self.letter], arguments)


class BitFlip(_Flip):
    """X with probability p."""

    kind, letter = "bit_flip", "X"


class BitPhaseFlip(_Flip):
    """Y with probability p."""

    kind, letter = "bit_phase_flip", "Y"


class PhaseFlip(_Flip):
    """Z with probability p."""

    kind, letter = "phase_flip", "Z"


@dataclass(frozen=True)
class CorrelatedPauli(ChannelLaw):
    """Two-qubit Pauli noise whose second error repeats the first with probability `correlation`.

    p_ij = (1 - c) p_i p_j + c p_i delta_ij, so R = (1 - c) D (x) D + c diag(sum_i p_i signs_ii)
    with D the one-qubit Pauli channel.
    """

    kind: ClassVar[str] = "correlated_pauli"

    @property
    def num_qubits(self) -> int:
        return 2

    @property
    def strength_names(self) -> tuple[str, ...]:
        return ("px", "py", "pz", "correlation")

    def bounds(self) -> list[Bound]:
        correlation = Bound("correlation", ((3, 1.0),), 0.0, 1.0)
        return [*_probability_bounds(("px", "py", "pz")), correlation]

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        single = _mixture(["X", "Y", "Z"], arguments[:3])
        equal = _mixture(["XX", "YY", "ZZ"], arguments[:3])
        alone = single.kron(single)
        c = apply("value", arguments[3])
        return alone + alone * (c * -1.0) + equal * c


@dataclass(frozen=True)
class PauliLindblad(ChannelLaw):
    """exp of sum_k rate_k (P_k rho P_k - rho).

    R_jj = exp(-2 s_j), s_j the sum of the rates of the P_k that anticommute with P_j.
    """

    labels: tuple[str, ...]
    kind: ClassVar[str] = "pauli_lindblad"

    def __post_init__(self) -> None:
        _check_labels(self.labels, self.kind)

    @property
    def num_qubits(self) -> int:
        return len(self.labels[0])

    @property
    def strength_names(self) -> tuple[str, ...]:
        return self.labels

    def bounds(self) -> list[Bound]:
        return bounded(self.labels, 0.0, math.inf)

    def transfer(self, arguments: Sequence[Argument]) -> Terms:
        signs = np.array([signs_of(label) for label in self.labels])
        factors = [apply("contrast", argument) for argument in arguments]
        # Strings j with the same set of anticommuting generators share one coefficient.
        patterns, which = np.unique(signs.T < 0, axis=0, return_inverse=True)
        pairs: list[tuple[Coefficient, Any]] = []
        for k, pattern in enumerate(patterns):
            coefficient = number(1.0)
            for index in np.flatnonzero(pattern):
                coefficient = coefficient * factors[index]
            pairs.append((coefficient, (which.ravel() == k).astype(float)))
        return Terms.diagonal(pairs)

    def fields(self) -> dict[str, Any]:
        return {"labels": list(self.labels)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> PauliLindblad:
        labels = check_fields(fields, cls.kind, ["labels"])["labels"]
        return cls(tuple(check_list(labels, "labels", str, least=1)))

    def call(self, strengths: Sequence[str]) -> str:
        pairs = zip(self.labels, strengths, strict=True)
        return f"pauli_lindblad({{{', '.join(f'{label!r}: {s}' for label, s in pairs)}}})"


def _mixture(labels: Sequence[str], arguments: Sequence[Argument]) -> Terms:
    pairs = [(number(1.0), np.ones(4 ** len(labels[0])))]
    for label, argument in zip(labels, arguments, strict=True):
        pairs.append((apply("value", argument), signs_of(label) - 1.0))
    return Terms.diagonal(pairs)


def _probability_bounds(names: Sequence[str]) -> list[Bound]:
    label = " + ".join(names) if len(names) < 5 else f"{names[0]} + ... + {names[-1]}"
    total = Bound(label, tuple((i, 1.0) for i in range(len(names))), -math.inf, 1.0)
    return [*bounded(names, 0.0, 1.0), *([total] if len(names) > 1 else [])]


def _check_labels(labels: Sequence[str], kind: str) -> None:
    if not labels:
        raise NoiseError(f"{kind} must have at least one Pauli string (got none)")
    first = read_label(labels[0])
    for label in labels:
        read_label(label, len(first))
    if len(set(labels)) != len(labels):
        raise NoiseError(f"{kind} must name each Pauli string once (got {', '.join(labels)})")
    if LETTERS[0] * len(first) in labels:
        raise NoiseError(f"{kind} must not name the identity; it gets what the others leave")
