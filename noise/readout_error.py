"""Readout errors: the probabilities of reading one bit string when another is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tnsim.base.codec import digest
from tnsim.base.errors import NoiseError
from tnsim.base.forms import Form
from tnsim.base.parameters import Affine, Scalar

from .coefficients import apply, number
from .json_objects import check_document, check_fields, read_array, write_array
from .strengths import (
    bind_strengths,
    bounded,
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

__all__ = ["ReadoutError"]

_NAMES = ("p01", "p10")
_BOUNDS = bounded(_NAMES, 0.0, 1.0)
_OWNER = "a readout error"
_MOST_QUBITS = 10
_TOLERANCE = 1e-9


@dataclass(frozen=True, init=False, eq=False, repr=False)
class ReadoutError:
    """Classical errors of a measurement: C[read, true], whose columns add up to 1.

    `ReadoutError(p01, p10)` is for one qubit: p01 is the probability of reading 1 where 0 is, p10
    that of reading 0 where 1 is; both may be parameters. `ReadoutError.from_matrix(C)` takes a
    fixed matrix over 2^k bit strings (character i is qubit i), errors of k qubits correlated.

    >>> ReadoutError(0.01, 0.02).confusion_matrix()
    array([[0.99, 0.02],
           [0.01, 0.98]])
    """

    strengths: tuple[Affine, ...]
    matrix: NDArray[Any] | None

    def __init__(self, p01: Scalar, p10: Scalar) -> None:
        read = (read_strength("p01", p01), read_strength("p10", p10))
        check_expressions(_BOUNDS, read, _OWNER)
        object.__setattr__(self, "strengths", read)
        object.__setattr__(self, "matrix", None)

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> ReadoutError:
        """The error of a confusion matrix C[read, true], shape (2^k, 2^k), k up to 10.

        >>> ReadoutError.from_matrix([[0.9, 0.2], [0.1, 0.8]]).num_qubits
        1
        """
        error = cls.__new__(cls)
        object.__setattr__(error, "strengths", ())
        object.__setattr__(error, "matrix", _read_confusion(matrix))
        return error

    @property
    def num_qubits(self) -> int:
        """How many qubits are read together."""
        return 1 if self.matrix is None else len(self.matrix).bit_length() - 1

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that p01 and p10 contain."""
        return names_of(self.strengths)

    @property
    def is_fixed(self) -> bool:
        """Whether the matrix is all numbers."""
        return not self.parameters

    @property
    def strengths_symbolic(self) -> tuple[Affine, ...]:
        """The distinct strengths that are not numbers: the form's parameters, in their order."""
        return symbolic_of(self.strengths)

    @cached_property
    def confusion_form(self) -> Form:
        """C[read, true], real (2^k, 2^k), as a function of `strengths_symbolic`."""
        if self.matrix is not None:
            return Terms.fixed(self.matrix).form(0)
        p01, p10 = (apply("value", slot) for slot in slots_of(self.strengths))
        terms = Terms.of(
            [
                (number(1.0), np.eye(2)),
                (p01, np.array([[-1.0, 0.0], [1.0, 0.0]])),
                (p10, np.array([[0.0, 1.0], [0.0, -1.0]])),
            ]
        )
        return terms.form(len(self.strengths_symbolic))

    def confusion_matrix(self) -> NDArray[Any]:
        """C[read, true] as numbers; bind parameters first."""
        if not self.is_fixed:
            raise NoiseError(
                f"`confusion_matrix` must have numbers for p01 and p10, but "
                f"{', '.join(self.parameters)} is not bound; bind it first, or use confusion_form"
            )
        return np.array(self.confusion_form.constants[0])

    def check_strengths(self, values: Sequence[Any]) -> None:
        """`NoiseError` where numbers (or NumPy arrays) for `strengths_symbolic` are not allowed."""
        check_values(_BOUNDS if self.matrix is None else [], self.strengths, values, _OWNER)

    def bind(self, values: Mapping[str, float] | None = None, /, **named: float) -> ReadoutError:
        """The error with numbers for some or all of its parameters."""
        bound = bind_strengths(self.strengths, {**(values or {}), **named}, _OWNER)
        return self if self.matrix is not None else ReadoutError(*bound)

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON data, exactly."""
        head = {"kind": "readout_error", "version": 1}
        if self.matrix is not None:
            return {**head, "matrix": write_array(self.matrix)}
        pairs = zip(_NAMES, self.strengths, strict=True)
        return {**head, **{name: write_json(s) for name, s in pairs}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReadoutError:
        """The inverse of `to_dict`; `NoiseError` on anything else.

        >>> ReadoutError.from_dict(ReadoutError(0.01, 0.02).to_dict())
        ReadoutError(0.01, 0.02)
        """
        data = check_document(data, "readout_error")
        if "matrix" in data:
            check_fields(data, _OWNER, ["kind", "version", "matrix"])
            return cls.from_matrix(read_array(data["matrix"], "`matrix`"))
        check_fields(data, _OWNER, ["kind", "version", *_NAMES])
        p01, p10 = (read_json(name, data[name]) for name in _NAMES)
        return cls(p01, p10)

    @cached_property
    def digest(self) -> str:
        """A hash of the error's description."""
        return digest(self.to_dict())

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, ReadoutError) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        if self.matrix is not None:
            return f"ReadoutError.from_matrix({self.matrix.tolist()!r})"
        return f"ReadoutError({', '.join(map(show, self.strengths))})"


def _read_confusion(matrix: ArrayLike) -> NDArray[Any]:
    try:
        read = np.array(matrix, dtype=float)
    except (TypeError, ValueError) as error:
        raise NoiseError(f"a confusion matrix must be a matrix of real numbers: {error}") from error
    sizes = [2**k for k in range(1, _MOST_QUBITS + 1)]
    if read.ndim != 2 or read.shape[0] != read.shape[1] or read.shape[0] not in sizes:
        raise NoiseError(
            f"a confusion matrix must have shape (2^k, 2^k), k from 1 to {_MOST_QUBITS} "
            f"(got {read.shape})"
        )
    if not np.all((read >= 0.0) & (read <= 1.0)):
        worst = read[~((read >= 0.0) & (read <= 1.0))].flat[0]
        raise NoiseError(f"a confusion matrix must have entries from 0 to 1 (got {worst:.12g})")
    sums = read.sum(axis=0)
    if np.abs(sums - 1.0).max() > _TOLERANCE:
        column = int(np.argmax(np.abs(sums - 1.0)))
        hint = "; transpose it" if np.abs(read.sum(axis=1) - 1.0).max() <= _TOLERANCE else ""
        raise NoiseError(
            f"a confusion matrix C[read, true] must have columns that add up to 1, but column "
            f"{column} adds up to {sums[column]:.12g}{hint}"
        )
    read.setflags(write=False)
    return read
