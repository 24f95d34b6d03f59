"""From a request to a program: files read, options checked, the contraction planned."""

from __future__ import annotations

import time
from dataclasses import dataclass

import click

from tnsim import Circuit, NoiseModel, Program, compile
from tnsim.base.budgets import available_bytes, format_bytes, resolve_budget
from tnsim.base.errors import BudgetError, CircuitError, NoiseError

from .activity import Activity
from .formats import read_circuit
from .parameter_values import Sweep
from .questions import Question, read_questions
from .request import Request

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before an array is made.

    `memory` is the budget of all `workers` together, in bytes; `seconds` is what planning took.
    """

    request: Request
    circuit: Circuit
    noise: NoiseModel | None
    questions: tuple[Question, ...]
    sweep: Sweep
    memory: int
    program: Program
    seconds: float


def prepare(
    request: Request, activity: Activity, *, values: bool, gradient: bool = False
) -> Prepared:
    """Read and plan, with `gradient` for derivatives; with `values`, every parameter must have one.

    Raises `TnsimError` or `OSError` with the file's or the option's name in front.
    """
    activity.stage("reading")
    circuit = read_circuit(request.circuit)
    noise = None if request.noise is None else NoiseModel.load(request.noise)
    questions = read_questions(request, circuit.num_qubits)
    sweep = Sweep.of(request.param)
    _check_parameters(circuit, noise, sweep, values=values)
    memory = resolve_budget(request.memory)
    if memory > available_bytes():
        click.echo(
            f"note: the budget of {format_bytes(memory)} is more than the "
            f"{format_bytes(available_bytes())} that this process may take",
            err=True,
        )
    activity.stage("planning")
    begin = time.perf_counter()
    program = _compiled(request, circuit, noise, questions, memory, gradient=gradient)
    seconds = time.perf_counter() - begin
    return Prepared(request, circuit, noise, questions, sweep, memory, program, seconds)


def _check_parameters(
    circuit: Circuit, noise: NoiseModel | None, sweep: Sweep, *, values: bool
) -> None:
    known = sorted({*circuit.parameters, *(() if noise is None else noise.parameters)})
    given = [setting.name for setting in sweep.settings]
    for name in given:
        if name not in known:
            has = f"the parameters are {', '.join(known)}" if known else "there are none"
            raise CircuitError(f"--param {name}: there is no such parameter; {has}")
    missing = [name for name in known if name not in given]
    if values and missing:
        raise CircuitError(
            f"no value was given for {', '.join(missing[:5])}; add --param {missing[0]}=0.1"
        )


def _compiled(
    request: Request,
    circuit: Circuit,
    noise: NoiseModel | None,
    questions: tuple[Question, ...],
    memory: int,
    *,
    gradient: bool,
) -> Program:
    try:
        return compile(
            circuit,
            {question.name: question.query for question in questions},
            noise=noise,
            memory=max(memory // request.workers, 1),
            method=request.method,
            target_error=request.target_error,
            dtype=request.dtype,
            effort=request.effort,
            seed=request.seed,
            cache=None if request.cache else False,
            gradient=gradient,
        )
    except NoiseError as error:
        message = str(error).removesuffix(", or say allow_unused=True")
        raise NoiseError(f"{request.noise}: {message}") from error
    except BudgetError as error:
        if request.workers == 1:
            raise
        share = format_bytes(memory // request.workers)
        raise BudgetError(
            f"{error}; --workers {request.workers} leave {share} of {format_bytes(memory)} to each",
            budget=memory,
            least_bytes=None if error.least_bytes is None else error.least_bytes * request.workers,
            flops=error.flops,
        ) from error
