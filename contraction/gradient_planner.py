"""From a plan and the wanted inputs to a gradient plan that keeps a budget, or to an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tnsim.base.arrays import LIBRARIES, itemsize
from tnsim.base.budgets import format_bytes, parse_bytes
from tnsim.base.errors import BudgetError, TnsimError

from .gradient_plan import GradientPlan
from .planner import plan as plan_forward
from .plans import Plan
from .reverse_search import ReverseSearch

__all__ = ["plan_gradient"]

_WORTH_SLICING = 1.5
# Recomputing may add half the work before plans with more slices are looked at.
_SMALLER = 3
_TRIES = 6


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
    quickest = search.keeping
    best = (search, search.within(elements))
    work = quickest.multiply_adds(members)
    if best[1] is None or best[1].multiply_adds(members) > _WORTH_SLICING * work:
        last = search
        for other in _sliced_more(plan, allowed, members):
            last = ReverseSearch(other, inputs, batch=members, library=library)
            found = last.within(elements)
            if found is None:
                continue
            if best[1] is None or last.seconds(found) < best[0].seconds(best[1]):
                best = (last, found)
            if found is last.keeping:
                break
        if best[1] is None:
            raise _refusal(allowed, [search, last])
    made, schedule = best
    assert schedule is not None, "refused above"
    return GradientPlan(made.plan, inputs, allowed, members, library, schedule)


def _sliced_more(plan: Plan, allowed: int, batch: int) -> Iterator[Plan]:
    """Plans for ever smaller budgets, down to the least that holds the forward contraction."""
    seen = {(plan.ssa_path, plan.sliced)}
    budget = allowed
    for _ in range(_TRIES):
        budget = max(budget // _SMALLER, 1)
        ended = False
        try:
            made = _planned(plan, budget, batch)
        except BudgetError as error:
            if error.least_bytes is None:
                return
            made, ended = _planned(plan, error.least_bytes, batch), True
        if (made.ssa_path, made.sliced) not in seen:
            seen.add((made.ssa_path, made.sliced))
            yield made
        if ended:
            return


def _planned(plan: Plan, budget: int, batch: int) -> Plan:
    return plan_forward(
        plan.network,
        budget=budget,
        dtype=plan.dtype,
        batched=plan.batched,
        batch=batch,
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
    return BudgetError(
        f"`budget` must be at least {format_bytes(least)} for this contraction and its derivatives "
        f"(got {format_bytes(allowed)}), which takes {float(flops):.1e} flops in {slices} "
        f"slice{'s' if slices != 1 else ''} with {search.least.recomputed} products done again; "
        "give more, or ask for fewer derivatives or a smaller batch at once",
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
