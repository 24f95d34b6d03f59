"""Parameter values as given by a caller, checked and brought into one array library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from autoray import do

from tnsim.base.arrays import (
    LIBRARIES,
    Array,
    as_library,
    common_library,
    library_of,
    real_dtype,
)
from tnsim.base.errors import CircuitError, TnsimError
from tnsim.base.parameters import Affine
from tnsim.circuit import Circuit
from tnsim.engines.inputs import Inputs

if TYPE_CHECKING:
    from tnsim.noise import Channel, ReadoutError

__all__ = ["gather_inputs", "merge_values", "strength_uses"]


def merge_values(
    mapping: Mapping[str, Any] | None, keywords: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """The values by name, given as one mapping, by keyword, or both.

    Raises `CircuitError` for a name that is missing, unknown or given twice.
    """
    if mapping is not None and not isinstance(mapping, Mapping):
        raise CircuitError(
            "parameter values must be one mapping of names to values, or keywords "
            f"(got {type(mapping).__name__})"
        )
    given = {str(name): value for name, value in (mapping or {}).items()}
    twice = sorted(set(given) & set(keywords))
    if twice:
        raise CircuitError(f"{twice[0]} was given twice, in the mapping and by keyword")
    given.update(keywords)
    for name, value in given.items():
        _check_kind(name, value)
    missing = [name for name in names if name not in given]
    if missing:
        raise CircuitError(
            f"no value was given for {', '.join(missing[:5])}; the circuit's parameters are "
            f"{', '.join(names[:20])}"
        )
    unknown = sorted(set(given) - set(names))
    if unknown:
        known = f"its parameters are {', '.join(names[:20])}" if names else "it has no parameters"
        raise CircuitError(f"the circuit has no parameter {unknown[0]!r}; {known}")
    return given


def _check_kind(name: str, value: object) -> None:
    try:
        library_of(value)
    except TnsimError as error:
        raise CircuitError(
            f"the value of {name} must be a number or an array of {', '.join(LIBRARIES)} "
            f"(got {value!r:.60})"
        ) from error


def gather_inputs(
    values: Mapping[str, Any], dtype: str, *, device_hint: Array | None = None
) -> Inputs:
    """Values of shape () or (B,), one B for all, as arrays of the one library among them."""
    library, like = common_library(values.values())
    like = device_hint if like is None else like
    real = real_dtype(dtype) if library != "numpy" else "float64"
    made: dict[str, Array] = {}
    sizes: dict[str, int] = {}
    for name, value in values.items():
        array = _as_real(name, value, real, library, like)
        shape = tuple(array.shape)
        if len(shape) > 1 or (shape and not shape[0]):
            raise CircuitError(
                f"the value of {name} must be a number or a batch of shape (B,) (got shape {shape})"
            )
        if shape:
            sizes[name] = int(shape[0])
        made[name] = array
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{n} has {size}" for n, size in sizes.items())
        raise CircuitError(f"batched parameters must have one length, but {listed}")
    size = next(iter(sizes.values()), 1)
    return Inputs(made, frozenset(sizes), size, library, like)


def strength_uses(circuit: Circuit) -> list[tuple[Channel | ReadoutError, tuple[Affine, ...]]]:
    """The parametric channels and readout errors, each with the strengths that it is used at."""
    columns, expressions = circuit.columns, circuit.expressions
    uses: list[tuple[Channel | ReadoutError, tuple[Affine, ...]]] = []
    for code, operation in enumerate(circuit.operations):
        channel = (operation.inner or operation).channel
        if channel is None or not operation.num_params:
            continue
        angles, symbols = columns.angles_of(columns.rows_with(code), operation.num_params)
        distinct = set(
            map(
                tuple,
                np.stack([angles, symbols], axis=-1)
                .reshape(len(angles), 2 * operation.num_params)
                .tolist(),
            )
        )
        for flat in sorted(distinct):
            pairs = zip(flat[::2], flat[1::2], strict=True)
            args = tuple(Affine({}, a) if s < 0 else expressions[int(s)] for a, s in pairs)
            uses.append((channel, args))
    errors = (assignment.error for assignment in circuit.readout)
    uses.extend((error, error.strengths_symbolic) for error in errors if error.parameters)
    return uses


def _as_real(name: str, value: Any, dtype: str, library: str, like: Array | None) -> Array:
    if library_of(value) != "numpy":
        return do("astype", value, dtype)
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise CircuitError(
            f"the value of {name} must be real numbers (got {value!r:.60})"
        ) from error
    if not np.isfinite(array).all():
        raise CircuitError(f"the value of {name} must be finite (got {value!r:.60})")
    return as_library(array, dtype, library, like)
