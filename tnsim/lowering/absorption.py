"""Small tensors are multiplied into a neighbour wherever the product is no larger than it."""

from __future__ import annotations

from collections import deque

from .draft import Draft

__all__ = ["absorb", "gather_scalars"]


def absorb(draft: Draft, *, most_numbers: int) -> int:
    """Contract pairs whose product has at most the larger one's numbers; how many pairs.

    Products of more than `most_numbers` numbers are left to the contraction's plan.
    """
    done = 0
    start = draft.changed.union(*map(draft.neighbours, draft.changed))
    draft.changed.clear()
    queue = deque(sorted(start, key=lambda t: (draft.size(t), t)))
    while queue:
        tensor = queue.popleft()
        if tensor not in draft.labels or not draft.labels[tensor]:
            continue
        partner = _best_partner(draft, tensor, most_numbers)
        if partner is None:
            continue
        product = draft.contract(tensor, partner)
        done += 1
        queue.append(product)
        queue.extend(sorted(draft.neighbours(product)))
    draft.changed.clear()
    return done


def gather_scalars(draft: Draft) -> int:
    """Multiply all tensors without legs into one, and that into the smallest other tensor."""
    scalars = [t for t, labels in draft.labels.items() if not labels]
    if not scalars:
        return 0
    total = scalars[0]
    for scalar in scalars[1:]:
        total = draft.contract(total, scalar)
    others = [t for t in draft.labels if t != total]
    if others:
        draft.contract(min(others, key=lambda t: (draft.size(t), t)), total)
    return len(scalars)


def _best_partner(draft: Draft, tensor: int, most_numbers: int) -> int | None:
    best: tuple[int, int, int] | None = None
    size, dim, where = draft.size(tensor), draft.dim, draft.where
    mine = draft.labels[tensor]
    for other in draft.neighbours(tensor):
        theirs = draft.labels[other]
        product, most = 1, min(max(size, draft.size(other)), most_numbers)
        for label in mine:
            shared = label in theirs
            if not shared or len(where[label]) > 2 or draft.is_output(label):
                product *= dim[label]
        for label in theirs:
            if label not in mine:
                product *= dim[label]
        if product <= most:
            rating = (product, draft.size(other), other)
            best = rating if best is None or rating < best else best
    return None if best is None else best[2]
