"""From a plan and the wanted inputs to a gradient plan that keeps a budget, or to an error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tnsim.base.arrays import LIBRARIES, itemsize
from tnsim.base.budgets import format_bytes, parse_bytes
from tnsim.base.errors import BudgetError, TnsimError

from .gradient_plan import GradientPlan
from .planner import allowance
from .planner import plan as plan_forward
from .plans import Plan
from .reverse_schedule import ReverseSchedule
from .reverse_search import ReverseSearch

__all__ = ["plan_gradient"]

_WORTH_SLICING = 1.5
# Recomputing may add half the work before plans with more slices are looked at.
_SMALLER = 2
_TRIES = 8
_MOST_WORK = 10**30


def plan_gradient(
    plan: Plan,
    wanted: Sequence[int],
    *,
    budget: int | str | None = None,
    batch: int | None = None,
    library: str = "numpy",
) -> GradientPlan:
    """How to get the value of `plan` and its derivatives by the inputs numbered in `wanted`.

    The peak of everything alive at once, gradients and cotangent included, stays within `budget`
    bytes (the plan's own if None) for `batch` members (as many as the plan is for if None) and
    arrays of `library`. Only steps that hold a wanted input are reversed. Intermediates are kept
    while they fit; then as many are computed again as must be, with the best checkpoints along
    the order of the steps; and where more slices cost less than that, the contraction is planned
    anew.

    Raises `TnsimError` for inputs that are not there and `BudgetError`, before any array is made,
    when nothing fits; its `least_bytes` is a budget that works.

    >>> from tnsim.contraction import Network, plan, plan_gradient
    >>> network = Network.from_equation("ij,jk,kl,lm->im", *[(20, 20)] * 4)
    >>> found = plan_gradient(plan(network, budget="1MB", dtype="float64"), range(4))
    >>> found.kept, found.recomputed, found.multiply_adds // found.plan.multiply_adds
    (2, 0, 3)
    """
    inputs = _wanted(plan, wanted)
    allowed = plan.budget if budget is None else parse_bytes(budget)
    members = plan.batch if batch is None else _members(batch)
    if library not in LIBRARIES:
        raise TnsimError(f"`library` must be one of {', '.join(LIBRARIES)} (got {library!r})")
    search = ReverseSearch(plan, inputs, batch=members, library=library)
    elements = allowed // itemsize(plan.dtype)
    made = search.within(elements)
    work = search.keeping.multiply_adds(members)
    if made is None or made.multiply_adds(members) > _WORTH_SLICING * work:
        search, made = _quickest(search, made, allowed)
    return GradientPlan(search.plan, inputs, allowed, members, library, made)


def _quickest(
    search: ReverseSearch, made: ReverseSchedule | None, allowed: int
) -> tuple[ReverseSearch, ReverseSchedule]:
    """The quickest of `made` and what plans with more slices allow; refused where nothing fits."""
    plan, other = search.plan, search
    best = None if made is None else (search, made)
    for sliced in _sliced_more(plan, allowed, search.batch):
        other = ReverseSearch(sliced, search.wanted, batch=search.batch, library=search.library)
        found = other.within(allowed // itemsize(plan.dtype))
        if found is not None:
            if best is None or other.seconds(found) < best[0].seconds(best[1]):
                best = (other, found)
            if found is other.keeping:
                break
    if best is None:
        raise _refusal(allowed, [search, other])
    return best


def _sliced_more(plan: Plan, allowed: int, batch: int) -> Iterator[Plan]:
    """Plans with ever less room beside inputs and output; the last has the least memory of all."""
    shapes = zip(plan.network.shapes, plan.batched, strict=True)
    given = sum(math.prod(shape) * (batch if mark else 1) for shape, mark in shapes)
    output = plan.network.output_elements * (batch if any(plan.batched) else 1)
    fixed = (given + output) * itemsize(plan.dtype)
    seen = {(plan.ssa_path, plan.sliced)}
    room = allowed - fixed
    for _ in range(_TRIES):
        room //= _SMALLER
        try:
            made = _planned(plan, max(fixed + room, 1), batch)
        except BudgetError:
            break
        if (made.ssa_path, made.sliced) not in seen:
            seen.add((made.ssa_path, made.sliced))
            yield made
    try:
        yield _planned(plan, 1, batch)
    except BudgetError as error:
        if error.least_bytes is not None:
            yield _planned(plan, error.least_bytes, batch)


def _planned(plan: Plan, budget: int, batch: int) -> Plan:
    return plan_forward(
        plan.network,
        budget=budget,
        dtype=plan.dtype,
        batched=plan.batched,
        batch=batch,
        # As long as for the given plan, however many slices a small budget would take.
        effort=allowance("auto", plan.dtype)(float(min(plan.multiply_adds, _MOST_WORK))),
        cache=False,
    )


def _refusal(allowed: int, searches: Sequence[ReverseSearch]) -> BudgetError:
    """The error that names the least memory found, and what it costs there."""
    size = itemsize(searches[0].plan.dtype)
    search = min(searches, key=lambda s: s.peak(s.least))
    least = size * search.peak(search.least)
    per_product = 8 if search.plan.dtype.startswith("complex") else 2
    flops = per_product * search.least.multiply_adds(search.batch)
    slices = search.least.slices
    first = searches[0]
    whole = size * first.peak(first.keeping)
    return BudgetError(
        f"`budget` must be at least {format_bytes(least)} for this contraction and its derivatives "
        f"(got {format_bytes(allowed)}), which takes {float(flops):.1e} flops in {slices} "
        f"slice{'s' if slices != 1 else ''} with {search.least.recomputed} products done again, or "
        f"{format_bytes(whole)} for "
        f"{float(per_product * first.keeping.multiply_adds(first.batch)):.1e} with all that is "
        "needed kept; give more, or ask for fewer derivatives or a smaller batch at once",
        budget=allowed,
        least_bytes=least,
        flops=float(flops),
    )


def _wanted(plan: Plan, wanted: Sequence[int]) -> tuple[int, ...]:
    count = plan.network.num_tensors
    numbers = tuple(wanted)
    for i in numbers:
        if isinstance(i, bool) or not hasattr(i, "__index__") or not 0 <= int(i) < count:
            raise TnsimError(f"`wanted` must hold numbers of inputs, 0 to {count - 1} (got {i!r})")
    if len(set(numbers)) != len(numbers):
        raise TnsimError(f"`wanted` must hold each input once (got {numbers!r})")
    return tuple(int(i) for i in numbers)


def _members(batch: int) -> int:
    if type(batch) is not int or batch < 1:
        raise TnsimError(f"`batch` must be a positive integer (got {batch!r})")
    return batch
