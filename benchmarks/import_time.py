"""`import tnsim` against `import numpy`, each in a fresh interpreter."""

from __future__ import annotations

from .common import Contender, measure, report

TITLE = "import time"
GOAL = "goal: `import tnsim` at most twice `import numpy`"
REPEATS = 9


def load(module: str) -> str:
    """The contender: import one module."""
    import importlib

    importlib.import_module(module)
    return module


def load_every_name() -> str:
    """The contender: import tnsim and fetch all that it offers."""
    import tnsim

    return str(len([getattr(tnsim, name) for name in tnsim.__all__]))


def main() -> None:
    """Measure and print."""
    contenders = [
        Contender(
            name=f"import {module}",
            function="benchmarks.import_time:load",
            arguments={"module": module},
            package=module,
            repeats=REPEATS,
        )
        for module in ("numpy", "tnsim", "autoray", "cotengra", "quimb")
    ]
    contenders.insert(
        2,
        Contender(
            name="every name of tnsim",
            function="benchmarks.import_time:load_every_name",
            package="tnsim",
            repeats=REPEATS,
        ),
    )
    report(TITLE, measure(contenders), goal=GOAL)


if __name__ == "__main__":
    main()
