"""Noise rules as data: which channel stands where, beside which instructions.

What a rule means, for whoever applies it: for each selected instruction,

- a one-qubit channel acts on each of the instruction's qubits, or, where the rule lists
  `qubits`, on those of them that are listed;
- a channel on k > 1 qubits acts on instructions of k qubits, in the instruction's qubit order;
  where the rule lists `qubits`, on those all of whose qubits are listed;
- with placement "replace" the instruction goes and the channel, of as many qubits, stands there;
- any other combination of sizes is a `NoiseError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError

from .channel import Channel
from .json_objects import check_document, check_fields, check_list
from .readout_error import ReadoutError
from .selector_reading import selector_from_dict
from .selectors import (
    AllOf,
    Arity,
    Everything,
    Gates,
    InstructionView,
    On,
    Selector,
    Within,
    check_selector,
    read_integers,
)

__all__ = ["NoiseRule", "Placement", "ReadoutRule", "noise_rule"]

Placement = Literal["before", "after", "replace"]


@dataclass(frozen=True)
class NoiseRule:
    """A channel before, after or in place of the instructions that a selector means.

    `qubits` further limits where the channel acts; None is no limit.

    >>> from tnsim.noise import depolarizing, noise_rule
    >>> rule = noise_rule(depolarizing(0.01), "after", gates="cx", qubits=[0, 1])
    >>> NoiseRule.from_dict(rule.to_dict()) == rule
    True
    """

    channel: Channel
    placement: Placement
    selector: Selector
    qubits: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.channel, Channel):
            raise NoiseError(f"`channel` must be a Channel (got {type(self.channel).__name__})")
        if self.placement not in get_args(Placement):
            raise NoiseError(
                f"`placement` must be one of {', '.join(get_args(Placement))} "
                f"(got {self.placement!r})"
            )
        check_selector(self.selector)
        if self.qubits is not None:
            read = tuple(dict.fromkeys(read_integers("qubits", self.qubits, low=0)))
            object.__setattr__(self, "qubits", read)

    def select(self, view: InstructionView) -> NDArray[np.bool_]:
        """Which instructions the rule hits; `NoiseError` where the channel does not fit one."""
        mask = self.selector.select(view)
        if self.qubits is not None:
            limit = On if self.channel.num_qubits == 1 else Within
            mask = mask & limit(self.qubits).select(view)
        size = self.channel.num_qubits
        each = size == 1 and self.placement != "replace"
        wrong = mask & (view.num_qubits != size) if not each else mask & (view.num_qubits < 1)
        if np.any(wrong):
            row = int(np.argmax(wrong))
            name = view.names[int(view.opcode[row])]
            raise NoiseError(
                f"a channel on {size} qubits must {self._verb()} instructions on {size} qubits, "
                f"but {name!r} at position {int(view.position[row])} acts on "
                f"{int(view.num_qubits[row])} (got {self.channel!r}); narrow the rule with "
                f"arity={size}"
            )
        return mask

    def to_dict(self) -> dict[str, Any]:
        """The rule as JSON data."""
        return {
            "kind": "noise_rule",
            "version": 1,
            "channel": self.channel.to_dict(),
            "placement": self.placement,
            "selector": self.selector.to_dict(),
            "qubits": None if self.qubits is None else list(self.qubits),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NoiseRule:
        """The inverse of `to_dict`; `NoiseError` on anything else."""
        names = ["kind", "version", "channel", "placement", "selector", "qubits"]
        data = check_fields(check_document(data, "noise_rule"), "a noise rule", names)
        return cls(
            Channel.from_dict(data["channel"]),
            data["placement"],
            selector_from_dict(data["selector"]),
            _qubits_from(data["qubits"]),
        )

    def _verb(self) -> str:
        return "replace" if self.placement == "replace" else f"stand {self.placement}"


@dataclass(frozen=True)
class ReadoutRule:
    """A readout error of some measured qubits; None is all of them.

    An error of k > 1 qubits needs exactly k `qubits`, in the order of its matrix.

    >>> from tnsim.noise import ReadoutError, ReadoutRule
    >>> ReadoutRule(ReadoutError(0.01, 0.02), (3,)).qubits
    (3,)
    """

    error: ReadoutError
    qubits: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.error, ReadoutError):
            raise NoiseError(f"`error` must be a ReadoutError (got {type(self.error).__name__})")
        if self.qubits is not None:
            read = read_integers("qubits", self.qubits, low=0)
            if len(set(read)) != len(read):
                raise NoiseError(f"`qubits` must name each qubit once (got {list(read)})")
            object.__setattr__(self, "qubits", read)
        size = self.error.num_qubits
        if size > 1 and (self.qubits is None or len(self.qubits) != size):
            raise NoiseError(
                f"`qubits` must be the {size} qubits of the correlated readout error, in order "
                f"(got {self.qubits})"
            )

    def to_dict(self) -> dict[str, Any]:
        """The rule as JSON data."""
        return {
            "kind": "readout_rule",
            "version": 1,
            "error": self.error.to_dict(),
            "qubits": None if self.qubits is None else list(self.qubits),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReadoutRule:
        """The inverse of `to_dict`; `NoiseError` on anything else."""
        names = ["kind", "version", "error", "qubits"]
        data = check_fields(check_document(data, "readout_rule"), "a readout rule", names)
        return cls(ReadoutError.from_dict(data["error"]), _qubits_from(data["qubits"]))


def noise_rule(
    channel: Channel,
    placement: Placement = "after",
    *,
    gates: str | Iterable[str] | None = None,
    qubits: int | Iterable[int] | None = None,
    arity: int | Iterable[int] | None = None,
    where: Selector | None = None,
) -> NoiseRule:
    """The rule of a channel and conditions that must all hold; without any, of everything.

    >>> from tnsim.noise import depolarizing, noise_rule, position
    >>> noise_rule(depolarizing(0.1), gates="rx", where=position(slice(0, 9))).selector
    (gates('rx') & position(slice(0, 9, None)))
    """
    parts: list[Selector] = []
    if gates is not None:
        if not isinstance(gates, Iterable):
            raise NoiseError(f"`gates` must be names such as 'cx' or ['h', 'cx'] (got {gates!r})")
        parts.append(Gates((gates,) if isinstance(gates, str) else tuple(gates)))
    if arity is not None:
        parts.append(Arity(_tuple(arity)))
    if where is not None:
        parts.append(check_selector(where))
    selector = Everything() if not parts else parts[0] if len(parts) == 1 else AllOf(tuple(parts))
    return NoiseRule(channel, placement, selector, None if qubits is None else _tuple(qubits))


def _tuple(values: int | Iterable[int]) -> tuple[int, ...]:
    return tuple(values) if isinstance(values, Iterable) else (values,)


def _qubits_from(data: object) -> tuple[int, ...] | None:
    return None if data is None else tuple(check_list(data, "`qubits`", int, least=1))
