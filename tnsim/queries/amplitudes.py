"""`Amplitudes`: chosen entries of a pure circuit's output vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import QueryError

from .qubit_checks import check_num_qubits
from .query import LeafQuery

__all__ = ["Amplitudes"]


@dataclass(frozen=True, init=False, repr=False)
class Amplitudes(LeafQuery):
    """The amplitudes <b|psi> of B bitstrings b, complex, shape (B,).

    Character i of a bitstring is qubit i. A single string counts as a list of one. Only circuits
    without noise, reset and readout error have amplitudes.

    >>> Amplitudes(["000", "111"]).bits
    array([[0, 0, 0],
           [1, 1, 1]], dtype=uint8)
    """

    kind: ClassVar[str] = "amplitudes"
    bitstrings: tuple[str, ...]

    def __init__(self, bitstrings: str | Iterable[str]) -> None:
        listed = (bitstrings,) if isinstance(bitstrings, str) else tuple(_strings(bitstrings))
        if not listed:
            raise QueryError("`bitstrings` must hold at least one bitstring (got none)")
        for text in listed:
            if not isinstance(text, str) or not text or text.strip("01"):
                raise QueryError(
                    f"`bitstrings` must be text of the characters 0 and 1, but one is {text!r}"
                )
            if len(text) != len(listed[0]):
                raise QueryError(
                    f"`bitstrings` must be of one length, but {listed[0]!r} has {len(listed[0])} "
                    f"characters and {text!r} has {len(text)}"
                )
        object.__setattr__(self, "bitstrings", listed)

    @property
    def bits(self) -> NDArray[np.uint8]:
        """The bitstrings as numbers 0 and 1, shape (B, n), column i for qubit i."""
        flat = np.frombuffer("".join(self.bitstrings).encode("ascii"), np.uint8)
        return flat.reshape(len(self.bitstrings), -1) - np.uint8(ord("0"))

    @property
    def is_complex(self) -> bool:
        """True."""
        return True

    def shape(self, num_qubits: int) -> tuple[int, ...]:  # noqa: ARG002
        """(B,): one amplitude for each bitstring."""
        return (len(self.bitstrings),)

    def validate(self, num_qubits: int) -> None:
        """Raise `QueryError` unless the bitstrings have `num_qubits` characters."""
        check_num_qubits(num_qubits)
        length = len(self.bitstrings[0])
        if length != num_qubits:
            raise QueryError(
                f"`bitstrings` must have one character for each of the circuit's {num_qubits} "
                f"qubits, but they have {length} (got {self.bitstrings[0]!r})"
            )

    def _fields(self) -> dict[str, Any]:
        return {"bitstrings": list(self.bitstrings)}

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Amplitudes:
        if not isinstance(fields["bitstrings"], list):
            raise QueryError("an amplitudes query's `bitstrings` must be a list of text")
        return cls(fields["bitstrings"])

    def __repr__(self) -> str:
        return f"Amplitudes({list(self.bitstrings)!r})"


def _strings(bitstrings: object) -> Iterable[str]:
    if not isinstance(bitstrings, Iterable):
        raise QueryError(f"`bitstrings` must be text or a list of text (got {bitstrings!r})")
    return bitstrings
