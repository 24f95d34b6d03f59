"""What messages of belief propagation take, from structure alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

import opt_einsum

__all__ = ["Network", "message_flops"]

Network = Literal["trace", "norm", "overlap", "sandwich"]

_LAYERS: dict[Network, str] = {"trace": "a", "norm": "aa", "overlap": "ab", "sandwich": "aba"}
"""The layers of a closed network: a for the state, b for the operator that it meets."""

_SWEEPS = 4
# After which messages mostly stand still.


def message_flops(
    network: Network,
    incident: Sequence[Sequence[int]],
    state: Sequence[float],
    operator: Sequence[float] | None = None,
    *,
    leg: int,
) -> float:
    """Multiply-adds of all messages, given the dimension of every bond in the state (and operator).

    `incident` are the bonds of each site, `leg` the dimension of the state's physical legs.
    """
    shapes = Counter(
        tuple(
            (round(state[b]), 1 if operator is None else round(operator[b])) for b in sorted(some)
        )
        for some in incident
    )
    each = (n * _site_flops(network, tuple(sorted(dims)), leg) for dims, n in shapes.items())
    return float(_SWEEPS * sum(each))


@cache
def _site_flops(network: Network, dims: tuple[tuple[int, int], ...], leg: int) -> float:
    """Of the messages that one site sends, one along each bond."""
    return sum(_sent(network, dims, leg, end) for end in range(len(dims)))


def _sent(network: Network, dims: tuple[tuple[int, int], ...], leg: int, end: int) -> float:
    layers = _LAYERS[network]
    shapes = [[pair[layer == "b"] for pair in dims] for layer in layers]
    names = _names()
    bonds = [[next(names) for _ in dims] for _ in layers]
    terms = ["".join(some) for some in bonds]
    if network in ("norm", "overlap"):
        joined = next(names)
        terms = [joined + term for term in terms]
        shapes = [[leg, *shape] for shape in shapes]
    elif network == "sandwich":
        first, second = next(names), next(names)
        terms = [first + terms[0], first + second + terms[1], second + terms[2]]
        shapes = [[leg, *shapes[0]], [leg, leg, *shapes[1]], [leg, *shapes[2]]]
    for k, pair in enumerate(dims):
        if k != end:
            terms.append("".join(some[k] for some in bonds))
            shapes.append([pair[layer == "b"] for layer in layers])
    output = "".join(some[end] for some in bonds)
    if len(terms) == 1:
        return float(math.prod(shapes[0]))
    equation = f"{','.join(terms)}->{output}"
    _, found = opt_einsum.contract_path(equation, *shapes, shapes=True, optimize="greedy")
    # Counted there as multiplications and additions.
    return float(found.opt_cost) / 2


def _names() -> Iterator[str]:
    return (opt_einsum.get_symbol(k) for k in range(1000))
