"""Planning until the whole run keeps the budget, not only each contraction by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tnsim.base.budgets import format_bytes
from tnsim.base.errors import BudgetError

__all__ = ["at_least", "refusal_at", "within"]

T = TypeVar("T")

_ATTEMPTS = 6


def within(build: Callable[[int], T], peak: Callable[[T], int], budget: int) -> T:
    """What `build(room)` makes for the most room at which its `peak` is at most `budget` bytes.

    `build` plans contractions of at most `room` bytes each and raises `BudgetError` where one
    does not fit; what is alive beside a contraction counts in `peak` only. Raises `BudgetError`
    with the least budget that works.
    """
    room = budget
    for _ in range(_ATTEMPTS):
        try:
            made = build(room)
        except BudgetError as error:
            if error.least_bytes is None:
                raise
            break
        excess = peak(made) - budget
        if excess <= 0:
            return made
        if room <= excess:
            break
        room -= excess
    least, flops = _least(build)
    needed = peak(least)
    if needed <= budget:
        return least
    raise refusal_at(budget, needed, flops)


def refusal_at(budget: int, least: int, flops: float | None) -> BudgetError:
    """The error for a budget in which nothing fits, when `least` bytes would do."""
    cost = "" if flops is None else f", at {flops:.1e} operations"
    return BudgetError(
        f"`memory` must be at least {at_least(least)} for an exact answer{cost} "
        f"(got {format_bytes(budget)}); give that much, ask for fewer qubits at once, or use "
        "dtype='complex64', which halves it",
        budget=budget,
        least_bytes=least,
        flops=flops,
    )


def at_least(size: int) -> str:
    """`size` bytes as text, rounded up: a budget of what it says is enough.

    >>> at_least(1_230_001), at_least(999)
    ('1.24 MB', '999 B')
    """
    unit = 10 ** max(len(str(size)) - 3, 0)
    return format_bytes(-(-size // unit) * unit)


def _least(build: Callable[[int], T]) -> tuple[T, float | None]:
    """What is built with the least room, and what its costliest part costs."""
    room, flops = 1, None
    while True:
        try:
            return build(room), flops
        except BudgetError as error:
            # Each part in turn names the least that it needs, so the room grows.
            if error.least_bytes is None or error.least_bytes <= room:
                raise
            room = error.least_bytes
            flops = max(flops or 0.0, error.flops or 0.0)
