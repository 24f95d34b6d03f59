"""`tnsim plan`."""

from __future__ import annotations

import click

from .example_text import examples
from .request import Request, asked

__all__ = ["plan"]


_EXAMPLES = ("tnsim plan eagle.qasm --expect Z62 --noise noise.json --memory 1GB",)


@click.command(short_help="Forecast what an answer takes.", epilog=examples(*_EXAMPLES))
@asked
@click.option("--gradient", is_flag=True, help="For the answer and all its derivatives as well.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report, and nothing else.")
@click.option("--no-progress", is_flag=True, help="Show no progress, on a terminal either.")
def plan(request: Request, gradient: bool, as_json: bool, no_progress: bool) -> None:
    """Forecast what `tnsim run` with the same options would take.

    No array is made and no parameter needs a value. With --gradient the way back to every
    parameter keeps the memory too, as Program.value_and_grad takes it. Where nothing fits the
    memory, the message names the least that works, and the exit code is 3.
    """
    from .running import forecast

    forecast(request, gradient=gradient, as_json=as_json, progress=not no_progress)
