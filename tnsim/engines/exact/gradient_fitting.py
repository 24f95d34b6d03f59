"""Planning until a run and its way back keep the budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tnsim.base.errors import BudgetError

from .fitting import within

__all__ = ["within_both"]

T = TypeVar("T")

_HALVINGS = 4


def within_both(
    build: Callable[[int, bool], T],
    forward: Callable[[T], int],
    both: Callable[[T], int],
    budget: int,
) -> T:
    """What `build(room, quick)` makes, its peak with the way back (`both`) within the budget.

    Where the answer's own plan does not do, further ones are searched for quickly: the way back
    slices its contractions by itself. What it takes beside them does not follow the room that
    the answer alone (`forward`) is given, so that this is halved until both fit.

    Raises `BudgetError`, naming the least budget that works, where nothing fits.
    """
    made = within(lambda room: build(room, False), forward, budget)
    if both(made) <= budget:
        return made
    room = min(budget, forward(made))
    for _ in range(_HALVINGS):
        room //= 2
        try:
            made = build(room, True)
        except BudgetError:
            break
        if both(made) <= budget:
            return made
    return within(lambda room: build(room, True), both, budget)
