"""One attempt at all strings at one accuracy, and the candidates that may make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tnsim.base.errors import BudgetError

from .contracting import Contractor
from .forecasts import Forecast
from .reading import COMPARED, Reading, Window, read
from .strings import Term
from .update import Truncation
from .walks import Walk

__all__ = ["Attempt", "Candidate", "Key", "left_of", "limits", "record"]

Key = tuple[bool, Term]
"""Whether readout errors enter, and the string."""

MOST_OPERATIONS = 1e10
"""Multiply-adds that all readings of one attempt may take, where the environment is "auto"."""

MOST_EXACT = 1e13
"""The same for one reading where the whole network is asked for: some minutes."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """Strings' values at one accuracy, with what their errors rest on.

    `others` are the values from another region, where loops are missed, or `unseen` says that
    there was none within the limits; `discarded` the weight
    that each string's state lost in all, and `layers` by layer for the one that lost most.
    """

    bond: int
    rule: Truncation
    values: Mapping[Key, float]
    others: Mapping[Key, float] | None
    discarded: Mapping[Key, float]
    layers: tuple[float, ...]
    radii: tuple[int, int | None]
    change: float
    unseen: bool

    @property
    def lost(self) -> float:
        """The largest weight that any string's state lost."""
        return max(self.discarded.values(), default=0.0)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A picture and its walks: one for all strings of a kind, or one for each string."""

    picture: Literal["schrodinger", "heisenberg"]
    walks: tuple[tuple[bool, Walk], ...]

    def forecasts(self) -> list[Forecast]:
        """What each walk takes."""
        return [Forecast(walk) for _, walk in self.walks]

    def reading_flops(self, bond: int) -> float:
        """Real operations of all messages at a bond dimension."""
        return sum(one.reading_flops(bond) for one in self.forecasts())

    def attempt(
        self,
        values: Mapping[str, float],
        rule: Truncation,
        window: Window,
        *,
        budget: int,
        seed: int,
        regauge_every: int,
        report: Any,
    ) -> Attempt:
        """Every walk once, and its strings."""
        made: list[tuple[bool, Walk, Reading, Sequence[float], int]] = []
        count = len({k for _, w in self.walks for k in _supports(w)})
        share = limits(window, min(count, COMPARED))
        for flag, walk in self.walks:
            state = walk.moved(values, rule, regauge_every=regauge_every, report=report)
            contractor = Contractor(left_of(budget, 3 * state.nbytes), share, seed)
            seen = window.after(sum(state.discarded))
            reading = read(walk, state, values, seen, contractor)
            made.append((flag, walk, reading, state.discarded, state.bond))
        return record(made, rule)


def limits(window: Window, readings: int) -> float:
    """Multiply-adds that one reading may take."""
    return MOST_EXACT if window.environment == "exact" else MOST_OPERATIONS / max(readings, 1)


def record(
    made: Sequence[tuple[bool, Walk, Reading, Sequence[float], int]], rule: Truncation
) -> Attempt:
    """An attempt from what its walks gave: readout, walk, reading, weight lost by layer, bond."""
    values: dict[Key, float] = {}
    others: dict[Key, float] = {}
    discarded: dict[Key, float] = {}
    layers: tuple[float, ...] = ()
    for flag, walk, reading, lost, _ in made:
        second = reading.values if reading.others is None else reading.others
        values.update({(flag, term): value for term, value in reading.values.items()})
        others.update({(flag, term): value for term, value in second.items()})
        discarded.update({(flag, term): sum(lost) for term in walk.terms})
        if sum(lost) >= sum(layers):
            layers = tuple(lost)
    far = [one.radii[1] for _, _, one, _, _ in made if one.radii[1] is not None]
    return Attempt(
        max((bond for *_, bond in made), default=1),
        rule,
        values,
        others if far else None,
        discarded,
        layers,
        (max((one.radii[0] for _, _, one, _, _ in made), default=0), max(far, default=None)),
        max((one.change for _, _, one, _, _ in made), default=0.0),
        any(one.unseen for _, _, one, _, _ in made),
    )


def _supports(walk: Walk) -> Sequence[tuple[int, ...]]:
    return [tuple(q for q, _ in term) for term in walk.terms]


def left_of(budget: int, used: int) -> int:
    """What a state and its copies leave of the budget; `BudgetError` where that is nothing."""
    if used >= budget:
        raise BudgetError(
            f"`memory` must hold the state with its copies, {used} bytes, but does not "
            f"(got {budget}); give more, or a smaller `max_bond`",
            budget=budget,
            least_bytes=2 * used,
        )
    return budget - used
