"""A plan: the order, the slices, and what they cost. A value, saved as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tnsim.base.arrays import itemsize
from tnsim.base.budgets import format_bytes
from tnsim.base.codec import canonical_json, digest, load_json
from tnsim.base.errors import TnsimError

from .cost import measured_rates, predicted_seconds
from .graph import graph_of
from .network import Network
from .schedule import Schedule, build_schedule
from .tree import Tree, tree_of

__all__ = ["PLAN_VERSION", "Plan", "check_dtype", "check_path"]

PLAN_VERSION = 1
_KIND = "tnsim-plan"
_DTYPES = ("float32", "float64", "complex64", "complex128")


@dataclass(frozen=True)
class Plan:
    """How to contract `network`: in the order `ssa_path`, once for each value of `sliced`.

    The t-th pair of `ssa_path` contracts two tensors into number `len(network.inputs) + t`.
    Inputs marked in `batched` carry a leading axis of size `batch`, and then so does the output.
    `budget` is what it was planned for, in bytes. All other figures follow from these.

    >>> from tnsim.contraction import Network, plan
    >>> network = Network.from_equation("ij,jk,kl->il", (8, 9), (9, 10), (10, 11))
    >>> found = plan(network, budget="1MB", dtype="float64")
    >>> found.slices, found.multiply_adds
    (1, 1600)
    >>> Plan.from_json(found.to_json()) == found
    True
    """

    network: Network
    ssa_path: tuple[tuple[int, int], ...]
    sliced: tuple[str, ...]
    dtype: str
    batched: tuple[bool, ...]
    batch: int
    budget: int

    def __post_init__(self) -> None:
        _check(self)

    @cached_property
    def schedule(self) -> Schedule:
        """The steps as they will be executed."""
        return build_schedule(
            self.network.inputs,
            self.network.output,
            self.network.sizes,
            self.ssa_path,
            self.sliced,
            batched=self.batched,
        )

    @cached_property
    def peak_bytes(self) -> int:
        """The most bytes alive at once, counting inputs, intermediates, copies and the output."""
        return self.peak_bytes_at(self.batch)

    def peak_bytes_at(self, batch: int) -> int:
        """`peak_bytes` for another size of the batch axis."""
        return self.schedule.peak_elements(batch) * itemsize(self.dtype)

    @property
    def slices(self) -> int:
        """How many independent contractions are summed or stacked."""
        return math.prod(self.network.sizes[label] for label in self.sliced)

    @cached_property
    def multiply_adds(self) -> int:
        """Multiplications of two numbers, with the addition of the result, over all slices.

        What does not differ between slices is done, and counted, once.
        """
        return self.schedule.multiply_adds(self.batch)

    @property
    def flops(self) -> int:
        """Real floating-point operations: 2 a multiply-add of real numbers, 8 of complex ones."""
        return self.multiply_adds * (8 if self.dtype.startswith("complex") else 2)

    @cached_property
    def width(self) -> float:
        """log2 of the numbers in the largest tensor that a slice makes."""
        return self._tree.width

    @cached_property
    def seconds(self) -> float:
        """The time of the contraction on this machine, predicted."""
        schedule = self.schedule
        once, each = (written.at(self.batch) for written in schedule.written)
        return predicted_seconds(
            self.multiply_adds,
            once + each * self.slices,
            schedule.prelude + (len(schedule.steps) - schedule.prelude) * self.slices,
            dtype=self.dtype,
            rates=measured_rates(self.dtype),
        )

    @cached_property
    def _tree(self) -> Tree:
        graph = graph_of(self.network, self.batched, self.batch)
        cut = set(self.sliced)
        graph = graph.without(x for x, name in enumerate(graph.names) if name in cut)
        return tree_of(graph, self.ssa_path)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what is computed; labels' names and the budget do not."""
        data = self._decisions()
        index = {label: i for i, label in enumerate(self.network.sizes)}
        data["sliced"] = [index[label] for label in self.sliced]
        return digest({"network": self.network.digest, **data})

    def relabel(self, network: Network) -> Plan:
        """The same plan for a network of the same structure with other labels."""
        if network.digest != self.network.digest:
            raise TnsimError("`network` must have the structure that the plan was made for")
        names = dict(zip(self.network.sizes, network.sizes, strict=True))
        sliced = tuple(names[label] for label in self.sliced)
        return Plan(
            network, self.ssa_path, sliced, self.dtype, self.batched, self.batch, self.budget
        )

    def to_json(self) -> str:
        """JSON text; `from_json` reads it back."""
        return canonical_json(
            {
                "kind": _KIND,
                "version": PLAN_VERSION,
                "network": self.network.to_dict(),
                "budget": self.budget,
                "peak_bytes": self.peak_bytes,
                "multiply_adds": self.multiply_adds,
                **self._decisions(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """The plan of `to_json`, its forecast checked anew; `TnsimError` on anything else."""
        data = load_json(text, kind=_KIND, version=PLAN_VERSION)
        try:
            plan = cls(
                Network.from_dict(data["network"]),
                tuple((_integer(i), _integer(j)) for i, j in data["ssa_path"]),
                tuple(data["sliced"]),
                data["dtype"],
                tuple(data["batched"]),
                _integer(data["batch"]),
                _integer(data["budget"]),
            )
            expected = (data["peak_bytes"], data["multiply_adds"])
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, TnsimError):
                raise
            raise TnsimError(f"this plan lacks or garbles a field: {error}") from error
        if (plan.peak_bytes, plan.multiply_adds) != expected:
            raise TnsimError(
                "this plan's forecast is not what this version computes for it "
                f"(peak {expected[0]} and {plan.peak_bytes} bytes); plan anew"
            )
        return plan

    def __str__(self) -> str:
        rows = (
            ("peak", format_bytes(self.peak_bytes)),
            ("flops", f"{float(self.flops):.2e}"),
            ("slices", str(self.slices)),
            ("width", f"{self.width:.1f}"),
            ("seconds", f"{self.seconds:.2g}"),
        )
        return "\n".join(f"{name:8} {value}" for name, value in rows)

    def _decisions(self) -> dict[str, Any]:
        return {
            "ssa_path": [list(pair) for pair in self.ssa_path],
            "sliced": list(self.sliced),
            "dtype": self.dtype,
            "batched": list(self.batched),
            "batch": self.batch,
        }


def check_dtype(dtype: str) -> None:
    """Refuse a dtype that plans are not made for."""
    if dtype not in _DTYPES:
        raise TnsimError(f"`dtype` must be one of {', '.join(_DTYPES)} (got {dtype!r})")


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TnsimError(f"a plan's numbers must be integers (got {value!r})")
    return value


def check_path(path: Sequence[tuple[int, int]], tensors: int, *, name: str) -> None:
    """Refuse a path that does not contract so many tensors to one, each used once."""
    used: set[int] = set()
    for t, pair in enumerate(path):
        low, high = min(pair), max(pair)
        if low == high or used.intersection(pair) or not 0 <= low < high < tensors + t:
            raise TnsimError(
                f"`{name}` must use each tensor once, after it was made (got {pair} as step {t})"
            )
        used.update(pair)
    if len(path) != tensors - 1:
        raise TnsimError(f"`{name}` must have {tensors - 1} steps (got {len(path)})")


def _check(plan: Plan) -> None:
    n = plan.network.num_tensors
    check_path(plan.ssa_path, n, name="ssa_path")
    if not all(label in plan.network.sizes for label in plan.sliced):
        raise TnsimError(f"`sliced` must hold labels of the network (got {plan.sliced!r})")
    if len(set(plan.sliced)) != len(plan.sliced):
        raise TnsimError(f"`sliced` must hold each label once (got {plan.sliced!r})")
    check_dtype(plan.dtype)
    if len(plan.batched) != n or not all(type(b) is bool for b in plan.batched):
        raise TnsimError(f"`batched` must hold True or False for each of {n} inputs")
    if plan.batch < 1 or plan.budget < 1:
        raise TnsimError(f"`batch` and `budget` must be positive (got {plan.batch}, {plan.budget})")
