"""What making the arrays of some recipes takes, and which depend on a batch: from structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tnsim.contraction.schedule_memory import Count, Held, Ledger

from .recipes import Contract, Leaf, Recipe, RecipeBook

__all__ = ["Footprint", "footprint", "last_uses", "needed"]


@dataclass(frozen=True)
class Footprint:
    """The cost of `Materialiser.arrays`, known before any array is made.

    `marks` says which of the wanted arrays carry a batch axis, `constants` how many numbers are
    kept converted for the next run, and `peaks` what else can be alive at once, in numbers.
    """

    marks: tuple[bool, ...]
    constants: int
    peaks: tuple[Count, ...]

    def peak_elements(self, batch: int) -> int:
        """The most numbers alive at once beside the constants, for a batch of this size."""
        return max(peak.at(batch) for peak in self.peaks)


def footprint(
    book: RecipeBook, wanted: Sequence[int], batch: frozenset[str], dtype: str, library: str
) -> Footprint:
    """The footprint where the parameters named in `batch` have many values."""
    order = needed(book, wanted)
    frees = last_uses(book, order, wanted)
    ledger, constants = Ledger(batched=bool(batch)), 0
    marked: dict[int, bool] = {}
    held: dict[int, Held] = {}
    weighed: set[object] = set()
    for recipe in order:
        node = book.recipes[recipe]
        if isinstance(node, Leaf):
            marked[recipe] = any(name in batch for a in node.args for name in a.names)
            if library != "numpy" or node.constants.dtype.name != dtype:
                constants += node.constants.size
            if node.args and (node.key, node.args) not in weighed:
                weighed.add((node.key, node.args))
                # The coefficients, kept until the end, are put together from columns.
                ledger.write(Count.of(len(node.constants), marked[recipe]))
                ledger.use(Count.of(3 * len(node.constants), marked[recipe]))
        else:
            marked[recipe] = any(marked[s] for s in _sources(node))
        plain = isinstance(node, Leaf) and not node.args
        size = Count() if plain else Count.of(book.size(recipe), marked[recipe])
        # It may be copied once to be contiguous.
        held[recipe] = ledger.write(size, buffers=size)
        ledger.free(*(held[s] for s in frees.get(recipe, ())))
    return Footprint(tuple(marked[r] for r in wanted), constants, ledger.peaks)


def needed(book: RecipeBook, wanted: Iterable[int]) -> list[int]:
    """The recipes that `wanted` are made from, themselves included, sources first."""
    pending, found = list(wanted), set()
    while pending:
        recipe = pending.pop()
        if recipe not in found:
            found.add(recipe)
            pending += _sources(book.recipes[recipe])
    return sorted(found)


def last_uses(
    book: RecipeBook, order: Sequence[int], wanted: Iterable[int]
) -> Mapping[int, tuple[int, ...]]:
    """By recipe, those of its sources that no later recipe of `order` uses and none wants."""
    kept, frees = set(wanted), dict[int, tuple[int, ...]]()
    for recipe in reversed(order):
        done = tuple(s for s in dict.fromkeys(_sources(book.recipes[recipe])) if s not in kept)
        kept.update(done)
        if done:
            frees[recipe] = done
    return frees


def _sources(node: Recipe) -> tuple[int, ...]:
    if isinstance(node, Leaf):
        return ()
    return (node.left, node.right) if isinstance(node, Contract) else (node.source,)
