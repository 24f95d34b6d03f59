"""How near the contraction of large tensors comes to the rate of one large matrix product.

A state of 24 two-dimensional legs passes through random operators on 3, 5 and 7 legs. The same
order is run by tnsim, by cotengra and by `numpy.tensordot`; *fraction* is the rate of the second
run over that of a 1024 x 1024 matrix product just before it, in wall time. Set
OPENBLAS_NUM_THREADS=1 on a machine with other work: threads that wait for one another spoil both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .common import Contender, measure, report

LEGS = 24
SEED = 5
DTYPE = "complex64"


def evolution(width: int, gates: int) -> tuple[Any, ...]:
    """(inputs, output, sizes, ssa path) of a state through `gates` operators on `width` legs."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    now = [f"q{i}" for i in range(LEGS)]
    inputs = [tuple(now)]
    for g in range(gates):
        chosen = rng.choice(LEGS, size=width, replace=False).tolist()
        new = [f"g{g}q{i}" for i in chosen]
        inputs.append((*(now[i] for i in chosen), *new))
        for i, label in zip(chosen, new, strict=True):
            now[i] = label
    path = [(0 if g == 0 else gates + g, g + 1) for g in range(gates)]
    sizes = {label: 2 for term in inputs for label in term}
    return tuple(inputs), tuple(now), sizes, tuple(path)


def operands(inputs: Any) -> list[Any]:
    """A random state and random operators of about unit norm, in complex64."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    arrays = []
    for term in inputs:
        numbers = rng.standard_normal(2 * 2 ** len(term), dtype=np.float32)
        numbers *= 2.0 ** (-len(term) / (2 if len(term) == LEGS else 4))
        arrays.append(numbers.view(np.complex64).reshape([2] * len(term)))
    return arrays


def tnsim_kernels(width: int, gates: int) -> dict[str, Any]:
    """The contender: our schedule."""
    from tnsim.contraction.execute import run_schedule
    from tnsim.contraction.schedule import build_schedule

    inputs, output, sizes, path = evolution(width, gates)
    arrays = operands(inputs)
    schedule = build_schedule(inputs, output, sizes, path)
    return timed(lambda: run_schedule(schedule, arrays, dtype=DTYPE), width, gates)


def cotengra_contract(width: int, gates: int) -> dict[str, Any]:
    """The contender: cotengra's own contraction of the same tree."""
    import cotengra

    inputs, output, sizes, path = evolution(width, gates)
    names = {label: chr(192 + i) for i, label in enumerate(sizes)}
    tree = cotengra.ContractionTree.from_path(
        [tuple(names[x] for x in term) for term in inputs],
        tuple(names[x] for x in output),
        {names[x]: size for x, size in sizes.items()},
        ssa_path=path,
    )
    arrays = operands(inputs)
    return timed(lambda: tree.contract(arrays), width, gates)


def numpy_tensordot(width: int, gates: int) -> dict[str, Any]:
    """The contender: one `numpy.tensordot` after the other."""
    import numpy as np

    inputs, output, _, _ = evolution(width, gates)
    arrays = operands(inputs)

    def work() -> Any:
        state, legs = arrays[0], inputs[0]
        for operator, term in zip(arrays[1:], inputs[1:], strict=True):
            axes = [legs.index(x) for x in term[:width]]
            state = np.tensordot(state, operator, (axes, range(width)))
            legs = (*(x for x in legs if x not in term), *term[width:])
        return np.ascontiguousarray(state.transpose([legs.index(x) for x in output]))

    return timed(work, width, gates)


def timed(work: Callable[[], Any], width: int, gates: int) -> dict[str, Any]:
    """One entry of the result, the seconds of the second run, and its part of the full rate."""
    import numpy as np

    work()
    square = np.ones((1024, 1024), DTYPE)
    product = min(seconds(lambda: square @ square) for _ in range(3))
    spent = min(seconds(work) for _ in range(2))
    multiply_adds = gates * 2 ** (LEGS + width)
    value = complex(work()[(0,) * LEGS])
    fraction = multiply_adds / spent / (1024**3 / product)
    return {"value": value, "stages": {"contract": spent, "fraction": fraction}}


def seconds(work: Callable[[], Any]) -> float:
    """The wall time of a call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    for width, gates in ((3, 16), (5, 12), (7, 6)):
        contenders = [
            Contender(
                name,
                f"benchmarks.kernel_rate:{function}",
                imports=("numpy", package),
                arguments={"width": width, "gates": gates},
                package=package,
            )
            for name, function, package in (
                ("tnsim", "tnsim_kernels", "tnsim"),
                ("cotengra", "cotengra_contract", "cotengra"),
                ("numpy.tensordot", "numpy_tensordot", "numpy"),
            )
        ]
        title = f"State of {LEGS} legs through operators on {width}"
        report(title, measure(contenders), goal="goal: half of the matrix-product rate")


if __name__ == "__main__":
    main()
