"""What `run` and `plan` are asked, from the same arguments and options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .option_types import ByteSize, SettingType

if TYPE_CHECKING:
    from .parameter_values import Setting

__all__ = ["Request", "asked", "circuit_argument"]


@dataclass(frozen=True)
class Request:
    """The options that `asked` reads, as they were given."""

    circuit: Path
    expect: tuple[str, ...]
    amplitude: tuple[str, ...]
    probabilities: tuple[str, ...]
    noise: Path | None
    param: tuple[Setting, ...]
    memory: int | None
    dtype: str
    method: str
    target_error: float | None
    effort: str
    seed: int
    workers: int
    cache: bool


circuit_argument = click.argument(
    "circuit",
    metavar="CIRCUIT",
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path),
)

_OPTIONS = (
    circuit_argument,
    click.option(
        "--expect",
        "-e",
        metavar="PAULIS",
        multiple=True,
        help="A mean value: 'Z62', 'X0 Z1', 'ZZI' (character i is qubit i), or @FILE.json with "
        "strings and their coefficients. May be repeated.",
    ),
    click.option(
        "--amplitude",
        "-a",
        metavar="BITS",
        multiple=True,
        help="The amplitude of a bitstring; character i is qubit i. May be repeated.",
    ),
    click.option(
        "--probabilities",
        "-p",
        metavar="QUBITS",
        multiple=True,
        help="The distribution of the bits of some qubits: 0,1,2 or 0-2, or all. May be repeated.",
    ),
    click.option(
        "--noise",
        metavar="FILE.json",
        type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
        help="A noise model, as NoiseModel.save writes it.",
    ),
    click.option(
        "--param",
        metavar="NAME=VALUES",
        multiple=True,
        type=SettingType(),
        help="The value of a parameter: theta=0.7, theta=pi/4. A range theta=0:pi/2:33 (both "
        "ends, 33 points) or a list theta=0,0.1 is swept; of several, every combination. One plan "
        "serves all points. May be repeated.",
    ),
    click.option(
        "--memory",
        type=ByteSize(),
        help="The budget, such as 2GB or 512MiB. Default: half of what the process may take.",
    ),
    click.option(
        "--dtype",
        type=click.Choice(["complex128", "complex64"]),
        default="complex128",
        show_default=True,
        help="The precision.",
    ),
    click.option(
        "--method",
        type=click.Choice(
            ["auto", "exact", "mps", "mpdo", "peps", "pauli_propagation", "trajectories"]
        ),
        default="auto",
        show_default=True,
        help="How to answer: exactly, by a method that approximates and tells its error, or "
        "(auto) exactly where that fits the memory.",
    ),
    click.option(
        "--target-error",
        metavar="ERROR",
        type=click.FloatRange(min=0, min_open=True),
        help="The absolute error that an approximate method aims at. Default: its own, 1e-3 or so.",
    ),
    click.option(
        "--effort",
        type=click.Choice(["low", "auto", "high"]),
        default="auto",
        show_default=True,
        help="How long to search for a plan.",
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Of the search for a plan."
    ),
    click.option(
        "--workers",
        "--executor",
        metavar="N",
        type=click.IntRange(1, 1024),
        default=1,
        show_default=True,
        help="Threads on which slices run; they share the memory.",
    ),
    click.option(
        "--cache/--no-cache",
        default=True,
        help="Keep plans on disk for the next time (the default), or don't.",
    ),
)


def asked(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments and options of `Request`, gathered as its first argument."""

    @wraps(function)
    def command(**given: Any) -> None:
        request = Request(**{field.name: given.pop(field.name) for field in fields(Request)})
        function(request, **given)

    decorated: Callable[..., None] = command
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
