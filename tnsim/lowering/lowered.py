"""A question in one basis, ready to plan: a network, and how each of its tensors is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tnsim.contraction import Network

from .draft import Draft, IdenticallyZero
from .instructions import TensorMaker
from .recipes import RecipeBook
from .simplify import simplify
from .walk import Basis, Walker

__all__ = ["Lowered", "lower"]


@dataclass(frozen=True)
class Lowered:
    """A simplified network in one basis; `recipes[i]` in `book` makes the i-th input.

    The contraction's result has the axes of the question, but of each only the components in
    `live`; the others are zero at every parameter value. `shape` is the question's own shape.
    `network` is None where the answer as a whole is known to be zero.
    """

    basis: Basis
    book: RecipeBook
    network: Network | None
    recipes: tuple[int, ...]
    live: tuple[NDArray[np.intp], ...]
    shape: tuple[int, ...]

    @property
    def is_real(self) -> bool:
        return self.basis == "pauli"


def lower(book: RecipeBook, basis: Basis, add: Callable[[Draft, Walker], None]) -> Lowered:
    """Build with `add`, simplify, and name the labels in order of first use."""
    draft = Draft(book)
    add(draft, Walker(draft, TensorMaker(book), basis))
    shape = tuple(draft.dim[k] for k in draft.output)
    try:
        simplify(draft)
    except IdenticallyZero:
        empty = tuple(np.zeros(0, dtype=np.intp) for _ in shape)
        return Lowered(basis, book, None, (), empty, shape)
    order = sorted(draft.labels)
    names: dict[int, str] = {}
    for tensor in order:
        for label in draft.labels[tensor]:
            names.setdefault(label, f"i{len(names)}")
    network = Network(
        tuple(tuple(names[k] for k in draft.labels[t]) for t in order),
        tuple(names[k] for k in draft.output),
        {name: draft.dim[label] for label, name in names.items()},
    )
    live = tuple(draft.live[k] for k in draft.output)
    return Lowered(basis, book, network, tuple(draft.recipe[t] for t in order), live, shape)
