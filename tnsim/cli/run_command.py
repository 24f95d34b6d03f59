"""`tnsim run`."""

from __future__ import annotations

from pathlib import Path

import click

from .example_text import examples
from .option_types import NewFile, Picture
from .request import Request, asked

__all__ = ["run"]


_EXAMPLES = (
    'tnsim run ghz.qasm --expect "Z0 Z2" --probabilities 0-2',
    "tnsim run eagle.qasm --expect Z62 --noise noise.json --memory 1GB",
    "tnsim run ising.qasm --expect Z0 --param theta=0:pi/2:33 --plot sweep.png",
)


@click.command(short_help="Answer questions about a circuit.", epilog=examples(*_EXAMPLES))
@asked
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report, and nothing else.")
@click.option("--output", type=NewFile(), help="Save the result, for tnsim.Result.load.")
@click.option("--plot", type=Picture(), help="Draw a sweep (PNG, PDF or SVG; needs matplotlib).")
@click.option("--no-progress", is_flag=True, help="Show no progress, on a terminal either.")
def run(
    request: Request, as_json: bool, output: Path | None, plot: Path | None, no_progress: bool
) -> None:
    """Answer questions about the circuit in a file ("-": stdin).

    The forecast comes first, then the answer with its time and measured peak of memory.
    """
    from .running import answer

    answer(request, as_json=as_json, output=output, plot=plot, progress=not no_progress)
