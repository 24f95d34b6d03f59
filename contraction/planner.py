"""From a network and a budget to a plan that keeps it, or to an error that says what would."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import format_bytes, parse_bytes
from tnsim.base.errors import BudgetError, TnsimError

from .cache import PlanCache, Request, default_folder
from .candidates import Candidates, Found, Limits, least_memory
from .cost import nominal_rates
from .graph import graph_of
from .network import Network
from .plans import Plan, check_dtype, check_path
from .search import Purse, search, starts
from .slicing import Cut
from .tree import tree_of

__all__ = ["plan"]

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
    cache: bool | str | os.PathLike[str] | None = None,
    max_seconds: float | None = None,
) -> Plan:
    """The quickest contraction found whose peak stays within `budget` bytes.

    The peak counts everything alive at once: inputs, intermediates, permuted copies and output.
    Where `batched` marks inputs with a leading axis of size `batch`, it counts the whole batch.
    `effort` scales how long to search: "auto" about as long as the contraction will take, between
    milliseconds and a minute; "low" a tenth and "high" ten times that; a number is the nominal
    seconds to search for. The result depends on the arguments only, except that `max_seconds`
    ends the search by the clock. `hints` are orders (ssa pairs) to consider beside the search's.
    Plans that took a while are kept on disk for the next time: in the user's cache folder, in the
    folder that `cache` names, or, with `cache=False`, not at all.

    Raises `BudgetError`, before any array is made, when nothing fits; its `least_bytes` is a
    budget that works.

    >>> network = Network.from_equation("ij,jk->ik", (20, 30), (30, 40))
    >>> found = plan(network, budget="1MB", dtype="float64")
    >>> found.multiply_adds, found.slices
    (24000, 1)
    """
    check_dtype(dtype)
    marks = _marks(network, batched, batch)
    bytes_allowed = parse_bytes(budget)
    orders = tuple(tuple((int(i), int(j)) for i, j in hint) for hint in hints)
    for i, order in enumerate(orders):
        check_path(order, network.num_tensors, name=f"hints[{i}]")
    request = Request(network, dtype, marks, batch, (effort, seed, orders))
    store = None if cache is False else PlanCache(_folder(cache))
    kept = None if store is None else store.load(request, bytes_allowed)
    if kept is not None:
        return kept
    problem = _Problem(request, bytes_allowed)
    deadline = None if max_seconds is None else time.monotonic() + max_seconds
    purse = Purse(_allowance(effort, dtype), deadline)
    candidates = search(
        problem.graph,
        Limits(problem.room, problem.room - _float(problem.output)),
        purse,
        seed=seed,
        hints=orders,
        frozen=problem.frozen,
    )
    fitting = _fit(problem, candidates)
    if fitting is None:
        return _least(problem)
    chosen, found = fitting
    if store is not None and purse.spent > _WORTH_KEEPING and not purse.interrupted:
        shaped = bool(chosen.sliced) or found.cost > candidates.quickest
        store.store(request, chosen, shaped=shaped)
    return chosen


class _Problem:
    """A request with a budget, in the numbers of elements that the search reckons with."""

    def __init__(self, request: Request, budget: int) -> None:
        network, marks, batch = request.network, request.batched, request.batch
        self.request = request
        self.budget = budget
        self.size = itemsize(request.dtype)
        self.allowed = budget // self.size
        self.graph = graph_of(network, marks, batch)
        self.frozen = [x for x, name in enumerate(self.graph.names) if name == ""]
        shapes = zip(network.shapes, marks, strict=True)
        self.inputs = sum(math.prod(shape) * (batch if mark else 1) for shape, mark in shapes)
        self.output = network.output_elements * (batch if any(marks) else 1)

    @property
    def room(self) -> float:
        """What is left beside the inputs."""
        return _float(self.allowed - self.inputs)

    def plan(self, found: Found) -> Plan:
        """The plan of a tree and cut, walked in the order that suits the sizes of a slice."""
        graph, labels = self.graph, found.cut.labels
        pairs = tree_of(graph.without(labels), found.tree.pairs).ordered().pairs
        sliced = tuple(graph.names[x] for x in labels)
        r = self.request
        return Plan(r.network, pairs, sliced, r.dtype, r.batched, r.batch, self.budget)


def _fit(problem: _Problem, candidates: Candidates) -> tuple[Plan, Found] | None:
    """Choose, measure exactly, and where the estimate was short, tighten and choose again."""
    for _ in range(8):
        if not candidates.fitting:
            return None
        found = candidates.fitting[0]
        chosen = problem.plan(found)
        peak = chosen.schedule.peak_elements(chosen.batch)
        if peak <= problem.allowed:
            return chosen, found
        # The estimate was off by this factor; ask for that much less.
        room = 0.98 * found.cut.peak * problem.room / max(peak - problem.inputs, 1)
        if room <= 0:
            return None
        candidates = candidates.tightened(Limits(room, room))
    return None


def _least(problem: _Problem) -> Plan:
    """The plan of least memory, if that fits; the search may have stopped short of it."""
    allowed, size = problem.allowed, problem.size
    trees = [tree_of(problem.graph, pairs) for pairs in starts(problem.graph, 0)]
    found = least_memory(trees, frozen=problem.frozen)
    least = problem.plan(found)
    peak = least.schedule.peak_elements(least.batch)
    if peak <= allowed:
        return least
    unsliced = ""
    if least.slices > 1:
        whole = problem.plan(Found(found.tree, Cut((), found.tree.cost, found.tree.peak)))
        unsliced = f" or {_bytes(whole.peak_bytes)} for {_power(whole.flops)} in one"
    raise BudgetError(
        f"`budget` must be at least {_bytes(peak * size)} for this contraction (got "
        f"{_bytes(problem.budget)}), which takes {_power(least.flops)} flops in {least.slices} "
        f"slices{unsliced}; give more, or ask for less at once",
        budget=problem.budget,
        least_bytes=peak * size,
        flops=_float(least.flops),
    )


def _allowance(effort: str | float, dtype: str) -> Callable[[float], float]:
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


def _folder(cache: bool | str | os.PathLike[str] | None) -> Path:
    return default_folder() if cache is None or isinstance(cache, bool) else Path(cache)


def _bytes(size: int) -> str:
    return format_bytes(size) if size < 10**18 else f"{_power(size)} B"


def _power(number: int) -> str:
    """An integer of any size as 1.2e+34."""
    text = str(number) if number < 10**4000 else ""
    if not text:
        return f"2^{number.bit_length() - 1}"
    return f"{text[0]}.{text[1:3] or '0'}e+{len(text) - 1}" if len(text) > 6 else text


def _float(number: int) -> float:
    return float(number) if number.bit_length() < 1000 else math.inf
