"""`BudgetPlanner`: this package's planner as `optimize=` of opt_einsum, quimb and cotengra."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opt_einsum.paths import PathOptimizer

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import format_bytes, parse_bytes
from tnsim.base.errors import BudgetError

from .network import Network
from .planner import plan
from .plans import Plan, check_dtype

if TYPE_CHECKING:
    from cotengra import ContractionTree

__all__ = ["BudgetPlanner"]

_ATTEMPTS = 8
_UNLIMITED = 1 << 62

Labels = Sequence[Collection[Any]]


class BudgetPlanner(PathOptimizer):  # type: ignore[misc]
    """Plans contractions that other libraries execute, within `budget` bytes.

    What they hold at once is reckoned for their way of executing, not ours: every input, every
    intermediate that is still needed, a permuted copy of both operands of a step, and its result.
    Arrays are taken to be of `dtype` (what is planned is right for smaller ones too). cotengra
    and quimb get a tree with its slices; opt_einsum cannot slice, so there an order either fits
    as a whole or is refused.

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
        cache: bool | str | None = None,
    ) -> None:
        check_dtype(dtype)
        self.budget = parse_bytes(budget)
        self.dtype = dtype
        self.effort = effort
        self.seed = seed
        self.cache = cache

    def __call__(
        self,
        inputs: Labels,
        output: Collection[Any],
        size_dict: Mapping[Any, int],
        memory_limit: int | None = None,
    ) -> list[tuple[int, ...]]:
        """A path without slices (opt_einsum's protocol); `memory_limit` is in numbers."""
        budget = self.budget
        if memory_limit is not None:
            budget = min(budget, int(memory_limit) * itemsize(self.dtype))
        least: int | None = None
        for allowed in (_UNLIMITED, budget):
            try:
                found = self._plan(inputs, output, size_dict, allowed)
            except BudgetError:
                continue
            tree = _tree(found, inputs, output, size_dict, sliced=())
            peak = self._peak(tree)
            if peak <= budget:
                return [tuple(pair) for pair in tree.get_path()]
            least = peak if least is None else min(least, peak)
        raise self._refusal(
            budget, least, "a path cannot be sliced; contract with cotengra or quimb, which slice"
        )

    def search(
        self, inputs: Labels, output: Collection[Any], size_dict: Mapping[Any, int]
    ) -> ContractionTree:
        """A contraction tree with its slices (cotengra's protocol, and so quimb's)."""
        allowed, least = self.budget, None
        for _ in range(_ATTEMPTS):
            try:
                found = self._plan(inputs, output, size_dict, allowed)
            except BudgetError as error:
                scale = self.budget / allowed
                named = None if error.least_bytes is None else int(error.least_bytes * scale)
                raise self._refusal(self.budget, named, "give that much") from error
            tree = _tree(found, inputs, output, size_dict, sliced=found.sliced)
            peak = self._peak(tree)
            if peak <= self.budget:
                return tree
            least = peak if least is None else min(least, peak)
            # Their copies take more than ours: plan for as much less.
            allowed = max(1, int(allowed * min(0.9, self.budget / peak)))
        raise self._refusal(self.budget, least, "give that much")

    def _plan(
        self, inputs: Labels, output: Collection[Any], sizes: Mapping[Any, int], budget: int
    ) -> Plan:
        names = _names(inputs)
        network = Network(
            tuple(tuple(names[label] for label in term) for term in inputs),
            tuple(names[label] for label in output),
            {name: int(sizes[label]) for label, name in names.items()},
        )
        return plan(
            network,
            budget=budget,
            dtype=self.dtype,
            effort=self.effort,
            seed=self.seed,
            cache=self.cache,
        )

    def _peak(self, tree: ContractionTree) -> int:
        """The most bytes that cotengra or opt_einsum hold at once when they contract `tree`."""
        whole = sum(_product(tree.size_dict, term) for term in tree.inputs)
        result = _product(tree.size_dict, tree.output)
        # Beside a slice's contraction: the result being added to, or all parts and the stack.
        held = whole + (2 * result if tree.sliced_inds else 0)
        alive, most = 0, 0
        leaves = set(tree.gen_leaves())
        for parent, left, right in tree.traverse():
            operands = tree.get_size(left) + tree.get_size(right)
            made = tree.get_size(parent)
            most = max(most, alive + operands + made)
            alive += made
            alive -= sum(tree.get_size(n) for n in (left, right) if n not in leaves)
        return int(held + most + result) * itemsize(self.dtype)

    def _refusal(self, budget: int, least: int | None, advice: str) -> BudgetError:
        need = "more" if least is None else f"about {format_bytes(least)}"
        return BudgetError(
            f"the budget must be {need} for this contraction (got {format_bytes(budget)}); "
            f"{advice}",
            budget=budget,
            least_bytes=least,
        )


def _names(inputs: Labels) -> dict[Any, str]:
    names: dict[Any, str] = {}
    for term in inputs:
        for label in term:
            names.setdefault(label, f"i{len(names)}")
    return names


def _tree(
    found: Plan,
    inputs: Labels,
    output: Collection[Any],
    sizes: Mapping[Any, int],
    *,
    sliced: Sequence[str],
) -> ContractionTree:
    from cotengra import ContractionTree

    tree = ContractionTree.from_path(
        [tuple(term) for term in inputs], tuple(output), dict(sizes), ssa_path=found.ssa_path
    )
    labels = {name: label for label, name in _names(inputs).items()}
    for name in sliced:
        tree.remove_ind_(labels[name])
    return tree


def _product(sizes: Mapping[Any, int], labels: Collection[Any]) -> int:
    number = 1
    for label in labels:
        number *= int(sizes[label])
    return number
