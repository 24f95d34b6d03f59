"""A bound on what a file may make: no short text may stand for a huge circuit by accident."""

from __future__ import annotations

from tnsim.base.errors import CircuitError

from .source import Source

__all__ = ["Budget", "TooLarge"]

_FREE = 1 << 22
_PER_CHARACTER = 64


class TooLarge(Exception):
    """The file asks for more than its budget."""


class Budget:
    """Rows, qubit slots and angle operations that may be made: 2^22 and 64 for each character.

    So the memory taken is linear in the length of the file, whatever gates it defines. With
    `limit` it is that number instead.
    """

    def __init__(self, source: Source, limit: int | None) -> None:
        if limit is not None and (type(limit) is not int or limit < 1):
            raise CircuitError(f"`limit` must be None or a positive int (got {limit!r:.60})")
        self._source = source
        self._limit = limit
        self._spent = 0

    def spend(self, amount: int) -> None:
        """Take `amount` off, or refuse, with nothing taken."""
        allowed = self._limit
        if allowed is None:
            allowed = _FREE + _PER_CHARACTER * self._source.characters_read
        if self._spent + amount > allowed:
            raise TooLarge(
                f"the file so far stands for more than {allowed} rows and operands, far more than "
                "its length suggests; if that is meant, read it with a larger `limit`"
            )
        self._spent += amount
