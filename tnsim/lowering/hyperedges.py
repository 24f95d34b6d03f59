"""Legs that are a function of another leg become one label (a hyperedge).

Where a tensor is nonzero only for x = f(y), label x is replaced by y everywhere: a diagonal
gate (f the identity) or a signed permutation such as X or CNOT costs no index of its own.
Only one-to-one f of equal size are used, so no label grows.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from .draft import Draft

__all__ = ["merge_functional_legs"]


def merge_functional_legs(draft: Draft) -> int:
    """Merge labels wherever a tensor shows that one is a bijection of another; how many."""
    findings = draft.book.findings
    merged = 0
    for tensor in list(draft.labels):
        while True:
            recipe = draft.recipe[tensor]
            key = ("functions", recipe)
            if key not in findings:
                findings[key] = _functions(draft.book.masks[recipe])
            labels = draft.labels[tensor]
            usable = next((f for f in findings[key] if not draft.is_output(labels[f[0]])), None)
            if usable is None:
                break
            _merge(draft, labels[usable[0]], labels[usable[1]], usable[2])
            merged += 1
    return merged


def _functions(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    """All (x, y, f) such that the mask allows only x = f(y), with f one-to-one."""
    found = []
    for x, y in permutations(range(mask.ndim), 2):
        if mask.shape[x] != mask.shape[y]:
            continue
        others = tuple(k for k in range(mask.ndim) if k not in (x, y))
        pairs = mask.any(axis=others)
        pairs = pairs if x < y else pairs.T
        if (pairs.sum(axis=0) <= 1).all() and (pairs.sum(axis=1) <= 1).all():
            values = pairs.argmax(axis=0)
            if len(set(values.tolist())) == len(values):
                found.append((x, y, tuple(int(v) for v in values)))
    return tuple(found)


def _merge(draft: Draft, gone: int, kept: int, values: tuple[int, ...]) -> None:
    book = draft.book
    for tensor in list(draft.where[gone]):
        labels, recipe = draft.labels[tensor], draft.recipe[tensor]
        axis = labels.index(gone)
        if kept in labels:
            made = book.pick(recipe, axis, labels.index(kept), values)
            draft.replace(tensor, [k for k in labels if k != gone], made)
        else:
            made = book.take(recipe, axis, values)
            draft.replace(tensor, [kept if k == gone else k for k in labels], made)
    draft.forget(gone)
