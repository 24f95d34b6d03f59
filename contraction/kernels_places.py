"""Memory that a kernel is given to write into."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

__all__ = ["ANYWHERE", "Places"]


class Places(NamedTuple):
    """Flat arrays for permuted copies of the operands and for the result; None for new memory."""

    left: NDArray[Any] | None = None
    right: NDArray[Any] | None = None
    result: NDArray[Any] | None = None

    def swapped(self) -> Places:
        """The same with the operands exchanged."""
        return Places(self.right, self.left, self.result)


ANYWHERE = Places()
"""New memory for everything."""
