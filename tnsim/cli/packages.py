"""The packages that tnsim knows how to use: what each gives and how to get it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Literal

__all__ = ["PACKAGES", "Package"]

Role = Literal["base", "array library", "planner", "pictures"]


@dataclass(frozen=True)
class Package:
    """A package: the module that is imported, the names that it is installed under, its use.

    `extra` is the group of tnsim that installs it, None where tnsim cannot do without it.
    """

    module: str
    role: Role
    gives: str
    extra: str | None = None
    distributions: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        """What is installed, "unknown" where it does not say, None where nothing is."""
        if find_spec(self.module) is None:
            return None
        for name in self.distributions or (self.module,):
            try:
                return version(name)
            except PackageNotFoundError:
                continue
        return "unknown"

    @property
    def remedy(self) -> str:
        """The command that installs it."""
        wanted = "tnsim" if self.extra is None else f"'tnsim[{self.extra}]'"
        return f"python -m pip install {wanted}"


PACKAGES = (
    Package("autoray", "base", "one interface to all array libraries"),
    Package("numpy", "array library", "arrays on the CPU, the default"),
    Package("torch", "array library", "contraction on Torch tensors, on CPU and GPU", "torch"),
    Package(
        "tensorflow",
        "array library",
        "contraction on TensorFlow tensors, inside its models",
        "tensorflow",
        ("tensorflow", "tensorflow-cpu", "tensorflow-macos"),
    ),
    Package("jax", "array library", "contraction on JAX arrays, on CPU, GPU and TPU", "jax"),
    Package("cotengra", "planner", "the search for contraction orders"),
    Package(
        "cotengrust",
        "planner",
        "the greedy and optimal searches about a hundred times faster",
        "planners",
    ),
    Package(
        "kahypar",
        "planner",
        "search by hypergraph partition: better plans of large networks",
        "planners",
    ),
    Package("matplotlib", "pictures", "run --plot and draw --plot", "plot"),
)
"""In the order of `tnsim doctor`."""
