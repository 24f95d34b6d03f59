"""What is to be contracted: labelled tensors without their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from tnsim.base.codec import digest
from tnsim.base.errors import TnsimError

__all__ = ["Network"]


@dataclass(frozen=True, eq=True)
class Network:
    """The sum over all labels not in `output` of the product of tensors T_i[inputs[i]].

    The semantics are einsum's: a label may stand on any number of tensors (a hyperedge), also
    when it is in the output, and one that stands on a single tensor only is summed there. A
    tensor may be a scalar, `()`. Each tensor carries a label at most once (take traces and
    diagonals first), and so does the output. `sizes` gives every label's dimension, at least 1;
    entries for labels that no tensor carries are dropped.

    >>> network = Network((("i", "j"), ("j", "k")), ("k", "i"), {"i": 2, "j": 3, "k": 4})
    >>> network.shapes, network.output_shape, network.equation
    (((2, 3), (3, 4)), (4, 2), 'ab,bc->ca')
    """

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    sizes: Mapping[str, int]

    def __post_init__(self) -> None:
        inputs = tuple(_labels(f"inputs[{i}]", term) for i, term in enumerate(_terms(self.inputs)))
        output = _labels("output", self.output)
        used = dict.fromkeys(label for term in inputs for label in term)
        absent = [label for label in output if label not in used]
        if absent:
            raise TnsimError(
                f"`output` must hold labels of the inputs, but none carries {absent[0]!r}"
            )
        sizes = {label: _size(label, self.sizes) for label in used}
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "output", output)
        object.__setattr__(self, "sizes", MappingProxyType(sizes))

    def __hash__(self) -> int:
        return hash((self.inputs, self.output, tuple(self.sizes.values())))

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.inputs, self.output, dict(self.sizes))

    def __repr__(self) -> str:
        return f"Network({self.inputs!r}, {self.output!r}, {dict(self.sizes)!r})"

    @property
    def num_tensors(self) -> int:
        """How many tensors there are."""
        return len(self.inputs)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape that each tensor must have."""
        return tuple(tuple(self.sizes[label] for label in term) for term in self.inputs)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(self.sizes[label] for label in self.output)

    @cached_property
    def input_elements(self) -> int:
        """How many numbers the tensors hold together."""
        return sum(math.prod(shape) for shape in self.shapes)

    @cached_property
    def output_elements(self) -> int:
        return math.prod(self.output_shape)

    @cached_property
    def canonical(self) -> Network:
        """The same network with its labels renamed "0", "1", ... in order of first appearance."""
        names = {label: str(i) for i, label in enumerate(self.sizes)}
        return self.relabel(names)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the structure; networks that differ in their labels' names share it."""
        names = {label: i for i, label in enumerate(self.sizes)}
        return digest(
            {
                "inputs": [[names[label] for label in term] for term in self.inputs],
                "output": [names[label] for label in self.output],
                "sizes": list(self.sizes.values()),
            }
        )

    @property
    def equation(self) -> str:
        """An einsum equation with one character a label, canonical like the digest."""
        names = {label: _symbol(i) for i, label in enumerate(self.sizes)}
        terms = ("".join(names[label] for label in term) for term in self.inputs)
        return ",".join(terms) + "->" + "".join(names[label] for label in self.output)

    def relabel(self, names: Mapping[str, str]) -> Network:
        """The network with each label replaced by `names[label]`."""
        return Network(
            tuple(tuple(names[label] for label in term) for term in self.inputs),
            tuple(names[label] for label in self.output),
            {names[label]: size for label, size in self.sizes.items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, for JSON."""
        return {
            "inputs": [list(term) for term in self.inputs],
            "output": list(self.output),
            "sizes": dict(self.sizes),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Network:
        """The network of `to_dict`; `TnsimError` on anything else."""
        if not isinstance(data, dict) or set(data) != {"inputs", "output", "sizes"}:
            raise TnsimError("a network must be an object with the fields inputs, output and sizes")
        return cls(data["inputs"], data["output"], data["sizes"])

    @classmethod
    def from_equation(cls, equation: str, *shapes: Sequence[int]) -> Network:
        """The network of an einsum equation in explicit form and the shapes of its arrays.

        >>> Network.from_equation("ij,jk->ki", (2, 3), (3, 4)).output_shape
        (4, 2)
        """
        left, arrow, right = equation.replace(" ", "").partition("->")
        terms = left.split(",")
        if not arrow or len(terms) != len(shapes):
            raise TnsimError(
                f"`equation` must be of the form 'ij,jk->ik' with one term for each shape "
                f"(got {equation!r} and {len(shapes)} shapes)"
            )
        sizes: dict[str, int] = {}
        for term, shape in zip(terms, shapes, strict=True):
            if len(term) != len(shape):
                raise TnsimError(f"term {term!r} names {len(term)} axes, but its shape is {shape}")
            for label, size in zip(term, shape, strict=True):
                if sizes.setdefault(label, size) != size:
                    raise TnsimError(
                        f"label {label!r} must have one size (got {sizes[label]} and {size})"
                    )
        return cls(tuple(map(tuple, terms)), tuple(right), sizes)


def _terms(inputs: Any) -> Sequence[Any]:
    if isinstance(inputs, str) or not isinstance(inputs, Sequence) or not inputs:
        raise TnsimError(f"`inputs` must be a sequence of at least one tensor (got {inputs!r})")
    return inputs


def _labels(where: str, term: Iterable[str]) -> tuple[str, ...]:
    if isinstance(term, str) or not isinstance(term, Sequence):
        raise TnsimError(f"`{where}` must be a sequence of labels (got {term!r})")
    labels = tuple(term)
    if not all(isinstance(label, str) for label in labels):
        raise TnsimError(f"`{where}` must hold labels that are strings (got {labels!r})")
    if len(set(labels)) != len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise TnsimError(
            f"`{where}` must carry each label once, but {twice!r} stands there twice; take the "
            "trace or diagonal of that tensor first"
        )
    return labels


def _size(label: str, sizes: Any) -> int:
    if not isinstance(sizes, Mapping) or label not in sizes:
        raise TnsimError(f"`sizes` must give the dimension of every label, but {label!r} has none")
    size = sizes[label]
    if isinstance(size, bool) or not hasattr(size, "__index__") or int(size) < 1:
        raise TnsimError(f"`sizes[{label!r}]` must be an integer of at least 1 (got {size!r})")
    return int(size)


def _symbol(i: int) -> str:
    """The i-th of a row of characters without the surrogates: a-z, A-Z, then from U+00C0."""
    if i < 52:
        return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[i]
    code = i + 140
    return chr(code if code < 0xD800 else code + 2048)
