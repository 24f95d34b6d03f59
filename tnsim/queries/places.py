"""Whether a question is about qubits or about classical bits."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tnsim.base.errors import QueryError

from .pauli_sum import PauliSum

__all__ = ["Places", "check_places", "check_readable"]

Places = Literal["qubits", "bits"]


def check_places(on: Any) -> Places:
    """`on` where it is "qubits" or "bits"."""
    if on not in ("qubits", "bits"):
        raise QueryError(f"`on` must be 'qubits' or 'bits' (got {on!r:.60})")
    places: Places = on
    return places


def check_readable(observable: PauliSum, on: Places) -> None:
    """Refuse letters other than Z on classical bits."""
    if on == "bits" and np.any(observable.letters != 3):
        raise QueryError(
            f"an observable of bits must hold I and Z only, since bits have no X or Y (got "
            f"{observable})"
        )
