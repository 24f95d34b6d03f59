"""What can be chosen about a run on a line of tensors."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tnsim.base.errors import QueryError

__all__ = ["MPDO", "MPS", "LineOptions", "Picture"]

Picture = Literal["auto", "schrodinger", "heisenberg"]

_DEFAULT_ERROR = 1e-3
_ACCURACY = ("max_bond", "cutoff", "target_error")


@dataclass(frozen=True, kw_only=True)
class LineOptions:
    """Accuracy, picture, order and time of a run.

    At most one of the three accuracy fields may be given; none means `target_error=1e-3`.
    `max_bond` is the largest bond. `cutoff` is the weight that one update may discard, as a
    share of the squared norm. `target_error` is the absolute error that the bond grows for, until
    it is met, the memory budget is full, or `seconds` are spent; without `seconds`, no bond is
    tried that would take more than ten minutes. `order` is how the qubits stand
    on the line: "given", "auto" (gates made short) or every qubit once. `picture` is whether the
    state is moved forwards ("schrodinger"), or the observable back ("heisenberg").
    """

    name: ClassVar[str]
    max_bond: int | None = None
    cutoff: float | None = None
    target_error: float | None = None
    order: str | tuple[int, ...] = "auto"
    picture: Picture = "auto"
    seconds: float | None = None

    def __post_init__(self) -> None:
        given = [name for name in _ACCURACY if getattr(self, name) is not None]
        if len(given) > 1:
            raise QueryError(
                f"`{self.name}` must have at most one of {', '.join(_ACCURACY)}, but got "
                f"{' and '.join(given)}; leave out all but one"
            )
        if self.max_bond is not None:
            object.__setattr__(self, "max_bond", _whole("max_bond", self.max_bond))
        _check_number("cutoff", self.cutoff, "at least 0 and below 1, such as 1e-8", 0.0, 1.0)
        _check_number("target_error", self.target_error, "above 0, such as 1e-3", 5e-324, math.inf)
        _check_number("seconds", self.seconds, "above 0, such as 60.0", 5e-324, math.inf)
        if self.seconds is not None and not self.is_adaptive:
            raise QueryError(
                "`seconds` must come with `target_error` or alone, since a fixed accuracy takes "
                f"what it takes, but got {given[0]} too; leave out one of them"
            )
        if self.picture not in ("auto", "schrodinger", "heisenberg"):
            raise QueryError(
                "`picture` must be 'auto', 'schrodinger' (the state is moved) or 'heisenberg' (the "
                f"observable is), but got {self.picture!r}"
            )
        object.__setattr__(self, "order", _order(self.order))

    @property
    def is_adaptive(self) -> bool:
        """Whether the bond grows until an error is met."""
        return self.max_bond is None and self.cutoff is None

    @property
    def wanted_error(self) -> float:
        """The error that an adaptive run aims at."""
        return _DEFAULT_ERROR if self.target_error is None else self.target_error


@dataclass(frozen=True, kw_only=True)
class MPS(LineOptions):
    """A matrix product state of a pure circuit: complex tensors, one for each qubit.

    >>> MPS(max_bond=64)
    MPS(max_bond=64, cutoff=None, target_error=None, order='auto', picture='auto', seconds=None)
    """

    name: ClassVar[str] = "mps"


@dataclass(frozen=True, kw_only=True)
class MPDO(LineOptions):
    """A matrix product density operator of any circuit: real tensors of Pauli components.

    >>> MPDO(cutoff=1e-6).cutoff
    1e-06
    """

    name: ClassVar[str] = "mpdo"


def _whole(name: str, value: Any) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    if number < 1:
        raise QueryError(f"`{name}` must be an int of at least 1, but got {value!r}; give say 64")
    return number


def _check_number(name: str, value: Any, expected: str, least: float, end: float) -> None:
    if value is None:
        return
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not least <= value < end:
        raise QueryError(f"`{name}` must be a number {expected}, but got {value!r}")


def _order(order: Any) -> str | tuple[int, ...]:
    if isinstance(order, str):
        if order not in ("given", "auto"):
            raise QueryError(
                "`order` must be 'given', 'auto' or every qubit once in the order of the line, "
                f"but got {order!r}"
            )
        return order
    if not isinstance(order, Sequence):
        raise QueryError(f"`order` must be 'given', 'auto' or a list of qubits, but got {order!r}")
    kept = tuple(_qubit(one) for one in order)
    if sorted(kept) != list(range(len(kept))):
        raise QueryError(
            f"`order` must hold every qubit 0 to {len(kept) - 1} once, but got {order!r}"
        )
    return kept


def _qubit(one: Any) -> int:
    try:
        return operator.index(one)
    except TypeError:
        raise QueryError(f"`order` must hold ints, but one is {one!r}") from None
