"""`BudgetPlanner`: this package's planner as `optimize=` of opt_einsum, quimb and cotengra."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opt_einsum.paths import PathOptimizer

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import parse_bytes

from .cache import Request
from .network import Network
from .peers import peer_peak, peer_tree
from .planner import CacheChoice, allowance, cached_or_found
from .plans import Plan, check_dtype
from .problem import Problem
from .search import Purse

if TYPE_CHECKING:
    from cotengra import ContractionTree

__all__ = ["BudgetPlanner"]

# Peers keep both operands of a step beside permuted copies of them, which the search does not
# expect: rest + 2a + 2b + c against rest + a + b + max(a, b, c).
_PESSIMISM = 1.5

Labels = Sequence[Collection[Any]]


class BudgetPlanner(PathOptimizer):  # type: ignore[misc]
    """Plans contractions that other libraries execute, within `budget` bytes.

    What they hold at once is reckoned for their way of executing, not ours: every input, every
    intermediate that is still needed, a permuted copy of both operands of a step, its result, and
    what is gathered from slices. Arrays are taken to be of `dtype` (a plan for it is right for
    smaller ones too) and in NumPy or Torch; a compiler such as JAX's may hold more. cotengra and
    quimb get a tree with its slices; opt_einsum cannot slice, so there an order either fits as a
    whole or is refused. `effort`, `seed` and `cache` are as for `plan`. One planner serves any
    number of contractions; it keeps no state. What the libraries do not tell it, it cannot count:
    they do not ask about one or two tensors, and opt_einsum hides repeated labels (traces) of an
    array, which is larger then than it seems.

    Raises `BudgetError` where nothing fits, naming a budget that works.

    >>> import numpy as np, opt_einsum
    >>> a = np.ones((20, 30))
    >>> planner = BudgetPlanner("1MB", dtype="float64")
    >>> opt_einsum.contract("ij,kj,kl->il", a, a, a, optimize=planner).shape
    (20, 30)
    """

    def __init__(
        self,
        budget: int | str,
        *,
        dtype: str = "complex128",
        effort: str | float = "auto",
        seed: int = 0,
        cache: CacheChoice = None,
    ) -> None:
        check_dtype(dtype)
        allowance(effort, dtype)
        self.budget = parse_bytes(budget)
        self.dtype = dtype
        self.effort = effort
        self.seed = seed
        self.cache = cache

    def __repr__(self) -> str:
        return (
            f"BudgetPlanner({self.budget}, dtype={self.dtype!r}, effort={self.effort!r}, "
            f"seed={self.seed}, cache={self.cache!r})"
        )

    def __call__(
        self,
        inputs: Labels,
        output: Collection[Any],
        size_dict: Mapping[Any, int],
        memory_limit: int | None = None,
    ) -> list[tuple[int, ...]]:
        """A path without slices (opt_einsum's protocol).

        `memory_limit`, in numbers, limits the whole too where it is given.
        """
        budget = self.budget
        if memory_limit is not None:
            budget = min(budget, int(memory_limit) * itemsize(self.dtype))
        if len(inputs) == 1:
            return [(0,)]
        return _linear(self._plan(inputs, output, size_dict, budget, can_slice=False))

    def search(
        self, inputs: Labels, output: Collection[Any], size_dict: Mapping[Any, int]
    ) -> ContractionTree:
        """A contraction tree with its slices (cotengra's protocol, and so quimb's)."""
        found = self._plan(inputs, output, size_dict, self.budget, can_slice=True)
        labels = _names(inputs)
        named = {name: label for label, name in labels.items()}
        return peer_tree(
            [tuple(term) for term in inputs],
            tuple(output),
            {label: int(size_dict[label]) for label in labels},
            found.ssa_path,
            [named[name] for name in found.sliced],
        )

    def _plan(
        self,
        inputs: Labels,
        output: Collection[Any],
        sizes: Mapping[Any, int],
        budget: int,
        *,
        can_slice: bool,
    ) -> Plan:
        names = _names(inputs)
        # Repeated labels in a term (traces, diagonals) are taken there first, in another array.
        terms = tuple(tuple(names[label] for label in _ordered(term)) for term in inputs)
        network = Network(
            tuple(tuple(dict.fromkeys(term)) for term in terms),
            tuple(names[label] for label in _ordered(output)),
            {name: int(sizes[label]) for label, name in names.items()},
        )
        executor = ("cotengra" if can_slice else "opt_einsum", [list(term) for term in terms])
        request = Request(
            network,
            self.dtype,
            (False,) * len(terms),
            1,
            (*executor, self.effort, self.seed),
        )
        problem = Problem(
            request,
            budget,
            peak_of=lambda plan: peer_peak(plan, terms),
            pessimism=_PESSIMISM,
            can_slice=can_slice,
        )
        purse = Purse(allowance(self.effort, self.dtype))
        return cached_or_found(problem, purse, seed=self.seed, cache=self.cache)


def _ordered(labels: Collection[Any]) -> Sequence[Any]:
    """Labels in an order that is the same in every process, also where they come as a set."""
    if isinstance(labels, set | frozenset):
        return sorted(labels, key=str)
    return tuple(labels)


def _names(inputs: Labels) -> dict[Any, str]:
    names: dict[Any, str] = {}
    for term in inputs:
        for label in _ordered(term):
            names.setdefault(label, f"i{len(names)}")
    return names


def _linear(plan: Plan) -> list[tuple[int, ...]]:
    """The path with numbers that close up after each step, as opt_einsum counts."""
    left = list(range(plan.network.num_tensors))
    path: list[tuple[int, ...]] = []
    for t, pair in enumerate(plan.ssa_path):
        places = sorted(bisect_left(left, i) for i in pair)
        for place in reversed(places):
            left.pop(place)
        insort(left, plan.network.num_tensors + t)
        path.append(tuple(places))
    return path
