"""`PEPS`: how a state on the circuit's coupling graph is moved, truncated and read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from tnsim.base.errors import QueryError

__all__ = ["PEPS", "TARGET_ERROR", "Environment", "Legs", "Pictures"]

Pictures = Literal["auto", "schrodinger", "heisenberg", "mixed"]
Environment = Literal["auto", "bp", "cluster", "compressed", "exact"]
Legs = Literal["auto", "ket", "pauli"]

TARGET_ERROR = 1e-3
"""What is aimed at where no accuracy is given."""


@dataclass(frozen=True, kw_only=True)
class PEPS:
    """Options of the method "peps": one tensor a qubit, bonds where two-qubit gates act.

    At most one of three says how far to go: `max_bond`, the largest bond dimension; `cutoff`, the
    share of its squared weights that a bond may lose in one update; `target_error`, at which bond
    dimensions stop to be doubled (1e-3 where none is given). `picture` is "schrodinger" (the
    state moves), "heisenberg" (each observable moves back), "mixed" (both, and they meet) or
    "auto"; `legs` are "ket" (no noise), "pauli" or "auto". `environment` says what the answer is
    read from: "bp" (messages of belief propagation), "cluster" (what is within `radius` steps of
    the asked qubits, messages around it), "compressed" (the whole network, swept from one end to
    the other with bonds that are cut; good on grids), "exact" (the whole network within the
    budget) or "auto" (the most of messages, clusters and all that `memory` and time allow).
    `regauge_every` layers of gates, the bonds' gauge is restored (0: never). No doubling begins
    that is likely to end after `seconds`.

    >>> PEPS(max_bond=16, environment="cluster", radius=6).max_bond
    16
    """

    name: ClassVar[str] = "peps"
    max_bond: int | None = None
    cutoff: float | None = None
    target_error: float | None = None
    picture: Pictures = "auto"
    legs: Legs = "auto"
    environment: Environment = "auto"
    radius: int | None = None
    regauge_every: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        given = [n for n in ("max_bond", "cutoff", "target_error") if getattr(self, n) is not None]
        if len(given) > 1:
            raise QueryError(
                f"at most one of `max_bond`, `cutoff` and `target_error` must be given (got "
                f"{' and '.join(f'`{n}`' for n in given)}); leave out all but one"
            )
        _check_integer("max_bond", self.max_bond, 1)
        _check_integer("radius", self.radius, 0)
        _check_integer("regauge_every", self.regauge_every, 0)
        _check_number("cutoff", self.cutoff, 0.0, 1.0)
        _check_number("target_error", self.target_error, 0.0, math.inf)
        _check_number("seconds", self.seconds, 0.0, math.inf)
        for name, kinds in (("picture", Pictures), ("environment", Environment), ("legs", Legs)):
            if getattr(self, name) not in get_args(kinds):
                raise QueryError(
                    f"`{name}` must be one of {', '.join(map(repr, get_args(kinds)))} "
                    f"(got {getattr(self, name)!r:.60})"
                )
        if (self.radius is not None) != (self.environment == "cluster"):
            raise QueryError(
                "`radius` must be given with environment='cluster', and only there "
                f"(got radius={self.radius!r} and environment={self.environment!r}); "
                "environment='auto' finds one"
            )
        if self.legs == "ket" and self.picture == "heisenberg":
            raise QueryError(
                "`legs` must be 'pauli' or 'auto' in the Heisenberg picture, where operators move "
                "(got 'ket'); use picture='schrodinger'"
            )

    @property
    def aim(self) -> float | None:
        """The target error, where bond dimension and cutoff are free."""
        if self.max_bond is not None or self.cutoff is not None:
            return None
        return TARGET_ERROR if self.target_error is None else self.target_error


def _check_integer(name: str, value: Any, least: int) -> None:
    if value is None:
        return
    if type(value) is not int or value < least:
        raise QueryError(f"`{name}` must be an int of at least {least} (got {value!r:.60})")


def _check_number(name: str, value: Any, least: float, most: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not least < value < most:
        raise QueryError(
            f"`{name}` must be a number above {least:g} {_upper(most)}(got {value!r:.60})"
        )


def _upper(most: float) -> str:
    return "" if most == math.inf else f"and below {most:g} "
