"""Memory that one step has done with and a later one writes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .schedule import Step
from .schedule_memory import Count

__all__ = ["hand_on"]

_WAITING = 4


def hand_on(
    steps: Sequence[Step],
    released: Mapping[int, Mapping[int, Count]],
    wanted: Mapping[int, Count],
    tops: Mapping[int, Count],
    peaks: Sequence[Count],
) -> list[Step]:
    """`steps` with `keeps` and `reuses` set, so that large results need no new memory.

    Memory new from the operating system costs as much time as the numbers written to it. By step
    number: `released` are the tensors that a step leaves, `wanted` the size of the result of one
    that can write into given memory, and `tops` what is alive meanwhile. Memory is kept only
    where that never raises the peak.
    """
    made = list(steps)
    held = dict(tops)
    spares: list[tuple[int, int, Count]] = []
    for at, step in enumerate(steps):
        for spare in reversed(spares):
            begin, number, amount = spare
            between = [s.number for s in steps[begin + 1 : at]]
            if wanted.get(step.number) == amount and all(
                any((held[s] + amount).fits(peak) for peak in peaks) for s in between
            ):
                made[begin] = replace(made[begin], keeps=(*made[begin].keeps, number))
                made[at] = replace(made[at], reuses=number)
                spares.remove(spare)
                held.update((s, held[s] + amount) for s in between)
                break
        new = [(at, number, amount) for number, amount in released[step.number].items()]
        spares = [*spares, *new][-_WAITING:]
    return made
