"""What every engine is given and gives: parameter values in one library, and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tnsim.base.arrays import Array

__all__ = ["Inputs", "Outcome", "Setting"]


@dataclass(frozen=True)
class Setting:
    """What decides the cost of a run: `size` parameter sets that differ in the names `batch`."""

    batch: frozenset[str]
    size: int
    library: str

    @classmethod
    def single(cls, library: str = "numpy") -> Setting:
        """One parameter set."""
        return cls(frozenset(), 1, library)


@dataclass(frozen=True)
class Inputs:
    """Parameter values in one library.

    `values` holds scalars, or arrays of shape (size,) for the names in `batch`. `like` is an
    array on the device to be used (None for NumPy).
    """

    values: Mapping[str, Array]
    batch: frozenset[str]
    size: int
    library: str
    like: Array | None

    @property
    def setting(self) -> Setting:
        """What decides the cost of a run."""
        return Setting(self.batch, self.size, self.library)

    def part(self, begin: int, end: int) -> Inputs:
        """The rows begin..end of the batch."""
        rows = {n: v[begin:end] if n in self.batch else v for n, v in self.values.items()}
        return replace(self, values=rows, size=end - begin)

    def single(self, row: int) -> Inputs:
        """One row of the batch, as scalars."""
        values = {n: v[row] if n in self.batch else v for n, v in self.values.items()}
        return replace(self, values=values, batch=frozenset(), size=1)


@dataclass(frozen=True)
class Outcome:
    """A task's answer: an array of the live components, with a leading batch axis if `batched`."""

    array: Array
    batched: bool
