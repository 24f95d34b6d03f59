"""The channel: a law with its strengths, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.codec import digest
from tnsim.base.errors import NoiseError
from tnsim.base.forms import Form
from tnsim.base.parameters import Affine

from . import conversions
from .channel_law import ChannelLaw
from .checks import is_completely_positive, is_unital_transfer
from .composite_laws import CompositeLaw, Composition, TensorProduct
from .json_objects import check_document, check_fields
from .laws import law_from_dict
from .matrix_laws import TransferLaw
from .pauli_strings import label_of, matrix_of
from .rounding import ROUNDING
from .strengths import (
    bind_strengths,
    check_expressions,
    check_values,
    names_of,
    read_json,
    read_strength,
    show,
    slots_of,
    symbolic_of,
    write_json,
)
from .terms import Terms

__all__ = ["Channel"]

Matrix = NDArray[Any]
_MOST_FACTORS = 256


@dataclass(frozen=True, eq=False, repr=False)
class Channel:
    """A completely positive, trace-preserving map on `num_qubits` qubits.

    Made by the functions of `tnsim.noise`, not directly. Each strength is a number or an affine
    expression of parameters. `transfer_form` and `superoperator_form` serve both; the numeric
    forms (`kraus`, `superoperator`, `choi`, `transfer_matrix`, `chi`) want every strength bound.
    Conventions are those of `tnsim.noise.conversions`. Two channels are equal when their
    descriptions are (kind, details and strengths), so `bit_flip(0)` is not `phase_flip(0)`.

    >>> from tnsim import Parameter
    >>> from tnsim.noise import amplitude_damping, depolarizing
    >>> depolarizing(0.1).transfer_matrix().diagonal()
    array([1. , 0.9, 0.9, 0.9])
    >>> channel = amplitude_damping(Parameter("g")) @ depolarizing(0.1)
    >>> channel.parameters, channel.bind(g=0.2).is_fixed
    (('g',), True)
    """

    law: ChannelLaw
    strengths: tuple[Affine, ...]

    def __post_init__(self) -> None:
        names = self.law.strength_names
        if len(names) != len(self.strengths):
            raise NoiseError(
                f"{self.kind} takes {len(names)} strengths (got {len(self.strengths)})"
            )
        read = tuple(map(read_strength, names, self.strengths))
        object.__setattr__(self, "strengths", read)
        check_expressions(self.law.bounds(), read, self.kind)

    @property
    def kind(self) -> str:
        """The name of the function that makes such a channel."""
        return self.law.kind

    @property
    def num_qubits(self) -> int:
        """How many qubits the channel acts on."""
        return self.law.num_qubits

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that the strengths contain."""
        return names_of(self.strengths)

    @property
    def is_fixed(self) -> bool:
        """Whether all strengths are numbers."""
        return not self.parameters

    @property
    def strengths_symbolic(self) -> tuple[Affine, ...]:
        """The distinct strengths that are not numbers: the forms' parameters, in their order."""
        return symbolic_of(self.strengths)

    @property
    def trace_preserving(self) -> bool:
        """True: every channel here preserves the trace at all strengths, by construction."""
        return True

    @property
    def is_unital(self) -> bool:
        """Whether E(1) = 1 at all allowed strengths (to 1e-9)."""
        return is_unital_transfer(self.transfer_form.constants)

    @cached_property
    def transfer_form(self) -> Form:
        """R_ij = Tr[P_i E(P_j)] / 2^n, real (4^n, 4^n), with exact zeros and first row 1, 0, ...

        A function of `strengths_symbolic`; numbers are folded into its constants.
        """
        return self._terms.form(len(self.strengths_symbolic))

    @cached_property
    def superoperator_form(self) -> Form:
        """S = sum_k K_k (x) K_k^*, complex (4^n, 4^n), of the same parameters."""
        terms = self._terms.mapped(conversions.transfer_to_superoperator)
        return terms.form(len(self.strengths_symbolic))

    def transfer_matrix(self) -> Matrix:
        """The Pauli-transfer matrix R: (4^n, 4^n), real."""
        self._want_fixed("transfer_matrix")
        return np.array(self.transfer_form.constants[0])

    def superoperator(self) -> Matrix:
        """S with vec(E(rho)) = S vec(rho), vec row-major: (4^n, 4^n), complex."""
        self._want_fixed("superoperator")
        return np.array(self.superoperator_form.constants[0])

    def choi(self) -> Matrix:
        """C = sum_ij |i><j| (x) E(|i><j|): (4^n, 4^n), complex, of trace 2^n."""
        return conversions.superoperator_to_choi(self.superoperator())

    def chi(self) -> Matrix:
        """X with E(rho) = sum_mn X[m,n] P_m rho P_n: (4^n, 4^n), complex, of trace 1."""
        return conversions.choi_to_chi(self.choi())

    def kraus(self) -> Matrix:
        """Kraus operators, orthogonal to one another: (m, 2^n, 2^n), complex.

        sqrt(probability) times a Pauli string where the channel is a mixture of those; else
        canonical, by decreasing weight, each up to a phase (`conversions.choi_to_kraus`).
        """
        transfer = self.transfer_matrix()
        if np.count_nonzero(transfer - np.diag(transfer.diagonal())) == 0:
            return _pauli_kraus(self.chi().diagonal().real, self.num_qubits)
        return conversions.choi_to_kraus(self.choi())

    def is_cptp(self, tolerance: float = 1e-9) -> bool:
        """Whether no eigenvalue of the Choi matrix is below -tolerance (the trace is kept)."""
        return is_completely_positive(self.choi(), tolerance)

    def check_strengths(self, values: Sequence[Any]) -> None:
        """`NoiseError` where numbers (or NumPy arrays) for `strengths_symbolic` are not allowed.

        >>> from tnsim import Parameter
        >>> from tnsim.noise import bit_flip
        >>> bit_flip(Parameter("p")).check_strengths([1.5])
        Traceback (most recent call last):
        tnsim.base.errors.NoiseError: `p` of bit_flip must be from 0 to 1 (got 1.5)
        """
        check_values(self.law.bounds(), self.strengths, values, self.kind)

    def bind(self, values: Mapping[str, float] | None = None, /, **named: float) -> Channel:
        """The channel with numbers for some or all of its parameters."""
        bound = bind_strengths(self.strengths, {**(values or {}), **named}, self.kind)
        return Channel(self.law, bound)

    def __matmul__(self, other: Channel) -> Channel:
        """This channel after `other`."""
        if not isinstance(other, Channel):
            return NotImplemented
        return _combined(Composition, self, other)

    def tensor(self, other: Channel) -> Channel:
        """This channel on the first qubits beside `other` on the next."""
        if not isinstance(other, Channel):
            raise NoiseError(f"`other` must be a Channel (got {type(other).__name__})")
        return _combined(TensorProduct, self, other)

    def power(self, exponent: int) -> Channel:
        """The channel applied `exponent` times, at least 0.

        A power of a fixed channel is a transfer matrix, by repeated squaring; that of any other
        is a composition.

        >>> from tnsim.noise import bit_flip
        >>> bit_flip(0.1).power(2).transfer_matrix().diagonal()
        array([1.  , 1.  , 0.64, 0.64])
        """
        if isinstance(exponent, bool) or not isinstance(exponent, int) or exponent < 0:
            raise NoiseError(f"`exponent` must be an int of at least 0 (got {exponent!r})")
        if exponent > _MOST_FACTORS and not self.is_fixed:
            raise NoiseError(
                f"`exponent` must be at most {_MOST_FACTORS} while {', '.join(self.parameters)} is "
                f"not bound (got {exponent}); bind it first"
            )
        if exponent == 0 or self.is_fixed:
            base = self.transfer_matrix() if exponent else np.eye(4**self.num_qubits)
            return Channel(TransferLaw.of(np.linalg.matrix_power(base, max(exponent, 1))), ())
        return reduce(Channel.__matmul__, [self] * exponent)

    def to_dict(self) -> dict[str, Any]:
        """The channel as JSON data, exactly."""
        names = self.law.strength_names
        strengths = {n: write_json(s) for n, s in zip(names, self.strengths, strict=True)}
        law = self.law.to_dict()
        return {"kind": "channel", "version": 1, "law": law, "strengths": strengths}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Channel:
        """The inverse of `to_dict`; `NoiseError` on anything else.

        >>> from tnsim.noise import Channel, bit_flip
        >>> Channel.from_dict(bit_flip(0.1).to_dict())
        bit_flip(p=0.1)
        """
        check_document(data, "channel")
        check_fields(data, "a channel", ["kind", "version", "law", "strengths"])
        law = law_from_dict(data["law"])
        given = check_fields(data["strengths"], f"strengths of {law.kind}", law.strength_names)
        return cls(law, tuple(read_json(name, given[name]) for name in law.strength_names))

    @cached_property
    def digest(self) -> str:
        """A hash of the channel's description."""
        return digest(self.to_dict())

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Channel) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return self.law.call([show(s) for s in self.strengths])

    @cached_property
    def _terms(self) -> Terms:
        return self.law.transfer(slots_of(self.strengths))

    def _want_fixed(self, what: str) -> None:
        if not self.is_fixed:
            raise NoiseError(
                f"`{what}` must have numbers for all strengths, but {', '.join(self.parameters)} "
                f"is not bound; bind it first, or use transfer_form or superoperator_form"
            )


def _pauli_kraus(probabilities: Matrix, num_qubits: int) -> Matrix:
    kept = np.flatnonzero(probabilities > ROUNDING)
    strings = [matrix_of(label_of(int(k), num_qubits)) for k in kept]
    return np.stack([np.sqrt(probabilities[k]) * s for k, s in zip(kept, strings, strict=True)])


def _combined(law: type[CompositeLaw], left: Channel, right: Channel) -> Channel:
    """One composite of both channels' parts: a composite of the same kind is taken apart."""
    parts: list[ChannelLaw] = []
    for channel in (left, right):
        parts += channel.law.parts if isinstance(channel.law, law) else [channel.law]
    return Channel(law(tuple(parts)), left.strengths + right.strengths)
