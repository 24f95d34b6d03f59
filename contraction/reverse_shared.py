"""What slices share in a reverse pass: done once before them, and reversed once after them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .reverse_tree import ReverseTree
from .schedule import Spec
from .schedule_build import shared_steps
from .schedule_walk import Walk

__all__ = ["Part", "Shared", "shared_of"]


@dataclass(frozen=True)
class Part:
    """A subtree that no slice changes: the network under tensor `root`, and the wanted inputs.

    `inputs` are the numbers of its inputs in the whole network, in its order, and `wanted` those
    of them that are differentiated by.
    """

    root: int
    inputs: tuple[int, ...]
    wanted: tuple[int, ...]
    spec: Spec


@dataclass(frozen=True)
class Shared:
    """The `steps` before all slices; slices end at `leaves`, `parts` are reversed after them."""

    steps: tuple[int, ...]
    leaves: tuple[int, ...]
    parts: tuple[Part, ...]


def shared_of(walk: Walk, spec: Spec, wanted: Sequence[int], *, reverse: bool) -> Shared:
    """What is done once for all slices: shared by them, with small results.

    Of a part with wanted inputs, the adjoint of its result is summed over the slices, and the
    rest is done once after them. Unless `reverse`, such parts are done in each slice.
    """
    slices = math.prod(spec.sizes[label] for label in spec.sliced)
    if slices <= 1:
        return Shared((), tuple(wanted), ())
    active = ReverseTree(walk, wanted).active
    varies = list(walk.cut) if reverse else [a or b for a, b in zip(walk.cut, active, strict=True)]
    steps = shared_steps(walk, varies)
    n = len(walk.terms)
    used = {k for t in steps for k in walk.path[t]}
    roots = [n + t for t in steps if n + t not in used and active[n + t]]
    if not all(walk.batched[root] == walk.batched[-1] for root in roots):
        # The adjoint has the batch axis, and the part's own network would have none.
        return shared_of(walk, spec, wanted, reverse=False)
    parts = tuple(_part(walk, spec, root, wanted) for root in roots)
    below = {i for part in parts for i in part.inputs}
    leaves = (*(i for i in wanted if i not in below), *roots)
    return Shared(tuple(steps), leaves, parts)


def _part(walk: Walk, spec: Spec, root: int, wanted: Iterable[int]) -> Part:
    n = len(walk.terms)
    inputs, steps, waiting = [], [], [root]
    while waiting:
        number = waiting.pop()
        if number < n:
            inputs.append(number)
        else:
            steps.append(number - n)
            waiting.extend(walk.path[number - n])
    inputs.sort()
    steps.sort()
    numbers = {k: i for i, k in enumerate((*inputs, *(n + t for t in steps)))}
    names = {x: label for label, x in walk.index.items()}
    made = replace(
        spec,
        inputs=tuple(spec.inputs[i] for i in inputs),
        output=tuple(names[x] for x in sorted(walk.kept[root])),
        ssa_path=tuple((numbers[i], numbers[j]) for i, j in (walk.path[t] for t in steps)),
        sliced=(),
        batched=tuple(spec.batched[i] for i in inputs),
    )
    return Part(root, tuple(inputs), tuple(i for i in wanted if i in set(inputs)), made)
