"""Which instructions a rule hits: selectors as data, combined by &, | and ~.

A selector is evaluated on columns at once, never instruction by instruction. As JSON it is an
object with "select" and its own fields:

    selector = {"select": "everything"}
             | {"select": "gates",           "names": [text, ...]}
             | {"select": "arity",           "sizes": [int, ...]}
             | {"select": "on" | "within",   "qubits": [int, ...]}
             | {"select": "exactly",         "tuples": [[int, ...], ...]}
             | {"select": "position",        "start": int|null, "stop": int|null, "step": int|null}
             | {"select": "all_of"|"any_of", "parts": [selector, ...]}
             | {"select": "not",             "part": selector}
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError

__all__ = [
    "AllOf",
    "AnyOf",
    "Arity",
    "Everything",
    "Exactly",
    "Gates",
    "InstructionView",
    "Not",
    "On",
    "Position",
    "Selector",
    "Within",
    "check_selector",
    "read_integers",
]

Mask = NDArray[np.bool_]
Integers = NDArray[Any]


class InstructionView(Protocol):
    """What a selector sees of a circuit: one entry of each array per instruction.

    >>> import numpy as np
    >>> from tnsim.noise import gates, on
    >>> class View:
    ...     names = ("rx", "cx")
    ...     opcode = np.array([0, 0, 1])
    ...     num_qubits = np.array([1, 1, 2])
    ...     position = np.arange(3)
    ...
    ...     def qubits_of_slot(self, slot: int) -> np.ndarray:
    ...         return np.array([[4, 5, 4], [-1, -1, 5]])[slot]
    >>> (gates("rx") & on(5)).select(View())
    array([False,  True, False])
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The operations' names; `opcode` points into them."""

    @property
    def opcode(self) -> Integers:
        """Which of `names` each instruction is."""

    @property
    def num_qubits(self) -> Integers:
        """How many qubits each instruction acts on."""

    @property
    def position(self) -> Integers:
        """Each instruction's place in the circuit, counted from 0."""

    def qubits_of_slot(self, slot: int, /) -> Integers:
        """Each instruction's qubit number `slot`, -1 where it has fewer."""


@dataclass(frozen=True, repr=False)
class Selector(ABC):
    """A set of instructions, described; made by `gates`, `on`, `arity` and their like.

    >>> from tnsim.noise import arity, gates, on
    >>> (gates("cx", "cz") & ~on([0])) | arity(3)
    ((gates('cx', 'cz') & ~on([0])) | arity(3))
    """

    name: ClassVar[str]

    @abstractmethod
    def select(self, view: InstructionView) -> Mask:
        """Which instructions are meant: a boolean for each."""

    def to_dict(self) -> dict[str, Any]:
        """The selector as JSON data; `selector_from_dict` reads it."""
        data: dict[str, Any] = {"select": self.name}
        for field in fields(self):
            data[field.name] = _plain(getattr(self, field.name))
        return data

    def __and__(self, other: Selector) -> Selector:
        """The instructions that both mean."""
        return AllOf((*_parts(self, AllOf), *_parts(other, AllOf)))

    def __or__(self, other: Selector) -> Selector:
        """The instructions that either means."""
        return AnyOf((*_parts(self, AnyOf), *_parts(other, AnyOf)))

    def __invert__(self) -> Selector:
        """The other instructions."""
        return self.part if isinstance(self, Not) else Not(self)

    def __bool__(self) -> bool:
        raise NoiseError("a selector has no truth value; combine selectors by &, | and ~")


@dataclass(frozen=True, repr=False)
class Everything(Selector):
    """All instructions."""

    name: ClassVar[str] = "everything"

    def select(self, view: InstructionView) -> Mask:
        return np.ones(len(view.opcode), dtype=bool)

    def __repr__(self) -> str:
        return "everything()"


@dataclass(frozen=True, repr=False)
class Gates(Selector):
    """Instructions of some names."""

    names: tuple[str, ...]
    name: ClassVar[str] = "gates"

    def __post_init__(self) -> None:
        if not self.names or any(not isinstance(n, str) or not n for n in self.names):
            raise NoiseError(f"`gates` must be names such as 'cx', at least one (got {self.names})")

    def select(self, view: InstructionView) -> Mask:
        wanted = np.array([name in self.names for name in view.names], dtype=bool)
        return wanted[view.opcode] if len(wanted) else np.zeros(len(view.opcode), dtype=bool)

    def __repr__(self) -> str:
        return f"gates({', '.join(map(repr, self.names))})"


@dataclass(frozen=True, repr=False)
class Arity(Selector):
    """Instructions on some numbers of qubits."""

    sizes: tuple[int, ...]
    name: ClassVar[str] = "arity"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", read_integers("arity", self.sizes, low=1))

    def select(self, view: InstructionView) -> Mask:
        return np.isin(view.num_qubits, self.sizes)

    def __repr__(self) -> str:
        return f"arity({', '.join(map(str, self.sizes))})"


@dataclass(frozen=True, repr=False)
class _OfQubits(Selector):
    qubits: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "qubits", read_integers("qubits", self.qubits, low=0))

    def _listed(self, view: InstructionView) -> list[Mask]:
        """For each slot which instructions have a listed qubit there."""
        most = int(view.num_qubits.max(initial=0))
        return [np.isin(view.qubits_of_slot(slot), self.qubits) for slot in range(most)]

    def __repr__(self) -> str:
        return f"{self.name}({list(self.qubits)})"


@dataclass(frozen=True, repr=False)
class On(_OfQubits):
    """Instructions that act on at least one of some qubits."""

    name: ClassVar[str] = "on"

    def select(self, view: InstructionView) -> Mask:
        return reduce(np.logical_or, self._listed(view), np.zeros(len(view.opcode), dtype=bool))


