"""What `Program`'s methods for derivatives do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.arrays import (
    as_library,
    double_precision,
    library_of,
    real_dtype,
    to_numpy,
)
from tnsim.base.errors import CircuitError, QueryError
from tnsim.engines.inputs import Inputs
from tnsim.queries.cotangents import value_like

from .calling import check_call, tidy
from .derivatives import Derivatives, Slopes, check_real_number
from .detaching import detached
from .progress import SHOW_PROGRESS_AFTER, Progress, progress_bar

if TYPE_CHECKING:
    from .exact_program import ExactProgram

__all__ = ["derivatives_of", "hessian_vector", "own_shapes", "value_and_grad", "vjp"]


def value_and_grad(
    program: ExactProgram,
    given: Mapping[str, Any],
    executor: Executor | None,
    progress: Progress | bool | None,
) -> tuple[Any, Any]:
    """See `Program.value_and_grad`."""
    check_call(executor, progress)
    _check_numbers(program)
    inputs = program.inputs(detached(given))
    work = derivatives_of(program, program.parameters, inputs.library)
    values: dict[str, Any] = {}
    slopes: dict[str, dict[str, Any]] = {}
    for name in program.queries:
        with _running(program, work, inputs, progress) as report:
            value, found = work.of_number(name, inputs, executor, report)
            values[name], slopes[name] = tidy(value), _named(program, inputs, found)
    return (values[""], slopes[""]) if list(values) == [""] else (values, slopes)


def vjp(
    program: ExactProgram,
    given: Mapping[str, Any],
    executor: Executor | None,
    progress: Progress | bool | None,
) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
    """See `Program.vjp`."""
    check_call(executor, progress)
    inputs = program.inputs(detached(given))
    work = derivatives_of(program, program.parameters, inputs.library)
    with _running(program, work, inputs, progress) as report:
        values, back = work.pullback(inputs, executor, report)
    alone = list(values) == [""]

    def pull(cotangent: Any) -> dict[str, Any]:
        listed = {"": cotangent} if alone else cotangent
        found = back(_cotangents(program, listed, inputs))
        return {
            name: tidy(as_library(array, _real(program), inputs.library, inputs.like))
            for name, array in own_shapes(program.parameters, found, inputs).items()
        }

    tidied = {name: tidy(value) for name, value in values.items()}
    return (tidied[""] if alone else tidied), pull


def hessian_vector(
    program: ExactProgram, given: Mapping[str, Any], vector: Mapping[str, Any]
) -> dict[str, Any]:
    """See `Program.hessian_vector`."""
    _check_numbers(program)
    inputs = program.inputs(detached(given))
    direction = _direction(program, vector, inputs)
    if inputs.batch:
        # A batched direction needs a value for each set.
        widened = {
            name: np.broadcast_to(to_numpy(value), (inputs.size,))
            for name, value in inputs.values.items()
        }
        inputs = program.inputs(
            {
                name: as_library(value, "float64", inputs.library, inputs.like)
                for name, value in widened.items()
            }
        )
    work = derivatives_of(program, program.parameters, inputs.library)
    with double_precision(inputs.library, program.dtype):
        found = {
            name: _named(program, inputs, work.along(name, inputs, direction))
            for name in program.queries
        }
    return found[""] if list(found) == [""] else found


def derivatives_of(program: ExactProgram, names: tuple[str, ...], library: str) -> Derivatives:
    """The derivatives of a program by some names, on arrays of a library."""
    gradient = program.engine.for_gradient(names, library)
    return Derivatives(gradient, program.queries, program.circuit.num_qubits)


def own_shapes(
    names: tuple[str, ...], slopes: Slopes, inputs: Inputs
) -> dict[str, NDArray[np.float64]]:
    """Derivatives in the shapes of the parameters: summed where all sets share a value."""
    found = {}
    for name, row in zip(names, slopes, strict=True):
        if name in inputs.batch:
            found[name] = np.broadcast_to(row, (inputs.size,))
        else:
            # One column stands for all sets only if nothing depends on the batch; then the
            # cotangents have been summed already.
            found[name] = np.asarray(row.sum())
    return found


@contextmanager
def _running(
    program: ExactProgram, work: Derivatives, inputs: Inputs, progress: Progress | bool | None
) -> Iterator[Progress | None]:
    """Progress shown as in a call, and doubles where JAX would cut them."""
    seconds = work.gradient.cost(inputs.setting).seconds
    shown = seconds > SHOW_PROGRESS_AFTER if progress is None else progress
    with double_precision(inputs.library, program.dtype), progress_bar(shown, "slices") as report:
        yield report


def _check_numbers(program: ExactProgram) -> None:
    for name, query in program.queries.items():
        check_real_number(name, query, program.circuit.num_qubits)


def _named(program: ExactProgram, inputs: Inputs, slopes: Slopes) -> dict[str, Any]:
    """The derivatives by name, as arrays of the inputs' library, of shape () or (B,)."""
    found = {}
    for name, row in zip(program.parameters, slopes, strict=True):
        array = np.broadcast_to(row, (inputs.size,)) if inputs.batch else row[0]
        made = as_library(np.asarray(array), _real(program), inputs.library, inputs.like)
        found[name] = tidy(made)
    return found


def _real(program: ExactProgram) -> str:
    return real_dtype(program.dtype)


def _cotangents(program: ExactProgram, given: object, inputs: Inputs) -> dict[str, NDArray[Any]]:
    """Cotangents on the host; `QueryError` where one does not fit."""
    names = ", ".join(map(repr, program.queries))
    if not isinstance(given, Mapping) or not set(given) <= set(program.queries):
        raise QueryError(
            f"`cotangent` must be a dict with an array for each of {names} (got {given!r:.60})"
        )
    found = {}
    for name, value in given.items():
        library = library_of(value)
        array = np.asarray(value) if library == "numpy" else to_numpy(value)
        front = (inputs.size,) if inputs.batch else ()
        shape = (*front, *value_like(program.queries[name], program.circuit.num_qubits).shape)
        if array.shape != shape or array.dtype.kind not in "biufc":
            raise QueryError(
                f"`cotangent` must have the value's shape {shape} (got shape {array.shape} of "
                f"{array.dtype})"
            )
        found[name] = array
    return found


def _direction(
    program: ExactProgram, vector: object, inputs: Inputs
) -> dict[str, NDArray[np.float64]]:
    if not isinstance(vector, Mapping):
        raise CircuitError(
            f"`vector` must map parameter names to numbers (got {type(vector).__name__})"
        )
    found = {}
    for name, value in vector.items():
        if name not in program.parameters:
            raise CircuitError(
                f"`vector` must name parameters of the circuit (got {name!r}); they are "
                f"{', '.join(program.parameters[:20])}"
            )
        library = library_of(value)
        array = np.asarray(value) if library == "numpy" else to_numpy(value)
        allowed = ((), (inputs.size,)) if inputs.batch else ((),)
        if array.shape not in allowed or not np.isfinite(array).all():
            raise CircuitError(
                f"`vector[{name!r}]` must be a finite number, or one for each parameter set "
                f"(got {value!r:.60})"
            )
        found[name] = array.astype(np.float64)
    return found
