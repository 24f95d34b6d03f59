"""What can be chosen about a run of trajectories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from tnsim.base.errors import QueryError

__all__ = ["DEFAULT_ERROR", "MOST_TRAJECTORIES", "StateKind", "Trajectories"]

StateKind = Literal["auto", "vector", "mps"]

DEFAULT_ERROR = 1e-2
MOST_TRAJECTORIES = 1 << 20
"""Where a run without `count` ends, whatever error it has reached by then."""


@dataclass(frozen=True, kw_only=True)
class Trajectories:
    """How pure states with sampled noise are run.

    `count` is how many trajectories are sampled, or `target_error` the absolute error at which
    sampling stops; at most one of them, and none means `target_error=1e-2`. An error is about two
    standard errors (see `Estimate.evidence`), so half of it takes four times as many
    trajectories; sampling ends at 2^20 of them. `seconds` ends it earlier; one trajectory must be
    done by then, and all shots of `Samples`, or `QueryError` is raised. `state` is how a
    pure state is held: "vector" (all amplitudes), "mps" (a line of tensors of at most
    `max_bond`, or cut at the weight `cutoff` an update, or by default a bond of at most 64, which
    grows to 256 where truncation alone keeps the error from its target), or
    "auto" (lines where a bond or a cutoff is given or vectors do not fit the budget, else vectors).
    Results depend on `seed` but not on `workers`, the most threads that share the trajectories.

    >>> Trajectories(count=500, seed=7)
    Trajectories(count=500, target_error=None, state='auto', max_bond=None, cutoff=None, seed=7, \
seconds=None, workers=1)
    """

    name: ClassVar[str] = "trajectories"
    count: int | None = None
    target_error: float | None = None
    state: StateKind = "auto"
    max_bond: int | None = None
    cutoff: float | None = None
    seed: int = 0
    seconds: float | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if self.count is not None and self.target_error is not None:
            raise QueryError(
                "`trajectories` must have at most one of count, target_error, but got both; leave "
                "out one of them"
            )
        _check_whole("count", self.count, least=1)
        _check_whole("max_bond", self.max_bond, least=1)
        _check_whole("seed", self.seed, least=0)
        _check_whole("workers", self.workers, least=1)
        _check_positive("target_error", self.target_error, "an error such as 1e-2")
        _check_positive("seconds", self.seconds, "a time such as 60.0")
        if self.state not in ("auto", "vector", "mps"):
            raise QueryError(
                "`state` must be 'auto', 'vector' (all amplitudes) or 'mps' (a line of tensors), "
                f"but got {self.state!r}"
            )
        if self.cutoff is not None and not (_is_number(self.cutoff) and 0 <= self.cutoff < 1):
            raise QueryError(
                "`cutoff` must be a weight of at least 0 and below 1, such as 1e-8, but got "
                f"{self.cutoff!r}"
            )
        given = [name for name in ("max_bond", "cutoff") if getattr(self, name) is not None]
        if len(given) > 1:
            raise QueryError(
                "`trajectories` must have at most one of max_bond, cutoff, but got both; leave "
                "out one of them"
            )
        if given and self.state == "vector":
            raise QueryError(
                f"`{given[0]}` must come with state='mps' or 'auto', since a vector is never "
                "truncated, but got state='vector'; leave out one of them"
            )

    @property
    def wanted_error(self) -> float | None:
        """The error at which sampling stops; None where a count was given."""
        if self.count is not None:
            return None
        return DEFAULT_ERROR if self.target_error is None else self.target_error

    @property
    def most(self) -> int:
        """The most trajectories that are sampled."""
        return MOST_TRAJECTORIES if self.count is None else self.count


def _check_whole(name: str, value: object, *, least: int) -> None:
    if value is not None and (type(value) is not int or value < least):
        raise QueryError(f"`{name}` must be an int of at least {least}, but got {value!r}")


def _check_positive(name: str, value: object, what: str) -> None:
    if value is not None and not (_is_number(value) and 0 < float(str(value)) < math.inf):
        raise QueryError(f"`{name}` must be {what}, above 0, but got {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
