"""The order of the structural passes. None looks at a parameter's value."""

from __future__ import annotations

from .absorption import absorb, gather_scalars
from .draft import Draft
from .hyperedges import merge_functional_legs
from .splitting import split_low_rank
from .zeros import drop_dangling, drop_unit_labels, propagate_zeros

__all__ = ["simplify"]

_MOST_ROUNDS = 8
_MOST_NUMBERS = 4096


def simplify(draft: Draft) -> None:
    """Simplify in place until nothing changes; `IdenticallyZero` if nothing is left.

    Zeros first, so that gates shrink before they are merged; splitting last, because a product
    of gates often has a lower rank than its factors.
    """
    for _ in range(_MOST_ROUNDS):
        changed = propagate_zeros(draft)
        changed += drop_unit_labels(draft)
        changed += merge_functional_legs(draft)
        changed += drop_dangling(draft)
        changed += absorb(draft, most_numbers=_MOST_NUMBERS)
        changed += split_low_rank(draft)
        if not changed:
            break
    gather_scalars(draft)
