"""From a network and a budget to a plan that keeps it, or to an error that says what would."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tnsim.base.budgets import parse_bytes
from tnsim.base.errors import TnsimError

from .cache import PlanCache, Request, default_folder
from .cost import nominal_rates
from .network import Network
from .plans import Plan, check_dtype, check_path
from .problem import Problem
from .search import Purse
from .tree import Pairs

__all__ = ["CacheChoice", "allowance", "cached_or_found", "plan"]

CacheChoice = bool | str | os.PathLike[str] | None
"""Where plans are kept: a folder, None or True for the user's cache folder, False for nowhere."""

_EFFORTS = {"low": 0.1, "auto": 1.0, "high": 10.0}
_LEAST_SECONDS = 2e-3
_MOST_SECONDS = 60.0
_WORTH_KEEPING = 0.05


def plan(
    network: Network,
    *,
    budget: int | str,
    dtype: str,
    batched: Sequence[bool] | None = None,
    batch: int = 1,
    effort: str | float = "auto",
    seed: int = 0,
    hints: Sequence[Sequence[tuple[int, int]]] = (),
    cache: CacheChoice = None,
    max_seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """The quickest contraction found whose peak stays within `budget` bytes.

    The peak counts everything alive at once: inputs, intermediates, permuted copies and output.
    Where `batched` marks inputs with a leading axis of size `batch`, it counts the whole batch.
    `effort` scales how long to search: "auto" about as long as the contraction will take, between
    milliseconds and a minute; "low" a tenth and "high" ten times that; a number is the nominal
    seconds to search for. The result depends on the arguments only, except that `max_seconds`
    ends the search by the clock. `progress(spent, allowed)` is called as the search goes on, in
    nominal milliseconds; a better contraction allows less. `hints` are orders (ssa pairs) to
    consider beside the search's. Plans that took a while are kept on disk for the next time: in
    the user's cache folder, in the folder that `cache` names, or, with `cache=False`, not at all.

    Raises `BudgetError`, before any array is made, when nothing fits; its `least_bytes` is a
    budget that works.

    >>> network = Network.from_equation("ij,jk->ik", (20, 30), (30, 40))
    >>> found = plan(network, budget="1MB", dtype="float64")
    >>> found.multiply_adds, found.slices
    (24000, 1)
    """
    check_dtype(dtype)
    marks = _marks(network, batched, batch)
    orders = tuple(tuple((int(i), int(j)) for i, j in hint) for hint in hints)
    for i, order in enumerate(orders):
        check_path(order, network.num_tensors, name=f"hints[{i}]")
    deadline = None if max_seconds is None else time.monotonic() + max_seconds
    return cached_or_found(
        Problem(
            Request(network, dtype, marks, batch, ("tnsim", effort, seed, orders)),
            parse_bytes(budget),
            peak_of=_own_peak,
        ),
        Purse(allowance(effort, dtype), deadline, report=progress),
        seed=seed,
        hints=orders,
        cache=cache,
    )


def cached_or_found(
    problem: Problem,
    purse: Purse,
    *,
    seed: int,
    hints: tuple[Pairs, ...] = (),
    cache: CacheChoice = None,
) -> Plan:
    """The plan kept for this problem, or else the one that a search finds."""
    request, store = problem.request, _store(cache)
    kept = None if store is None else store.load(request, problem.budget, problem.peak_of)
    if kept is not None:
        return kept
    candidates = problem.search(purse, seed=seed, hints=hints)
    chosen = problem.choose(candidates)
    if chosen is None:
        return problem.least()
    made, found = chosen
    if store is not None and purse.spent > _WORTH_KEEPING and not purse.interrupted:
        shaped = bool(made.sliced) or found.cost > candidates.quickest
        store.store(request, made, shaped=shaped)
    return made


def _own_peak(made: Plan) -> int:
    """What our executor holds at once, in numbers."""
    return made.schedule.peak_elements(made.batch)


def allowance(effort: str | float, dtype: str) -> Callable[[float], float]:
    """How long to search, in nominal seconds, for a contraction of so many multiply-adds."""
    rate = nominal_rates(dtype).multiply_adds
    if isinstance(effort, str):
        if effort not in _EFFORTS:
            raise TnsimError(
                f"`effort` must be 'low', 'auto', 'high' or seconds to search for (got {effort!r})"
            )
        factor = _EFFORTS[effort]
        most = _MOST_SECONDS * max(factor, 1.0)
        return lambda cost: min(max(factor * cost / rate, _LEAST_SECONDS), most)
    if not 0 <= effort < math.inf:
        raise TnsimError(f"`effort` must not be negative (got {effort!r})")
    seconds = float(effort)
    return lambda _: seconds


def _marks(network: Network, batched: Sequence[bool] | None, batch: int) -> tuple[bool, ...]:
    marks = (False,) * network.num_tensors if batched is None else tuple(batched)
    if len(marks) != network.num_tensors:
        raise TnsimError(
            f"`batched` must hold a mark for each of {network.num_tensors} inputs "
            f"(got {len(marks)})"
        )
    if type(batch) is not int or batch < 1:
        raise TnsimError(f"`batch` must be a positive integer (got {batch!r})")
    return tuple(bool(mark) for mark in marks)


def _store(cache: CacheChoice) -> PlanCache | None:
    if cache is False:
        return None
    return PlanCache(default_folder() if cache is None or cache is True else Path(cache))
