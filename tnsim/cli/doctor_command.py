"""`tnsim doctor`."""

from __future__ import annotations

import click

__all__ = ["doctor"]


@click.command(short_help="Say what is installed, and check it.")
@click.option(
    "--thorough",
    is_flag=True,
    help="Load every array library, name its devices and compute with it (takes a while).",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report, and nothing else.")
def doctor(thorough: bool, as_json: bool) -> None:
    """Say what is installed, what each missing package would give, and whether all is well.

    Computes a value that is known in closed form; the exit code is 1 where it comes out wrong or
    a required package is missing.
    """
    from .examination import examine

    examine(thorough=thorough, as_json=as_json)
