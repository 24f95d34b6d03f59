"""`tnsim info`."""

from __future__ import annotations

from pathlib import Path

import click

from .example_text import examples
from .request import circuit_argument

__all__ = ["info"]


_EXAMPLES = (
    "tnsim info ghz.qasm",
    "tnsim info eagle.qasm --expect Z62 --noise noise.json",
)


@click.command(short_help="Tell a circuit's size.", epilog=examples(*_EXAMPLES))
@circuit_argument
@click.option(
    "--expect",
    "-e",
    metavar="PAULIS",
    multiple=True,
    help="Tell the light cone of a mean value, as in tnsim run. May be repeated.",
)
@click.option(
    "--probabilities",
    "-p",
    metavar="QUBITS",
    multiple=True,
    help="Tell the light cone of some qubits: 0,1,2 or 0-2, or all. May be repeated.",
)
@click.option(
    "--noise",
    metavar="FILE.json",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="Tell the size with this noise model applied, and what its rules hit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report, and nothing else.")
def info(
    circuit: Path,
    expect: tuple[str, ...],
    probabilities: tuple[str, ...],
    noise: Path | None,
    as_json: bool,
) -> None:
    """Tell gates, depth, width, memory, and the light cones of questions.

    Nothing is planned or computed. A light cone is the part of the circuit that an answer depends
    on: a circuit may be long and the cone of a question short.
    """
    from .facts import show_facts

    show_facts(circuit, expect, probabilities, noise, as_json=as_json)
