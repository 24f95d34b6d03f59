"""`tnsim draw`."""

from __future__ import annotations

from pathlib import Path

import click

from .example_text import examples
from .option_types import Picture
from .request import circuit_argument

__all__ = ["draw"]


_EXAMPLES = (
    "tnsim draw ghz.qasm",
    "tnsim draw ghz.qasm --picture ghz.png",
    "tnsim draw eagle.qasm --plot coupling.png",
)


@click.command(short_help="Show a circuit.", epilog=examples(*_EXAMPLES))
@circuit_argument
@click.option(
    "--width", type=click.IntRange(20), help="Characters a line; default: the terminal's."
)
@click.option("--full", is_flag=True, help="Draw a long circuit too, instead of listing its ends.")
@click.option("--picture", type=Picture(), help="Draw the circuit as a picture (needs matplotlib).")
@click.option("--plot", type=Picture(), help="Draw which qubits are coupled (needs matplotlib).")
def draw(
    circuit: Path, width: int | None, full: bool, picture: Path | None, plot: Path | None
) -> None:
    """Show the circuit in a file ("-": stdin).

    A short one is drawn, one line a qubit; of a long one the counts and the first and last
    instructions are listed.
    """
    from .drawing import show_circuit

    show_circuit(circuit, width=width, full=full, picture=picture, plot=plot)
