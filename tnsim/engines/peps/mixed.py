"""A state that moves forward and an operator that moves back, until they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from .attempts import Attempt, left_of, limits, record
from .closed import Closed, norm_of, overlap_of, sandwich_of, trace_of
from .contracting import Contractor
from .forecasts import Forecast, meeting_flops
from .reading import Reading, Window, read_number
from .state import State
from .update import Truncation
from .walks import Walk

__all__ = ["Meeting", "Mixed", "weight_of"]

_PARTS = 24
# Places at which forward and backward may meet.

_PROBED = 16
# Bond dimension up to which the place is found at full accuracy, above at half.

_DEARER = 2.0
# How much more a weight counts that Pauli components lose than one that a ket loses. A choice, not
# a law: 2 puts the meeting well on kicked Ising circuits of 127 qubits at middle angles.


@dataclass(frozen=True, eq=False)
class Meeting:
    """One string: the state's walk and the operator's, over the same rows on the same sites."""

    forward: Walk
    backward: Walk

    def place(self, values: Mapping[str, float], rule: Truncation) -> int:
        """How many rows the state should take, where both together lose least."""
        total = len(self.forward.rows)
        ends = [total * k // _PARTS for k in range(_PARTS + 1)]
        parts = [b - a for a, b in pairwise(ends)]
        there = [0.0, *self.forward.losses(values, rule, parts)]
        back = [0.0, *self.backward.losses(values, rule, parts[::-1])][::-1]
        f, b = weight_of(self.forward), weight_of(self.backward)
        lost = [f * x + b * y for x, y in zip(there, back, strict=True)]
        return ends[min(range(_PARTS + 1), key=lambda k: lost[k])]

    def meet(self, state: State, operator: State) -> tuple[Closed, Closed]:
        """The networks whose ratio is the answer: Tr(O rho) and Tr(rho)."""
        if self.forward.legs == "ket":
            return sandwich_of(state, operator), norm_of(state)
        identity = [np.eye(4)[0]] * state.graph.size
        return overlap_of(state, operator), trace_of(state, identity)


@dataclass(frozen=True, eq=False)
class Mixed:
    """The candidate in which each string is answered by a meeting."""

    meetings: tuple[tuple[bool, Meeting], ...]
    picture: Literal["mixed"] = "mixed"

    @property
    def walks(self) -> tuple[tuple[bool, Walk], ...]:
        """All walks, both of each meeting."""
        return tuple((f, w) for f, m in self.meetings for w in (m.forward, m.backward))

    def forecasts(self) -> list[Forecast]:
        """What each walk takes."""
        return [Forecast(walk) for _, walk in self.walks]

    def reading_flops(self, bond: int) -> float:
        """Real operations of all messages at a bond dimension, if all meet half way."""
        pairs = ((Forecast(m.forward), Forecast(m.backward)) for _, m in self.meetings)
        return sum(meeting_flops(*pair, bond) for pair in pairs)

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
        """Every meeting once."""
        made: list[tuple[bool, Walk, Reading, Sequence[float], int]] = []
        share = limits(window, len(self.meetings))
        half = max(rule.max_bond // 2, _PROBED) if rule.cutoff == 0.0 else _PROBED
        bond = min(rule.max_bond, half) if rule.max_bond > _PROBED else rule.max_bond
        probe = Truncation(bond, rule.cutoff, rule.rounding)
        for flag, meeting in self.meetings:
            rows = meeting.place(values, probe)
            forward, backward = meeting.forward, meeting.backward
            state = forward.moved(
                values, rule, regauge_every=regauge_every, rows=rows, report=report
            )
            left = len(forward.rows) - rows
            operator = backward.moved(values, rule, regauge_every=regauge_every, rows=left)
            # Both networks are there at once, each with its own copies.
            taken = 5 * state.nbytes + 4 * operator.nbytes
            contractor = Contractor(left_of(budget, taken), share, seed)
            lost = [weight_of(forward) * w for w in state.discarded]
            lost += [weight_of(backward) * w for w in reversed(operator.discarded)]
            above, below = meeting.meet(state, operator)
            reading = _read(meeting, state, operator, above, below, window, contractor)
            made.append((flag, backward, reading, lost, max(state.bond, operator.bond)))
        return record(made, rule)


def weight_of(walk: Walk) -> float:
    """How much a discarded weight of a walk counts when pictures are compared."""
    return 1.0 if walk.legs == "ket" else _DEARER


def _read(
    meeting: Meeting,
    state: State,
    operator: State,
    above: Closed,
    below: Closed,
    window: Window,
    contractor: Contractor,
) -> Reading:
    term, sites = meeting.backward.terms[0], meeting.backward.sites
    window = window.after(sum(state.discarded) + sum(operator.discarded))
    if state.is_zero or operator.is_zero:
        return Reading({term: 0.0}, None, (0, None), 0, 0.0)
    found = read_number(term, above, sites, window, contractor)
    return found.over(read_number(term, below, sites, window, contractor))
