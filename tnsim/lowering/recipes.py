"""How each tensor of a network is made from parameter values, with equal ones made once.

A recipe is a leaf, sum_k c_k(p) A_k with constant A_k, or an operation on earlier recipes.
`RecipeBook` interns them, so two tensors that are made the same way are one recipe however
often they occur in a circuit. Beside each recipe the book holds what is known before any
parameter has a value: its mask (False where the entry is zero at every parameter value) and
its sample, the tensor at a few random parameter values, shape (SAMPLES, *shape). The sample
stands for "generic" values when ranks are counted (Schwartz 1980, Zippel 1979); it is drawn
from the parameters' names alone and never from the values that a user gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.forms import Coefficients, Form
from tnsim.base.parameters import Affine, evaluate_affine

__all__ = ["SAMPLES", "Contract", "Leaf", "Pick", "Recipe", "RecipeBook", "Sum", "Take"]

SAMPLES = 2
_EPS = float(np.finfo(np.float64).eps)

Labels = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Leaf:
    """The tensor sum_k c_k(args) constants[k]; `constants` has shape (K, *shape)."""

    key: str
    coefficients: Coefficients
    args: tuple[Affine, ...]
    constants: NDArray[Any]


@dataclass(frozen=True)
class Contract:
    """einsum(left, right) with integer labels; `out` holds the labels that are kept."""

    left: int
    right: int
    left_labels: Labels
    right_labels: Labels
    out: Labels


@dataclass(frozen=True)
class Take:
    """The entries `indices` along `axis`, in that order."""

    source: int
    axis: int
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Pick:
    """T'[.. y ..] = T[.. x = values[y] .. y ..]: axis `x` goes, being a function of axis `y`."""

    source: int
    x: int
    y: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Sum:
    """The sum over `axis`."""

    source: int
    axis: int


Recipe = Leaf | Contract | Take | Pick | Sum


