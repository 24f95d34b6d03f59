"""Known zeros: components that no leg can carry are found and dropped.

A component of a leg is dead if some tensor has only zeros there; then it is dead for every
tensor on that leg. Run to a fixed point this carries the initial state's zeros forward through
the circuit and the observable's back (arc consistency, Mackworth 1977).
"""

from __future__ import annotations

import numpy as np

from .draft import Draft, IdenticallyZero
from .recipes import RecipeBook

__all__ = ["drop_dangling", "drop_unit_labels", "propagate_zeros"]


def propagate_zeros(draft: Draft) -> int:
    """Shrink every label to its live components; how many labels shrank."""
    book, changed = draft.book, 0
    work = dict.fromkeys(draft.labels)
    while work:
        tensor, _ = work.popitem()
        for axis, alive in _alive(book, draft.recipe[tensor]):
            label = draft.labels[tensor][axis]
            changed += 1
            if not alive:
                raise IdenticallyZero
            draft.dim[label] = len(alive)
            if draft.is_output(label):
                draft.live[label] = draft.live[label][list(alive)]
            for other in draft.where[label]:
                at = draft.labels[other].index(label)
                draft.recipe[other] = book.take(draft.recipe[other], at, alive)
                work[other] = None
                draft.changed.add(other)
    if any(not book.masks[r].any() for r in draft.recipe.values()):
        raise IdenticallyZero
    return changed


def drop_unit_labels(draft: Draft) -> int:
    """Remove labels of one component, outputs excepted."""
    units = [k for k, d in draft.dim.items() if d == 1 and not draft.is_output(k)]
    for label in units:
        for tensor in list(draft.where[label]):
            axis = draft.labels[tensor].index(label)
            rest = [k for k in draft.labels[tensor] if k != label]
            draft.replace(tensor, rest, draft.book.squeeze(draft.recipe[tensor], axis))
        draft.forget(label)
    return len(units)


def drop_dangling(draft: Draft) -> int:
    """Sum over labels that a single tensor has."""
    lone = [k for k in draft.dim if len(draft.where[k]) == 1 and not draft.is_output(k)]
    for label in lone:
        (tensor,) = draft.where[label]
        axis = draft.labels[tensor].index(label)
        rest = [k for k in draft.labels[tensor] if k != label]
        draft.replace(tensor, rest, draft.book.sum(draft.recipe[tensor], axis))
        draft.forget(label)
    return len(lone)


def _alive(book: RecipeBook, recipe: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """The axes of a recipe that have dead components, with the components that are alive."""
    key = ("alive", recipe)
    if key not in book.findings:
        mask = book.masks[recipe]
        found = []
        for axis in range(mask.ndim):
            alive = mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis))
            if not alive.all():
                found.append((axis, tuple(np.flatnonzero(alive).tolist())))
        book.findings[key] = tuple(found)
    result: tuple[tuple[int, tuple[int, ...]], ...] = book.findings[key]
    return result