@dataclass(frozen=True, repr=False)
class Within(_OfQubits):
    """Instructions all of whose qubits (at least one) are among some qubits."""

    name: ClassVar[str] = "within"

    def select(self, view: InstructionView) -> Mask:
        mask = np.asarray(view.num_qubits > 0)
        for slot, listed in enumerate(self._listed(view)):
            mask = mask & (listed | (view.num_qubits <= slot))
        return mask


@dataclass(frozen=True, repr=False)
class Exactly(Selector):
    """Instructions on one of some tuples of qubits, in that order."""

    tuples: tuple[tuple[int, ...], ...]
    name: ClassVar[str] = "exactly"

    def __post_init__(self) -> None:
        if not self.tuples:
            raise NoiseError("`exactly` must have at least one tuple of qubits (got none)")
        read = tuple(read_integers("exactly", qubits, low=0) for qubits in self.tuples)
        for qubits in read:
            if len(set(qubits)) != len(qubits):
                raise NoiseError(f"`exactly` must name each qubit of a tuple once (got {qubits})")
        object.__setattr__(self, "tuples", read)

    def select(self, view: InstructionView) -> Mask:
        mask = np.zeros(len(view.opcode), dtype=bool)
        for size in {len(qubits) for qubits in self.tuples}:
            rows = np.flatnonzero(view.num_qubits == size)
            found = np.stack([view.qubits_of_slot(slot)[rows] for slot in range(size)], axis=1)
            wanted = np.array([q for q in self.tuples if len(q) == size])
            # Equal rows get equal numbers, so that membership is one sorted search.
            both = np.concatenate([wanted, found])
            number = np.unique(both, axis=0, return_inverse=True)[1].ravel()
            mask[rows] = np.isin(number[len(wanted) :], number[: len(wanted)])
        return mask

    def __repr__(self) -> str:
        return f"exactly({', '.join(map(repr, self.tuples))})"


@dataclass(frozen=True, repr=False)
class Position(Selector):
    """Instructions at the places start, start + step, ... before stop, as in a Python slice."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None
    name: ClassVar[str] = "position"

    def __post_init__(self) -> None:
        for name in ("start", "stop", "step"):
            value = getattr(self, name)
            if value is not None:
                read = read_integers(f"position's {name}", [value])[0]
                object.__setattr__(self, name, read)
        if self.step is not None and self.step < 1:
            raise NoiseError(f"`position` must have a step of at least 1 (got {self.step})")

    def select(self, view: InstructionView) -> Mask:
        places = range(len(view.opcode))[self.start : self.stop : self.step]
        inside = (view.position >= places.start) & (view.position < places.stop)
        mask: Mask = inside & ((view.position - places.start) % places.step == 0)
        return mask

    def __repr__(self) -> str:
        return f"position(slice({self.start}, {self.stop}, {self.step}))"


@dataclass(frozen=True, repr=False)
class _Combination(Selector):
    parts: tuple[Selector, ...]
    sign: ClassVar[str]

    def __post_init__(self) -> None:
        for part in self.parts:
            check_selector(part)
        if not self.parts:
            raise NoiseError(f"{self.name} must have at least one part (got none)")

    def __repr__(self) -> str:
        return f"({f' {self.sign} '.join(map(repr, self.parts))})"


@dataclass(frozen=True, repr=False)
class AllOf(_Combination):
    """The instructions that all parts mean."""

    name: ClassVar[str] = "all_of"
    sign: ClassVar[str] = "&"

    def select(self, view: InstructionView) -> Mask:
        return reduce(np.logical_and, [part.select(view) for part in self.parts])


@dataclass(frozen=True, repr=False)
class AnyOf(_Combination):
    """The instructions that any part means."""

    name: ClassVar[str] = "any_of"
    sign: ClassVar[str] = "|"

    def select(self, view: InstructionView) -> Mask:
        return reduce(np.logical_or, [part.select(view) for part in self.parts])


@dataclass(frozen=True, repr=False)
class Not(Selector):
    """The instructions that a selector does not mean."""

    part: Selector
    name: ClassVar[str] = "not"

    def __post_init__(self) -> None:
        check_selector(self.part)

    def select(self, view: InstructionView) -> Mask:
        return ~self.part.select(view)

    def __repr__(self) -> str:
        return f"~{self.part!r}"


def check_selector(value: object) -> Selector:
    """`value` where it is a selector; else `NoiseError`."""
    if not isinstance(value, Selector):
        raise NoiseError(
            f"a selector must be made by tnsim.noise.gates, on, arity, position or another of its "
            f"functions (got {value!r})"
        )
    return value


def read_integers(name: str, values: Iterable[Any], *, low: int | None = None) -> tuple[int, ...]:
    """Integers of at least `low`, one or more; else `NoiseError`."""
    try:
        listed: Sequence[Any] = list(values)
        read = tuple(operator.index(v) for v in listed)
    except TypeError as error:
        raise NoiseError(f"`{name}` must be integers (got {values!r})") from error
    if not read or any(isinstance(v, bool) for v in listed):
        raise NoiseError(f"`{name}` must be integers, at least one (got {values!r})")
    if low is not None and min(read) < low:
        raise NoiseError(f"`{name}` must be integers of at least {low} (got {min(read)})")
    return read


def _parts(selector: Selector, kind: type[_Combination]) -> tuple[Selector, ...]:
    check_selector(selector)
    return selector.parts if isinstance(selector, kind) else (selector,)


def _plain(value: Any) -> Any:
    if isinstance(value, Selector):
        return value.to_dict()
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