class RecipeBook:
    """Interned recipes; a recipe is named by its index, and uses only earlier ones."""

    def __init__(self) -> None:
        self.recipes: list[Recipe] = []
        self.masks: list[NDArray[np.bool_]] = []
        self.samples: list[NDArray[Any]] = []
        # What passes found out about a recipe, by (pass, recipe): it holds wherever it occurs.
        self.findings: dict[tuple[str, int], Any] = {}
        self._known: dict[Any, int] = {}
        self._drawn: dict[str, NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return len(self.recipes)

    def shape(self, recipe: int) -> tuple[int, ...]:
        return self.masks[recipe].shape

    def size(self, recipe: int) -> int:
        return int(self.masks[recipe].size)

    def is_fixed(self, recipe: int) -> bool:
        node = self.recipes[recipe]
        return isinstance(node, Leaf) and not node.args

    def constant(self, array: NDArray[Any]) -> int:
        """The recipe of an array that depends on no parameter."""
        return self._leaf("one", _one, (), np.asarray(array)[None])

    def form(
        self, form: Form, constants: NDArray[Any], args: Sequence[Affine], *, snap: bool
    ) -> int:
        """The recipe with the coefficients of `form` at `args` and these constants, (K, *shape).

        With `snap`, coefficients that are a rounding error of zero at all samples are left out,
        as sin(0) in u(theta, 0, lam): right for angles, whose scale is a turn, wrong for rates.
        """
        values = self._sample_coefficients(form.coefficients, args)
        chosen = tuple(
            k for k in range(len(constants)) if not (snap and _negligible(values[:, k], args))
        )
        if len(chosen) == len(constants):
            return self._leaf(form.key, form.coefficients, tuple(args), constants)
        key = f"{form.key}[{','.join(map(str, chosen))}]"
        kept = constants[list(chosen)]
        return self._leaf(key, _Chosen(form.coefficients, chosen), tuple(args), kept)

    def contract(self, left: int, right: int, a: Labels, b: Labels, out: Labels) -> int:
        """The recipe of einsum(left, right -> out), folded now where a factor is constant."""
        a, b, out = _renumber(a, b, out)
        key = ("contract", left, right, a, b, out)
        if key in self._known:
            return self._known[key]
        x, y = self.recipes[left], self.recipes[right]
        extra = len(a) + len(b)
        mask = (
            _einsum(
                self.masks[left].astype(np.int64), a, self.masks[right].astype(np.int64), b, out
            )
            > 0
        )
        if isinstance(x, Leaf) and isinstance(y, Leaf) and not (x.args and y.args):
            varying = x if x.args else y
            la, lb = ((extra, *a), b) if varying is x else (a, (extra, *b))
            cx, cy = (
                (x.constants, y.constants[0]) if varying is x else (x.constants[0], y.constants)
            )
            constants = _einsum(cx, la, cy, lb, (extra, *out))
            constants = np.where(mask, constants, 0)
            made = self._leaf(varying.key, varying.coefficients, varying.args, constants)
        else:
            sample = _einsum(
                self.samples[left], (extra, *a), self.samples[right], (extra, *b), (extra, *out)
            )
            made = self._append(Contract(left, right, a, b, out), mask, np.where(mask, sample, 0))
        self._known[key] = made
        return made

    def take(self, recipe: int, axis: int, indices: Sequence[int]) -> int:
        """The recipe of `numpy.take(tensor, indices, axis)`."""
        chosen = tuple(int(i) for i in indices)
        if chosen == tuple(range(self.shape(recipe)[axis])):
            return recipe
        return self._unary(
            Take(recipe, axis, chosen),
            lambda t, o: t.take(np.array(chosen, dtype=np.intp), axis=axis + o),
        )

    def pick(self, recipe: int, x: int, y: int, values: Sequence[int]) -> int:
        """The recipe of T[.. x = values[y] .. y ..], without axis `x`; see `Pick`."""
        chosen = tuple(int(v) for v in values)
        return self._unary(
            Pick(recipe, x, y, chosen), lambda t, o: pick_entries(t, x + o, y + o, chosen)
        )

    def sum(self, recipe: int, axis: int) -> int:
        """The recipe of the sum over `axis`."""
        return self._unary(Sum(recipe, axis), lambda t, o: t.sum(axis=axis + o))

    def squeeze(self, recipe: int, axis: int) -> int:
        """The recipe without `axis`, which has size 1."""
        return self.sum(recipe, axis)

    def _unary(self, node: Take | Pick | Sum, apply: Any) -> int:
        if node in self._known:
            return self._known[node]
        source = self.recipes[node.source]
        mask = self.masks[node.source]
        mask = apply(mask, 0)
        mask = mask > 0 if mask.dtype != np.bool_ else mask
        if isinstance(source, Leaf):
            made = self._leaf(
                source.key, source.coefficients, source.args, apply(source.constants, 1)
            )
        else:
            made = self._append(node, mask, apply(self.samples[node.source], 1))
        self._known[node] = made
        return made

    def _leaf(
        self,
        key: str,
        coefficients: Coefficients,
        args: tuple[Affine, ...],
        constants: NDArray[Any],
    ) -> int:
        constants = np.ascontiguousarray(constants)
        raw = hashlib.sha256(constants.tobytes()).digest()
        known = ("leaf", key, args, constants.shape, constants.dtype.str, raw)
        if known in self._known:
            return self._known[known]
        if args:
            weights = self._sample_coefficients(coefficients, args)
            sample = np.tensordot(weights, constants, axes=(1, 0))
        else:
            sample = np.broadcast_to(constants, (SAMPLES, *constants.shape[1:]))
        constants.setflags(write=False)
        mask = np.any(constants != 0, axis=0)
        made = self._append(Leaf(key, coefficients, args, constants), np.asarray(mask), sample)
        self._known[known] = made
        return made

    def _append(self, node: Recipe, mask: NDArray[np.bool_], sample: NDArray[Any]) -> int:
        self.recipes.append(node)
        self.masks.append(mask)
        self.samples.append(sample)
        return len(self.recipes) - 1

    def _sample_coefficients(
        self, coefficients: Coefficients, args: Sequence[Affine]
    ) -> NDArray[np.float64]:
        """Coefficients at the sample points, shape (SAMPLES, K)."""
        values = {name: self._draw(name) for a in args for name in a.names}
        points = [np.broadcast_to(evaluate_affine(a, values), (SAMPLES,)) for a in args]
        rows = [np.broadcast_to(c, (SAMPLES,)) for c in coefficients(points)]
        return np.stack(rows, axis=1).astype(np.float64)

    def _draw(self, name: str) -> NDArray[np.float64]:
        if name not in self._drawn:
            seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
            self._drawn[name] = np.random.default_rng(seed).uniform(0.15, 0.85, SAMPLES)
        return self._drawn[name]


@dataclass(frozen=True)
class _Chosen:
    """Some of the coefficients of another function."""

    coefficients: Coefficients
    chosen: tuple[int, ...]

    def __call__(self, params: Sequence[Any]) -> Sequence[Any]:
        values = self.coefficients(params)
        return [values[k] for k in self.chosen]


def pick_entries(tensor: NDArray[Any], x: int, y: int, values: Sequence[int]) -> NDArray[Any]:
    """T[.. x = values[y] .. y ..] without axis x, the other axes in their order."""
    moved = np.moveaxis(tensor, (x, y), (0, 1))
    picked = moved[np.array(values, dtype=np.intp), np.arange(len(values))]
    return np.moveaxis(picked, 0, y - (x < y))


def _one(_: Sequence[Any]) -> Sequence[Any]:
    return (1.0,)


def _negligible(column: NDArray[np.float64], args: Sequence[Affine]) -> bool:
    scale = max((abs(a.constant) for a in args), default=0.0) + 1.0
    return bool(np.all(np.abs(column) <= 4 * _EPS * scale))


def _renumber(a: Labels, b: Labels, out: Labels) -> tuple[Labels, Labels, Labels]:
    names: dict[int, int] = {}
    for label in (*a, *b):
        names.setdefault(label, len(names))
    return tuple(names[k] for k in a), tuple(names[k] for k in b), tuple(names[k] for k in out)


def _einsum(x: NDArray[Any], a: Labels, y: NDArray[Any], b: Labels, out: Labels) -> NDArray[Any]:
    result: NDArray[Any] = np.einsum(x, list(a), y, list(b), list(out))
    return result
