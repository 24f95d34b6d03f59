"""Free parameters as `input` statements."""

from __future__ import annotations

from collections.abc import Sequence

from tnsim.base.errors import CircuitError

__all__ = ["input_statements"]


def input_statements(names: Sequence[str]) -> list[str]:
    """One statement for each parameter, or for all of an array.

    >>> input_statements(["a", "theta[0]", "theta[3]"])
    ['input float[64] a;', 'input array[float[64], 4] theta;']
    """
    sizes: dict[str, int] = {}
    for name in names:
        base, _, index = name.partition("[")
        size = int(index[:-1]) + 1 if index else 0
        if base in sizes and (size == 0 or sizes[base] == 0):
            raise CircuitError(
                f"parameters called {base!r} and {base!r}[...] cannot be written to one program; "
                "bind another parameter in the place of one"
            )
        sizes[base] = max(sizes.get(base, 0), size)
    return [
        f"input array[float[64], {size}] {base};" if size else f"input float[64] {base};"
        for base, size in sorted(sizes.items())
    ]
