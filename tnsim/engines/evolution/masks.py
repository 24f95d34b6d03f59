"""Sets of axes as the bits of an integer."""

from __future__ import annotations

__all__ = ["axes_in"]


def axes_in(mask: int) -> tuple[int, ...]:
    """The axes whose bits are set, ascending.

    >>> axes_in(0b1011)
    (0, 1, 3)
    """
    found = []
    while mask:
        bit = mask & -mask
        found.append(bit.bit_length() - 1)
        mask ^= bit
    return tuple(found)
