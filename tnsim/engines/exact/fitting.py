"""Planning until the whole run keeps the budget, not only each contraction by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tnsim.base.errors import BudgetError
from tnsim.engines.refusals import refusal_at

__all__ = ["within"]

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
