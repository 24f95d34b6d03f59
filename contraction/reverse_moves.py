"""Forward steps, forward steps done again, and reverse steps, as one straight line of products."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from .reverse_tree import ReverseTree

__all__ = ["Move", "keep_everything", "moves_of"]


@dataclass(frozen=True)
class Move:
    """Tensor `number` is the product of `left` and `right`, each made by one move.

    The inputs come first, then the cotangent, then what is made. It is tensor `of` of the
    contraction order, or the adjoint of that.
    """

    left: int
    right: int
    number: int
    of: int
    is_adjoint: bool


def keep_everything(steps: int) -> list[int]:
    """All steps forward, then all in reverse."""
    return [*range(steps), *(~t for t in reversed(range(steps)))]


def moves_of(
    actions: Sequence[int],
    tree: ReverseTree,
    size: Callable[[int], int],
    shared: Collection[int] = (),
) -> tuple[Move, ...]:
    """The products that `actions` ask for; t stands for step t forward and ~t for it in reverse.

    Forward steps whose result is not used are left out; the root is always made, once. `shared`
    are steps that were done before. `size` is that of a tensor of the contraction order.
    """
    n = tree.inputs
    numbers: dict[int, int] = {i: i for i in range(n)}
    adjoints = {tree.root: n}
    made = n + 1
    moves: list[Move] = []
    each = [t for t in actions if t not in shared]
    for t in (*shared, *_used(each, tree)):
        i, j = tree.path[t if t >= 0 else ~t]
        if t >= 0:
            moves.append(Move(numbers[i], numbers[j], made, n + t, is_adjoint=False))
            numbers[n + t] = made
            made += 1
            continue
        above = adjoints.pop(n + ~t)
        # The smaller first, so that the larger one may be written over the adjoint above.
        for this, other in sorted(((i, j), (j, i)), key=lambda pair: size(pair[0])):
            if tree.active[this]:
                moves.append(Move(above, numbers[other], made, this, is_adjoint=True))
                adjoints[this] = made
                made += 1
    return tuple(moves)


def _used(actions: Sequence[int], tree: ReverseTree) -> list[int]:
    """The actions whose result is looked at before it is made again."""
    n = tree.inputs
    wanted = {tree.root}
    used = []
    for t in reversed(actions):
        if t < 0:
            i, j = tree.path[~t]
            if not tree.reverses(~t):
                continue
            wanted.update(x for x in (i, j) if tree.needed[x] and x >= n)
        elif n + t in wanted:
            wanted.discard(n + t)
            wanted.update(x for x in tree.path[t] if x >= n)
        else:
            continue
        used.append(t)
    used.reverse()
    return used
